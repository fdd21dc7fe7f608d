"""Two tenants with a season and a few people each, in a database of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.db.engine import DbRole, make_engine
from apella.db.keys import MasterKey
from apella.db.migrate import upgrade
from apella.db.unit_of_work import Database
from apella.identity.vault import Vaults
from apella.tenancy.ids import TenantId
from apella.testing.identity import Place, make_tenants, settle
from apella.testing.postgres import SharedCluster, start_cluster
from apella.testing.sign_in_site import Site, make_site


@pytest.fixture(scope="session")
def cluster(worker_folder: Path) -> Iterator[SharedCluster]:
    with start_cluster(worker_folder / "cluster") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def worker_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def database(cluster: SharedCluster) -> Iterator[Database]:
    name = f"identity_{uuid.uuid4().hex[:12]}"
    url = cluster.clone(cluster.create_template(upgrade), name)
    engine = make_engine(url, DbRole.RW, pool_size=20)
    owner = make_engine(url, DbRole.OWNER, pool_size=1)
    make_tenants(Database(owner), {TenantId(1): "north", TenantId(2): "south", TenantId(3): "empty"})
    owner.dispose()
    yield Database(engine)
    engine.dispose()
    cluster.drop(name)


@pytest.fixture(scope="session")
def vaults() -> Vaults:
    return Vaults(MasterKey(b"k" * 32))


@pytest.fixture
def place(database: Database, vaults: Vaults) -> Place:
    return settle(database, vaults, TenantId(1), "north")


@pytest.fixture
def other_place(database: Database, vaults: Vaults) -> Place:
    return settle(database, vaults, TenantId(2), "south")


@pytest.fixture
def site(tmp_path: Path, database: Database, vaults: Vaults, place: Place, other_place: Place) -> Site:
    return make_site(tmp_path, database=database, vaults=vaults, places=(place, other_place))

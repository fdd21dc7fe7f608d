"""An application of its own: keys are made and destroyed here."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.keys import write_key_once
from apella.db.unit_of_work import Database
from apella.identity.actor import Actor
from apella.testing.factories import World, make_world
from apella.testing.own_app import own_app
from apella.testing.postgres import SharedCluster
from apella.testing.sealed_registry import Registry


@pytest.fixture
def own(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture
def world(own: App) -> World:
    return make_world(own, "north")


@pytest.fixture
def owner(own: App) -> Iterator[Database]:
    """The database as the operator's command reaches it."""
    engine = make_engine(own.settings.database_url or "", DbRole.OWNER)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def system(world: World) -> Actor:
    return Actor.system(tenant_id=world.rules.tenant.tenant_id, slug="north", season_id=world.season_id)


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """The file of another master key."""
    write_key_once(tmp_path / "new.key", base64.b64encode(secrets.token_bytes(32)))
    return tmp_path / "new.key"


@pytest.fixture
def registry(own: App, world: World) -> Registry:
    return Registry(own, world.rules.tenant.tenant_id, world.season_id)

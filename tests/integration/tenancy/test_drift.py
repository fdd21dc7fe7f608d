"""The migrations make exactly the tables that the models describe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from apella.db.engine import DbRole, make_engine
from apella.tables import METADATA
from apella.testing.database import fresh_name
from apella.testing.postgres import SharedCluster

_CONSTRAINTS = """
    SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid
    WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'alembic_version' ORDER BY 1, 2
"""
_INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
"""


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, DbRole.OWNER, pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def modelled(cluster: SharedCluster) -> Iterator[Engine]:
    """A database made of the models, without any migration."""
    name = fresh_name("models")
    engine = make_engine(cluster.clone("template1", name), DbRole.OWNER, pool_size=1)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()
    cluster.drop(name)


def test_alembic_finds_no_difference(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("what", [_CONSTRAINTS, _INDEXES, _COLUMNS], ids=["constraints", "indexes", "columns"])
def test_the_catalogues_agree(migrated: Engine, modelled: Engine, what: str) -> None:
    with migrated.connect() as one, modelled.connect() as other:
        found, described = (set(map(tuple, side.exec_driver_sql(what))) for side in (one, other))
    assert found ^ described == set()
    assert len(found) > 40

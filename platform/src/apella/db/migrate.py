"""Bringing a database to the newest schema. Runs as `app_owner`; the only place with DDL."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from apella.db.engine import DbRole, make_engine

# Any number will do, as long as every migrating process takes the same.
_LOCK = 20260618


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "apella:db/migrations")
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database_url: str) -> None:
    """Run the missing migrations under a lock, so that two starting processes do not run them twice."""
    engine = make_engine(database_url, DbRole.OWNER, pool_size=1)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("select pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.exec_driver_sql("set local lock_timeout = '2s'")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def newest() -> str:
    """The revision that this code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("no migrations are installed")
    return head


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()

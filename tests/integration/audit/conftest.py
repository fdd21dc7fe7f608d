"""Hands that may do what nobody should: a superuser's session with every trigger off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from apella.bootstrap import App
from apella.embedded.postgres_files import SUPERUSER
from apella.testing.postgres import SharedCluster
from apella.testing.sealed import Sealed


@pytest.fixture
def superuser(cluster: SharedCluster, database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg", username=SUPERUSER), pool_size=1)
    yield engine
    engine.dispose()


@pytest.fixture
def tamperer(superuser: Engine) -> Iterator[Session]:
    """A session that no trigger stops, working for the tenant NORTH; rolled back in the end."""
    with Session(superuser) as session:
        session.execute(text("set local session_replication_role = replica"))
        yield session
        session.rollback()


@pytest.fixture
def own(app: App, fresh_database: str, tmp_path: Path) -> Iterator[App]:
    """The application on a database, a store and a signing key of its own."""
    settings = replace(
        app.settings, database_url=fresh_database, home=tmp_path, master_key_file=tmp_path / "keys" / "master.key"
    )
    own = replace(app, settings=settings)
    yield own
    own.database.engine.dispose()


@pytest.fixture
def sealed(own: App) -> Sealed:
    """The chain of NORTH in an application of its own."""
    return Sealed(own)


@pytest.fixture
def own_superuser(cluster: SharedCluster, own: App) -> Iterator[psycopg.Connection[Any]]:
    """A superuser without triggers, in a transaction of the own application's database that is rolled back."""
    name = make_url(own.settings.database_url or "").database
    with cluster.address.connect(user=SUPERUSER, dbname=name) as connection:
        connection.autocommit = False
        connection.execute("set local session_replication_role = replica")
        yield connection
        connection.rollback()

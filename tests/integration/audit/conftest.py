"""Hands that may do what nobody should: a superuser's session with every trigger off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from apella.embedded.postgres_files import SUPERUSER
from apella.testing.postgres import SharedCluster


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

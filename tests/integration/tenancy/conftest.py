"""A plain connection that may do anything, to look behind the walls."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from apella.embedded.postgres_files import SUPERUSER
from apella.testing.isolation import Connection
from apella.testing.postgres import SharedCluster


@pytest.fixture
def superuser(cluster: SharedCluster, database_url: str) -> Iterator[Connection]:
    """A superuser's connection to this process's database, in a transaction that is rolled back."""
    with cluster.address.connect(user=SUPERUSER, dbname=make_url(database_url).database) as connection:
        connection.autocommit = False
        yield connection
        connection.rollback()
        assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE

"""For tests of the end of personal data: the day after which it comes, the act, and the database beneath the walls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from apella.bootstrap import App
from apella.embedded.postgres_files import SUPERUSER
from apella.tables import METADATA
from apella.tenancy.model import Season
from apella.testing.play import Play
from apella.testing.postgres import SharedCluster

ACT: Final = ("--act", "17-у", "--act-date", "2026-03-02")
"""The options that name an act."""


def after_the_day(play: Play) -> None:
    """Move case time to the second of March of the following year."""
    play.clock_to(datetime(play.world.rules.year + 1, 3, 2, 9, tzinfo=play.world.rules.zone).astimezone(UTC))


def code_of(play: Play) -> str:
    """The code of the season."""
    season = (play.world.rules.tenant.tenant_id, play.world.season_id)
    return play.read(lambda session: session.get_one(Season, season).code)


def superuser(app: App, cluster: SharedCluster) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection that nothing binds, as one that restores a copy."""
    return cluster.address.connect(user=SUPERUSER, dbname=make_url(app.settings.database_url or "").database)


def whole_database(app: App, cluster: SharedCluster) -> str:
    """All that the database holds, as text."""
    with superuser(app, cluster) as connection:
        return "\n".join(
            str(row[0])
            for table in METADATA.tables
            for row in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
        )

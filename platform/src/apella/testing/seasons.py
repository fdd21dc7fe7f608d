"""A season with nothing in it, for tests of what lies beneath people and cases."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from apella.tenancy.model import Season


def bare_season(session: Session, *, clock_offset: timedelta = timedelta(0)) -> Season:
    """Open a season in the tenant of this unit of work."""
    season = Season(
        code="s",
        year=2031,
        period="main",
        title="",
        opened_on=date(2026, 5, 1),
        rule_version="",
        demo=True,
        clock_offset=clock_offset,
    )
    session.add(season)
    session.flush()
    return season

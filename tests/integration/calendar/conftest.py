"""Every test here changes a tenant's calendar, so each has a database and an application of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

import apella.registered_jobs  # noqa: F401 the import registers the handlers
from apella.bootstrap import App, make_app
from apella.registry.model import Exam
from apella.testing.calendars import CalendarPlay, StartCalendar
from apella.testing.plugin import StartPlay


@pytest.fixture
def app(home: Path, fresh_database: str, tmp_path: Path) -> Iterator[App]:
    """The parts of an embedded instance, on a database and in a folder that this test alone uses."""
    app = make_app(
        {
            "APELLA_HOME": str(tmp_path / "home"),
            "APELLA_TENANTS": str(home / "tenants"),
            "APELLA_DATABASE_URL": fresh_database,
        }
    )
    yield app
    app.database.engine.dispose()
    app.relay_engine.dispose()


@pytest.fixture
def web(app: App) -> Flask:
    """The web application on that database."""
    from apella.web_app import create_app

    web = create_app(app)
    web.testing = True
    return web


@pytest.fixture
def calendar(app: App, play: StartPlay) -> StartCalendar:
    """Make a season whose case time is `now`, in the tenant's zone."""

    def start(now: str = "2025-06-05T09:00", *, slug: str = "north", **wishes: Any) -> CalendarPlay:
        moment = dt.datetime.fromisoformat(now).replace(tzinfo=app.regions.get(slug).zone)
        region = play(slug, case_now=moment, **wishes)
        days = {"exam_date": dt.date(2025, 5, 23), "announced_on": dt.date(2025, 6, 4)}
        region.do("secretary", lambda desk: desk.session.execute(update(Exam).values(**days)))
        return CalendarPlay(region)

    return start

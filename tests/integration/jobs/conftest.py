"""An application on a database of its own, so that the queue holds this test's tasks only; and jobs made for tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from apella.bootstrap import App
from apella.jobs import queue
from apella.jobs.model import Task
from apella.jobs.queue import Handler, enqueue
from apella.tenancy.ids import TenantId
from apella.testing.seasons import bare_season

Ask = Callable[..., uuid.UUID]


@pytest.fixture
def own_app(app: App, fresh_database: str, tmp_path: Path) -> Iterator[App]:
    home = tmp_path / "home"
    settings = replace(
        app.settings, database_url=fresh_database, home=home, master_key_file=home / "keys" / "master.key"
    )
    own = replace(app, settings=settings)
    yield own
    own.database.engine.dispose()
    own.relay_engine.dispose()


@pytest.fixture
def tenants(own_app: App) -> dict[TenantId, uuid.UUID]:
    """Every tenant with a season."""
    seasons: dict[TenantId, uuid.UUID] = {}
    for rules in own_app.regions:
        with own_app.database.unit_of_work(rules.tenant.tenant_id) as work:
            season = bare_season(work.session, clock_offset=timedelta(days=9))
            seasons[rules.tenant.tenant_id] = season.id
    return seasons


@pytest.fixture
def ask(own_app: App, tenants: dict[TenantId, uuid.UUID]) -> Ask:
    """Ask for a job in a transaction of its own, by default for the first tenant; gives the task's id."""

    def do(job: str = "test.job", *, key: str | None = None, tenant_id: TenantId | None = None) -> uuid.UUID:
        mine = tenant_id or next(iter(tenants))
        dedup_key = key or str(uuid.uuid4())
        with own_app.database.unit_of_work(mine) as work:
            enqueue(work.session, season_id=tenants[mine], job=job, args={"key": dedup_key}, dedup_key=dedup_key)
        with own_app.database.unit_of_work(mine) as work:
            return work.session.scalars(select(Task.id).where(Task.dedup_key == dedup_key)).one()

    return do


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Let `test.job` be done by this function, and nothing else be known."""

    def register(function: Handler) -> None:
        monkeypatch.setattr(queue, "_handlers", {"test.job": function})

    return register

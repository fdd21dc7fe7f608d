"""The teaching clock: a demo season's own time, moved forward by hand (architecture rule 11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from apella.bootstrap import App
from apella.errors import ConfigurationError, Conflict, NotFound
from apella.jobs.draining import drain
from apella.regions.rules import RegionRules
from apella.sweeping import sweep_tenant
from apella.tenancy.model import Season


def move_clock(app: App, *, slug: str, season_code: str, to: datetime) -> datetime:
    """Move a season's case time forward to `to`, look at its clocks and finish its tasks; give the new case time.

    Raises ConfigurationError in production, NotFound for an unknown season, Conflict for a way back or beyond the
    loaded calendars.
    """
    if not app.settings.embedded:
        raise ConfigurationError("Учебные часы есть только во встроенном режиме.", code="clock.production")
    rules = app.regions.get(slug)
    if not rules.calendar.covers(to.astimezone(rules.zone).date()):
        raise Conflict("Этот день вне загруженных производственных календарей.", code="clock.beyond")
    _set(app, rules, season_code, to)
    drain(app.database, tenant_id=rules.tenant.tenant_id, parts=app)
    sweep_tenant(app, rules)
    drain(app.database, tenant_id=rules.tenant.tenant_id, parts=app)
    return to


def _set(app: App, rules: RegionRules, season_code: str, to: datetime) -> None:
    with app.database.unit_of_work(rules.tenant.tenant_id) as work:
        season = work.session.scalars(
            select(Season).where(Season.code == season_code, Season.demo).with_for_update()
        ).one_or_none()
        if season is None:
            raise NotFound("Такого учебного сезона нет.", code="clock.season")
        offset = to - work.machine_now
        if offset < season.clock_offset:
            raise Conflict("Учебное время идёт только вперёд.", code="clock.backward")
        season.clock_offset = offset

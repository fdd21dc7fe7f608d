"""Entering the tenants whose files are installed: their rows, which `app_owner` alone writes, and their calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from apella.calendar.recorded import record_base
from apella.calendar.store import news
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database
from apella.errors import ConfigurationError
from apella.regions.registry import RegionRegistry
from apella.tenancy.model import Tenant


def enter_tenants(database_url: str, regions: RegionRegistry, *, pooled: bool = False) -> Mapping[str, Sequence[date]]:
    """Make a row for each tenant that has none, and record the calendar that it counts by from now on.

    Every start calls this; what is entered already stays as it is. Gives, for each tenant whose files have come to
    say another calendar than the one in force, the days that differ. Raises ConfigurationError when a number changed
    its name.
    """
    _enter(database_url, regions, pooled=pooled)
    engine = make_engine(database_url, DbRole.RW, pool_size=1, pooled=pooled)
    differ: dict[str, Sequence[date]] = {}
    try:
        database = Database(engine)
        for rules in regions:
            with database.unit_of_work(rules.tenant.tenant_id) as work:
                record_base(work.session, rules.calendar, machine_now=work.machine_now)
                work.session.flush()
                if days := news(work.session, rules.calendar):
                    differ[rules.slug] = days
    finally:
        engine.dispose()
    return differ


def _enter(database_url: str, regions: RegionRegistry, *, pooled: bool) -> None:
    engine = make_engine(database_url, DbRole.OWNER, pool_size=1, pooled=pooled)
    try:
        with Database(engine).unit_of_work(None) as work:
            known = {row.id: row.slug for row in work.session.scalars(select(Tenant))}
            for rules in regions:
                earlier = known.get(rules.tenant.tenant_id, rules.slug)
                if earlier != rules.slug:
                    raise ConfigurationError(
                        f"{rules.slug}/tenant.toml: id: номер {rules.tenant.id} в базе у региона {earlier}; "
                        "верните прежний номер.",
                        code="tenant.renumbered",
                    )
                work.session.execute(
                    insert(Tenant)
                    .values(id=rules.tenant.tenant_id, slug=rules.slug)
                    .on_conflict_do_nothing(index_elements=["id"])
                )
    finally:
        engine.dispose()

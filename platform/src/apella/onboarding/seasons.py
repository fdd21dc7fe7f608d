"""Opening a season: its row, its keys, its commission, the exam commission's decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.errors import Conflict
from apella.identity.vault import Vault, Vaults
from apella.regions.book import record_rules
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.regions.values.papers import DemoDecision
from apella.tenancy.model import Commission, Season, SeasonDecision


@dataclass(frozen=True, kw_only=True)
class OpenedSeason:
    """A season that was just made, and the rules that it runs under."""

    season: Season
    rules: RegionRules
    commission: Commission
    vault: Vault


def open_season(
    session: Session,
    *,
    regions: RegionRegistry,
    slug: str,
    machine_now: datetime,
    vaults: Vaults,
    code: str,
    title: str,
    period: str,
    demo: bool,
    clock_offset: timedelta = timedelta(0),
    timetable_shift_days: int = 0,
    decisions: Iterable[DemoDecision] = (),
    year: int | None = None,
) -> OpenedSeason:
    """Open a season of the tenant under the edition of its rules in force on this day, and record them.

    The day is that of case time in the tenant's zone; `year` is the exam year, by default that of the day.
    `clock_offset` may be other than zero in an embedded instance only (architecture rule 11); the caller sees to it.
    Raises Conflict when the code is taken, NotFound for an unknown tenant.
    """
    opened_on = (machine_now + clock_offset).astimezone(regions.get(slug).zone).date()
    rules = regions.on(slug, opened_on, year=year)
    if session.scalars(select(Season.id).where(Season.code == code)).first() is not None:
        raise Conflict(f"Сезон «{code}» уже есть.", code="season.taken")
    season = Season(
        code=code,
        year=rules.year,
        period=period,
        title=title,
        opened_on=opened_on,
        rule_version=rules.version,
        demo=demo,
        clock_offset=clock_offset,
        timetable_shift_days=timetable_shift_days,
    )
    record_rules(session, rules)
    session.add(season)
    session.flush()
    vault = vaults.make_for_season(session, tenant_id=rules.tenant.tenant_id, season_id=season.id)
    commission = Commission(season_id=season.id, code="main")
    session.add(commission)
    for decision in decisions:
        session.add(
            SeasonDecision(
                season_id=season.id,
                code=str(decision.code),
                act_number=decision.act_number,
                act_date=decision.act_date + timedelta(days=timetable_shift_days),
                teaching=True,
            )
        )
    session.flush()
    return OpenedSeason(season=season, rules=rules, commission=commission, vault=vault)

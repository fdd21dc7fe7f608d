"""Opening a season: its row, its keys, its commission, the exam commission's decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.errors import Conflict
from apella.identity.vault import Vault, Vaults
from apella.regions.rules import RegionRules
from apella.regions.values.papers import DemoDecision
from apella.tenancy.model import Commission, Season, SeasonDecision


@dataclass(frozen=True, kw_only=True)
class OpenedSeason:
    """A season that was just made."""

    season: Season
    commission: Commission
    vault: Vault


def open_season(
    session: Session,
    *,
    rules: RegionRules,
    vaults: Vaults,
    code: str,
    title: str,
    period: str,
    demo: bool,
    clock_offset: timedelta = timedelta(0),
    timetable_shift_days: int = 0,
    decisions: Iterable[DemoDecision] = (),
) -> OpenedSeason:
    """Open a season of the tenant with the rules as they are now. Raises Conflict when the code is taken.

    `clock_offset` may be other than zero in an embedded instance only (architecture rule 11); the caller sees to it.
    """
    if session.scalars(select(Season.id).where(Season.code == code)).first() is not None:
        raise Conflict(f"Сезон «{code}» уже есть.", code="season.taken")
    season = Season(
        code=code,
        year=rules.year,
        period=period,
        title=title,
        rule_version=rules.version,
        demo=demo,
        clock_offset=clock_offset,
        timetable_shift_days=timetable_shift_days,
    )
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
    return OpenedSeason(season=season, commission=commission, vault=vault)

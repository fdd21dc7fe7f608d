"""Federal behaviour: what the core does where a region's plugin does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from apella.identity.roles import Role
from apella.regions.hookspecs import PROJECT
from apella.regions.values.cases import CaseFacts, HearingPart, KitStop, SiteChoice

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

_default = pluggy.HookimplMarker(PROJECT)


@_default(trylast=True)
def choose_site(case: CaseFacts, rules: RegionRules) -> SiteChoice:
    """Where the commission sits (federal:98.7); a remote appellant joins by link, or the secretary names a site."""
    if case.mode != "remote":
        return SiteChoice(
            site_code=rules.sites.main.code,
            reason="Апелляция рассматривается там, где заседает комиссия.",
            clauses=("federal:98.7",),
        )
    if rules.sites.remote:
        return SiteChoice(
            site_code=None,
            by_hand=True,
            reason="Рассмотрение дистанционное: выберите удалённый пункт, в который придёт участник.",
            clauses=("federal:100.7", "federal:98.7"),
        )
    return SiteChoice(
        site_code=None,
        reason="Рассмотрение дистанционное: участник подключается по ссылке.",
        clauses=("federal:100.7",),
    )


@_default(trylast=True)
def hearing_parts(case: CaseFacts, rules: RegionRules) -> tuple[HearingPart, ...]:
    """One hearing, the expert's explanation included."""
    duration = rules.durations.of(case.mode)
    return (HearingPart(code="hearing", minutes=duration.total, hard=duration.hard, clauses=duration.clauses),)


@_default(trylast=True)
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:
    """From the data centre to the commission, through the expert where there is one (federal:101.1, 101.8)."""
    examined = (
        (KitStop(role=Role.EXPERT, task="examine", same_day=False, clauses=("federal:101.8",)),)
        if rules.needs_expert(case.subject_code)
        else ()
    )
    return (
        KitStop(role=Role.DATA_CENTRE_OPERATOR, task="assemble", same_day=False, clauses=("federal:101.1",)),
        KitStop(role=Role.SECRETARY, task="receive", same_day=False, clauses=("federal:101.1",)),
        *examined,
        KitStop(role=Role.SECRETARY, task="present", same_day=False, clauses=("federal:101.6",)),
    )

"""Federal behaviour: what the core does where a region's plugin does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from apella.identity.roles import Role
from apella.regions.hookspecs import PROJECT
from apella.regions.values.cases import CaseFacts, KitStop

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

_default = pluggy.HookimplMarker(PROJECT)


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

"""How the appeal kit travels: the appellant sees it at the remote site, shown by the commission's member there.

The route cannot stand in a table: it depends on whether somebody comes, on the exam, on whether an expert is needed.
"""

from __future__ import annotations

from apella.regions.api import CaseFacts, KitStop, RegionRules, Role, hookimpl


@hookimpl
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:
    """Data centre, secretary, expert in the main site; a member shows it at the appellant's site (points 5, 8, 10).

    Of the computer exam printed forms are shown, the variant and its files on the screen (point 11, D9). Where nobody
    comes by video the secretary lays the kit before the commission.
    """
    examined = (
        (KitStop(role=Role.EXPERT, task="examine", same_day=False, clauses=("moscow:0.29", "core:D5")),)
        if rules.needs_expert(case.subject_code)
        else ()
    )
    if case.mode != "remote":
        shown = KitStop(role=Role.SECRETARY, task="present", same_day=False, clauses=("federal:101.6", "moscow:5.5"))
    elif rules.subjects[case.subject_code].kege:
        shown = KitStop(
            role=Role.MEMBER,
            task="present",
            same_day=False,
            clauses=("moscow:5.3", "moscow:11.1", "moscow:11.2", "core:D9"),
        )
    else:
        shown = KitStop(
            role=Role.MEMBER, task="present", same_day=False, clauses=("moscow:5.3", "moscow:8.1", "moscow:10.1")
        )
    return (
        KitStop(role=Role.DATA_CENTRE_OPERATOR, task="assemble", same_day=False, clauses=("moscow:0.15",)),
        KitStop(role=Role.SECRETARY, task="receive", same_day=False, clauses=("federal:101.1",)),
        *examined,
        shown,
    )

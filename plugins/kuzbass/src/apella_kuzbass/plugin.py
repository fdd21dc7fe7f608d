"""How the appeal kit travels: to a remote point it goes by the data centre's technician, and the point shows it.

The route cannot stand in a table: it depends on whether somebody comes, on where, and on whether an expert is needed.
"""

from __future__ import annotations

from apella.regions.api import CaseFacts, KitStop, RegionRules, Role, hookimpl


@hookimpl
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:
    """Data centre, secretary, expert; then the commission itself, or the remote point (points 25, 27, 61, 62).

    To the point go the form 2-АП and, encrypted, the images (C7); its specialist shows them to the appellant.
    """
    examined = (
        (KitStop(role=Role.EXPERT, task="examine", same_day=False, clauses=("kuzbass:27.1", "kuzbass:27.2")),)
        if rules.needs_expert(case.subject_code)
        else ()
    )
    shown = (
        (
            KitStop(
                role=Role.DATA_CENTRE_OPERATOR,
                task="hand_on",
                same_day=False,
                clauses=("kuzbass:61.1", "kuzbass:61.2", "kuzbass:61.3", "core:C7"),
            ),
            KitStop(role=Role.SITE_SPECIALIST, task="present", same_day=False, clauses=("kuzbass:62.1",)),
        )
        if case.mode == "remote"
        else (KitStop(role=Role.SECRETARY, task="present", same_day=False, clauses=("kuzbass:26.1",)),)
    )
    return (
        KitStop(role=Role.DATA_CENTRE_OPERATOR, task="assemble", same_day=False, clauses=("kuzbass:25.1",)),
        KitStop(role=Role.SECRETARY, task="receive", same_day=False, clauses=("kuzbass:25.1",)),
        *examined,
        *shown,
    )

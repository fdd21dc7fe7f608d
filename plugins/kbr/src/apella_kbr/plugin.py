"""How the appeal kit travels: by way of the commission's chair and the subject commission's chair, each on the day.

The route cannot stand in a table: it depends on whether the subject has extended answers and on who the expert is.
"""

from __future__ import annotations

from apella.regions.api import CaseFacts, KitStop, RegionRules, Role, hookimpl


@hookimpl
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:
    """Secretary, chair, subject chair, expert and back (points 53, 54, 58).

    Without extended answers the subject commission is left out (A20). A subject chair who is the expert hands the
    kit to nobody and gets it back from nobody (A16).
    """
    assembled = KitStop(role=Role.DATA_CENTRE_OPERATOR, task="assemble", same_day=False, clauses=("kbr:53.1",))
    received = KitStop(role=Role.SECRETARY, task="receive", same_day=False, clauses=("kbr:53.1", "kbr:54.1"))
    presented = KitStop(role=Role.CHAIR, task="present", same_day=False, clauses=("kbr:37.1", "kbr:59.1"))
    if not rules.needs_expert(case.subject_code):
        return (assembled, received, presented)
    handed = KitStop(role=Role.CHAIR, task="hand_on", same_day=True, clauses=("kbr:54.2",))
    examined = KitStop(role=Role.EXPERT, task="examine", same_day=False, clauses=("kbr:56.1",))
    if case.expert_is_subject_chair:
        return (assembled, received, handed, examined, presented)
    organised = KitStop(role=Role.SUBJECT_CHAIR, task="hand_on", same_day=False, clauses=("kbr:55.1", "kbr:55.2"))
    returned = KitStop(role=Role.SUBJECT_CHAIR, task="hand_on", same_day=True, clauses=("kbr:58.1",))
    return (assembled, received, handed, organised, examined, returned, presented)

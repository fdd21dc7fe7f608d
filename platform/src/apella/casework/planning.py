"""The remaining steps of a case planned back from the limit of its consideration (reading E25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from apella.appeals.desk import Desk
from apella.appeals.facts import facts_of
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind, State
from apella.appeals.suspension import stood_still_at
from apella.calendar.working import Week
from apella.casework.preparation import Preparation, preparation_of
from apella.deadlines.explain import Explanation
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.plan import Frame, Leg, Plan, plan_backwards
from apella.experts.model import Assignment, AssignmentState
from apella.hearings.service import announcement
from apella.materials.model import Kit, KitState
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts

PREPARED = (State.REGISTERED, State.SCHEDULED)
"""States in which steps remain before the hearing."""


def plan_of(
    desk: Desk, appeal: Appeal, *, clocks: Sequence[Deadline], prepared: Preparation | None = None
) -> Plan | None:
    """Plan a case back from its limit; None when nothing remains to plan, or the limit has passed.

    `prepared` is what the case has by now, where it was read before.
    """
    running = {clock.term: clock for clock in clocks if clock.met_at is None and clock.state is DeadlineState.RUNNING}
    limit = running.get(appeal.consideration_term)
    if appeal.state not in PREPARED or limit is None or desk.now >= limit.due_at:
        return None
    prepared = prepared or preparation_of(desk, appeal)
    hearing = prepared.hearing
    if hearing is not None and stood_still_at(desk.session, appeal.id, hearing.starts_at):
        hearing = None
    facts = facts_of(desk, appeal)
    parts = desk.rules.hearing_parts(facts)
    frame = Frame(
        limit=limit.due_at,
        term=limit.term,
        clauses=tuple(limit.clauses),
        week=_week(Explanation.from_record(limit.explanation).deciding.week or desk.rules.terms[limit.term].week),
        lasts=timedelta(minutes=parts[-1].minutes),
        hearing_at=None if hearing is None else hearing.starts_at,
        calendar=desk.rules.calendar,
        zone=desk.rules.zone,
    )
    chains: list[list[Leg]] = []
    if hearing is None or "hearing.announcement" in running:
        chains.append(
            list(
                telling(
                    desk.rules,
                    scheduled=hearing is not None,
                    announced_by=lambda begins: announcement(desk, appeal, begins).due,
                )
            )
        )
    if appeal.kind is AppealKind.SCORE:
        chains.append(list(preparing(desk.rules, facts, kit=prepared.kit, assignment=prepared.assignment)))
        chains.append(list(fetching_tasks(desk.rules, facts, kit=prepared.kit)))
    return plan_backwards(chains, frame=frame, now=desk.now)


def preparing(
    rules: RegionRules, facts: CaseFacts, *, kit: Kit | None = None, assignment: Assignment | None = None
) -> Iterator[Leg]:
    """The kit's way that is left, from the data centre through the expert to the sitting."""
    if kit is None:
        yield _leg(rules, "kit.request")
    if kit is None or kit.state is not KitState.RECEIVED:
        yield _leg(rules, "kit.receipt", takes=True, began_at=None if kit is None else kit.requested_at)
    concluded = assignment is not None and assignment.state is AssignmentState.CONCLUDED
    if concluded or not rules.needs_expert(facts.subject_code):
        return
    handed, returned = _same_day_moves(rules, facts)
    if assignment is None:
        if handed:
            yield _leg(rules, "kit.hand_on", takes=True, began_at=None if kit is None else kit.received_at)
        yield _leg(rules, "expert.assignment")
    began_at = None if assignment is None else assignment.assigned_at
    yield _leg(rules, "expert.conclusion", takes=True, began_at=began_at)
    if returned:
        yield _leg(rules, "kit.return", takes=True)


def fetching_tasks(rules: RegionRules, facts: CaseFacts, *, kit: Kit | None = None) -> Iterator[Leg]:
    """The computer exam's tasks, which are asked for with the kit."""
    if not rules.subjects[facts.subject_code].kege:
        return
    if kit is None:
        yield _leg(rules, "kit.request")
    if kit is None or kit.state is not KitState.RECEIVED:
        yield _leg(rules, "kim.delivery", takes=True, began_at=None if kit is None else kit.requested_at)


def telling(
    rules: RegionRules, *, scheduled: bool, announced_by: Callable[[datetime], datetime | None]
) -> Iterator[Leg]:
    """Setting the time, and telling the appellant of it; `announced_by` counts the latter for a hearing's time."""
    if not scheduled:
        yield _leg(rules, "hearing.schedule")
    yield replace(_leg(rules, "hearing.announcement"), before=announced_by)


def _same_day_moves(rules: RegionRules, facts: CaseFacts) -> tuple[bool, bool]:
    """Whether the region's route passes the kit on from hand to hand before the expert, and after."""
    route = rules.kit_route(facts)
    expert = next((place for place, stop in enumerate(route) if stop.task == "examine"), len(route))
    moves = [place for place, stop in enumerate(route) if stop.task == "hand_on" and stop.same_day]
    return any(place < expert for place in moves), any(place > expert for place in moves)


def _leg(rules: RegionRules, term_id: str, *, takes: bool = False, began_at: datetime | None = None) -> Leg:
    """A step by its term; `takes`: the term's length is what the step takes, otherwise it is an act of a moment."""
    term = rules.terms[term_id]
    return Leg(
        code=term.id,
        title=term.title,
        clauses=term.grounds,
        week=_week(term.week),
        takes=term if takes else None,
        began_at=began_at,
    )


def _week(week: int | None) -> Week:
    return 6 if week == 6 else 5

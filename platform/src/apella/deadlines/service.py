"""Starting and ending the clocks of a case. An open row is what somebody owes; a term that refuses is a window."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation, day_of, instant_of
from apella.deadlines.given import Pause, Published
from apella.deadlines.model import OWED, Deadline, DeadlineState, over_state
from apella.deadlines.terms import Hardness, Term, find_term
from apella.deadlines.warnings import BROKEN, step_at
from apella.identity.actor import Actor
from apella.identity.roles import Role

Event = date | datetime


class TermRules(Protocol):
    """What counting a term needs of a region's rules."""

    @property
    def terms(self) -> Mapping[str, Term]:
        """The region's terms by id."""

    @property
    def federal_terms(self) -> Mapping[str, Term]:
        """The federal limits by the same ids."""

    @property
    def calendar(self) -> WorkCalendar:
        """The working days."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and hours are counted."""


def explain(
    rules: TermRules,
    term_id: str,
    events: Mapping[str, Event],
    *,
    pauses: Sequence[Pause] = (),
    published: Published | None = None,
) -> Explanation:
    """Count a term of the region, with the federal limit beside it; raises UnknownTerm."""
    term = find_term(rules.terms, term_id)
    started = events.get(term.start_event)
    return compute(
        term,
        events=events,
        # A window that lapsed before a new calendar came stays lapsed, unless a person opened it again.
        calendar=rules.calendar if started is None else rules.calendar.for_term(term_id, day_of(started, rules.zone)),
        zone=rules.zone,
        federal=rules.federal_terms.get(term_id),
        terms=rules.terms,
        pauses=pauses,
        published=published,
    )


def start(
    session: Session,
    *,
    rules: TermRules,
    season_id: uuid.UUID,
    case_id: uuid.UUID,
    round_: int,
    term_id: str,
    events: Mapping[str, Event],
    at: datetime,
    owed_by: Role | None = None,
    met_by: str | None = None,
    counted: Explanation | None = None,
) -> Deadline:
    """Begin a term on a case at `at` (case time). Raises RuntimeError when its start event was not given.

    `owed_by` names another role than the term's own, where the case came by another door. `met_by` is the login of
    who has just done what the term is about: it ends as it begins. `counted` is the count of these events where
    it was made before: at one door, or by the dates of an act.
    """
    term = find_term(rules.terms, term_id)
    explanation = counted or explain(rules, term_id, events)
    if explanation.due is None:
        raise RuntimeError(f"the term {term_id} was started without its event {term.start_event}")
    deadline = Deadline(
        season_id=season_id,
        case_id=case_id,
        round=round_,
        term=term_id,
        title=term.title,
        state=DeadlineState.RUNNING,  # said of every new row, so that all of a unit of work go in one statement
        owed_by=owed_by or Role(term.owed_by or Role.SECRETARY),
        action=term.action or "look",
        clauses=list(explanation.clauses),
        hardness=str(term.hardness),
        starts_at=at,
        due_at=explanation.due,
        federal_due_at=explanation.federal_due,
        calendar_version=explanation.calendar_version,
        explanation=explanation.to_record(),
    )
    if met_by is not None:
        _end(deadline, at=at, by=met_by)
    session.add(deadline)
    return deadline


def recount(
    session: Session,
    *,
    rules: TermRules,
    actor: Actor,
    at: datetime,
    case_id: uuid.UUID,
    term_id: str,
    events: Mapping[str, Event],
) -> Deadline | None:
    """Count an open term anew because an event of it became known; None when the term is not open.

    A due date that moves is told to the audit: none moves silently.
    """
    deadline = session.scalars(_open(case_id).where(Deadline.term == term_id)).one_or_none()
    if deadline is None:
        return None
    before = Explanation.from_record(deadline.explanation)
    explanation = explain(rules, term_id, events, pauses=before.pauses, published=before.published)
    _count_anew(session, deadline, explanation, actor=actor, at=at)
    return deadline


def meet(session: Session, *, case_id: uuid.UUID, term_id: str, at: datetime, by: str) -> Deadline | None:
    """End a term because what was owed is done; late is recorded as a breach. None when it was not open.

    Advice is not broken: done late, it has passed. What is done while the term stands still is in time, unless it was
    late before.
    """
    deadline = session.scalars(_unmet(case_id).where(Deadline.term == term_id)).one_or_none()
    if deadline is None:
        return None
    _end(deadline, at=at, by=by)
    return deadline


def cancel(session: Session, *, case_id: uuid.UUID, term_id: str, at: datetime) -> None:
    """End a term that needs no more work, where it is open or stands still."""
    for deadline in session.scalars(_unmet(case_id).where(Deadline.term == term_id)):
        _cancel(deadline, at=at)


def cancel_all(session: Session, *, case_id: uuid.UUID, at: datetime) -> None:
    """End every open or suspended term of a case that needs no more work."""
    for deadline in session.scalars(_unmet(case_id)):
        _cancel(deadline, at=at)


def suspend_all(session: Session, *, rules: TermRules, case_id: uuid.UUID, at: datetime, cause: str) -> None:
    """Let every open term of a case stand still from `at` (case time); `cause` says why, in Russian.

    The day of the suspension is the first that does not count: it could not be used to its end.
    """
    for deadline in session.scalars(_open(case_id)):
        let_stand_still(deadline, rules=rules, at=at, cause=cause)


def let_stand_still(deadline: Deadline, *, rules: TermRules, at: datetime, cause: str) -> None:
    """Let one term stand still, as `suspend_all` does with all: also one that begins while its case does."""
    explanation = Explanation.from_record(deadline.explanation)
    stopped = explain(
        rules,
        deadline.term,
        explanation.given,
        pauses=(*explanation.pauses, Pause(day_of(at, rules.zone), None, cause)),
        published=explanation.published,
    )
    deadline.state = DeadlineState.SUSPENDED
    deadline.suspended_at = at
    # The old end stays on the row beside the explanation that it does not run: nobody was told another yet.
    deadline.explanation = stopped.to_record()


def resume_all(session: Session, *, rules: TermRules, actor: Actor, case_id: uuid.UUID, at: datetime) -> None:
    """Let the suspended terms of a case run on from `at` (case time); each date that moves is told to the audit.

    The day of the resumption counts again. What was broken before the suspension stays broken. What was planned for
    the time between did not take place: a term that hangs on it alone ends.
    """
    today = day_of(at, rules.zone)
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.state == DeadlineState.SUSPENDED)
    for deadline in session.scalars(query):
        if deadline.suspended_at is None:
            raise RuntimeError(f"the term {deadline.term} was suspended without a time")
        explanation = Explanation.from_record(deadline.explanation)
        pauses = tuple(pause for pause in map(_ended(today), explanation.pauses) if pause is not None)
        events = {
            name: event
            for name, event in explanation.given.items()
            if not deadline.suspended_at < instant_of(event, rules.zone) <= at
        }
        counted = explain(rules, deadline.term, events, pauses=pauses, published=explanation.published)
        deadline.stood_still += at - deadline.suspended_at
        deadline.suspended_at = None
        if counted.due is None:
            _cancel(deadline, at=at)
            continue
        deadline.state = over_state(deadline.hardness) if deadline.warned == BROKEN else DeadlineState.RUNNING
        _count_anew(session, deadline, counted, actor=actor, at=at)


def open_terms(session: Session, *, case_id: uuid.UUID) -> Sequence[Deadline]:
    """The open terms of a case, the earliest first; windows among them."""
    return session.scalars(_open(case_id).order_by(Deadline.due_at, Deadline.term)).all()


def owed(case_id: uuid.UUID) -> ColumnElement[bool]:
    """The SQL condition that somebody owes the case something: a window (a right) does not count."""
    return exists(_open(case_id).where(Deadline.hardness != Hardness.REFUSE).with_only_columns(Deadline.id))


def owes_something(session: Session, *, case_id: uuid.UUID) -> bool:
    """Whether anybody owes the case anything."""
    return bool(session.scalar(select(owed(case_id))))


def _ended(today: date) -> Callable[[Pause], Pause | None]:
    """End an open pause with the day before `today`; one that began today held nothing up."""

    def end(pause: Pause) -> Pause | None:
        if pause.last is not None:
            return pause
        return Pause(pause.first, today - timedelta(days=1), pause.cause) if pause.first < today else None

    return end


def _count_anew(session: Session, deadline: Deadline, explanation: Explanation, *, actor: Actor, at: datetime) -> None:
    """Give a clock its new count; a date that moves is told to the audit, and warned of by its own share again."""
    if explanation.due is None:
        raise RuntimeError(f"the term {deadline.term} was counted anew without its events")
    if explanation.due != deadline.due_at:
        record(
            session,
            actor=actor,
            tag="deadline:term:recounted",
            subject_type="deadline",
            subject_id=deadline.id,
            case_id=deadline.case_id,
            case_at=at,
            before={"due": deadline.due_at.isoformat()},
            after={"term": deadline.term, "due": explanation.due.isoformat()},
        )
        deadline.due_at = explanation.due
        if deadline.state is DeadlineState.RUNNING:
            deadline.warned = step_at(
                at, starts_at=deadline.starts_at, due_at=deadline.due_at, stood_still=deadline.stood_still
            )
    deadline.federal_due_at = explanation.federal_due
    deadline.calendar_version = explanation.calendar_version
    deadline.explanation = explanation.to_record()


def _cancel(deadline: Deadline, *, at: datetime) -> None:
    deadline.state = DeadlineState.CANCELLED
    deadline.closed_at = at


def _end(deadline: Deadline, *, at: datetime, by: str) -> None:
    stands_still = deadline.state is DeadlineState.SUSPENDED
    late = deadline.warned == BROKEN if stands_still else at >= deadline.limit_at
    deadline.state = over_state(deadline.hardness) if late else DeadlineState.MET
    deadline.met_at = at
    deadline.met_by = by
    deadline.closed_at = at


def _open(case_id: uuid.UUID) -> Select[Deadline]:
    return _unmet(case_id).where(Deadline.state != DeadlineState.SUSPENDED)


def _unmet(case_id: uuid.UUID) -> Select[Deadline]:
    """What is owed, or will be again once the case goes on."""
    return select(Deadline).where(
        Deadline.case_id == case_id,
        Deadline.met_at.is_(None),
        Deadline.state.in_((*OWED, DeadlineState.SUSPENDED)),
    )

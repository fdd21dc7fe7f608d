"""Starting and ending the clocks of a case. An open row is what somebody owes; a term that refuses is a window."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import Hardness, Term
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


def explain(rules: TermRules, term_id: str, events: Mapping[str, Event]) -> Explanation:
    """Count a term of the region, with the federal limit beside it; raises KeyError for an unknown term."""
    return compute(
        rules.terms[term_id],
        events=events,
        calendar=rules.calendar,
        zone=rules.zone,
        federal=rules.federal_terms.get(term_id),
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
) -> Deadline:
    """Begin a term on a case at `at` (case time). Raises RuntimeError when its start event was not given.

    `owed_by` names another role than the term's own, where the case came by another door. `met_by` is the login of
    who has just done what the term is about: it ends as it begins.
    """
    term = rules.terms[term_id]
    explanation = explain(rules, term_id, events)
    if explanation.due is None:
        raise RuntimeError(f"the term {term_id} was started without its event {term.start_event}")
    deadline = Deadline(
        season_id=season_id,
        case_id=case_id,
        round=round_,
        term=term_id,
        title=term.title,
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
    explanation = explain(rules, term_id, events)
    if explanation.due is None:
        raise RuntimeError(f"the term {term_id} was counted anew without its events")
    if explanation.due != deadline.due_at:
        record(
            session,
            actor=actor,
            tag="deadline:term:recounted",
            subject_type="deadline",
            subject_id=deadline.id,
            case_id=case_id,
            case_at=at,
            before={"due": deadline.due_at.isoformat()},
            after={"term": term_id, "due": explanation.due.isoformat()},
        )
    deadline.due_at = explanation.due
    deadline.federal_due_at = explanation.federal_due
    deadline.calendar_version = explanation.calendar_version
    deadline.explanation = explanation.to_record()
    return deadline


def meet(session: Session, *, case_id: uuid.UUID, term_id: str, at: datetime, by: str) -> Deadline | None:
    """End an open term because what was owed is done; late is recorded as a breach. None when it was not open."""
    deadline = session.scalars(_open(case_id).where(Deadline.term == term_id)).one_or_none()
    if deadline is None:
        return None
    _end(deadline, at=at, by=by)
    return deadline


def cancel_all(session: Session, *, case_id: uuid.UUID, at: datetime) -> None:
    """End every open term of a case that needs no more work."""
    for deadline in session.scalars(_open(case_id)):
        deadline.state = DeadlineState.CANCELLED
        deadline.closed_at = at


def open_terms(session: Session, *, case_id: uuid.UUID) -> Sequence[Deadline]:
    """The open terms of a case, the earliest first; windows among them."""
    return session.scalars(_open(case_id).order_by(Deadline.due_at, Deadline.term)).all()


def owed(case_id: uuid.UUID) -> ColumnElement[bool]:
    """The SQL condition that somebody owes the case something: a window (a right) does not count."""
    return exists(_open(case_id).where(Deadline.hardness != Hardness.REFUSE).with_only_columns(Deadline.id))


def owes_something(session: Session, *, case_id: uuid.UUID) -> bool:
    """Whether anybody owes the case anything."""
    return bool(session.scalar(select(owed(case_id))))


def _end(deadline: Deadline, *, at: datetime, by: str) -> None:
    late = at >= deadline.due_at
    deadline.state = DeadlineState.BREACHED if late else DeadlineState.MET
    deadline.met_at = at
    deadline.met_by = by
    deadline.closed_at = at


def _open(case_id: uuid.UUID) -> Select[Deadline]:
    return select(Deadline).where(
        Deadline.case_id == case_id,
        Deadline.met_at.is_(None),
        Deadline.state.in_((DeadlineState.RUNNING, DeadlineState.BREACHED)),
    )

"""What somebody's day is made of: obligations of visible cases and hearings, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select
from sqlalchemy import func as sql

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.repository import visible
from apella.appeals.states import State
from apella.commissions.model import Vote
from apella.deadlines.explain import instant_of
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import Hardness
from apella.experts.model import Assignment, AssignmentState
from apella.hearings.model import Hearing, HearingState
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.materials.model import Kit, KitState
from apella.registry.model import Exam

CONSIDERATION = ("score.consideration", "procedure.consideration")
VOTING = frozenset({Role.CHAIR, Role.DEPUTY_CHAIR, Role.MEMBER})
STANDS_IN = {Role.DEPUTY_CHAIR: Role.CHAIR}
"""Whose obligations a role also sees, because the table of permissions lets it act for the other."""


@dataclass(frozen=True, kw_only=True)
class Appellant:
    """Whose case it is, for a line of a list."""

    surname: str
    given_name: str
    patronymic: str | None


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """One thing that this actor owes a case. `to_vote`: the case is open and the actor's ballot is not in yet."""

    clock: Deadline
    appeal: Appeal
    appellant: Appellant
    subject_code: str
    hearing_at: datetime | None
    to_vote: bool


@dataclass(frozen=True, kw_only=True)
class Obligations:
    """The earliest ones, and how many there are in all; `overdue` of them are past their end."""

    items: Sequence[Obligation]
    total: int
    overdue: int


@dataclass(frozen=True, kw_only=True)
class DayHearing:
    """A hearing of a day. `concluded` is None where no expert was taken; `kit_received` None where none was asked."""

    hearing: Hearing
    appeal: Appeal
    appellant: Appellant
    subject_code: str
    kit_received: bool | None
    concluded: bool | None


def obligations(desk: Desk, *, limit: int) -> Obligations:
    """What this actor owes, the earliest end first: at most `limit` of them and the number of all."""
    owed = _owed(desk)
    counted = (
        select(sql.count(), sql.count().filter(Deadline.due_at <= desk.now))
        .select_from(Deadline)
        .join(Appeal, and_(Appeal.tenant_id == Deadline.tenant_id, Appeal.id == Deadline.case_id))
        .where(owed)
    )
    total, overdue = desk.session.execute(counted).one()
    if not total:
        return Obligations(items=(), total=0, overdue=0)
    rows = desk.session.execute(
        select(
            Deadline,
            Appeal,
            Person.surname,
            Person.given_name,
            Person.patronymic,
            Exam.subject_code,
            Hearing.starts_at,
            _waits_for_ballot(desk),
        )
        .join(Appeal, and_(Appeal.tenant_id == Deadline.tenant_id, Appeal.id == Deadline.case_id))
        .join(Person, and_(Person.tenant_id == Appeal.tenant_id, Person.id == Appeal.person_id))
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .join(
            Hearing,
            and_(
                Hearing.tenant_id == Appeal.tenant_id,
                Hearing.case_id == Appeal.id,
                Hearing.round == Appeal.round,
                Hearing.state != HearingState.REPLACED,
            ),
            isouter=True,
        )
        .where(owed)
        .order_by(Deadline.due_at, Deadline.case_id, Deadline.term)
        .limit(limit)
    )
    items = [
        Obligation(
            clock=clock,
            appeal=appeal,
            appellant=Appellant(surname=surname, given_name=given_name, patronymic=patronymic),
            subject_code=subject_code,
            hearing_at=hearing_at,
            to_vote=to_vote and clock.term in CONSIDERATION,
        )
        for clock, appeal, surname, given_name, patronymic, subject_code, hearing_at, to_vote in rows
    ]
    return Obligations(items=items, total=total, overdue=overdue)


def hearings_on(desk: Desk, day: date, *, limit: int) -> Sequence[DayHearing]:
    """The hearings of a day in the tenant's zone that this actor sees, in order; at most `limit`."""
    begins, ends = (instant_of(at, desk.rules.zone) for at in (day, day + timedelta(days=1)))
    rows = desk.session.execute(
        select(
            Hearing,
            Appeal,
            Person.surname,
            Person.given_name,
            Person.patronymic,
            Exam.subject_code,
            Kit.state,
            Assignment.state,
        )
        .join(Appeal, and_(Appeal.tenant_id == Hearing.tenant_id, Appeal.id == Hearing.case_id))
        .join(Person, and_(Person.tenant_id == Appeal.tenant_id, Person.id == Appeal.person_id))
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .join(
            Kit,
            and_(Kit.tenant_id == Appeal.tenant_id, Kit.case_id == Appeal.id, Kit.round == Appeal.round),
            isouter=True,
        )
        .join(
            Assignment,
            and_(
                Assignment.tenant_id == Appeal.tenant_id,
                Assignment.case_id == Appeal.id,
                Assignment.round == Appeal.round,
                Assignment.state != AssignmentState.CANCELLED,
            ),
            isouter=True,
        )
        .where(
            Hearing.season_id == desk.actor.season_id,
            Hearing.starts_at >= begins,
            Hearing.starts_at < ends,
            Hearing.state != HearingState.REPLACED,
            Appeal.state != State.CLOSED,
            visible(desk.actor),
        )
        .order_by(Hearing.starts_at, Hearing.id)
        .limit(limit)
    )
    return [
        DayHearing(
            hearing=hearing,
            appeal=appeal,
            appellant=Appellant(surname=surname, given_name=given_name, patronymic=patronymic),
            subject_code=subject_code,
            kit_received=_is(kit, KitState.RECEIVED),
            concluded=_is(assigned, AssignmentState.CONCLUDED),
        )
        for hearing, appeal, surname, given_name, patronymic, subject_code, kit, assigned in rows
    ]


def answers_for(roles: Collection[Role]) -> frozenset[Role]:
    """The roles whose obligations somebody with these roles sees as the own ones."""
    return frozenset(roles) | {STANDS_IN[role] for role in roles if role in STANDS_IN}


def has_voted(desk: Desk, appeal: Appeal) -> bool:
    """Whether this actor's ballot on the case's present round is in."""
    own = select(Vote.id).where(
        Vote.case_id == appeal.id, Vote.round == appeal.round, Vote.person_id == desk.actor.person_id
    )
    return bool(desk.session.scalar(select(exists(own))))


def _is(found: object, wanted: object) -> bool | None:
    """Compare what an outer join gave; None where it gave nothing."""
    return None if found is None else found is wanted


def _owed(desk: Desk) -> ColumnElement[bool]:
    actor = desk.actor
    mine: ColumnElement[bool] = Deadline.owed_by.in_(sorted(answers_for(actor.roles)))
    if actor.roles & VOTING:
        # Who may vote owes the ballot as soon as the hearing is open, whoever owes the decision.
        mine = or_(mine, and_(Deadline.term.in_(CONSIDERATION), _waits_for_ballot(desk)))
    return and_(
        Deadline.season_id == actor.season_id,
        Deadline.met_at.is_(None),
        Deadline.state.in_((DeadlineState.RUNNING, DeadlineState.BREACHED)),
        Deadline.hardness != Hardness.REFUSE,
        mine,
        visible(actor),
    )


def _waits_for_ballot(desk: Desk) -> ColumnElement[bool]:
    """Whether the case waits for this actor's ballot."""
    if not desk.actor.roles & VOTING:
        return literal(value=False)
    own = select(Vote.id).where(
        Vote.tenant_id == Appeal.tenant_id,
        Vote.case_id == Appeal.id,
        Vote.round == Appeal.round,
        Vote.person_id == desk.actor.person_id,
    )
    return and_(Appeal.state == State.HEARING, ~exists(own))

"""What somebody's day is made of: obligations of visible cases and hearings, in a fixed number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, literal, select
from sqlalchemy import func as sql

from apella.appeals.conflicts import barred_cases
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.repository import visible
from apella.appeals.route import WITHDRAWAL
from apella.appeals.states import State
from apella.commissions.model import Vote
from apella.deadlines.explain import instant_of
from apella.deadlines.model import OWED, Deadline
from apella.deadlines.terms import Hardness
from apella.experts.model import Assignment, AssignmentState
from apella.hearings.model import Hearing, HearingState
from apella.identity.model import Person
from apella.identity.permissions import sees_season
from apella.identity.roles import Role
from apella.materials.model import Kit, KitState
from apella.registry.model import Exam

PRESSING = 80
"""From which warning step on an obligation is said to press."""

CONSIDERATION = ("score.consideration", "procedure.consideration", "reopened.consideration")
VOTING = frozenset({Role.CHAIR, Role.DEPUTY_CHAIR, Role.MEMBER})
STANDS_IN = {Role.DEPUTY_CHAIR: Role.CHAIR}
"""Whose obligations a role also sees, because the table of permissions lets it act for the other."""

_OF_CASE = and_(Appeal.tenant_id == Deadline.tenant_id, Appeal.id == Deadline.case_id)


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
class Workload:
    """What an actor owes, and where the visible cases are.

    `items` are the earliest obligations, `total` counts all of them, `overdue` the broken ones (advice that has passed
    is none), `pressing` those that the sweep has warned of (`PRESSING` per cent of their term). `waiting` counts the
    cases at each step, whoever owes it.
    """

    items: Sequence[Obligation]
    total: int
    overdue: int
    pressing: int
    waiting: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class DayHearing:
    """A hearing of a day. `concluded` is None where no expert was taken; `kit_received` None where none was asked.

    `withdrawal_on_its_way`: a door took a withdrawal in, and has not handed it on to the commission.
    """

    hearing: Hearing
    appeal: Appeal
    appellant: Appellant
    subject_code: str
    kit_received: bool | None
    concluded: bool | None
    withdrawal_on_its_way: bool


def workload(desk: Desk, *, limit: int) -> Workload:
    """Read what this actor owes, the earliest end first and at most `limit` of it, and where the cases are."""
    mine = answers_for(desk.actor.roles)
    waiting: dict[str, int] = {}
    total = overdue = pressing = 0
    for term, owed_by, number, late, warned in _counts(desk):
        waiting[term] = waiting.get(term, 0) + number
        if owed_by in mine:
            total, overdue, pressing = total + number, overdue + late, pressing + warned
    items = _listed(desk, Deadline.owed_by.in_(sorted(mine)), limit=limit) if total else []
    if desk.actor.roles & VOTING:
        # Who may vote owes the ballot as soon as the hearing is open, whoever owes the decision. Asked apart, so that
        # each list comes in the order of an index.
        ballots = and_(Deadline.term.in_(CONSIDERATION), Deadline.owed_by.not_in(sorted(mine)), _waits_for_ballot(desk))
        asked = _listed(desk, ballots, limit=limit)
        total += len(asked)
        overdue += sum(item.clock.due_at <= desk.now and not item.clock.is_passed_advice(desk.now) for item in asked)
        items = sorted([*items, *asked], key=lambda item: (item.clock.due_at, item.appeal.id, item.clock.term))[:limit]
    return Workload(items=items, total=total, overdue=overdue, pressing=pressing, waiting=waiting)


def next_day_of_hearings(desk: Desk, after: date) -> date | None:
    """The first day after this one, in the tenant's zone, that has hearings which this actor sees; None for none."""
    found = desk.session.scalar(
        select(Hearing.starts_at)
        .join(Appeal, and_(Appeal.tenant_id == Hearing.tenant_id, Appeal.id == Hearing.case_id))
        .where(
            Hearing.season_id == desk.actor.season_id,
            Hearing.starts_at >= instant_of(after + timedelta(days=1), desk.rules.zone),
            Hearing.state != HearingState.REPLACED,
            Appeal.state != State.CLOSED,
            visible(desk.actor),
        )
        .order_by(Hearing.starts_at)
        .limit(1)
    )
    return None if found is None else found.astimezone(desk.rules.zone).date()


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
            exists(_withdrawals_on_their_way()),
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
            withdrawal_on_its_way=on_its_way,
        )
        for hearing, appeal, surname, given_name, patronymic, subject_code, kit, assigned, on_its_way in rows
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


def _withdrawals_on_their_way() -> Select[uuid.UUID]:
    """The open clocks by which somebody still owes the commission a withdrawal of the case."""
    return select(Deadline.id).where(
        _OF_CASE,
        Deadline.term == WITHDRAWAL,
        Deadline.met_at.is_(None),
        Deadline.state.in_(OWED),
    )


def _is(found: object, wanted: object) -> bool | None:
    """Compare what an outer join gave; None where it gave nothing."""
    return None if found is None else found is wanted


def _counts(desk: Desk) -> Sequence[tuple[str, Role, int, int, int]]:
    """The open obligations by term and by who owes them: how many, broken, warned of before their end."""
    over = Deadline.due_at <= desk.now
    query = (
        select(
            Deadline.term,
            Deadline.owed_by,
            sql.count(),
            sql.count().filter(over, Deadline.hardness != Hardness.ADVICE).label("late"),
            sql.count().filter(~over, Deadline.warned >= PRESSING).label("warned"),
        )
        .where(_open(desk))
        .group_by(Deadline.term, Deadline.owed_by)
    )
    if sees_season(desk.actor):
        query = query.where(Deadline.case_id.not_in(barred_cases(desk.actor)))
    else:
        query = query.join(Appeal, _OF_CASE).where(visible(desk.actor, to_act=True))
    return [
        (term, owed_by, number, late, warned) for term, owed_by, number, late, warned in desk.session.execute(query)
    ]


def _listed(desk: Desk, owed: ColumnElement[bool], *, limit: int) -> list[Obligation]:
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
        .join(Appeal, _OF_CASE)
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
        .where(_open(desk), owed, visible(desk.actor, to_act=True))
        .order_by(Deadline.due_at, Deadline.case_id, Deadline.term)
        .limit(limit)
    )
    return [
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


def _open(desk: Desk) -> ColumnElement[bool]:
    """The clocks of the season by which something is owed; windows are rights and not among them."""
    return and_(
        Deadline.season_id == desk.actor.season_id,
        Deadline.met_at.is_(None),
        Deadline.state.in_(OWED),
        Deadline.hardness != Hardness.REFUSE,
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

"""Reading cases: who may see which, the journal by pages, the pieces of one case."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select, true, tuple_
from sqlalchemy.orm import Session

from apella.appeals.conflicts import Excluded, barred_cases, closed_cases, is_barred
from apella.appeals.mandates import own_cases_of, within_mandate
from apella.appeals.model import Appeal, AppealTransition
from apella.appeals.states import AppealKind, State
from apella.deadlines.model import OWED, Deadline
from apella.deadlines.terms import Hardness
from apella.errors import NotFound
from apella.identity.actor import Actor
from apella.identity.break_glass import cases_behind_glass
from apella.identity.model import Person
from apella.identity.permissions import APPELLANT_SIDE, Reach, may_ever, reach_of, reaches, sees_season
from apella.identity.roles import Role
from apella.registry.model import Exam, Result, Work

OWN_SIDE = frozenset(role for role, reach in reaches().items() if reach in APPELLANT_SIDE)
"""Those who see the cases of one participant: their own, or the one whom they represent."""


def visible(actor: Actor, *, to_act: bool = False) -> ColumnElement[bool]:
    """The condition under which this actor sees a case, or may act in it; row level security stands behind it.

    Emergency access is not in it: it opens one case by its address, and no list.
    """
    return and_(_within_reach(actor), _not_among(actor, barred_cases(actor) if to_act else closed_cases(actor)))


def _not_among(actor: Actor, cases: Select[uuid.UUID]) -> ColumnElement[bool]:
    """The condition that a case is none of these; the system itself has no interests."""
    # NOT IN, not NOT EXISTS: a set asked for once, so that lists keep the order of their index.
    return true() if actor.is_system else Appeal.id.not_in(cases)


def _within_reach(actor: Actor) -> ColumnElement[bool]:
    """The condition that a case is one of those that this actor's roles are about."""
    of_the_season = Appeal.season_id == actor.season_id
    if sees_season(actor):
        return of_the_season
    ways = [_way(actor, reach) for reach in sorted(reach_of(actor))]
    return and_(of_the_season, or_(*ways) if ways else false())


def _way(actor: Actor, reach: Reach) -> ColumnElement[bool]:
    """The condition that a case of the season is within one reach of this actor."""
    taken_in_here = (
        false() if actor.organisation_id is None else Appeal.accepted_organisation_id == actor.organisation_id
    )
    match reach:
        case Reach.OWN | Reach.LINKED | Reach.MANDATED:
            return own_cases_of(actor)
        case Reach.ORGANISATION:
            return taken_in_here
        case Reach.AUTHORITY:
            passed_on = Appeal.via_organisation_id == actor.organisation_id
            return false() if actor.organisation_id is None else or_(taken_in_here, passed_on)
        case Reach.TAKEN_IN:
            return Appeal.accepted_by == actor.person_id
        case Reach.ASSIGNED:
            return Appeal.expert_person_id == actor.person_id
        case Reach.SEASON:
            return true()
        case Reach.NONE:
            return false()


def visible_case(session: Session, actor: Actor, case_id: uuid.UUID, *, lock: bool = False) -> Appeal | None:
    """One case, if this actor may see it, by emergency access too.

    `lock` is for a deed: it keeps others from changing the case until the end of the work, and gives nothing to
    somebody who may only look.
    """
    if lock:
        query = select(Appeal).where(Appeal.id == case_id, visible(actor, to_act=True))
        # What was read before the lock may be old by now.
        query = query.with_for_update().execution_options(populate_existing=True)
    else:
        query = select(Appeal).where(
            Appeal.id == case_id,
            or_(_within_reach(actor), _behind_glass(actor)),
            _not_among(actor, closed_cases(actor)),
        )
    return session.scalars(query).one_or_none()


def _behind_glass(actor: Actor) -> ColumnElement[bool]:
    """The condition that this actor reads a case by emergency access."""
    if not may_ever(actor, "break_glass"):
        return false()
    return and_(Appeal.season_id == actor.season_id, Appeal.id.in_(cases_behind_glass(actor)))


def case_or_refusal(session: Session, actor: Actor, case_id: uuid.UUID, *, lock: bool = False) -> Appeal:
    """Like `visible_case`, but raises: Excluded where a conflict of interest stands in the way, else NotFound."""
    appeal = visible_case(session, actor, case_id, lock=lock)
    if appeal is None:
        if is_barred(session, actor, case_id, reading=not lock):
            raise Excluded
        raise NotFound("Такого дела нет, или оно вам не видно.", code="appeal.not_found")
    return appeal


@dataclass(frozen=True, kw_only=True)
class JournalFilter:
    """What the journal shows. `surname` is the beginning of a `sort_key`; `owed` a term that must be open.

    `warned` is the warning step that an open obligation of the case must have reached.
    """

    state: State | None = None
    kind: AppealKind | None = None
    subject_code: str | None = None
    surname: str | None = None
    number: str | None = None
    owed: str | None = None
    warned: int | None = None


@dataclass(frozen=True, kw_only=True)
class JournalCursor:
    """Where a page begins: after (or, going back, before) the case filed then with that id."""

    filed_at: datetime
    case_id: uuid.UUID
    backward: bool = False


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One case as the journal and the work lists show it; `due_at` is its earliest open obligation."""

    appeal: Appeal
    surname: str
    given_name: str
    patronymic: str | None
    subject_code: str
    exam_date: date
    due_term: str | None
    due_title: str | None
    due_at: datetime | None
    due_owed_by: Role | None


def journal_page(
    session: Session, actor: Actor, wanted: JournalFilter, *, cursor: JournalCursor | None, limit: int
) -> Sequence[JournalLine]:
    """At most `limit` cases that this actor sees, the newest filing first, in one query."""
    query = _journal(actor, wanted)
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        here = tuple_(cursor.filed_at, cursor.case_id)
        place = tuple_(Appeal.filed_at, Appeal.id)
        query = query.where(place > here if backward else place < here)
    order = (Appeal.filed_at.asc(), Appeal.id.asc()) if backward else (Appeal.filed_at.desc(), Appeal.id.desc())
    rows = session.execute(query.order_by(*order).limit(limit)).all()
    lines = [_line(row) for row in rows]
    return list(reversed(lines)) if backward else lines


def _journal(actor: Actor, wanted: JournalFilter) -> Select[Any]:
    earliest = (
        select(Deadline.term, Deadline.title, Deadline.due_at, Deadline.owed_by)
        .where(
            Deadline.tenant_id == Appeal.tenant_id,
            Deadline.case_id == Appeal.id,
            Deadline.met_at.is_(None),
            Deadline.state.in_(OWED),
            Deadline.hardness != Hardness.REFUSE,
        )
        .order_by(Deadline.due_at)
        .limit(1)
        .lateral("earliest")
    )
    query = (
        select(
            Appeal,
            Person.surname,
            Person.given_name,
            Person.patronymic,
            Exam.subject_code,
            Exam.exam_date,
            earliest.c.term,
            earliest.c.title,
            earliest.c.due_at,
            earliest.c.owed_by,
        )
        .join(Person, and_(Person.tenant_id == Appeal.tenant_id, Person.id == Appeal.person_id))
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .join(earliest, true(), isouter=True)
        .where(visible(actor))
    )
    if wanted.state is not None:
        query = query.where(Appeal.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(Appeal.kind == wanted.kind)
    if wanted.subject_code is not None:
        query = query.where(Exam.subject_code == wanted.subject_code)
    if wanted.surname is not None:
        # A range, not LIKE: `~~` is not leakproof, so its index is unusable under row level security (measured).
        query = query.where(Person.sort_key >= wanted.surname, Person.sort_key < wanted.surname + "\U0010ffff")
    if wanted.number is not None:
        query = query.where(or_(Appeal.journal_number == wanted.number, Appeal.receipt_number == wanted.number))
    if wanted.owed is not None:
        owed = select(Deadline.case_id).where(
            Deadline.season_id == actor.season_id,
            Deadline.term == wanted.owed,
            Deadline.met_at.is_(None),
            Deadline.state.in_(OWED),
        )
        query = query.where(Appeal.id.in_(owed))
    if wanted.warned is not None:
        pressing = select(Deadline.case_id).where(
            Deadline.season_id == actor.season_id,
            Deadline.met_at.is_(None),
            Deadline.state.in_(OWED),
            Deadline.hardness != Hardness.REFUSE,
            Deadline.warned >= wanted.warned,
        )
        query = query.where(Appeal.id.in_(pressing))
    return query


def _line(row: Row[Any]) -> JournalLine:
    names = [field.name for field in fields(JournalLine)]
    return JournalLine(**dict(zip(names, row, strict=True)))


def history_of(session: Session, case_id: uuid.UUID) -> Sequence[AppealTransition]:
    """Every move of a case, in order."""
    return session.scalars(
        select(AppealTransition).where(AppealTransition.case_id == case_id).order_by(AppealTransition.seq)
    ).all()


def clocks_of(session: Session, case_id: uuid.UUID) -> Sequence[Deadline]:
    """Every clock of a case, open ones first, each group by due date."""
    return session.scalars(
        select(Deadline).where(Deadline.case_id == case_id).order_by(Deadline.met_at.is_not(None), Deadline.due_at)
    ).all()


def own_work(session: Session, actor: Actor, work_id: uuid.UUID) -> tuple[Work, Exam, Result | None] | None:
    """A work of the season, its exam and its result in force; the appellant's side gets the own one only."""
    of_work = and_(Result.tenant_id == Work.tenant_id, Result.work_id == Work.id)
    query = (
        select(Work, Exam, Result)
        .join(Exam, and_(Exam.tenant_id == Work.tenant_id, Exam.id == Work.exam_id))
        .join(Result, of_work, isouter=True)
        .order_by(Result.version.desc())
        .limit(1)
        .where(Work.id == work_id, Work.season_id == actor.season_id)
    )
    if actor.roles <= OWN_SIDE:
        query = query.where(Work.person_id == actor.own_id, within_mandate(actor))
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])

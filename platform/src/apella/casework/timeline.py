"""A case as its file: whose it is, its clocks, what was done with it and by whom. A fixed number of queries."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, AppealTransition
from apella.appeals.repository import clocks_of, history_of
from apella.appeals.states import Action
from apella.audit.model import AuditEvent
from apella.casework.reading import documents_of
from apella.deadlines.model import Deadline
from apella.documents.model import Document
from apella.hearings.model import Hearing
from apella.hearings.service import hearing_of
from apella.identity.model import Person
from apella.registry.model import Exam, Organisation, Work
from apella.storage.model import StoredFile

MOVE = "appeal:state:"
SHOWN = (
    "appeal:", "deadline:calendar:", "document:form:", "person:document:seen", "notice:person:",
    "access:break_glass:opened", "access:break_glass:closed", "attachment:file:accepted", "attachment:file:rejected",
)  # fmt: skip
"""The beginnings of the tags that a case's history tells; links to files would only drown them."""
MOST_EVENTS = 300


@dataclass(frozen=True, kw_only=True)
class Order:
    """The number and the date of an order."""

    number: str
    day: date


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something done to a case at `at` (case time), by a person or, without one, by the system.

    `after` holds the codes that the audit kept; `reason` what was typed, where the deed moved the case, `act` the paper
    that it rests on. `acting` is the order by which the role was performed for another.
    """

    tag: str
    at: datetime
    role: str | None
    person: Person | None
    after: Mapping[str, Any]
    reason: str | None = None
    act: str | None = None

    @property
    def acting(self) -> Order | None:
        """The order of a substitution, where the deed was done by one."""
        return _order(self.after)


@dataclass(frozen=True, kw_only=True)
class CaseHead:
    """Which case, whose, about which exam."""

    appeal: Appeal
    person: Person
    exam: Exam


@dataclass(frozen=True, kw_only=True)
class CaseFile(CaseHead):
    """Everything that the page of a case says beside its scores."""

    work: Work | None
    school: Organisation | None
    exam_point: Organisation | None
    hearing: Hearing | None
    clocks: Sequence[Deadline]
    deeds: Sequence[Deed]
    documents: Sequence[tuple[Document, StoredFile]]


def case_head(desk: Desk, appeal: Appeal) -> CaseHead:
    """Read what names a case, in one query."""
    person, exam = desk.session.execute(
        select(Person, Exam)
        .join(Exam, Exam.tenant_id == Person.tenant_id)
        .where(Person.id == appeal.person_id, Exam.id == appeal.exam_id)
    ).one()
    return CaseHead(appeal=appeal, person=person, exam=exam)


def case_file(desk: Desk, appeal: Appeal) -> CaseFile:
    """Read the file of a case that this actor may see."""
    head = case_head(desk, appeal)
    person, exam = head.person, head.exam
    work = None if appeal.work_id is None else desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id))
    places = _organisations(desk, {person.organisation_id, None if work is None else work.exam_point_id})
    return CaseFile(
        appeal=appeal,
        person=person,
        exam=exam,
        work=work,
        school=places.get(person.organisation_id),
        exam_point=None if work is None else places.get(work.exam_point_id),
        hearing=hearing_of(desk, appeal),
        clocks=clocks_of(desk.session, appeal.id),
        deeds=_deeds(desk, appeal),
        documents=documents_of(desk, appeal),
    )


def orders_of_moves(session: Session, case_id: uuid.UUID) -> Mapping[int, Order]:
    """The order by which a move's role was performed for another, by the move's number; other moves are left out."""
    changes = session.scalars(
        select(AuditEvent.changes)
        .where(AuditEvent.case_id == case_id, AuditEvent.tag.in_([f"{MOVE}{action}" for action in Action]))
        .order_by(AuditEvent.seq)
    )
    # Each move wrote one row of the history and one event, in the same order.
    orders = {number: _order(json.loads(text).get("after", {})) for number, text in enumerate(changes, start=1)}
    return {number: order for number, order in orders.items() if order is not None}


def _order(after: Mapping[str, Any]) -> Order | None:
    order = after.get("acting")
    return None if order is None else Order(number=order["act"], day=date.fromisoformat(order["act_date"]))


def _organisations(desk: Desk, ids: Collection[uuid.UUID | None]) -> Mapping[uuid.UUID | None, Organisation]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    return {row.id: row for row in desk.session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))}


def _deeds(desk: Desk, appeal: Appeal) -> Sequence[Deed]:
    """What was done, the newest first: the audit's events of the case, with what the moves had for a reason."""
    rows = desk.session.execute(
        select(AuditEvent, Person)
        .join(Person, and_(Person.tenant_id == AuditEvent.tenant_id, Person.id == AuditEvent.actor_id), isouter=True)
        .where(AuditEvent.case_id == appeal.id)
        .order_by(AuditEvent.seq.desc())
        .limit(MOST_EVENTS)
    ).all()
    # Each move wrote one row of the history and one event, in the same order.
    moves = list(history_of(desk.session, appeal.id))
    found = []
    for event, person in rows:
        if not event.tag.startswith(SHOWN):
            continue
        move: AppealTransition | None = moves.pop() if event.tag.startswith(MOVE) and moves else None
        found.append(
            Deed(
                tag=event.tag,
                at=event.case_at or event.at,
                role=event.role,
                person=person,
                after=json.loads(event.changes).get("after", {}),
                reason=None if move is None else move.reason,
                act=None if move is None else move.act,
            )
        )
    return found

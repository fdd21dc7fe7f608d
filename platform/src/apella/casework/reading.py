"""Reading what the API and the pages show of works, documents, people and experts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.emergency import record_glass_view
from apella.appeals.facts import exam_of
from apella.appeals.filing_window import filing_window
from apella.appeals.mandates import has_power, power_over_document
from apella.appeals.model import Appeal
from apella.appeals.repository import OWN_SIDE, case_or_refusal
from apella.appeals.states import AppealKind
from apella.audit.views import record_view
from apella.documents.model import Document
from apella.errors import Forbidden, NotFound
from apella.identity.model import Person, PersonKind
from apella.identity.permissions import may_ever, require
from apella.identity.roles import Role
from apella.regions.codes import PowerCode
from apella.registry.model import Exam, Organisation, Result, Work
from apella.storage.model import StoredFile

AT_A_DESK = (Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK)
OF_THE_SEASON = frozenset({Role.SECRETARY, Role.DATA_CENTRE_OPERATOR})
"""Those who serve every participant, where the region has a door of theirs."""


@dataclass(frozen=True, kw_only=True)
class WorkView:
    """An exam work with the result in force and the window for an appeal about its scores."""

    work: Work
    exam: Exam
    person: Person
    result: Result | None
    opens: datetime | None
    due: datetime | None


def case_for(desk: Desk, case_id: uuid.UUID) -> Appeal:
    """A case that this actor may see; the desk turns to its rules. Raises NotFound, Excluded.

    Reading by emergency access leaves an event each time: what cannot be recorded is not shown.
    """
    by_glass = may_ever(desk.actor, "break_glass")
    if not by_glass:
        require(desk.actor, "see_case")
    appeal = case_or_refusal(desk.session, desk.actor, case_id)
    if by_glass:
        record_glass_view(desk, case_id)
    desk.turn_to(appeal)
    return appeal


def works_of(desk: Desk, *, participant: str | None) -> Sequence[WorkView]:
    """The works of one participant of the season, the latest exam first, in two queries.

    A participant gets the own ones, a representative the principal's, within a power of attorney; staff name a
    registration code and get the works of people of their own organisation or exam point only. Raises Forbidden for
    roles that file nothing, NotFound for strangers.
    """
    person = _person(desk, participant)
    newest = (
        select(Result)
        .where(Result.work_id == Work.id, Result.tenant_id == Work.tenant_id)
        .order_by(Result.version.desc())
        .limit(1)
        .lateral("newest")
    )
    rows = desk.session.execute(
        select(Work, Exam, newest.c.id)
        .join(Exam, and_(Exam.tenant_id == Work.tenant_id, Exam.id == Work.exam_id))
        .join(newest, newest.c.work_id == Work.id, isouter=True)
        .where(Work.person_id == person.id, Work.season_id == desk.actor.season_id)
        .order_by(Exam.exam_date.desc(), Exam.subject_code)
    ).all()
    results = {
        result.id: result
        for result in desk.session.scalars(select(Result).where(Result.id.in_([row[2] for row in rows if row[2]])))
    }
    views = []
    for work, exam, result_id in rows:
        if not has_power(desk.actor, PowerCode.MATERIALS, exam) and not has_power(desk.actor, PowerCode.FILE, exam):
            continue
        result = results.get(result_id)
        window = filing_window(
            desk,
            AppealKind.SCORE,
            exam,
            has_result=result is not None,
            rechecked_on=None if result is None else result.rechecked_on,
        )
        views.append(
            WorkView(
                work=work,
                exam=exam,
                person=person,
                result=result,
                opens=window.opens,
                due=window.final_due,
            )
        )
    return views


def _person(desk: Desk, participant: str | None) -> Person:
    actor = desk.actor
    if actor.roles & OWN_SIDE:
        if actor.own_id is None:
            raise Forbidden("Сначала выберите, за кого вы действуете.", code="representation.nobody")
        return desk.session.get_one(Person, (actor.tenant_id, actor.own_id))
    if not actor.roles & {*AT_A_DESK, Role.EXAM_COMMISSION_MEMBER, *desk.rules.door_keepers}:
        raise Forbidden("Работы участников открывает тот, кто принимает апелляции.", code="works.role")
    found = desk.session.scalars(
        select(Person).where(
            Person.season_id == actor.season_id,
            Person.kind == PersonKind.PARTICIPANT,
            Person.login == (participant or ""),
        )
    ).one_or_none()
    if found is None or not _in_reach(desk, found):
        raise NotFound("Участника с таким кодом у вас нет: проверьте код регистрации.", code="works.participant")
    return found


def _in_reach(desk: Desk, person: Person) -> bool:
    if desk.actor.roles & set(AT_A_DESK) and person.organisation_id == desk.actor.organisation_id:
        return True
    if desk.actor.roles & OF_THE_SEASON & desk.rules.door_keepers:
        return True
    if Role.EXAM_COMMISSION_MEMBER not in desk.actor.roles:
        return False
    here = (
        select(Work.id)
        .join(Organisation, and_(Organisation.tenant_id == Work.tenant_id, Organisation.id == Work.exam_point_id))
        .where(Work.person_id == person.id, Organisation.code == desk.actor.exam_point_code)
        .limit(1)
    )
    return desk.session.scalars(here).one_or_none() is not None


def documents_of(desk: Desk, appeal: Appeal) -> Sequence[tuple[Document, StoredFile]]:
    """The documents of a case that are made, in the order of their making; a proxy's are those of the powers."""
    rows = desk.session.execute(
        select(Document, StoredFile)
        .join(StoredFile, and_(StoredFile.tenant_id == Document.tenant_id, StoredFile.id == Document.file_id))
        .where(Document.case_id == appeal.id)
        .order_by(Document.made_at, Document.form)
    ).all()
    exam = exam_of(desk, appeal) if desk.actor.is_proxy else None
    return [
        (document, file)
        for document, file in rows
        if exam is None or has_power(desk.actor, power_over_document(desk.rules, document.form), exam)
    ]


def document_number_of(desk: Desk, appeal: Appeal) -> str:
    """The appellant's document number in full; that it was seen, and by whom, stands in the audit."""
    role = require(desk.actor, "see_document_number")
    person = desk.session.get_one(Person, (appeal.tenant_id, appeal.person_id))
    if person.document_cipher is None:
        raise NotFound("Номер документа участника в реестре не указан.", code="person.document")
    record_view(
        desk.session,
        actor=desk.actor,
        what="person",
        subject_id=person.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        field="document",
    )
    return desk.vault.open("person.document", person.id, person.document_cipher)

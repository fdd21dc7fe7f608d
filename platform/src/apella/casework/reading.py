"""Reading what the API and the pages show of works, documents, people and experts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select, true

from apella.appeals.desk import Desk
from apella.appeals.emergency import record_glass_view
from apella.appeals.facts import exam_of
from apella.appeals.filing_window import filing_window
from apella.appeals.looks import reading_role, record_look
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
from apella.registry.model import Exam, Mark, Organisation, Result, Work
from apella.registry.repository import marks_in_force
from apella.storage.model import StoredFile

AT_A_DESK = (Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK)
AT_AN_EXAM_POINT = frozenset({Role.EXAM_COMMISSION_MEMBER})
OF_THE_SEASON = frozenset({Role.SECRETARY, Role.DATA_CENTRE_OPERATOR})
"""Those who serve every participant, where the region has a door of theirs."""


@dataclass(frozen=True, kw_only=True)
class WorkView:
    """An exam work with the result in force and the window for an appeal about its scores.

    `shows_score`: whether its reader is told the score. The result itself says at a desk what may be filed.
    """

    work: Work
    exam: Exam
    person: Person
    result: Result | None
    opens: datetime | None
    due: datetime | None
    shows_score: bool


def case_to_read(desk: Desk, case_id: uuid.UUID) -> Appeal:
    """As `case_for`, for what only shows the case: that staff opened it stands in the audit, once an hour."""
    appeal = case_for(desk, case_id)
    record_look(desk, appeal.id)
    return appeal


def case_for(desk: Desk, case_id: uuid.UUID) -> Appeal:
    """A case that this actor may see, for a deed on it; the desk turns to its rules. Raises NotFound, Excluded.

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
    """The works of one participant of the season, the latest exam first.

    Without a registration code a participant gets the own ones, a representative the principal's, within a power of
    attorney. Raises Forbidden (`works.own`, `representation.nobody`), and as `participant_by_code` does.
    """
    return works_of_person(desk, _own(desk) if participant is None else participant_by_code(desk, participant))


def participant_by_code(desk: Desk, code: str) -> Person:
    """The participant of the season with this registration code, as far as this member of staff serves them.

    Raises Forbidden (`works.role`) for roles that file nothing, NotFound (`works.participant`) for strangers.
    """
    return _found(participant_in_reach(desk, Person.login == code))


def participant_by_id(desk: Desk, person_id: uuid.UUID) -> Person:
    """As `participant_by_code`, by the person's id."""
    return _found(participant_in_reach(desk, Person.id == person_id))


def participant_in_reach(desk: Desk, which: ColumnElement[bool]) -> Person | None:
    """The one participant of the season that is meant; None for a stranger, of whom nothing is told.

    Staff serve people of their own organisation or exam point, some the season's. That somebody was found, and by whom,
    stands in the audit. Raises Forbidden (`works.role`).
    """
    if not desk.actor.roles & {*AT_A_DESK, *AT_AN_EXAM_POINT, *desk.rules.door_keepers}:
        raise Forbidden("Работы участников открывает тот, кто принимает апелляции.", code="works.role")
    found = desk.session.scalars(
        select(Person).where(Person.season_id == desk.actor.season_id, Person.kind == PersonKind.PARTICIPANT, which)
    ).one_or_none()
    role = None if found is None else _serving_role(desk, found)
    if found is None or role is None:
        return None
    record_view(desk.session, actor=desk.actor, what="works", subject_id=found.id, case_at=desk.now, role=role)
    return found


def works_of_person(desk: Desk, person: Person) -> Sequence[WorkView]:
    """The works of a participant who was found within reach, the latest exam first, in two queries.

    An exam point sees those that were written there. Staff are told scores where they take in appeals about them.
    """
    own = desk.actor.roles <= OWN_SIDE
    whole = frozenset[Role]() if own else _of_the_whole_person(desk, person)
    here = true() if own or whole else Work.exam_point_id.in_(_own_exam_point(desk))
    shows_score = own or bool((whole or desk.actor.roles & AT_AN_EXAM_POINT) & _who_take_in_score_appeals(desk))
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
        .where(Work.person_id == person.id, Work.season_id == desk.actor.season_id, here)
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
                shows_score=shows_score,
            )
        )
    return views


def _own(desk: Desk) -> Person:
    actor = desk.actor
    if not actor.roles & OWN_SIDE:
        raise Forbidden("Своих работ у вас нет: работы участника ищут по коду регистрации.", code="works.own")
    if actor.own_id is None:
        raise Forbidden("Сначала выберите, за кого вы действуете.", code="representation.nobody")
    return desk.session.get_one(Person, (actor.tenant_id, actor.own_id))


def _found(person: Person | None) -> Person:
    if person is None:
        raise NotFound("Участника с таким кодом у вас нет: проверьте код регистрации.", code="works.participant")
    return person


def _serving_role(desk: Desk, person: Person) -> Role | None:
    """The role by which this member of staff serves the participant at all; None for a stranger."""
    whole = _of_the_whole_person(desk, person)
    if whole or not desk.actor.roles & AT_AN_EXAM_POINT:
        return min(whole, default=None)
    here = select(Work.id).where(Work.person_id == person.id, Work.exam_point_id.in_(_own_exam_point(desk))).limit(1)
    return None if desk.session.scalars(here).one_or_none() is None else Role.EXAM_COMMISSION_MEMBER


def _of_the_whole_person(desk: Desk, person: Person) -> frozenset[Role]:
    """The roles by which this member of staff serves the participant whatever the exam."""
    found = desk.actor.roles & OF_THE_SEASON & desk.rules.door_keepers
    if person.organisation_id == desk.actor.organisation_id:
        found |= desk.actor.roles & frozenset(AT_A_DESK)
    return found


def _own_exam_point(desk: Desk) -> Select[uuid.UUID]:
    return select(Organisation.id).where(Organisation.code == desk.actor.exam_point_code)


def _who_take_in_score_appeals(desk: Desk) -> frozenset[Role]:
    return frozenset(
        channel.operator
        for channel in desk.rules.channels
        if AppealKind(channel.kind) is AppealKind.SCORE and not channel.self_service
    )


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


def marks_of(desk: Desk, appeal: Appeal) -> Sequence[Mark]:
    """The marks in force of the case's work; that staff saw them stands in the audit, once an hour."""
    role = reading_role(desk)
    if appeal.work_id is not None and role is not None:
        record_view(
            desk.session,
            actor=desk.actor,
            what="marks",
            subject_id=appeal.work_id,
            case_id=appeal.id,
            case_at=desk.now,
            role=role,
        )
    return marks_in_force(desk.session, appeal.work_id)


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

"""What an import adds and changes of organisations, exams, participants and works; written only when all of it fits."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from apella.calendar.wording import short_date
from apella.db.base import TenantRow
from apella.db.ids import new_id
from apella.identity.model import Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.vault import Vault
from apella.registry.importing_bulk import insert_rows, update_rows
from apella.registry.importing_delivery import Delivery, ExamKey, OrganisationKey, home_of
from apella.registry.model import Exam, Organisation, OrganisationKind, Work
from apella.registry.reading import Problems
from apella.registry.tables import EXAMS, PARTICIPANTS, WORKS, ParticipantRow

KeyT = TypeVar("KeyT", bound=Hashable)
_Before = Row[*tuple[Any, ...]] | None
_SEALED = ("document_cipher", "document_index", "phone_cipher", "phone_index", "email_cipher", "email_index")
_COMPARED = (
    "id",
    "kind",
    "login",
    "category",
    "surname",
    "given_name",
    "patronymic",
    "sort_key",
    "organisation_id",
    "document_index",
    "phone_index",
    "email_index",
)


@dataclass
class Plan(Generic[KeyT]):
    """The rows of one table to insert and to update, and the ids of all its rows that the delivery names."""

    model: type[TenantRow]
    ids: dict[KeyT, uuid.UUID] = field(default_factory=dict)
    added: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def note(self, key: KeyT, before: _Before, *, fixed: Mapping[str, Any], values: Mapping[str, Any]) -> uuid.UUID:
        """Add a row, or change it where its values differ from what the database has; give its id."""
        row_id = self.ids[key] = new_id() if before is None else before.id
        if before is None:
            self.added.append({"id": row_id, **fixed, **values})
        elif any(getattr(before, name) != value for name, value in values.items()):
            self.changed.append({"id": row_id, **values})
        return row_id

    def write(self, session: Session) -> None:
        """Insert and update."""
        insert_rows(session, self.model, self.added)
        update_rows(session, self.model, self.changed)


@dataclass(frozen=True, kw_only=True)
class RowPlans:
    """The plans of an import, in the order in which they are written."""

    organisations: Plan[OrganisationKey]
    exams: Plan[ExamKey]
    participants: Plan[str]
    works: Plan[str]

    @property
    def by_name(self) -> Mapping[str, Plan[Any]]:
        """The plans by the names of their tables."""
        return {
            "organisations": self.organisations,
            "exams": self.exams,
            "participants": self.participants,
            "works": self.works,
        }


def plan_rows(
    session: Session, *, delivery: Delivery, season_id: uuid.UUID, vault: Vault, problems: Problems
) -> RowPlans:
    """Compare the delivery with the season; `problems` gets what may not be changed. Rows missing in it stay."""
    organisations = _organisations(session, delivery, season_id)
    exams = _exams(session, delivery, season_id, problems)
    participants = _Participants(session, delivery, season_id, vault, problems).plan(organisations.ids)
    works = _works(session, delivery, season_id, problems, organisations.ids, exams.ids, participants.ids)
    return RowPlans(organisations=organisations, exams=exams, participants=participants, works=works)


def _organisations(session: Session, delivery: Delivery, season_id: uuid.UUID) -> Plan[OrganisationKey]:
    table = Organisation
    query = select(table.id, table.kind, table.code, table.name, table.territory, table.address)
    known = {(row.kind, row.code): row for row in session.execute(query.where(table.season_id == season_id))}
    plan: Plan[OrganisationKey] = Plan(table)
    for key, (_, row) in delivery.organisations.items():
        plan.note(
            key,
            known.get(key),
            fixed={"season_id": season_id, "kind": row.kind, "code": row.code},
            values={"name": row.name, "territory": row.territory, "address": row.address},
        )
    return plan


def _exams(session: Session, delivery: Delivery, season_id: uuid.UUID, problems: Problems) -> Plan[ExamKey]:
    query = select(Exam.id, Exam.subject_code, Exam.exam_date, Exam.wave, Exam.announced_on)
    known = {
        (row.subject_code, row.exam_date): row for row in session.execute(query.where(Exam.season_id == season_id))
    }
    plan: Plan[ExamKey] = Plan(Exam)
    for key, (line, row) in delivery.exams.items():
        before = known.get(key)
        if before is not None and before.announced_on is not None and before.announced_on != row.announced_on:
            # An announced date is never overwritten (architecture rule 17): terms of filed appeals run from it.
            reason = f"день объявления результатов уже внесён: {short_date(before.announced_on)}, заменить его нельзя"
            problems.add(EXAMS.file, line, "announced_on", reason)
        plan.note(
            key,
            before,
            fixed={"season_id": season_id, "subject_code": row.subject_code, "exam_date": row.exam_date},
            values={"wave": row.wave, "announced_on": row.announced_on},
        )
    return plan


class _Participants:
    """People are compared by their plain fields and by the indexes of the encrypted ones."""

    def __init__(
        self, session: Session, delivery: Delivery, season_id: uuid.UUID, vault: Vault, problems: Problems
    ) -> None:
        self._delivery = delivery
        self._season_id = season_id
        self._vault = vault
        self._problems = problems
        query = select(*(getattr(Person, name) for name in _COMPARED)).where(Person.season_id == season_id)
        rows = session.execute(query).all()
        self._known = {row.login: row for row in rows}
        self._documents = {row.document_index: row.login for row in rows if row.document_index is not None}

    def plan(self, organisations: Mapping[OrganisationKey, uuid.UUID]) -> Plan[str]:
        plan: Plan[str] = Plan(Person)
        for login, (line, row) in self._delivery.participants.items():
            before = self._known.get(login)
            indexes = self._indexes(row)
            self._check(line, row, before, indexes)
            person_id = plan.note(
                login,
                before,
                fixed={"season_id": self._season_id, "kind": PersonKind.PARTICIPANT, "login": login},
                values={
                    "category": row.category,
                    "surname": row.surname,
                    "given_name": row.given_name,
                    "patronymic": row.patronymic,
                    "sort_key": sort_key(row.surname, row.given_name, row.patronymic),
                    "organisation_id": organisations[home_of(row)],
                    **indexes,
                },
            )
            for written in (plan.added, plan.changed):
                if written and written[-1]["id"] == person_id:
                    written[-1].update(self._sealed(person_id, row))
        return plan

    def _check(self, line: int, row: ParticipantRow, before: _Before, indexes: Mapping[str, Any]) -> None:
        owner = self._documents.get(indexes["document_index"], row.registration_code)
        if owner != row.registration_code:
            reason = "с этим документом уже внесён участник с другим кодом регистрации"
            self._problems.add(PARTICIPANTS.file, line, "document", reason)
        if before is None:
            return
        renamed = (before.surname, before.given_name) != (row.surname, row.given_name)
        other_document = before.document_index != indexes["document_index"]
        if before.kind is not PersonKind.PARTICIPANT or (renamed and other_document):
            reason = "под этим кодом уже внесён другой человек: отличаются и имя, и документ"
            self._problems.add(PARTICIPANTS.file, line, "registration_code", reason)

    def _indexes(self, row: ParticipantRow) -> dict[str, bytes | None]:
        fields = {"document": row.document, "phone": row.phone, "email": row.email}
        return {
            f"{name}_index": None if value is None else self._vault.index(f"person.{name}", value)
            for name, value in fields.items()
        }

    def _sealed(self, person_id: uuid.UUID, row: ParticipantRow) -> dict[str, bytes | None]:
        person = Person(id=person_id)
        self._vault.fill_person(person, document=row.document, phone=row.phone, email=row.email)
        return {name: getattr(person, name) for name in _SEALED}


def _works(
    session: Session,
    delivery: Delivery,
    season_id: uuid.UUID,
    problems: Problems,
    organisations: Mapping[OrganisationKey, uuid.UUID],
    exams: Mapping[ExamKey, uuid.UUID],
    participants: Mapping[str, uuid.UUID],
) -> Plan[str]:
    table = Work
    query = select(
        table.id,
        table.code,
        table.person_id,
        table.exam_id,
        table.exam_point_id,
        table.room,
        table.variant_code,
        table.cross_checked,
    )
    known = {row.code: row for row in session.execute(query.where(table.season_id == season_id))}
    codes = {(row.person_id, row.exam_id): code for code, row in known.items()}
    plan: Plan[str] = Plan(table)
    for code, (line, row) in delivery.works.items():
        before = known.get(code)
        person_id = participants[row.registration_code]
        exam_id = exams[row.subject_code, row.exam_date]
        if before is not None and (before.person_id, before.exam_id) != (person_id, exam_id):
            problems.add(WORKS.file, line, "work_code", "эта работа уже внесена за другим участником или экзаменом")
        if codes.get((person_id, exam_id), code) != code:
            problems.add(
                WORKS.file, line, "work_code", "работа этого участника на этом экзамене внесена с другим кодом"
            )
        plan.note(
            code,
            before,
            fixed={"season_id": season_id, "code": code, "person_id": person_id, "exam_id": exam_id},
            values={
                "exam_point_id": organisations[OrganisationKind.EXAM_POINT, row.exam_point_code],
                "room": row.room,
                "variant_code": row.variant_code,
                "cross_checked": row.cross_checked,
            },
        )
    return plan

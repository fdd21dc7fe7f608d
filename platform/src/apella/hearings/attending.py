"""Who of the recorded parents and proxies may stand for the appellant at a hearing, and what they may do there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.mandates import DEEDS
from apella.appeals.model import Appeal, ProxyIssuer
from apella.audit.trail import record
from apella.errors import Malformed, RuleViolation
from apella.hearings.model import Hearing
from apella.identity.model import Person
from apella.identity.representation import representations_of
from apella.identity.representation_model import Representation, RepresentationKind
from apella.identity.roles import Role
from apella.regions.codes import PowerCode
from apella.regions.rules import RegionRules
from apella.registry.model import Exam

AT_A_HEARING = (
    PowerCode.MATERIALS,
    PowerCode.CONFIRM_OWNERSHIP,
    PowerCode.EXPLANATION,
    PowerCode.READ_DECISION,
    PowerCode.RECEIVE_NOTICE,
    PowerCode.SIGN_PAPERS,
)
"""The powers that a hearing uses, in the order in which it does."""
TO_CONFIRM = (PowerCode.MATERIALS, PowerCode.CONFIRM_OWNERSHIP)
"""Whoever confirms that the materials are the appellant's own was shown them first."""


@dataclass(frozen=True, kw_only=True)
class Attendant:
    """A recorded representative with what the link gives over the exam of one case."""

    row: Representation
    person: Person
    powers: frozenset[PowerCode]

    @property
    def kind(self) -> RepresentationKind:
        """By what right they act."""
        return self.row.kind

    @property
    def issuer(self) -> ProxyIssuer | None:
        """Who gave the power of attorney; None for a parent."""
        return None if self.row.issuer is None else ProxyIssuer(self.row.issuer)

    @property
    def lacks(self) -> tuple[PowerCode, ...]:
        """What a hearing uses and this link does not give."""
        return tuple(power for power in AT_A_HEARING if power not in self.powers)


def attendants_for(desk: Desk, appeal: Appeal) -> Sequence[Attendant]:
    """Those who may come to the case's hearing today: in force, for this subject and year, parents first."""
    exam, today = exam_of(desk, appeal), desk.now.astimezone(desk.rules.zone).date()
    found = [
        _attendant(row, person, exam)
        for row, person in representations_of(desk.session, appeal.person_id)
        if row.in_force_on(today) and _covers(row, exam)
    ]
    return sorted(found, key=lambda one: (one.kind is RepresentationKind.PROXY, one.person.sort_key))


def attendant(desk: Desk, appeal: Appeal, representation_id: uuid.UUID) -> Attendant:
    """The recorded representative who came.

    Raises Malformed (`hearing.representative`) for a link that is not the appellant's, RuleViolation for one that ended
    or ran out (`hearing.representation_over`), or is about another subject or year (`hearing.representation_scope`).
    """
    found = next(
        (one for one in representations_of(desk.session, appeal.person_id) if one[0].id == representation_id), None
    )
    if found is None:
        raise Malformed(
            "Этот представитель с апеллянтом не связан.",
            code="hearing.representative",
            fields={"representation_id": "Выберите представителя из списка или отметьте, что пришёл другой человек"},
        )
    (row, person), exam = found, exam_of(desk, appeal)
    if not row.in_force_on(desk.now.astimezone(desk.rules.zone).date()):
        raise _against(
            desk.rules,
            "Этот представитель за апеллянта уже не действует: представительство прекращено или его срок истёк.",
            "hearing.representation_over",
        )
    if not _covers(row, exam):
        raise _against(
            desk.rules,
            "Доверенность этого представителя выдана на другой предмет или год: к этому делу она не подходит.",
            "hearing.representation_scope",
        )
    return _attendant(row, person, exam)


def attendant_of(desk: Desk, hearing: Hearing | None, appeal: Appeal) -> Attendant | None:
    """The recorded representative who stood for the appellant at a hearing, as they were linked then."""
    if hearing is None or hearing.representation_id is None:
        return None
    row = desk.session.get_one(Representation, (hearing.tenant_id, hearing.representation_id))
    person = desk.session.get_one(Person, (hearing.tenant_id, row.representative_id))
    return _attendant(row, person, exam_of(desk, appeal))


def require_confirming(rules: RegionRules, came: frozenset[str], found: Attendant | None) -> None:
    """Refuse a confirmation of the materials by a proxy alone whose power of attorney does not give it.

    Raises RuleViolation (`hearing.power`).
    """
    if found is None or came != {RepresentationKind.PROXY}:
        return
    missing = next((power for power in TO_CONFIRM if power not in found.powers), None)
    if missing is not None:
        raise RuleViolation(
            f"Доверенность не даёт этому представителю права {DEEDS[missing]}. Отметьте, что материалы не "
            "подтверждены: это может сделать сам участник или его родитель.",
            code="hearing.power",
            clauses=rules.presence.proxy.clauses,
            power=missing,
        )


def record_attendant(desk: Desk, appeal: Appeal, found: Attendant, *, role: Role) -> None:
    """Write to the audit who stands for the appellant, and by which powers."""
    record(
        desk.session,
        actor=desk.actor,
        tag="appeal:representative:came",
        subject_type="appeal",
        subject_id=appeal.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        after={
            "representation": found.row.id,
            "representative": found.person.id,
            "kind": found.kind,
            "powers": sorted(found.powers),
        },
    )


def _attendant(row: Representation, person: Person, exam: Exam) -> Attendant:
    mandate = row.mandate
    year = exam.exam_date.year
    given = (power for power in PowerCode if mandate.gives(power, subject_code=exam.subject_code, year=year))
    return Attendant(row=row, person=person, powers=frozenset(given))


def _covers(row: Representation, exam: Exam) -> bool:
    return row.mandate.covers(subject_code=exam.subject_code, year=exam.exam_date.year)


def _against(rules: RegionRules, message: str, code: str) -> RuleViolation:
    return RuleViolation(message, code=code, clauses=rules.presence.proxy.clauses)

"""What the form of a score appeal asks this participant for, and what is known already."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apella.appeals.desk import Desk
from apella.appeals.filing import decisions_of
from apella.appeals.model import HearingMode
from apella.appeals.states import AppealKind
from apella.deadlines import service as deadlines
from apella.identity.model import Person
from apella.identity.representation import whole_name
from apella.portal import repository
from apella.portal.masks import masked_email, masked_phone
from apella.portal.results import OwnResult
from apella.portal.voice import OWN, Voice, voice_of
from apella.regions.codes import ApplicationField
from apella.regions.published import published_end
from apella.regions.values.exams import Position
from apella.regions.values.filing import Channel, Presence
from apella.regions.values.sites import Site
from apella.regions.variants import proposed_site, sites_to_ask_for
from apella.registry.model import Exam, Organisation
from apella.registry.repository import marks_in_force


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where messages go: the value on record and its mask; both empty where there is none."""

    stored: str
    masked: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The form of one appeal. `marks` are those in force by position («C3»), `modes` the ways of a hearing to choose.

    `sites` are the places of a remote hearing to choose from, `proposed_site` the code of the first choice; empty where
    the participant does not choose. `decided_by`, `withdrawn_by`: when the case would have to be decided and until when
    it could be withdrawn (both exclusive), were it filed now; None where that is not known yet.
    """

    result: OwnResult
    channel: Channel
    presence: Presence
    modes: tuple[str, ...]
    marks: Mapping[str, int]
    exam_point: str
    full_name: str
    document: str
    phone: Contact
    email: Contact
    decided_by: datetime | None
    withdrawn_by: datetime | None
    sites: tuple[Site, ...] = ()
    proposed_site: str = ""
    voice: Voice = OWN

    @property
    def work_id(self) -> uuid.UUID:
        """The exam work that the appeal is about."""
        return self.result.work_id

    @property
    def positions(self) -> tuple[Position, ...]:
        """The scoring positions of the subject, in the order of the forms."""
        return self.result.subject.positions

    def asks(self, field: ApplicationField) -> bool:
        """Whether the door's rules want this field."""
        return field in self.channel.required_fields


def sheet_of(desk: Desk, result: OwnResult, channel: Channel) -> Sheet:
    """Put the form together for the participant behind the desk."""
    actor = desk.actor
    person = desk.session.get_one(Person, (actor.tenant_id, actor.own_id))
    exam = desk.session.get_one(Exam, (actor.tenant_id, result.exam_id))
    point_id = repository.exam_point_of(desk.session, result.work_id)
    point = None if point_id is None else desk.session.get(Organisation, (actor.tenant_id, point_id))
    territory = _territory(desk, person, point)
    modes = desk.rules.hearing.modes_for(
        kind=AppealKind.SCORE, subject_code=result.subject_code, decisions=decisions_of(desk)
    )
    sites = sites_to_ask_for(territory, desk.rules) if HearingMode.REMOTE in modes else ()
    phone = _opened(desk, "person.phone", person, person.phone_cipher)
    email = _opened(desk, "person.email", person, person.email_cipher)
    return Sheet(
        result=result,
        channel=channel,
        presence=desk.rules.presence,
        modes=modes,
        sites=sites,
        proposed_site=str(proposed_site(territory, desk.rules).code) if sites else "",
        marks={f"{mark.task_type}{mark.position}": mark.mark for mark in marks_in_force(desk.session, result.work_id)},
        voice=voice_of(actor),
        exam_point="" if point is None else point.name,
        full_name=whole_name(person),
        document=_opened(desk, "person.document", person, person.document_cipher),
        phone=Contact(stored=phone, masked=masked_phone(phone) if phone else ""),
        email=Contact(stored=email, masked=masked_email(email) if email else ""),
        decided_by=None
        if channel.forwarding
        else deadlines.explain(
            desk.rules,
            "score.consideration",
            {"registered": desk.now},
            published=None
            if result.rechecked_on is not None
            else published_end(
                desk.rules,
                "score.consideration",
                exam_date=exam.exam_date,
                subject_code=exam.subject_code,
                wave=exam.wave,
            ),
        ).due,
        withdrawn_by=deadlines.explain(desk.rules, "score.withdrawal", {"filed": desk.now}).due
        if desk.rules.withdrawal.allowed
        else None,
    )


def _territory(desk: Desk, person: Person, point: Organisation | None) -> str | None:
    """That of the participant's organisation, else of the exam point, as `facts_of` has it."""
    if person.organisation_id is None:
        return None if point is None else point.territory
    return desk.session.get_one(Organisation, (desk.actor.tenant_id, person.organisation_id)).territory


def _opened(desk: Desk, column: str, person: Person, cipher: bytes | None) -> str:
    return "" if cipher is None else desk.vault.open(column, person.id, cipher)

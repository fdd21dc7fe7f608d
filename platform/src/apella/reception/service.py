"""Whom a member of staff may serve in person, and what is done for them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from apella.appeals.desk import Desk
from apella.audit.views import record_view
from apella.db.masking import masked_document, masked_phone
from apella.db.unit_of_work import Database
from apella.errors import Forbidden, Malformed, NotFound, TooMany
from apella.identity import phone_binding, school_codes
from apella.identity.erased import refuse_erased
from apella.identity.model import Person, PersonKind
from apella.identity.permissions import require, table
from apella.identity.phone_binding import Bound, Deed
from apella.identity.repository import SIGN_IN_BY_CODE
from apella.identity.representation import principals_of, whole_name
from apella.identity.roles import Role
from apella.identity.school_codes import IssuedCode, SchoolCode
from apella.identity.sign_in import require_scheme
from apella.identity.sms_codes import CodeRequest, phone_on_record
from apella.regions.codes import SignInScheme
from apella.registry.model import Organisation, OrganisationKind

_OF_SIGNING_IN = frozenset({"bind_phone", "issue_school_code"})
_AT_A_DESK = frozenset({Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK})


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody at the counter, and the role by which this member of staff serves them.

    `represents` are the participants for whom a representative acts; a participant has none.
    """

    person: Person
    role: Role
    represents: tuple[Person, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What staff see of a visitor: enough to compare with a document and a telephone, too little to copy."""

    name: str
    document: str | None
    phone: str | None
    code_until: datetime | None
    code_id: uuid.UUID | None


def visitor_by_code(desk: Desk, action: str, code: str) -> Visitor:
    """The participant of this season with this registration code; where it is about signing in, a representative too.

    A school and a queue clerk serve their own participants, a municipal authority its own and those of its territory's
    schools, the secretary everybody. A representative is served by whoever serves all whom they represent: the phone
    and the code open the cabinets of all of them. That somebody was found, and by whom, stands in the audit.

    Raises Forbidden (also `reception.shared_representative`), NotFound (`reception.participant`), PersonErased.
    """
    require(desk.actor, action)
    return _within_reach(desk, action, desk.session.scalar(_people(desk, action).where(Person.login == code)))


def visitor_by_id(desk: Desk, action: str, person_id: uuid.UUID) -> Visitor:
    """As `visitor_by_code`, by the person's id."""
    require(desk.actor, action)
    return _within_reach(desk, action, desk.session.scalar(_people(desk, action).where(Person.id == person_id)))


def shown(desk: Desk, visitor: Visitor) -> Shown:
    """What staff see of this visitor."""
    person = visitor.person
    document = None
    if person.document_cipher is not None:
        document = masked_document(desk.vault.open("person.document", person.id, person.document_cipher))
    phone = None if person.phone_cipher is None else masked_phone(phone_on_record(person, desk.vault))
    code: SchoolCode | None = None
    if desk.rules.tenant.sign_in.participants is SignInScheme.SCHOOL_CODE:
        code = school_codes.live_school_code(desk.session, person.id, machine_now=desk.machine_now)
    return Shown(
        name=whole_name(person),
        document=document,
        phone=phone,
        code_until=None if code is None else code.expires_at,
        code_id=None if code is None else code.id,
    )


def ask_to_bind(desk: Desk, visitor: Visitor, *, phone: str) -> CodeRequest:
    """Send a code to the new phone; see `phone_binding.ask_to_bind`."""
    return phone_binding.ask_to_bind(desk.session, deed=_deed(desk, visitor), person=visitor.person, phone=phone)


def bind_phone(
    desk: Desk, visitor: Visitor, *, database: Database, binding_id: uuid.UUID, code: str
) -> Bound | Malformed | TooMany:
    """Try the code from the new phone, in a transaction of its own: the try that a refusal counts stays."""
    with database.unit_of_work(desk.actor.tenant_id) as work:
        person = work.session.get_one(Person, (desk.actor.tenant_id, visitor.person.id))
        return phone_binding.bind_phone(
            work.session, deed=_deed(desk, visitor), person=person, binding_id=binding_id, code=code
        )


def issue_code(desk: Desk, visitor: Visitor) -> IssuedCode:
    """Issue a code on paper, where participants sign in with one. Raises Conflict (`sign_in.scheme`)."""
    sign_in = desk.rules.tenant.sign_in
    require_scheme(sign_in.participants, SignInScheme.SCHOOL_CODE)
    return school_codes.issue_school_code(
        desk.session,
        actor=desk.actor,
        role=visitor.role,
        person=visitor.person,
        vault=desk.vault,
        days=sign_in.school_code_days,
        case_at=desk.now,
        machine_now=desk.machine_now,
    )


def revoke_code(desk: Desk, visitor: Visitor, code_id: uuid.UUID) -> None:
    """End a code that was issued; see `school_codes.revoke_school_code`."""
    school_codes.revoke_school_code(
        desk.session,
        actor=desk.actor,
        role=visitor.role,
        person=visitor.person,
        code_id=code_id,
        case_at=desk.now,
        machine_now=desk.machine_now,
    )


def _people(desk: Desk, action: str) -> Select[Person]:
    kinds = SIGN_IN_BY_CODE if action in _OF_SIGNING_IN else (PersonKind.PARTICIPANT,)
    return select(Person).where(Person.season_id == desk.actor.season_id, Person.kind.in_(kinds))


def _within_reach(desk: Desk, action: str, person: Person | None) -> Visitor:
    represents: tuple[Person, ...] = ()
    if person is not None and person.kind is PersonKind.REPRESENTATIVE:
        represents = tuple(principals_of(desk.session, person.id))
        person = person if represents else None
    some = False
    for role in table()[action]:
        if role not in desk.actor.roles or person is None:
            continue
        reached = [_reaches(desk, role, one) for one in represents or (person,)]
        if all(reached):
            refuse_erased(person)
            record_view(
                desk.session, actor=desk.actor, what="visitor", subject_id=person.id, case_at=desk.now, role=role
            )
            return Visitor(person=person, role=role, represents=represents)
        some = some or any(reached)
    if some:
        raise Forbidden(
            "Этот человек представляет и участников других организаций. Телефон и код для входа ему меняет секретарь "
            "комиссии.",
            code="reception.shared_representative",
        )
    raise NotFound("Участника с таким кодом у вас нет: проверьте код регистрации.", code="reception.participant")


def _reaches(desk: Desk, role: Role, person: Person) -> bool:
    if role not in _AT_A_DESK:
        return True
    own = desk.actor.organisation_id
    if own is None or person.organisation_id is None:
        return False
    if person.organisation_id == own or role is not Role.MUNICIPAL_OPERATOR:
        return person.organisation_id == own
    places = {
        place.id: place
        for place in desk.session.scalars(
            select(Organisation).where(Organisation.id.in_((own, person.organisation_id)))
        )
    }
    authority, school = places.get(own), places.get(person.organisation_id)
    return (
        authority is not None
        and school is not None
        and authority.kind is OrganisationKind.MUNICIPAL_AUTHORITY
        and authority.territory == school.territory
    )


def _deed(desk: Desk, visitor: Visitor) -> Deed:
    return Deed(actor=desk.actor, role=visitor.role, vault=desk.vault, case_at=desk.now, machine_now=desk.machine_now)

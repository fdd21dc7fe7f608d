"""Linking a participant with those who act for them, and ending it: staff have seen the papers of both."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func as sql
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound
from apella.identity.actor import Actor
from apella.identity.attorney import PowerOfAttorney, checked
from apella.identity.erased import is_erased, refuse_erased
from apella.identity.model import Membership, Person, PersonKind
from apella.identity.people import normal_document, normal_phone, sort_key
from apella.identity.representation_locks import hold_document, hold_participant, hold_representatives
from apella.identity.representation_model import Representation, RepresentationKind
from apella.identity.representation_papers import compare
from apella.identity.roles import Role
from apella.identity.sign_in import own_account
from apella.identity.vault import Vault
from apella.regions.values.filing import ProxyRules

MOST_PAPER = 120
MOST_REASON = 500
OF_THE_PRINCIPAL = "представительство доверителя прекращено"


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """A representative as their own identity document and telephone name them."""

    surname: str
    given_name: str
    patronymic: str | None
    document: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Linking:
    """By whom, as what and when a link is made or ended; `now` is case time."""

    actor: Actor
    role: Role
    vault: Vault
    zone: ZoneInfo
    now: datetime


def link_parent(
    session: Session, *, deed: Linking, participant: Person, newcomer: Newcomer, proof: str
) -> Representation:
    """Let a parent act for a participant; `proof` is kind and number of the paper that proves the right to.

    Raises Malformed with the fields, Conflict for a parent who is linked already, for another's document and for a
    participant who was erased.
    """
    paper = " ".join(proof.split())
    fields = _faults(newcomer)
    if not 0 < len(paper) <= MOST_PAPER:
        fields["proof"] = "Укажите документ, который подтверждает право представлять участника, и его номер"
    if fields:
        raise Malformed("Родитель не связан с участником: проверьте поля.", code="representation.fields", fields=fields)
    _one_at_a_time(session, participant)
    person = _person_of(session, deed, participant, newcomer)
    if any(
        one.representative_id == person.id and one.kind is RepresentationKind.PARENT
        for one in live_of(session, participant.id)
    ):
        raise Conflict("Этот родитель уже связан с участником.", code="representation.linked")
    made = _row(deed, participant, person, RepresentationKind.PARENT, paper)
    made.valid_from = deed.now.astimezone(deed.zone).date()
    return _link(session, deed, made)


def link_proxy(
    session: Session,
    *,
    deed: Linking,
    participant: Person,
    newcomer: Newcomer,
    paper: PowerOfAttorney,
    rules: ProxyRules,
    subjects: Collection[str],
) -> Representation:
    """Let a proxy act for a participant within a power of attorney; `subjects` are the codes that the region knows.

    Raises Malformed with everything that is missing, RuleViolation where the region takes no such paper, Conflict for
    another's document and for a participant who was erased.
    """
    fields = _faults(newcomer)
    if fields:
        raise Malformed("Представитель не внесён: проверьте поля.", code="representation.fields", fields=fields)
    today = deed.now.astimezone(deed.zone).date()
    paper = checked(paper, rules, subjects=subjects, child=whole_name(participant), today=today)
    _one_at_a_time(session, participant)
    principal = _principal(session, participant, paper)
    if rules.forms:
        names = (newcomer.surname, newcomer.given_name, newcomer.patronymic)
        compare(
            paper,
            deed.vault,
            principal=principal,
            principal_name=whole_name(principal),
            attorney_name=" ".join(part for part in names if part),
            attorney_document=newcomer.document,
        )
    person = _person_of(session, deed, participant, newcomer)
    made = _row(deed, participant, person, RepresentationKind.PROXY, paper.number)
    made.given_on = made.valid_from = paper.given_on
    made.issuer, made.given_by, made.form_code = paper.issuer, principal.id, paper.form_code
    made.subject_code, made.year, made.powers = paper.subject_code, paper.year, sorted(paper.powers)
    made.notarised, made.valid_until = paper.notarised, paper.valid_until
    return _link(session, deed, made)


def end(session: Session, *, deed: Linking, participant: Person, representation_id: uuid.UUID, reason: str) -> int:
    """End a link; the rights are gone at the next request, with them those of proxies whom this parent had named.

    Says how many links ended. Raises Malformed without a reason, NotFound, Conflict for one that has ended, also by the
    erasure of the participant.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise Malformed(
            "Напишите, почему представительство прекращено.",
            code="representation.reason",
            fields={"reason": f"Напишите причину, не больше {MOST_REASON} знаков"},
        )
    _one_at_a_time(session, participant)
    found = session.scalars(
        select(Representation)
        .where(Representation.id == representation_id, Representation.participant_id == participant.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("Такого представителя у участника нет.", code="representation.unknown")
    if found.ended_at is not None:
        raise Conflict("Это представительство уже прекращено.", code="representation.ended")
    named = []
    if found.kind is RepresentationKind.PARENT:
        named = [one for one in live_of(session, participant.id) if one.given_by == found.representative_id]
    hold_representatives(session, [one.representative_id for one in (found, *named)])
    _end(session, deed, found, reason)
    for one in named:
        _end(session, deed, one, OF_THE_PRINCIPAL)
    return 1 + len(named)


def live_of(session: Session, participant_id: uuid.UUID) -> Sequence[Representation]:
    """The links of a participant that were not ended, in the order of linking."""
    return session.scalars(
        select(Representation)
        .where(Representation.participant_id == participant_id, Representation.ended_at.is_(None))
        .order_by(Representation.linked_at, Representation.id)
    ).all()


def representations_of(session: Session, participant_id: uuid.UUID) -> Sequence[tuple[Representation, Person]]:
    """Every link of a participant with its representative, ended ones too, in the order of linking."""
    rows = session.execute(
        select(Representation, Person)
        .join(
            Person,
            (Person.tenant_id == Representation.tenant_id) & (Person.id == Representation.representative_id),
        )
        .where(Representation.participant_id == participant_id)
        .order_by(Representation.linked_at, Representation.id)
    )
    return [(row, person) for row, person in rows]


def principals_of(session: Session, representative_id: uuid.UUID) -> Sequence[Person]:
    """The participants for whom somebody may act by a link that was not ended, in the order of their names."""
    linked = select(Representation.participant_id).where(
        Representation.representative_id == representative_id, Representation.ended_at.is_(None)
    )
    return session.scalars(
        select(Person).where(Person.id.in_(linked), ~is_erased(Person)).order_by(Person.sort_key, Person.id)
    ).all()


def whole_name(person: Person) -> str:
    """«Заречная Варвара Ильинична»."""
    return " ".join(part for part in (person.surname, person.given_name, person.patronymic) if part)


# --- Rules ------------------------------------------------------------------------------------------------------------


def _faults(newcomer: Newcomer) -> dict[str, str]:
    fields: dict[str, str] = {}
    if not newcomer.surname.strip():
        fields["surname"] = "Укажите фамилию представителя"
    if not newcomer.given_name.strip():
        fields["given_name"] = "Укажите имя представителя"
    try:
        normal_document(newcomer.document)
    except Malformed:
        fields["document"] = "Укажите серию и номер документа представителя, с оригинала"
    try:
        normal_phone(newcomer.phone)
    except Malformed as error:
        fields.update(error.fields)
    return fields


def _principal(session: Session, participant: Person, paper: PowerOfAttorney) -> Person:
    """Who gave the power of attorney: the participant, or a parent who is linked (never one who merely says so)."""
    if paper.issuer != "parent":
        return participant
    parents = {
        one.representative_id
        for one in live_of(session, participant.id)
        if one.kind is RepresentationKind.PARENT and one.representative_id == paper.given_by
    }
    if not parents:
        raise Malformed(
            "Доверенность может выдать только родитель, связанный с участником.",
            code="representation.given_by",
            fields={"given_by": "Сначала свяжите родителя с участником, потом внесите его доверенность"},
        )
    return session.get_one(Person, (participant.tenant_id, parents.pop()))


# --- Rows -------------------------------------------------------------------------------------------------------------


def _one_at_a_time(session: Session, participant: Person) -> None:
    hold_participant(session, participant.id)
    session.refresh(participant)
    refuse_erased(participant)


def _person_of(session: Session, deed: Linking, participant: Person, newcomer: Newcomer) -> Person:
    """The person row of this document in the season, made where there is none.

    The phone opens the account, so nobody changes it on the way: not while the person represents anybody.
    """
    document = deed.vault.index("person.document", normal_document(newcomer.document))
    hold_document(session, season_id=participant.season_id, document_index=document)
    found = session.scalar(
        select(Person)
        .where(Person.season_id == participant.season_id, Person.document_index == document)
        .execution_options(populate_existing=True)
    )
    if found is None:
        return _new_person(session, deed, participant, newcomer)
    if found.id == participant.id:
        raise Conflict("Участник не представляет сам себя: это его документ.", code="representation.self")
    if sort_key(found.surname, found.given_name) != sort_key(newcomer.surname, newcomer.given_name):
        raise Conflict(
            "С этим документом в Apella записан другой человек: проверьте номер и имя.", code="representation.document"
        )
    if found.phone_index != deed.vault.index("person.phone", normal_phone(newcomer.phone)):
        if found.kind is PersonKind.PARTICIPANT or principals_of(session, found.id):
            raise Conflict(
                "У этого человека записан другой телефон. Укажите тот, с которым он входит, или сначала смените его на "
                "странице «Вход участников».",
                code="representation.phone",
            )
        deed.vault.fill_person(found, document=None, phone=newcomer.phone)
    return found


def _new_person(session: Session, deed: Linking, participant: Person, newcomer: Newcomer) -> Person:
    surname, given = " ".join(newcomer.surname.split()), " ".join(newcomer.given_name.split())
    patronymic = " ".join((newcomer.patronymic or "").split()) or None
    person = Person(
        id=new_id(),
        season_id=participant.season_id,
        kind=PersonKind.REPRESENTATIVE,
        category=None,
        login=f"R{secrets.randbelow(10**10):010}",
        surname=surname,
        given_name=given,
        patronymic=patronymic,
        sort_key=sort_key(surname, given, patronymic),
        organisation_id=None,
    )
    deed.vault.fill_person(person, document=newcomer.document, phone=newcomer.phone)
    session.add(person)
    session.flush()
    return person


def _row(deed: Linking, participant: Person, person: Person, kind: RepresentationKind, paper: str) -> Representation:
    row_id = new_id()
    return Representation(
        id=row_id,
        season_id=participant.season_id,
        participant_id=participant.id,
        representative_id=person.id,
        kind=kind,
        paper_cipher=deed.vault.seal("representation.paper", row_id, paper),
        powers=[],
        notarised=False,
        linked_by=deed.actor.person_id,
        linked_at=deed.now,
    )


def _link(session: Session, deed: Linking, made: Representation) -> Representation:
    session.add(made)
    session.flush()
    _give(session, deed, made)
    parent = made.kind is RepresentationKind.PARENT
    _record(session, deed, made, tag="representation:parent:linked" if parent else "representation:proxy:linked")
    return made


def _give(session: Session, deed: Linking, made: Representation) -> None:
    """Give the representative the role, on the account that they have or will sign in to."""
    role = made.kind.role
    held = session.scalar(
        select(Membership.id).where(
            Membership.person_id == made.representative_id, Membership.role == role, Membership.revoked_at.is_(None)
        )
    )
    if held is None:
        account_id = own_account(session, slug=deed.actor.slug, person_id=made.representative_id)
        session.add(
            Membership(season_id=made.season_id, person_id=made.representative_id, account_id=account_id, role=role)
        )
        session.flush()


def _end(session: Session, deed: Linking, found: Representation, reason: str) -> None:
    found.ended_at, found.ended_by, found.end_reason = deed.now, deed.actor.person_id, reason
    session.flush()
    others = session.scalar(
        select(sql.count())
        .select_from(Representation)
        .where(
            Representation.representative_id == found.representative_id,
            Representation.kind == found.kind,
            Representation.ended_at.is_(None),
        )
    )
    if not others:
        session.execute(
            update(Membership)
            .where(
                Membership.person_id == found.representative_id,
                Membership.role == found.kind.role,
                Membership.revoked_at.is_(None),
            )
            .values(revoked_at=deed.now)
        )
    _record(session, deed, found, tag="representation:link:ended", reason="given")


def _record(session: Session, deed: Linking, row: Representation, *, tag: str, reason: str | None = None) -> None:
    record(
        session,
        actor=deed.actor,
        tag=tag,
        subject_type="representation",
        subject_id=row.id,
        case_at=deed.now,
        role=deed.role,
        after={
            "kind": row.kind,
            "participant": row.participant_id,
            "representative": row.representative_id,
            "issuer": row.issuer,
            "form": row.form_code,
            "subject": row.subject_code,
            "year": row.year,
            "powers": list(row.powers),
            "until": None if row.valid_until is None else row.valid_until.isoformat(),
        },
        reason=reason,
    )

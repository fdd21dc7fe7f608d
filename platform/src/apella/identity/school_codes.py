"""One-time codes on paper: staff who have seen the document issue one, and its owner signs in with it.

A code is twelve random letters and digits that look the same in Latin and Cyrillic and like no other (2^50 of them).
It stands in the database as a keyed hash, works once, for the days that the tenant's data says and for five tries.
Whoever tries gets the same answer, whether or not somebody has this document or a code.
"""

from __future__ import annotations

import hmac
import math
import secrets
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from apella.audit.trail import record
from apella.db.base import Base, TenantRow, tenant_fk
from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound, TooMany
from apella.identity import repository
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.identity.people import normal_document
from apella.identity.roles import Role
from apella.identity.vault import Vault, Vaults
from apella.tenancy.ids import TenantId

ALPHABET = "ABCEHKMPTXY2345679"
LETTERS = 12
GROUP = 4
TRIES = 5
WRONG_TRIES = 10
WRONG_TRIES_WITHIN = timedelta(hours=1)

_LATIN_TWINS = str.maketrans("АВСЕНКМРТХУ", "ABCEHKMPTXY")
_NOBODYS_CODE = uuid.UUID(int=0)


class SchoolCode(TenantRow, Base):
    """A code on paper; times are machine time. `issued_by` is the person who saw the document."""

    __tablename__ = "school_code"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("issued_by", "person"),
        Index(None, "tenant_id", "person_id", "created_at"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    issued_by: Mapped[uuid.UUID]
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    def lives(self, machine_now: datetime) -> bool:
        """Whether somebody can still sign in with it."""
        ended = self.used_at is not None or self.revoked_at is not None
        return not ended and self.tries < TRIES and machine_now < self.expires_at


class SchoolCodeTry(TenantRow, Base):
    """A wrong try of a document with a code, whether or not anybody has that document; kept for a day."""

    __tablename__ = "school_code_try"
    __table_args__ = (Index(None, "tenant_id", "document_index", "created_at"), Index(None, "tenant_id", "created_at"))

    document_index: Mapped[bytes]
    created_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class IssuedCode:
    """A code just issued: the only time that its text is known. `expires_at` is machine time."""

    id: uuid.UUID
    code: str = field(repr=False)
    expires_at: datetime


def issue_school_code(
    session: Session,
    *,
    actor: Actor,
    role: Role,
    person: Person,
    vault: Vault,
    days: int,
    case_at: datetime,
    machine_now: datetime,
) -> IssuedCode:
    """Make a code for a participant or a representative whose document this actor has seen. An earlier code ends."""
    session.refresh(person, with_for_update=True)
    session.execute(
        update(SchoolCode)
        .where(SchoolCode.person_id == person.id, SchoolCode.used_at.is_(None), SchoolCode.revoked_at.is_(None))
        .values(revoked_at=machine_now)
    )
    code = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    row = SchoolCode(
        id=new_id(),
        season_id=person.season_id,
        person_id=person.id,
        issued_by=actor.person_id,
        created_at=machine_now,
        expires_at=machine_now + timedelta(days=days),
        tries=0,
        used_at=None,
        revoked_at=None,
    )
    row.code_hash = _code_hash(vault, row.id, code)
    session.add(row)
    session.flush()
    record(
        session,
        actor=actor,
        tag="person:code:issued",
        subject_type="person",
        subject_id=person.id,
        case_at=case_at,
        role=role,
        after={"code": str(row.id), "days": days},
    )
    return IssuedCode(
        id=row.id,
        code="-".join(code[first : first + GROUP] for first in range(0, LETTERS, GROUP)),
        expires_at=row.expires_at,
    )


def revoke_school_code(
    session: Session,
    *,
    actor: Actor,
    role: Role,
    person: Person,
    code_id: uuid.UUID,
    case_at: datetime,
    machine_now: datetime,
) -> None:
    """End somebody's code. Raises NotFound, and Conflict (`school_code.over`) for one that has ended already."""
    row = session.scalar(
        select(SchoolCode).where(SchoolCode.id == code_id, SchoolCode.person_id == person.id).with_for_update()
    )
    if row is None:
        raise NotFound("Такого кода у этого человека нет.", code="school_code.not_found")
    if not row.lives(machine_now):
        raise Conflict("Этот код уже не действует.", code="school_code.over")
    row.revoked_at = machine_now
    record(
        session,
        actor=actor,
        tag="person:code:revoked",
        subject_type="person",
        subject_id=person.id,
        case_at=case_at,
        role=role,
        before={"code": str(row.id)},
    )


def live_school_code(session: Session, person_id: uuid.UUID, *, machine_now: datetime) -> SchoolCode | None:
    """The code with which this person can still sign in."""
    row = session.scalar(
        select(SchoolCode).where(SchoolCode.person_id == person_id).order_by(SchoolCode.created_at.desc()).limit(1)
    )
    return row if row is not None and row.lives(machine_now) else None


def try_school_code(
    session: Session, *, tenant_id: TenantId, vaults: Vaults, document: str, code: str, machine_now: datetime
) -> uuid.UUID | Malformed | TooMany:
    """Try a code on paper with a document's number and give the person's id.

    A refusal (`sign_in.school_code_wrong`, `sign_in.too_many_tries`) is returned, not raised, since the try that it
    counts must be committed. Raises Malformed (`identity.document`) for what is no document, and Conflict
    (`sign_in.no_season`). Of any number of tries at once with the right code, one signs in.
    """
    number = normal_document(document)
    newest = repository.newest_season(session)
    if newest is None:
        raise Conflict(
            "Апелляции в этом регионе пока не принимаются: сезон экзаменов не открыт.", code="sign_in.no_season"
        )
    vault = vaults.of_season(session, tenant_id=tenant_id, season_id=newest.id)
    document_index = vault.index("person.document", number)
    repository.lock_claim(session, document_index)
    wrong = session.scalars(
        select(SchoolCodeTry.created_at)
        .where(
            SchoolCodeTry.document_index == document_index, SchoolCodeTry.created_at > machine_now - WRONG_TRIES_WITHIN
        )
        .order_by(SchoolCodeTry.created_at.desc())
        .limit(WRONG_TRIES)
    ).all()
    if len(wrong) == WRONG_TRIES:
        until = wrong[-1] + WRONG_TRIES_WITHIN
        return TooMany(
            "Код введён неверно слишком много раз. Подождите или попросите в школе новый код.",
            code="sign_in.too_many_tries",
            retry_after=max(1, math.ceil((until - machine_now).total_seconds())),
        )
    row = session.scalar(
        select(SchoolCode)
        .join(Person, (Person.tenant_id == SchoolCode.tenant_id) & (Person.id == SchoolCode.person_id))
        .where(Person.document_index == document_index, SchoolCode.used_at.is_(None), SchoolCode.revoked_at.is_(None))
        .order_by(SchoolCode.created_at.desc())
        .limit(1)
        .with_for_update(of=SchoolCode)
    )
    # Somebody unknown costs the same work: a hash, a comparison and the row of the try.
    kept = bytes(16) if row is None else row.code_hash
    fits = hmac.compare_digest(kept, _code_hash(vault, _NOBODYS_CODE if row is None else row.id, normal_code(code)))
    if row is not None and row.lives(machine_now) and fits:
        row.used_at = machine_now
        return row.person_id
    if row is not None:
        row.tries += 1
    session.add(SchoolCodeTry(id=new_id(), document_index=document_index, created_at=machine_now))
    refused = Malformed(
        "Документ или код не подошли.",
        code="sign_in.school_code_wrong",
        fields={
            "code": "Проверьте номер документа и код. Код действует один раз; "
            "если не подходит и он, попросите в школе новый"
        },
    )
    refused.whose = {} if row is None else {"person_id": row.person_id}
    return refused


def normal_code(text: str) -> str:
    """A code as it is compared: capitals and digits, whichever keyboard they were typed on."""
    letters = unicodedata.normalize("NFKC", text).upper().translate(_LATIN_TWINS)
    return "".join(letter for letter in letters if letter.isalnum())


def _code_hash(vault: Vault, row_id: uuid.UUID, code: str) -> bytes:
    return vault.index("school_code.code", f"{row_id}:{code}")

"""Programs of a tenant: a data centre's, a school's, a portal's; each with an id and a secret of its own.

A program is a person row of kind `program` with an ordinary membership, so that the table of permissions rules it as it
rules people; only roles of `PROGRAM_ROLES` work for it. A secret is 256 random bits: it stands in the database as its
SHA-256, since nobody can guess what it was, and is shown once. All times but `case_at` are machine time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, or_, select, update
from sqlalchemy.orm import Mapped, Session

from apella.audit.trail import record
from apella.db.base import Base, TenantRow, tenant_fk
from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound
from apella.identity.actor import Actor
from apella.identity.model import Account, AccountTenant, Membership, Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.roles import Role

ISSUER: Final = "urn:apella:programs"
"""The issuer of programs' accounts; nobody signs in at it."""

PROGRAM_ROLES: Final = frozenset(
    {Role.DATA_CENTRE_OPERATOR, Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK}
)
"""What a program may be: who hands papers and figures on. Who decides, votes or keeps the journal is a person."""

AT_AN_ORGANISATION: Final = frozenset({Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK})
"""Roles that see what their organisation took in, and so need one."""

OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=30)

_SECRET_BYTES = 32
_CLIENT_ID = re.compile(r"[a-z][a-z0-9-]{2,39}")


class ApiClient(TenantRow, Base):
    """A program that may ask for tokens. After a rotation the secret before it works on until `previous_until`.

    `last_used_at` is when the program last began to use a token.
    """

    __tablename__ = "api_client"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        ForeignKeyConstraint(["account_id"], ["account.id"]),
        UniqueConstraint("tenant_id", "client_id"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    account_id: Mapped[uuid.UUID]
    client_id: Mapped[str]
    secret_hash: Mapped[bytes]
    previous_hash: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    def opened_by(self, secret: str, machine_now: datetime) -> bool:
        """Whether the secret is one of those that live; compared in constant time, both always."""
        given = secret_hash(secret)
        old = self.previous_hash if self.previous_until is not None and machine_now < self.previous_until else None
        newest = hmac.compare_digest(given, self.secret_hash)
        before = hmac.compare_digest(given, old or bytes(len(given)))
        return (newest or before) and self.disabled_at is None


class ApiToken(TenantRow, Base):
    """An access token that a program was given; its text is nowhere but with the program."""

    __tablename__ = "api_token"
    __table_args__ = (
        tenant_fk("client_row_id", "api_client"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "client_row_id"),
        Index(None, "tenant_id", "expires_at"),
    )

    client_row_id: Mapped[uuid.UUID]
    token_hash: Mapped[bytes]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class NewSecret:
    """A secret just made: the only time that its text is known."""

    client: ApiClient
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A program as it is listed; `roles` are those that it has, or had until it was disabled."""

    client: ApiClient
    title: str
    roles: tuple[Role, ...]


def create_client(
    session: Session,
    *,
    actor: Actor,
    client_id: str,
    title: str,
    role: Role,
    organisation_id: uuid.UUID | None = None,
    machine_now: datetime,
    case_at: datetime,
) -> NewSecret:
    """Make a program of the actor's season and tenant with its first secret.

    Raises Malformed (`client.id`, `client.title`), Conflict (`client.role`, `client.organisation`, `client.exists`).
    """
    _check_wishes(client_id, title=title, role=role, organisation_id=organisation_id)
    taken = select(Person.id).where(Person.season_id == actor.season_id, Person.login == client_id)
    if _found(session, client_id) is not None or session.scalar(taken) is not None:
        raise Conflict("Программа или человек с таким именем уже есть. Выберите другое имя.", code="client.exists")
    account = Account(id=new_id(), iss=ISSUER, sub=f"{actor.slug}/{client_id}")
    session.add(account)
    session.flush()
    session.add(AccountTenant(account_id=account.id, slug=actor.slug))
    person = Person(
        id=new_id(),
        season_id=actor.season_id,
        kind=PersonKind.PROGRAM,
        login=client_id,
        surname=title.strip(),
        given_name="",
        sort_key=sort_key(title, ""),
        organisation_id=organisation_id,
    )
    session.add(person)
    session.flush()
    session.add(
        Membership(
            season_id=actor.season_id,
            person_id=person.id,
            account_id=account.id,
            role=role,
            organisation_id=organisation_id,
        )
    )
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    client = ApiClient(
        id=new_id(),
        season_id=actor.season_id,
        person_id=person.id,
        account_id=account.id,
        client_id=client_id,
        secret_hash=secret_hash(secret),
        created_at=machine_now,
    )
    session.add(client)
    session.flush()
    _note(session, client, actor=actor, tag="program:client:created", case_at=case_at, after={"role": str(role)})
    return NewSecret(client=client, secret=secret)


def rotate_secret(
    session: Session,
    client_id: str,
    *,
    actor: Actor,
    overlap: timedelta = OVERLAP,
    machine_now: datetime,
    case_at: datetime,
) -> NewSecret:
    """Give a program another secret; the one before it works on for `overlap`, an older one no more.

    Without an overlap (the secret has leaked) the program's tokens end at once too. Raises NotFound
    (`client.unknown`), Conflict (`client.disabled`), Malformed (`client.overlap`).
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Malformed(
            f"Прежний секрет может действовать ещё не дольше {LONGEST_OVERLAP.days} дней.", code="client.overlap"
        )
    client = _live(session, client_id)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    client.previous_hash = client.secret_hash if overlap else None
    client.previous_until = machine_now + overlap if overlap else None
    client.secret_hash = secret_hash(secret)
    client.rotated_at = machine_now
    if not overlap:
        revoke_tokens(session, client, machine_now=machine_now)
    session.flush()
    hours = int(overlap.total_seconds() // 3600)
    _note(session, client, actor=actor, tag="program:secret:rotated", case_at=case_at, after={"overlap_hours": hours})
    return NewSecret(client=client, secret=secret)


def disable_client(
    session: Session, client_id: str, *, actor: Actor, machine_now: datetime, case_at: datetime
) -> ApiClient:
    """End a program at once: its secrets, its tokens and its role. Raises NotFound (`client.unknown`), Conflict."""
    client = _live(session, client_id)
    client.disabled_at = machine_now
    revoke_tokens(session, client, machine_now=machine_now)
    session.execute(
        update(Membership)
        .where(Membership.person_id == client.person_id, Membership.revoked_at.is_(None))
        .values(revoked_at=machine_now)
    )
    session.flush()
    _note(session, client, actor=actor, tag="program:client:disabled", case_at=case_at)
    return client


def revoke_tokens(session: Session, client: ApiClient, *, machine_now: datetime) -> None:
    """End every live token of a program at once."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.client_row_id == client.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=machine_now)
    )


def clients(session: Session) -> Sequence[Listed]:
    """Every program of the tenant, by its id."""
    rows = session.execute(
        select(ApiClient, Person.surname, Membership.role)
        .join(Person, (Person.tenant_id == ApiClient.tenant_id) & (Person.id == ApiClient.person_id))
        .join(
            Membership,
            (Membership.tenant_id == ApiClient.tenant_id)
            & (Membership.person_id == ApiClient.person_id)
            & or_(Membership.revoked_at.is_(None), Membership.revoked_at == ApiClient.disabled_at),
        )
        .order_by(ApiClient.client_id, Membership.role)
    )
    found: dict[uuid.UUID, Listed] = {}
    for client, title, role in rows:
        earlier = found[client.id].roles if client.id in found else ()
        found[client.id] = Listed(client=client, title=title, roles=(*earlier, role))
    return list(found.values())


def secret_hash(text: str) -> bytes:
    """Give what stands in the database for a secret or a token."""
    return hashlib.sha256(text.encode()).digest()


def _check_wishes(client_id: str, *, title: str, role: Role, organisation_id: uuid.UUID | None) -> None:
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise Malformed(
            "Имя программы – от 3 до 40 знаков: строчные латинские буквы, цифры и дефис, первой буква.",
            code="client.id",
        )
    if not 3 <= len(title.strip()) <= 200:
        raise Malformed("Название программы – от 3 до 200 знаков.", code="client.title")
    if role not in PROGRAM_ROLES:
        raise Conflict("Эта роль – для людей: программе её не дают.", code="client.role")
    if (role in AT_AN_ORGANISATION) != (organisation_id is not None):
        raise Conflict(
            "Укажите организацию, за которую работает программа."
            if organisation_id is None
            else "Программа с этой ролью работает за весь регион: организация не нужна.",
            code="client.organisation",
        )


def _found(session: Session, client_id: str) -> ApiClient | None:
    return session.scalar(select(ApiClient).where(ApiClient.client_id == client_id).with_for_update())


def _live(session: Session, client_id: str) -> ApiClient:
    client = _found(session, client_id)
    if client is None:
        raise NotFound("Программы с таким именем в этом регионе нет.", code="client.unknown")
    if client.disabled_at is not None:
        raise Conflict("Эта программа уже отключена. Заведите новую.", code="client.disabled")
    return client


def _note(
    session: Session,
    client: ApiClient,
    *,
    actor: Actor,
    tag: str,
    case_at: datetime,
    after: dict[str, object] | None = None,
) -> None:
    record(
        session,
        actor=actor,
        tag=tag,
        subject_type="api_client",
        subject_id=client.id,
        case_at=case_at,
        after={"client": client.client_id, **(after or {})},
    )

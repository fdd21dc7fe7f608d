"""Access tokens of programs: asked for with the secret (RFC 6749 section 4.4), shown as `Authorization: Bearer`.

A token is opaque, lives for fifteen minutes of machine time and can be ended at any moment. It names its tenant: at
another tenant's address it is like a person without a membership there, for whom that tenant does not exist.
"""

from __future__ import annotations

import enum
import math
import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select, update

from apella.audit.trail import record
from apella.db.ids import new_id
from apella.db.unit_of_work import UnitOfWork
from apella.errors import Forbidden, NotFound, Unauthenticated
from apella.identity.actor import Actor
from apella.identity.actors import Admitted, admit
from apella.identity.address_counts import WITHIN, count_request
from apella.identity.api_clients import PROGRAM_ROLES, ApiClient, ApiToken, secret_hash
from apella.identity.model import Person
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season

LIFE: Final = timedelta(minutes=15)
WRONG_SECRETS: Final = 10
"""So many wrong secrets of one client id within `WITHIN` are answered as such; further ones are told to wait."""

_TOKEN_BYTES = 32
_NOBODY = bytes(32)

# Asked at every request of a program, so built once.
_BY_TOKEN = (
    select(ApiToken, ApiClient)
    .join(ApiClient, and_(ApiClient.tenant_id == ApiToken.tenant_id, ApiClient.id == ApiToken.client_row_id))
    .where(ApiToken.token_hash == bindparam("hash"))
)


class TokenRefused(Unauthenticated):
    """The access token is unknown, has ended or was ended (RFC 6750 section 3.1)."""

    code = "token.invalid"
    challenge = 'Bearer error="invalid_token"'


class PersonNeeded(Forbidden):
    """The deed needs somebody's fresh sign-in, which a program cannot have."""

    code = "program.person_needed"


class ClientRefusal(enum.StrEnum):
    """Why a program got no token; the wire code of RFC 6749 section 5.2 is the same for both."""

    WRONG = "wrong"
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A token just made: the only time that its text is known."""

    token: str = field(repr=False)
    seconds: int = int(LIFE.total_seconds())


@dataclass(frozen=True, kw_only=True)
class Refused:
    """No token: an unknown client, a wrong secret and a disabled client are told the same."""

    why: ClientRefusal
    retry_after: int | None = None
    person_id: uuid.UUID | None = None


def issue_token(work: UnitOfWork, *, tenant_id: TenantId, slug: str, client_id: str, secret: str) -> Issued | Refused:
    """Give a program a token for its secret.

    A refusal is returned, not raised, since the try that it counts must be committed. The right secret is never made to
    wait: nobody shuts a program out by trying in its name.
    """
    session, now = work.session, work.machine_now
    # Held until the end: who disables the client meanwhile waits, and then ends this token too.
    client = session.scalar(select(ApiClient).where(ApiClient.client_id == client_id).with_for_update())
    # An unknown client costs the same work: a hash, two comparisons and the count of the try.
    nobody = ApiClient(secret_hash=_NOBODY, previous_hash=None, previous_until=None, disabled_at=now)
    if not (client or nobody).opened_by(secret, now) or client is None:
        tries = count_request(session, secret_hash(f"api client {client_id}")[:16], machine_now=now)
        whose = None if client is None else client.person_id
        if tries > WRONG_SECRETS:
            wait = math.ceil(WITHIN.total_seconds())
            return Refused(why=ClientRefusal.TOO_OFTEN, retry_after=wait, person_id=whose)
        return Refused(why=ClientRefusal.WRONG, person_id=whose)
    text = f"{tenant_id}.{secrets.token_urlsafe(_TOKEN_BYTES)}"
    row = ApiToken(
        id=new_id(), client_row_id=client.id, token_hash=secret_hash(text), issued_at=now, expires_at=now + LIFE
    )
    session.add(row)
    session.flush()
    season = session.scalars(select(Season).where(Season.id == client.season_id)).one()
    person = session.scalars(select(Person).where(Person.id == client.person_id)).one()
    work.enter_season(season.clock_offset)
    actor = Actor(
        tenant_id=tenant_id,
        slug=slug,
        season_id=season.id,
        person_id=person.id,
        login=person.login,
        recorded_as=person.recorded_as,
    )
    _note(work, actor, row, client, tag="program:token:issued")
    return Issued(token=text)


def admit_program(work: UnitOfWork, *, token: str, tenant_id: TenantId, slug: str, zone: ZoneInfo) -> Admitted:
    """Find which program shows this token. The first request with a token is in the audit.

    Raises TokenRefused, and NotFound where the token is another tenant's or the program has no role in force.
    """
    own, dot, _ = token.partition(".")
    if dot and own.isascii() and own.isdigit() and own != str(tenant_id):
        raise NotFound("По этому адресу ничего нет.", code="not_found")
    found = work.session.execute(_BY_TOKEN, {"hash": secret_hash(token)}).one_or_none()
    if found is None:
        raise _refused()
    row, client = found
    if row.revoked_at is not None or client.disabled_at is not None or work.machine_now >= row.expires_at:
        raise _refused(client)
    admitted = admit(work, tenant_id=tenant_id, slug=slug, zone=zone, account_id=client.account_id, session_id=row.id)
    if admitted is None:
        raise NotFound("По этому адресу ничего нет.", code="not_found")
    # A role that is for people alone is none of a program's, whoever wrote it into the table.
    actor = replace(admitted.actor, roles=admitted.actor.roles & PROGRAM_ROLES, acting=(), program=True)
    if row.used_at is None:
        _note_first_use(work, actor, row, client)
    return replace(admitted, actor=actor)


def _note_first_use(work: UnitOfWork, actor: Actor, row: ApiToken, client: ApiClient) -> None:
    # Another request with this token may be writing it down just now: nobody waits for that.
    free = (
        select(ApiToken.id).where(ApiToken.id == row.id, ApiToken.used_at.is_(None)).with_for_update(skip_locked=True)
    )
    noted = work.session.scalar(
        update(ApiToken).where(ApiToken.id.in_(free)).values(used_at=work.machine_now).returning(ApiToken.id)
    )
    if noted is None:
        return
    work.session.execute(update(ApiClient).where(ApiClient.id == client.id).values(last_used_at=work.machine_now))
    _note(work, actor, row, client, tag="program:token:used")


def _note(work: UnitOfWork, actor: Actor, row: ApiToken, client: ApiClient, *, tag: str) -> None:
    record(
        work.session,
        actor=actor,
        tag=tag,
        subject_type="api_client",
        subject_id=client.id,
        case_at=work.now,
        after={"token": str(row.id)},
    )


def _refused(client: ApiClient | None = None) -> TokenRefused:
    refused = TokenRefused("Токен доступа не действует: получите новый по идентификатору и секрету программы.")
    refused.whose = {} if client is None else {"person_id": client.person_id}
    return refused

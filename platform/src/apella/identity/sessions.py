"""Server-side sessions of people: a random token in a cookie, its hash in the database, an end that can be made now.

All times are machine time. A session ends 30 minutes after the last request, in any case 12 hours after sign-in (the
limits of NIST SP 800-63B for its second level), and at once when it is revoked.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from apella.errors import Unauthenticated
from apella.identity.model import SignInSession

COOKIE = "apella_session"
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_GAP = timedelta(minutes=1)

_TOKEN_BYTES = 32
_FORMS_BYTES = 16

# Asked at every request, so built once.
_BY_TOKEN = select(SignInSession).where(SignInSession.token_hash == bindparam("hash"))


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """A session just begun; `token` goes into the cookie and is nowhere else."""

    id: uuid.UUID
    token: str = field(repr=False)


def create_session(
    session: Session,
    *,
    account_id: uuid.UUID,
    tenants: Iterable[str],
    loa: int,
    auth_time: datetime,
    machine_now: datetime,
    loa_offered: int | None = None,
    sid: str | None = None,
    refresh_cipher: bytes | None = None,
    forms: str | None = None,
) -> NewSession:
    """Begin a session of the account that opens `tenants`.

    `loa` and `auth_time` say how and when it was proved, `loa_offered` (by default the same) the best that the
    provider could have given; `sid` is the provider's name of its own session, `refresh_cipher` the sealed means to
    ask whether it still lives. `forms` is the end of the token that this one takes the place of (`forms_of`), where it
    is the same person's: what they typed before can still be sent.
    """
    token = f"{secrets.token_urlsafe(_TOKEN_BYTES)}.{forms or secrets.token_urlsafe(_FORMS_BYTES)}"
    row = SignInSession(
        token_hash=token_hash(token),
        account_id=account_id,
        sid=sid,
        tenants=sorted(tenants),
        loa=loa,
        loa_offered=loa if loa_offered is None else loa_offered,
        auth_time=auth_time,
        refresh_cipher=refresh_cipher,
        checked_at=None if refresh_cipher is None else machine_now,
        created_at=machine_now,
        last_seen_at=machine_now,
        expires_at=machine_now + ABSOLUTE,
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    return NewSession(id=row.id, token=token)


def live_session(
    session: Session,
    *,
    token: str | None,
    machine_now: datetime,
    confirm: Callable[[SignInSession], None] | None = None,
) -> SignInSession:
    """Give the session that the cookie's token opens; raises Unauthenticated when there is none or it has ended.

    `confirm` may refuse it too, before anything is written to its row.
    The request counts as use, written down at most once a minute.
    """
    row = session.scalar(_BY_TOKEN, {"hash": token_hash(token)}) if token else None
    if row is None or row.revoked_at is not None:
        raise Unauthenticated("Вы не вошли. Войдите, чтобы продолжить.", code="session.none")
    if has_ended(last_seen_at=row.last_seen_at, expires_at=row.expires_at, machine_now=machine_now):
        raise Unauthenticated("Время работы вышло. Войдите снова, чтобы продолжить.", code="session.ended")
    if confirm is not None:
        confirm(row)
    if machine_now - row.last_seen_at >= TOUCH_GAP:
        # Another request of this session may be writing it down just now: nobody waits for that.
        free = (
            select(SignInSession.id)
            .where(SignInSession.id == row.id, SignInSession.last_seen_at <= machine_now - TOUCH_GAP)
            .with_for_update(skip_locked=True)
        )
        session.execute(
            update(SignInSession)
            .where(SignInSession.id.in_(free))
            .values(last_seen_at=machine_now)
            .execution_options(synchronize_session=False)
        )
    return row


def has_ended(*, last_seen_at: datetime, expires_at: datetime, machine_now: datetime) -> bool:
    """Whether a session seen last then, and living until then at most, has ended."""
    return machine_now >= expires_at or machine_now - last_seen_at >= IDLE


def revoke_session(session: Session, *, token: str, machine_now: datetime) -> SignInSession | None:
    """End the session of this token at once and give it; None when there was none to end."""
    return session.scalar(
        update(SignInSession)
        .where(SignInSession.token_hash == token_hash(token), SignInSession.revoked_at.is_(None))
        .values(revoked_at=machine_now)
        .returning(SignInSession)
    )


def revoke_sessions_of(session: Session, *, account_id: uuid.UUID, machine_now: datetime) -> int:
    """End every live session of an account at once; say how many."""
    ended = session.scalars(
        update(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.revoked_at.is_(None))
        .values(revoked_at=machine_now)
        .returning(SignInSession.id)
    ).all()
    return len(ended)


def forms_of(token: str) -> str:
    """Give the end of a token, which the forms of its pages are bound to; alone it opens nothing."""
    return token.rpartition(".")[2]


def forms_id(token: str) -> str:
    """Give what the forms of a token's pages are signed for."""
    return hashlib.sha256(forms_of(token).encode()).hexdigest()


def token_hash(token: str) -> bytes:
    """Give what stands in the database for the token: whoever reads the table cannot open a session."""
    return hashlib.sha256(token.encode()).digest()

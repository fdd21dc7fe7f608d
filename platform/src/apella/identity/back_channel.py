"""Back-channel logout: the provider itself says that a person signed out, and every session of theirs ends at once.

OpenID Connect Back-Channel Logout 1.0. A repeated token does no harm: it ends only what began before it was issued.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update

from apella.audit.trail import record
from apella.db.unit_of_work import Database
from apella.identity import repository
from apella.identity.actor import Actor
from apella.identity.model import Account, SignInSession
from apella.identity.oidc import LEEWAY
from apella.tenancy.ids import TenantId


@dataclass(frozen=True, kw_only=True)
class Logout:
    """What a checked logout token says: the sessions of this `sub`, or the one called `sid`, end. One may be None."""

    iss: str
    sub: str | None
    sid: str | None
    issued_at: datetime


def end_sessions(database: Database, logout: Logout, *, tenant_id_of: Callable[[str], TenantId | None]) -> int:
    """Revoke the live sessions that the provider has ended; returns how many.

    Each end stands in the audit of the first tenant that the session opens.
    """
    with database.unit_of_work(None) as work:
        tenants = {
            row[0] if row else None for row in work.session.scalars(select(SignInSession.tenants).where(_meant(logout)))
        }
    ended = 0
    for slug in sorted(tenants, key=str):
        tenant_id = None if slug is None else tenant_id_of(slug)
        with database.unit_of_work(tenant_id) as work:
            ids = work.session.scalars(
                update(SignInSession)
                .where(_meant(logout), SignInSession.tenants[1].is_not_distinct_from(slug))
                .values(revoked_at=work.machine_now)
                .returning(SignInSession.id)
            ).all()
            season = None if tenant_id is None else repository.newest_season(work.session)
            if tenant_id is not None and season is not None and slug is not None:
                work.enter_season(season.clock_offset)
                for session_id in ids:
                    record(
                        work.session,
                        actor=Actor.system(tenant_id=tenant_id, slug=slug, season_id=season.id),
                        tag="session:person:signed_out",
                        subject_type="session",
                        subject_id=session_id,
                        case_at=work.now,
                        after={"way": "provider"},
                    )
            ended += len(ids)
    return ended


def _meant(logout: Logout) -> ColumnElement[bool]:
    account = select(Account.id).where(Account.iss == logout.iss)
    if logout.sub is not None:
        account = account.where(Account.sub == logout.sub)
    found = (
        SignInSession.account_id.in_(account)
        & SignInSession.revoked_at.is_(None)
        & (SignInSession.auth_time <= logout.issued_at.astimezone(UTC) + LEEWAY)
    )
    return found if logout.sid is None else found & (SignInSession.sid == logout.sid)

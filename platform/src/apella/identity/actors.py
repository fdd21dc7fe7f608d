"""From an account to an actor: what the memberships of this tenant say, at this moment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select

from apella.db.unit_of_work import UnitOfWork
from apella.identity.actor import Actor
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season

# Asked at every request, so built once.
_OF_ACCOUNT = (
    select(Membership, Person, Season)
    .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
    .join(Season, and_(Season.tenant_id == Membership.tenant_id, Season.id == Membership.season_id))
    .where(Membership.account_id == bindparam("account_id"), Membership.revoked_at.is_(None))
    .order_by(Season.created_at.desc(), Season.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """Somebody with at least one live membership in the tenant: the actor, the person row and the season."""

    actor: Actor
    person: Person
    season: Season


def admit(
    work: UnitOfWork,
    *,
    tenant_id: TenantId,
    slug: str,
    zone: ZoneInfo,
    account_id: uuid.UUID,
    session_id: uuid.UUID | None = None,
) -> Admitted | None:
    """Find who this account is in the tenant, in its newest season, and set the clock of that season.

    None without a live membership: to such a person the tenant does not exist. Roles are read at every request, so a
    role that was taken away acts at once. A membership's period is counted in case time, both days included.
    """
    rows = work.session.execute(_OF_ACCOUNT, {"account_id": account_id}).all()
    if not rows:
        return None
    _, person, season = rows[0]
    work.enter_season(season.clock_offset)
    today = work.now.astimezone(zone).date()
    live = [membership for membership, _, of in rows if of.id == season.id and _in_force(membership, today)]
    if not live:
        return None
    actor = Actor(
        tenant_id=tenant_id,
        slug=slug,
        season_id=season.id,
        person_id=person.id,
        login=person.login,
        roles=frozenset(Role(membership.role) for membership in live),
        organisation_id=next((m.organisation_id for m in live if m.organisation_id is not None), None),
        exam_point_code=next((m.exam_point_code for m in live if m.exam_point_code is not None), None),
        commission_id=next((m.commission_id for m in live if m.commission_id is not None), None),
        session_id=session_id,
    )
    return Admitted(actor=actor, person=person, season=season)


def _in_force(membership: Membership, today: date) -> bool:
    return (membership.valid_from is None or membership.valid_from <= today) and (
        membership.valid_until is None or today <= membership.valid_until
    )

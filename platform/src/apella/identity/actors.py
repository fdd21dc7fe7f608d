"""From an account to an actor: what the memberships of this tenant say, at this moment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from apella.db.unit_of_work import UnitOfWork
from apella.identity.actor import Acting, Actor
from apella.identity.erased import is_erased
from apella.identity.mandate import REPRESENTING
from apella.identity.model import Membership, Person
from apella.identity.representation_model import Representation
from apella.identity.roles import Role
from apella.identity.substitution_model import Substitution
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season

_PRINCIPAL = aliased(Person)
_PRINCIPAL_IS_ERASED = exists().where(
    _PRINCIPAL.tenant_id == Representation.tenant_id,
    _PRINCIPAL.id == Representation.participant_id,
    is_erased(_PRINCIPAL),
)
# Asked at every request, so built once, and one statement for all: who it is, in which season, for whom.
_OF_ACCOUNT = (
    select(Membership, Person, Season, Substitution, Representation)
    .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
    .join(Season, and_(Season.tenant_id == Membership.tenant_id, Season.id == Membership.season_id))
    .join(
        Substitution,
        and_(
            Substitution.tenant_id == Membership.tenant_id,
            Substitution.substitute_id == Membership.person_id,
            Substitution.substitute_role == Membership.role,
            Substitution.ended_at.is_(None),
        ),
        isouter=True,
    )
    .join(
        Representation,
        and_(
            Representation.tenant_id == Membership.tenant_id,
            Representation.representative_id == Membership.person_id,
            Representation.kind == Membership.role,
            Representation.ended_at.is_(None),
            ~_PRINCIPAL_IS_ERASED,
        ),
        isouter=True,
    )
    .where(Membership.account_id == bindparam("account_id"), Membership.revoked_at.is_(None))
    .order_by(Season.created_at.desc(), Season.id.desc())
)


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """Somebody with at least one live membership in the tenant: the actor, the person row and the season.

    `principals` are the participants for whom this person may act, `has_own`: the person is a participant too.
    """

    actor: Actor
    person: Person
    season: Season
    principals: tuple[uuid.UUID, ...] = ()
    has_own: bool = False


def admit(
    work: UnitOfWork,
    *,
    tenant_id: TenantId,
    slug: str,
    zone: ZoneInfo,
    account_id: uuid.UUID,
    session_id: uuid.UUID | None = None,
    principal_id: uuid.UUID | None = None,
) -> Admitted | None:
    """Find who this account is in the tenant, in its newest season, and set the clock of that season.

    None without a live membership: to such a person the tenant does not exist. Roles are read at every request, so a
    role that was taken away acts at once. A membership's period is counted in case time, both days included; so is a
    substitution's, which gives its role only together with the own one that it rests on, and a representation's.
    A representative acts for one participant at a time: `principal_id` where they chose, the only one where there is
    one, and in the meantime has no roles of their own. For whom personal data were erased nobody acts.
    """
    rows = work.session.execute(_OF_ACCOUNT, {"account_id": account_id}).all()
    if not rows:
        return None
    _, person, season, _, _ = rows[0]
    work.enter_season(season.clock_offset)
    today = work.now.astimezone(zone).date()
    in_force: list[tuple[Membership, Substitution | None]] = [
        (membership, substitution)
        for membership, _, of, substitution, _ in rows
        if of.id == season.id and _in_force(membership, today)
    ]
    if not in_force:
        return None
    live = [membership for membership, _ in in_force]
    own = frozenset(Role(membership.role) for membership in live)
    acting = tuple(
        Acting(
            role=found.role,
            substitution_id=found.id,
            last_day=found.last_day,
            act_number=found.act_number,
            act_date=found.act_date,
        )
        for _, found in in_force
        if found is not None and found.role not in own and found.first_day <= today <= found.last_day
    )
    links: list[Representation | None] = [
        link for membership, _, of, _, link in rows if of.id == season.id and _in_force(membership, today)
    ]
    mandates = {link.id: link.mandate for link in links if link is not None and _in_force(link, today)}
    principals = tuple(dict.fromkeys(mandate.participant_id for mandate in mandates.values()))
    has_own = bool(own - REPRESENTING)
    if principal_id not in principals:
        principal_id = principals[0] if len(principals) == 1 and not has_own else None
    chosen = tuple(mandate for mandate in mandates.values() if mandate.participant_id == principal_id)
    if chosen:
        # Whoever stands for a participant is nobody of the commission at that moment, by no order either.
        own, acting = frozenset(mandate.role for mandate in chosen), ()
    elif has_own:
        own -= REPRESENTING
    actor = Actor(
        tenant_id=tenant_id,
        slug=slug,
        season_id=season.id,
        person_id=person.id,
        login=person.login,
        recorded_as=person.recorded_as,
        roles=own | {one.role for one in acting},
        organisation_id=next((m.organisation_id for m in live if m.organisation_id is not None), None),
        exam_point_code=next((m.exam_point_code for m in live if m.exam_point_code is not None), None),
        commission_id=next((m.commission_id for m in live if m.commission_id is not None), None),
        session_id=session_id,
        acting=acting,
        principal_id=principal_id,
        mandates=chosen,
    )
    return Admitted(actor=actor, person=person, season=season, principals=principals, has_own=has_own)


def _in_force(found: Membership | Representation, today: date) -> bool:
    first: date | None = found.valid_from
    last: date | None = found.valid_until
    return (first is None or first <= today) and (last is None or today <= last)

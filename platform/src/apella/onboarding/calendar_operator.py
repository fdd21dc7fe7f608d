"""Finding the member of staff in whose name an operator at the machine works."""

from __future__ import annotations

from sqlalchemy import and_, select

from apella.db.unit_of_work import UnitOfWork
from apella.errors import NotFound
from apella.identity.actor import Actor
from apella.identity.actors import admit
from apella.identity.model import Membership, Person
from apella.regions.rules import RegionRules


def actor_of_login(work: UnitOfWork, *, rules: RegionRules, login: str) -> Actor:
    """Give the person of this login with the roles that they have now, in the newest season.

    Raises NotFound when nobody has this login or it has no live role.
    """
    accounts = work.session.scalars(
        select(Membership.account_id)
        .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
        .where(Person.login == login, Membership.revoked_at.is_(None))
        .distinct()
    )
    for account_id in accounts:
        admitted = admit(
            work, tenant_id=rules.tenant.tenant_id, slug=rules.slug, zone=rules.zone, account_id=account_id
        )
        if admitted is not None and admitted.actor.login == login:
            return admitted.actor
    raise NotFound(f"Сотрудника с логином {login} в этом сезоне нет: проверьте логин.", code="calendar.login")

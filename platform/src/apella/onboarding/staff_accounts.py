"""The staff of a tenant as the identity provider should know them, and the accounts that bind them to it for ever."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.db.unit_of_work import UnitOfWork
from apella.identity.actor import Actor
from apella.identity.keycloak import STAFF_ROLES, MemberPlan
from apella.identity.model import Account, Membership, Person
from apella.identity.repository import newest_season
from apella.identity.vault import Vaults
from apella.onboarding.people import account_of
from apella.tenancy.ids import TenantId


def staff_plan(session: Session, *, tenant_id: TenantId, vaults: Vaults, iss: str) -> tuple[MemberPlan, ...]:
    """Everybody with a live staff membership in the newest season, with the subject they are bound to, if any."""
    season = newest_season(session)
    if season is None:
        return ()
    rows = session.execute(
        select(Person, Account)
        .join(Membership, (Membership.tenant_id == Person.tenant_id) & (Membership.person_id == Person.id))
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.season_id == season.id, Membership.role.in_(STAFF_ROLES), Membership.revoked_at.is_(None))
        .order_by(Person.login, Membership.id)
    )
    vault = vaults.of_season(session, tenant_id=tenant_id, season_id=season.id)
    found: dict[uuid.UUID, MemberPlan] = {}
    for person, account in rows:
        sub = account.sub if account.iss == iss else None
        if person.id not in found or (sub is not None and found[person.id].sub is None):
            email = None if person.email_cipher is None else vault.open("person.email", person.id, person.email_cipher)
            found[person.id] = MemberPlan(
                login=person.login,
                given_name=" ".join(part for part in (person.given_name, person.patronymic) if part),
                surname=person.surname,
                email=email,
                sub=sub,
            )
    return tuple(found.values())


def bind_staff(work: UnitOfWork, *, tenant_id: TenantId, slug: str, iss: str, subjects: Mapping[str, str]) -> int:
    """Let the memberships of each login belong to the account of its subject; returns how many were changed."""
    session = work.session
    season = newest_season(session)
    if season is None:
        return 0
    work.enter_season(season.clock_offset)
    actor = Actor.system(tenant_id=tenant_id, slug=slug, season_id=season.id)
    changed = 0
    for login, sub in subjects.items():
        memberships = session.scalars(
            select(Membership)
            .join(Person, (Person.tenant_id == Membership.tenant_id) & (Person.id == Membership.person_id))
            .join(Account, Account.id == Membership.account_id)
            .where(
                Membership.season_id == season.id,
                Membership.role.in_(STAFF_ROLES),
                Person.login == login,
                (Account.iss != iss) | (Account.sub != sub),
            )
        ).all()
        if not memberships:
            continue
        account_id = account_of(session, iss=iss, sub=sub, slug=slug)
        for membership in memberships:
            before, membership.account_id = membership.account_id, account_id
            record(
                session,
                actor=actor,
                tag="membership:account:bound",
                subject_type="membership",
                subject_id=membership.id,
                case_at=work.now,
                before={"account": str(before)},
                after={"account": str(account_id)},
            )
            changed += 1
    return changed

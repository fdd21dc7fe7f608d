"""A tenant with a season, a participant and a secretary, as tests of sign-in need it."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from apella.db.ids import new_id
from apella.db.unit_of_work import Database
from apella.identity.model import Account, AccountTenant, Category, Membership, Person, PersonKind
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.people import sort_key
from apella.identity.roles import Role
from apella.identity.vault import Vaults
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season, Tenant


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tenant as these tests use it."""

    tenant_id: TenantId
    slug: str
    season_id: uuid.UUID
    document: str
    phone: str
    participant_id: uuid.UUID
    secretary_login: str
    secretary_id: uuid.UUID

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's zone."""
        return ZoneInfo("Asia/Omsk")


def make_tenants(database: Database, slugs: dict[TenantId, str]) -> None:
    """Make the tenants' own rows; the database is one that its owner opened."""
    with database.unit_of_work(None) as work:
        work.session.add_all([Tenant(id=tenant_id, slug=slug) for tenant_id, slug in slugs.items()])


def settle(
    database: Database,
    vaults: Vaults,
    tenant_id: TenantId,
    slug: str,
    *,
    document: str | None = None,
    phone: str | None = None,
) -> Place:
    """Make a fresh season in the tenant, with a participant of this or a random document and phone."""
    document = document or f"83 04 {secrets.randbelow(10**6):06}"
    phone = phone or f"+7 900 {secrets.randbelow(10**7):07}"
    with database.unit_of_work(tenant_id) as work:
        season = Season(
            code=f"season-{uuid.uuid4().hex[:8]}",
            year=2031,
            period="main",
            title="Учебный сезон",
            rule_version="1",
            demo=True,
            clock_offset=timedelta(days=100),
        )
        work.session.add(season)
        work.session.flush()
        vault = vaults.make_for_season(work.session, tenant_id=tenant_id, season_id=season.id)
        participant = _person(season.id, PersonKind.PARTICIPANT, "участник", Category.STUDENT)
        secretary = _person(season.id, PersonKind.STAFF, "секретарь", None)
        vault.fill_person(participant, document=document, phone=phone)
        account = Account(iss=EMBEDDED_ISSUER, sub=f"{slug}-secretary-{season.id}")
        work.session.add_all([participant, secretary, account])
        work.session.flush()
        work.session.add(AccountTenant(account_id=account.id, slug=slug))
        work.session.add(
            Membership(season_id=season.id, person_id=secretary.id, account_id=account.id, role=Role.SECRETARY)
        )
        return Place(
            tenant_id=tenant_id,
            slug=slug,
            season_id=season.id,
            document=document,
            phone=phone,
            participant_id=participant.id,
            secretary_login=account.sub,
            secretary_id=secretary.id,
        )


def _person(season_id: uuid.UUID, kind: PersonKind, login: str, category: Category | None) -> Person:
    return Person(
        id=new_id(),
        season_id=season_id,
        kind=kind,
        category=category,
        login=login,
        surname="Лесная",
        given_name="Ирина",
        patronymic=None,
        sort_key=sort_key("Лесная", "Ирина"),
    )

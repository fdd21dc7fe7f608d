"""A season with one participant and one secretary, and the code on its way to the participant's telephone."""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from apella.db.ids import new_id
from apella.db.unit_of_work import Database
from apella.identity.model import Account, AccountTenant, Category, Membership, Person, PersonKind
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.people import sort_key
from apella.identity.phone_binding import binding, take_binding_code
from apella.identity.repository import code_request
from apella.identity.roles import Role
from apella.identity.sms_codes import take_code_to_send
from apella.identity.vault import Vaults
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tenant's newest season as tests of sign-in use it."""

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
            opened_on=date(2026, 5, 1),
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


def code_on_its_way(database: Database, vaults: Vaults, place: Place, address: str) -> str:
    """Take the code of the request whose id stands in the address, as the job that sends it would: once."""
    request_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", address)
    if request_id is None:
        raise LookupError(address)
    with database.unit_of_work(place.tenant_id) as work:
        row = code_request(work.session, uuid.UUID(request_id[0]))
        if row is None:
            raise LookupError(address)
        vault = vaults.of_season(work.session, tenant_id=place.tenant_id, season_id=row.season_id)
        outgoing = take_code_to_send(row, vault=vault, machine_now=work.machine_now)
        if outgoing is None:
            raise LookupError(address)
        return outgoing.code


def binding_code_on_its_way(database: Database, vaults: Vaults, tenant_id: TenantId, binding_id: str) -> str:
    """Take the code of a phone's binding, as the job that sends it would: once."""
    with database.unit_of_work(tenant_id) as work:
        row = binding(work.session, uuid.UUID(binding_id))
        if row is None:
            raise LookupError(binding_id)
        vault = vaults.of_season(work.session, tenant_id=tenant_id, season_id=row.season_id)
        outgoing = take_binding_code(row, vault=vault, machine_now=work.machine_now)
        if outgoing is None:
            raise LookupError(binding_id)
        return outgoing.code

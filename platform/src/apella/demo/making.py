"""A demo season in the database, ready to be played: opened, imported, staffed, all in one transaction."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.commissions.statements import state_for_all
from apella.db.ids import new_id
from apella.db.unit_of_work import Database, UnitOfWork
from apella.demo.season import DemoSeason, Scans, generate
from apella.demo.staff import DemoStaff, add_demo_staff, staff_of
from apella.demo.timetable import timetable_of
from apella.demo.writing import write_season
from apella.errors import Conflict
from apella.identity.actor import Actor
from apella.identity.model import Person, PersonKind
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.vault import Vault, Vaults
from apella.onboarding.importing import import_season
from apella.onboarding.seasons import open_season
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import Delivery, read_delivery
from apella.storage.port import ObjectStore
from apella.tenancy.model import Season

MORNING = time(8)
"""The hour of its start day, in the tenant's zone, at which a demo season's clock begins."""

PERIOD = "main"


class Parts(Protocol):
    """What making a season needs of the application."""

    @property
    def regions(self) -> RegionRegistry:
        """All tenants' rules."""

    @property
    def database(self) -> Database:
        """Units of work as `app_rw`."""

    @property
    def vaults(self) -> Vaults:
        """Personal data by season."""

    @property
    def store(self) -> ObjectStore:
        """Where files are."""


@dataclass(frozen=True, kw_only=True)
class DemoParticipant:
    """A participant who signs in by document and phone; `login` is the registration code."""

    login: str
    name: str
    document: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class MadeSeason:
    """A demo season as it stands in the database; `now` is its case time (UTC)."""

    season_id: uuid.UUID
    tenant: str
    code: str
    title: str
    now: datetime
    staff: tuple[DemoStaff, ...]
    participants: tuple[DemoParticipant, ...]

    def as_document(self) -> dict[str, Any]:
        """The season for JSON: codes, logins, and the made-up people's ways to sign in."""
        return {
            "tenant": self.tenant,
            "season": self.code,
            "title": self.title,
            "now": self.now.isoformat(),
            "staff": [{"login": one.login, "name": one.name, "role": str(one.role)} for one in self.staff],
            "participants": [
                {"login": one.login, "name": one.name, "document": one.document, "phone": one.phone}
                for one in self.participants
            ],
        }


def make_demo_season(
    app: Parts,
    *,
    slug: str,
    participants: int,
    seed: int,
    scans: Scans,
    code: str | None = None,
    title: str | None = None,
    results_on: date | None = None,
    suffix: str | None = None,
    iss: str = EMBEDDED_ISSUER,
) -> MadeSeason:
    """Make a demo season of a tenant, or give the one that has this code already.

    Without a `code` the season is a further one with a code of its own. `suffix` ends the logins of its staff; left
    out, it is empty as long as nobody has these logins, else a part of the season's code. Killed midway, it leaves
    nothing but files that no row points at. Raises NotFound for an unknown tenant, Conflict where the code is a real
    season's, CalendarRangeError and Malformed as `generate` does.
    """
    newest = app.regions.get(slug)
    begins = timetable_of(newest, results_on=results_on).start
    rules = app.regions.on(slug, begins)
    with app.database.unit_of_work(rules.tenant.tenant_id) as work:
        made = None if code is None else _found(app, work, rules, code=code, iss=iss)
        if made is not None:
            return made
        first = work.session.scalars(select(Season.id).limit(1)).first() is None
    own = new_id().hex[-6:]
    block = 0 if first else 1 + int(own, 16)
    season = generate(rules, participants=participants, seed=seed, scans=scans, results_on=results_on, block=block)
    with tempfile.TemporaryDirectory(prefix="apella-season-") as folder:
        directory = Path(folder) / "season"
        write_season(season, directory)
        delivery = read_delivery(directory, rules=rules)
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            return _make(
                app,
                work,
                rules,
                delivery=delivery,
                season=season,
                code=code or f"season-{own}",
                title=title or f"Учебный сезон {rules.year} года",
                suffix=suffix if suffix is not None else _free_suffix(work.session, rules, code=code, own=own),
                iss=iss,
            )


def _make(
    app: Parts,
    work: UnitOfWork,
    rules: RegionRules,
    *,
    delivery: Delivery,
    season: DemoSeason,
    code: str,
    title: str,
    suffix: str,
    iss: str,
) -> MadeSeason:
    opened = open_season(
        work.session,
        regions=app.regions,
        slug=rules.slug,
        machine_now=work.machine_now,
        vaults=app.vaults,
        code=code,
        title=title,
        period=PERIOD,
        demo=True,
        clock_offset=datetime.combine(season.start, MORNING, tzinfo=rules.zone) - work.machine_now,
        timetable_shift_days=season.shift_days,
        decisions=rules.demo_decisions,
    )
    actor = Actor.system(tenant_id=rules.tenant.tenant_id, slug=rules.slug, season_id=opened.season.id)
    import_season(
        work.session,
        delivery=delivery,
        rules=rules,
        vault=opened.vault,
        store=app.store,
        actor=actor,
        machine_now=work.machine_now,
    )
    add_demo_staff(
        work.session, rules=rules, season=opened.season, commission=opened.commission, iss=iss, suffix=suffix
    )
    seated = rules.commission.composition
    if seated.statement:
        begins = datetime.combine(season.start, MORNING, tzinfo=rules.zone)
        state_for_all(work.session, season_id=opened.season.id, roles=seated.roles, on=season.start, at=begins)
    return _read(work, rules, opened.season, opened.vault, iss=iss)


def _found(app: Parts, work: UnitOfWork, rules: RegionRules, *, code: str, iss: str) -> MadeSeason | None:
    season = work.session.scalars(select(Season).where(Season.code == code)).one_or_none()
    if season is None:
        return None
    if not season.demo:
        raise Conflict(f"Сезон «{code}» настоящий, учебным он не станет. Выберите другой код.", code="season.taken")
    vault = app.vaults.of_season(work.session, tenant_id=rules.tenant.tenant_id, season_id=season.id)
    return _read(work, rules, season, vault, iss=iss)


def _free_suffix(session: Session, rules: RegionRules, *, code: str | None, own: str) -> str:
    """Empty for a season with a code of its maker's choice, when no other season has the plain logins."""
    plain = f"{rules.slug}-secretary"
    taken = session.scalars(select(Person.id).where(Person.login == plain).limit(1)).first() is not None
    return f"-{own}" if code is None or taken else ""


def _read(work: UnitOfWork, rules: RegionRules, season: Season, vault: Vault, *, iss: str) -> MadeSeason:
    people = work.session.scalars(
        select(Person)
        .where(Person.season_id == season.id, Person.kind == PersonKind.PARTICIPANT)
        .order_by(Person.login)
    )
    return MadeSeason(
        season_id=season.id,
        tenant=rules.slug,
        code=season.code,
        title=season.title,
        now=work.machine_now + season.clock_offset,
        staff=staff_of(work.session, rules=rules, season=season, iss=iss),
        participants=tuple(demo_participant(vault, person) for person in people),
    )


def demo_participant(vault: Vault, person: Person) -> DemoParticipant:
    """Give what a made-up participant signs in with; a real one's is shown to nobody (see `Season.demo`)."""
    document, phone = person.document_cipher, person.phone_cipher
    return DemoParticipant(
        login=person.login,
        name=" ".join(part for part in (person.surname, person.given_name, person.patronymic) if part),
        document="" if document is None else vault.open("person.document", person.id, document),
        phone="" if phone is None else vault.open("person.phone", person.id, phone),
    )

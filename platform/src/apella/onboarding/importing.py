"""Importing a delivery into a season: the registry, the roster of experts, and which cases it concerns."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Uuid, and_, any_, literal, select
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.audit.trail import record
from apella.commissions.model import Decision
from apella.errors import Conflict, NotFound
from apella.experts.model import Expert
from apella.identity.actor import Actor
from apella.identity.model import Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.vault import Vault
from apella.regions.rules import RegionRules
from apella.registry.importing import batch_of, import_registry
from apella.registry.importing_delivery import Delivery
from apella.registry.importing_rows import Plan
from apella.storage.port import ObjectStore
from apella.tenancy.model import Season

_OF_PERSON = ("surname", "given_name", "patronymic", "sort_key")
_OF_EXPERT = ("subject_code", "status", "status_year", "checked_first_second", "checked_third", "subject_chair")


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did: rows by table, and how many open and decided cases are about a work whose result changed.

    `changed` is False when the season already was as the delivery says; the counts of a repeated delivery are those
    of its first import.
    """

    changed: bool
    counts: Mapping[str, int]


def importer(session: Session, *, rules: RegionRules, season_code: str | None = None) -> Actor:
    """The platform itself, in the season that an import goes to: the named one, else the newest.

    Raises NotFound (`import.no_season`).
    """
    query = select(Season.id).order_by(Season.created_at.desc(), Season.id.desc()).limit(1)
    season_id = session.scalars(query if season_code is None else query.where(Season.code == season_code)).one_or_none()
    if season_id is None:
        raise NotFound(
            "В этом регионе нет открытого сезона. Откройте сезон и повторите импорт."
            if season_code is None
            else "Сезона с таким кодом в этом регионе нет. Проверьте код.",
            code="import.no_season",
        )
    return Actor.system(tenant_id=rules.tenant.tenant_id, slug=rules.slug, season_id=season_id)


def import_season(
    session: Session,
    *,
    delivery: Delivery,
    rules: RegionRules,
    vault: Vault,
    store: ObjectStore,
    actor: Actor,
    machine_now: datetime,
) -> ImportReport:
    """Take a delivery that was read (`read_delivery`) into the actor's season, all of it or nothing.

    A changed result becomes a further version; cases keep the version they were decided on. Raises ImportRefused
    before anything is written, and Conflict (`import.conflict`) when somebody else wrote the same rows meanwhile.
    """
    season = session.get_one(Season, (rules.tenant.tenant_id, actor.season_id))
    earlier = batch_of(session, season_id=season.id, delivery=delivery)
    if earlier is not None:
        return ImportReport(changed=False, counts=earlier.counts)
    try:
        imported = import_registry(
            session,
            delivery=delivery,
            season=season,
            rules=rules,
            vault=vault,
            store=store,
            machine_now=machine_now,
            imported_by=actor.login,
        )
        counts = {**imported.counts, **_write_roster(session, delivery, season_id=season.id, slug=rules.slug)}
    except IntegrityError as error:
        raise Conflict(
            "Пока шёл импорт, данные сезона изменил кто-то другой. Ничего не внесено, повторите импорт.",
            code="import.conflict",
        ) from error
    changed = any(counts.values())
    counts |= _concerned_cases(session, imported.changed_works)
    imported.batch.counts = counts
    record(
        session,
        actor=actor,
        tag="registry:import:done",
        subject_type="import_batch",
        subject_id=imported.batch.id,
        case_at=machine_now + season.clock_offset,
        after=counts,
    )
    return ImportReport(changed=changed, counts=counts)


def _write_roster(session: Session, delivery: Delivery, *, season_id: uuid.UUID, slug: str) -> dict[str, int]:
    """Write people and roster entries; a person's login follows from the expert's code."""
    of_season = Expert.season_id == season_id
    known = {
        row.code: row
        for row in session.execute(
            select(*(getattr(Expert, name) for name in ("id", "code", *_OF_EXPERT))).where(of_season)
        )
    }
    known_people = {
        row.code: row
        for row in session.execute(
            select(Expert.code, *(getattr(Person, name) for name in ("id", *_OF_PERSON)))
            .join(Person, and_(Person.tenant_id == Expert.tenant_id, Person.id == Expert.person_id))
            .where(of_season)
        )
    }
    people: Plan[str] = Plan(Person)
    experts: Plan[str] = Plan(Expert)
    for code, (_, row) in delivery.experts.items():
        login = f"{slug}-expert-{code}"
        person_id = people.note(
            code,
            known_people.get(code),
            fixed={"season_id": season_id, "kind": PersonKind.STAFF, "login": login},
            values={
                "surname": row.surname,
                "given_name": row.given_name,
                "patronymic": row.patronymic,
                "sort_key": sort_key(row.surname, row.given_name, row.patronymic),
            },
        )
        experts.note(
            code,
            known.get(code),
            fixed={"season_id": season_id, "person_id": person_id, "code": code},
            values={name: getattr(row, name) for name in _OF_EXPERT},
        )
    people.write(session)
    experts.write(session)
    return {"experts_added": len(experts.added), "experts_changed": len(experts.changed) + len(people.changed)}


def _concerned_cases(session: Session, works: Collection[uuid.UUID]) -> dict[str, int]:
    """Count the cases about works whose result changed: those still open to it, and those decided before it came."""
    if not works:
        return {"cases_open": 0, "cases_decided": 0}
    decided = select(Decision.id).where(
        Decision.tenant_id == Appeal.tenant_id, Decision.case_id == Appeal.id, Decision.round == Appeal.round
    )
    is_decided = decided.exists()
    rows = session.execute(
        select(is_decided, sql.count())
        .where(Appeal.work_id == any_(literal(list(works), ARRAY(Uuid))), is_decided | (Appeal.state != State.CLOSED))
        .group_by(is_decided)
    )
    counts = {bool(of_decided): number for of_decided, number in rows}
    return {"cases_open": counts.get(False, 0), "cases_decided": counts.get(True, 0)}

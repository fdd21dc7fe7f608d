"""The verbs: what is due, erasing a season, erasing one person, and doing all of it again after a restore."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.audit import free_text
from apella.audit.signing import SigningKey
from apella.audit.trail import record
from apella.db.unit_of_work import Database
from apella.deadlines import engine
from apella.deadlines.terms import StartEvent
from apella.errors import Conflict, NotFound, RuleViolation
from apella.identity.actor import Actor
from apella.identity.model import Person, PersonKind
from apella.regions.rules import RegionRules
from apella.retention.erasing import Amounts, Scope, delete_files, erase, keys_of, measure
from apella.retention.erasures import FOLDER, Erasure, in_folder, stored, write
from apella.retention.representing import going_with
from apella.storage.port import ObjectStore
from apella.tenancy.model import Season, Tenant

TERM: Final = "papers.retention"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Act:
    """The act by which somebody decided to erase."""

    number: str
    day: date


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Until when a season's papers are kept (exclusive, UTC), and by which clauses."""

    until: datetime
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a season stands: until when it is kept, its cases that are still open, what there is to erase."""

    season: Season
    kept: Kept
    open_cases: int
    amounts: Amounts
    now: datetime

    @property
    def is_due(self) -> bool:
        """Whether it is to be erased now."""
        return self.now >= self.kept.until and not self.open_cases and not self.amounts.nothing


@dataclass(frozen=True, kw_only=True)
class Means:
    """What erasing works with: the database as the tables' owner, the store, the signing key, the keys' folder."""

    database: Database
    store: ObjectStore
    key: SigningKey
    folder: Path


def kept_until(rules: RegionRules, *, year: int) -> Kept:
    """Until when the papers of a year's exams are kept: the later of the tenant's end and the federal one.

    The day of the term itself still counts.
    """
    events: dict[str, date] = {StartEvent.EXAM_YEAR: date(year, 1, 1)}
    ends = [
        Kept(until=until, clauses=terms[TERM].grounds)
        for terms in (rules.terms, rules.federal_terms)
        if (until := engine.due(terms[TERM], events=events, calendar=rules.calendar, zone=rules.zone, terms=terms))
    ]
    if not ends:
        raise RuntimeError("the term of retention counts from a year that is given")
    return max(ends, key=lambda kept: kept.until)


def standing(session: Session, *, season: Season, rules: RegionRules, machine_now: datetime) -> Standing:
    """Say how a season stands; changes nothing."""
    open_cases = select(sql.count()).where(Appeal.season_id == season.id, Appeal.state != State.CLOSED)
    return Standing(
        season=season,
        kept=kept_until(rules, year=season.year),
        open_cases=session.scalars(open_cases).one(),
        amounts=measure(session, Scope(season_id=season.id)),
        now=machine_now + season.clock_offset,
    )


def propose(session: Session, *, rules: RegionRules, machine_now: datetime) -> int:
    """Say in the log how many seasons are to be erased; says the number.

    The machine only proposes: no clause orders a destruction without an act, and an act has a number and a person.
    """
    due = 0
    for season in session.scalars(select(Season)):
        if machine_now + season.clock_offset >= kept_until(rules, year=season.year).until:
            due += standing(session, season=season, rules=rules, machine_now=machine_now).is_due
    if due:
        log.warning("seasons are to be erased", extra={"code": "retention.due", "tenant": rules.slug, "count": due})
    return due


def erase_season(means: Means, *, rules: RegionRules, season_id: uuid.UUID, act: Act) -> Standing:
    """Erase a season's personal data for good; repeating it after a kill ends what was begun.

    Raises RuleViolation (`retention.kept`) before the day, Conflict (`retention.open_cases`) while a case is open.
    """
    tenant_id = rules.tenant.tenant_id
    with means.database.unit_of_work(tenant_id) as work:
        season = work.session.get_one(Season, (tenant_id, season_id))
        found = standing(work.session, season=season, rules=rules, machine_now=work.machine_now)
        if found.now < found.kept.until:
            raise _kept(found.kept, rules)
        if found.open_cases:
            raise Conflict(
                f"В сезоне {season.code} открытых дел: {found.open_cases}. Пока дело открыто, данные не стирают.",
                code="retention.open_cases",
            )
        scope = Scope(season_id=season_id)
        note = _note(work.session, scope, rules=rules, act=act, now=found.now)
    if not found.amounts.nothing:
        # Before the rows: what was noted is erased again after a restore, what was not would come back.
        write(note, store=means.store, key=means.key, folder=means.folder)
        _erase(means, note, again=False)
    delete_marked(means, note)
    return found


def erase_person(means: Means, *, rules: RegionRules, season_id: uuid.UUID, code: str, act: Act) -> uuid.UUID:
    """Erase one participant by the registration code, and who represents nobody else; returns the row's id.

    Raises NotFound (`erase.unknown`), Conflict (`erase.case_open`), RuleViolation (`retention.kept`) where the person
    appealed and the acts ask to keep the papers still.
    """
    tenant_id = rules.tenant.tenant_id
    with means.database.unit_of_work(tenant_id) as work:
        season = work.session.get_one(Season, (tenant_id, season_id))
        now = work.machine_now + season.clock_offset
        person = work.session.scalars(
            select(Person.id).where(
                Person.season_id == season_id, Person.login == code, Person.kind == PersonKind.PARTICIPANT
            )
        ).one_or_none()
        if person is None:
            raise NotFound("Участника с таким кодом регистрации в этом сезоне нет.", code="erase.unknown")
        states = work.session.scalars(select(Appeal.state).where(Appeal.person_id == person)).all()
        if any(state is not State.CLOSED for state in states):
            raise Conflict(
                "У этого участника есть открытое дело. Пока оно не закрыто, данные стереть нельзя: по ним идёт "
                "рассмотрение.",
                code="erase.case_open",
            )
        kept = kept_until(rules, year=season.year)
        if states and now < kept.until:
            raise _kept(kept, rules)
        note = _note(work.session, Scope(season_id=season_id, person_id=person), rules=rules, act=act, now=now)
    write(note, store=means.store, key=means.key, folder=means.folder)
    _erase(means, note, again=False)
    delete_marked(means, note)
    return person


def replay(means: Means, *, notes: Iterable[Erasure]) -> int:
    """Erase once more what a restored copy brought back; says how many erasures there were.

    A note of a tenant or season that the copy does not know yet has nothing to erase.
    """
    done = 0
    for note in {note.id: note for note in notes}.values():
        with means.database.unit_of_work(None) as work:
            known = work.session.scalars(select(Tenant.slug).where(Tenant.id == note.tenant_id)).one_or_none()
        if known != note.tenant:
            continue
        with means.database.unit_of_work(note.tenant_id) as work:
            season = work.session.get(Season, (note.tenant_id, note.season_id))
        if season is None:
            continue
        write(note, store=means.store, key=means.key, folder=means.folder)
        _erase(means, note, again=True)
        delete_marked(means, note)
        done += 1
    return done


def replay_known(means: Means, *, tenants: Iterable[str], erasures: Path | None) -> int:
    """Do every known erasure again: those of the store, those beside the master key, those of a named folder.

    Raises ErasureForged.
    """
    found = list(stored(means.store, tenants=tenants, key=means.key))
    for folder in (means.folder / FOLDER, erasures):
        found += [] if folder is None else in_folder(folder, key=means.key)
    return replay(means, notes=found)


def delete_marked(means: Means, note: Erasure) -> None:
    """Delete the bytes of the files that the erasure marked."""
    with means.database.unit_of_work(note.tenant_id) as work:
        delete_files(work.session, _scope(note), store=means.store)


def checked_act(number: str, day: date) -> Act:
    """An act with a number that the audit may keep. Raises Malformed (`retention.act`)."""
    return Act(number=free_text.act_number(number, longest=40, code="retention.act"), day=day)


def _erase(means: Means, note: Erasure, *, again: bool) -> None:
    scope = _scope(note)
    with means.database.unit_of_work(note.tenant_id) as work:
        before = measure(work.session, scope)
        if before.nothing:
            return
        erase(work.session, scope)
        record(
            work.session,
            actor=Actor.system(tenant_id=note.tenant_id, slug=note.tenant, season_id=note.season_id),
            tag="season:personal_data:erased" if note.person_id is None else "person:personal_data:erased",
            subject_type="season" if note.person_id is None else "person",
            subject_id=note.person_id or note.season_id,
            after={
                "act": f"№ {note.act_number} от {note.act_date:%d.%m.%Y}",
                "keys": before.keys,
                "files": before.files,
                "rows": dict(before.rows),
                "again": again,
            },
        )


def _note(session: Session, scope: Scope, *, rules: RegionRules, act: Act, now: datetime) -> Erasure:
    free_text.check_act_day(act.day, today=now.astimezone(rules.zone).date(), code="retention.act_date")
    return Erasure(
        tenant=rules.slug,
        tenant_id=rules.tenant.tenant_id,
        season_id=scope.season_id,
        person_id=scope.person_id,
        keys=sorted(
            ("" if key.case_id is None else str(key.case_id), key.key_version) for key in keys_of(session, scope)
        ),
        at=now,
        act_number=act.number,
        act_date=act.day,
        representatives=[] if scope.person_id is None else sorted(session.scalars(going_with(scope.person_id))),
    )


def _scope(note: Erasure) -> Scope:
    return Scope(season_id=note.season_id, person_id=note.person_id, representatives=tuple(note.representatives))


def _kept(kept: Kept, rules: RegionRules) -> RuleViolation:
    last = kept.until.astimezone(rules.zone) - timedelta(seconds=1)
    return RuleViolation(
        f"Документы этого сезона хранят по {last:%d.%m.%Y} включительно: основание {', '.join(kept.clauses)}. До "
        "конца этого дня данные не стирают.",
        code="retention.kept",
        clauses=kept.clauses,
    )

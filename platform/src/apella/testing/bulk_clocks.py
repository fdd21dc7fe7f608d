"""A hundred thousand running clocks, and what a new day off does to them: measured in a process of its own."""

from __future__ import annotations

import datetime as dt
import random
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import numpy
from psycopg import Connection, sql
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from apella.bootstrap import make_app
from apella.calendar.change_file import read_change
from apella.calendar.changes import CalendarContent, apply_change
from apella.calendar.working import WorkCalendar
from apella.db.ids import new_id
from apella.deadlines import change
from apella.deadlines.clocks import running
from apella.deadlines.difference import difference
from apella.deadlines.engine import compute
from apella.deadlines.terms import Direction
from apella.identity.actor import Actor
from apella.regions.book import rules_of_version
from apella.regions.rules import RegionRules
from apella.testing.bulk import BulkSeason
from apella.testing.calendars import day_off
from apella.testing.live import LiveInstance

DAY: Final = dt.date(2026, 6, 19)
"""A Friday in the middle of the season; the clocks begin within three weeks of it."""
DATA: Final = day_off(DAY.isoformat())
BEFORE: Final = dt.timedelta(days=365)
"""So long before the season's present no clock has run out: all of them are counted."""
ROUND: Final = 100
"""No case has come so far: the made-up clocks stand beside those that the season has."""
TERMS: Final[Mapping[str, str]] = {
    "score.consideration": "registered",
    "score.withdrawal": "filed",
    "kit.request": "registered",
    "hearing.schedule": "registered",
    "hearing.announcement": "hearing_day",
    "expert.conclusion": "expert_assigned",
    "decision.notice": "decided",
    "protocol.handover": "decided",
}
COLUMNS: Final = (
    *("tenant_id", "id", "season_id", "case_id", "round", "term", "title", "state", "owed_by", "action", "clauses"),
    *("hardness", "starts_at", "due_at", "federal_due_at", "calendar_version", "explanation", "warned"),
)


AIM_SECONDS: Final = 10
AIM_MEGABYTES: Final = 300


@dataclass(frozen=True, kw_only=True)
class Recounted:
    """What was measured: seconds of the difference, of applying it, and of numpy alone; the process's peak in MB."""

    clocks: int
    moved: int
    difference: float
    applying: float
    floor: float
    peak: float

    def __str__(self) -> str:
        a_second, milliseconds = self.clocks / self.difference, self.floor * 1000
        return f"""**{self.clocks:,} running clocks counted again in {self.difference:.1f} s** by one process (aim: at
most {AIM_SECONDS}), {a_second:,.0f} a second, never over {self.peak:.0f} MB (aim: at most {AIM_MEGABYTES}).
`numpy.busday_offset` counts the same cases in {milliseconds:.1f} ms.
Putting that calendar in force, with the {self.moved:,} clocks that move: {self.applying:.1f} s.

- Clocks counted again: a day off in the middle of the season. The rows are streamed from PostgreSQL with their cases
  and each is counted from its own events, the region's term and the federal one; numpy is given both as arrays, and
  counts neither hours nor zones. Putting in force writes clocks, histories and the audit chain, and asks for
  messages."""


def recounted(live: LiveInstance, season: BulkSeason, *, number: int) -> Recounted:
    """Give the season's cases so many running clocks, and measure in a fresh process what a new day off does."""
    with live.postgres.connect(user="postgres") as connection:
        make_clocks(connection, season, number=number)
    arguments = (
        dict(live.app.environment),
        live.app.settings.database_url or "",
        season.world.rules.slug,
        season.world.staff["chair"],
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, *arguments).result()


def make_clocks(connection: Connection[Any], season: BulkSeason, *, number: int, seed: int = 7) -> None:
    """Give cases of the season so many running clocks, as the services would have counted them.

    `connection` is a superuser's, in autocommit.
    """
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    with connection.cursor().copy(sql.SQL("COPY deadline ({}) FROM STDIN").format(columns)) as copy:
        for row in _rows(season, number=number, chance=random.Random(seed)):  # noqa: S311 the same each time
            copy.write_row(row)
    connection.execute("ANALYZE deadline")


def _rows(season: BulkSeason, *, number: int, chance: random.Random) -> Iterator[Sequence[Any]]:
    rules = season.world.rules
    begins = dt.datetime.combine(DAY - dt.timedelta(days=21), dt.time(8), rules.zone)
    cases = [case_id for case_id, _ in season.cases]
    for made in range(number):
        term_id, event = list(TERMS.items())[made % len(TERMS)]
        case_id = cases[made // len(TERMS)]
        starts = begins + dt.timedelta(minutes=chance.randrange(42 * 24 * 60))
        term = rules.terms[term_id]
        counted = compute(
            term,
            events={event: starts},
            calendar=rules.calendar,
            zone=rules.zone,
            federal=rules.federal_terms.get(term_id),
            terms=rules.terms,
        )
        yield (
            int(rules.tenant.tenant_id),
            new_id(),
            season.world.season_id,
            case_id,
            ROUND,
            term_id,
            term.title,
            "running",
            str(term.owed_by),
            str(term.action),
            list(counted.clauses),
            str(term.hardness),
            starts,
            counted.due,
            counted.federal_due,
            counted.calendar_version,
            Jsonb(counted.to_record()),
            0,
        )


def _measure(environment: Mapping[str, str], database_url: str, slug: str, chair: Actor) -> Recounted:
    app = make_app({**environment, "APELLA_DATABASE_URL": database_url})
    rules = app.regions.get(slug)
    new = apply_change(
        CalendarContent.of(rules.calendar), read_change(DATA, name="day.toml"), place="day.toml"
    ).calendar(version="base+1")
    with app.database.unit_of_work(chair.tenant_id) as work:
        begun = time.monotonic()
        found = difference(
            work.session,
            old=rules.calendar,
            new=new,
            rules_for=partial(rules_of_version, work.session, rules),
            machine_now=work.machine_now - BEFORE,
        )
        counted = time.monotonic() - begun
        floor = _floor(rules, new, work.session)
    with app.database.unit_of_work(chair.tenant_id) as work:
        operator = replace(chair, person_id=None, login="operator")
        version = change.propose(
            work.session, actor=operator, role=None, base=rules.calendar, data=DATA, file_name="day.toml"
        )
        begun = time.monotonic()
        change.approve(
            work.session,
            actor=chair,
            role=None,
            version_id=version.id,
            base=rules.calendar,
            rules_for=partial(rules_of_version, work.session, rules),
            machine_now=work.machine_now - BEFORE,
            at_once=found.looked_at,
        )
    return Recounted(
        clocks=found.looked_at,
        moved=found.moved,
        difference=counted,
        applying=time.monotonic() - begun,
        floor=floor,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _floor(rules: RegionRules, calendar: WorkCalendar, session: Session) -> float:
    """How long numpy takes to count the working days of the same clocks, all at once, with the days in its hands."""
    every_day = [calendar.first + dt.timedelta(days=n) for n in range((calendar.last - calendar.first).days + 1)]
    bare = {
        week: numpy.busdaycalendar(
            weekmask="1111111",
            holidays=[numpy.datetime64(day) for day in every_day if not calendar.is_working(day, week)],
        )
        for week in (5, 6)
    }
    cases: dict[int, tuple[list[numpy.datetime64], list[int]]] = {5: ([], []), 6: ([], [])}
    for clock in running(session):
        term = rules.terms[clock.term]
        if term.week is None or not term.length:
            continue
        days, lengths = cases[term.week]
        days.append(numpy.datetime64(clock.starts_at.astimezone(rules.zone).date()))
        lengths.append(term.length if term.direction is Direction.FORWARD else -term.length)
    arrays = {week: (numpy.array(days), numpy.array(lengths)) for week, (days, lengths) in cases.items() if days}
    begun = time.monotonic()
    for week, (days_of, lengths_of) in arrays.items():
        numpy.busday_offset(days_of, lengths_of, roll="backward", busdaycal=bare[week])
    return time.monotonic() - begun

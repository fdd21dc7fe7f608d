"""`make bench`: how fast one tenant with 20,000 cases files, lists and shows; writes docs/performance.md.

A benchmark, never a test: it asserts nothing about time. It makes an instance of its own in build/, starts the web
part as the product does, measures from outside over HTTP, and removes everything.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy
from flask.testing import FlaskClient
from sqlalchemy import event

from apella.deadlines.engine import due
from apella.identity.sessions import COOKIE
from apella.regions.rules import RegionRules
from apella.testing.bare_filing import BareFiling
from apella.testing.bulk import BulkSeason, Filer, make_bulk_season
from apella.testing.bulk_clocks import Recounted, recounted
from apella.testing.live import LiveInstance, live_instance
from apella.testing.machine import Surroundings, surroundings
from apella.testing.wire import Answer, Visitor, sign_in
from apella.web.api import encode_cursor
from apella.web_app import create_app

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "performance.md"
CASES = 20_000
CLIENTS = 8
WARM_UP, AT_ONCE, BARE = 240, 600, 400
BARE_WARM_UP = 40
RATE, SECONDS = 30, 20
VIEWS = 200
OPEN_THREADS = 32
DEADLINES = 5_000
SEED = 11

Case = TypeVar("Case")


@dataclass(frozen=True)
class Timings:
    """How long each of some requests took, in milliseconds."""

    values: Sequence[float]

    def percentile(self, per_cent: int) -> float:
        """The time within which so many per cent were answered."""
        return statistics.quantiles(self.values, n=100, method="inclusive")[per_cent - 1]


@dataclass
class Results:
    """What was measured."""

    timings: dict[str, Timings] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    filings_per_second: float = 0.0
    bare_per_second: float = 0.0
    bare_rows: int = 0
    deadline: float = 0.0
    deadline_floor: float = 0.0
    clocks: Recounted | None = None

    @property
    def ratio(self) -> float:
        """Filings over HTTP to the same rows by one bare connection."""
        return self.filings_per_second / self.bare_per_second


class Failed(Exception):
    """A request was not answered as it must be: the figures would mean nothing."""


# --- Measuring --------------------------------------------------------------------------------------------------------


def ok(answer: Answer, wanted: int) -> None:
    """Raise Failed unless the answer has this status."""
    if answer.status != wanted:
        raise Failed(f"{answer.status}: {answer.body[:500].decode(errors='replace')}")


def milliseconds(act: Callable[[], object]) -> float:
    """How long an act takes."""
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def file_once(live: LiveInstance, season: BulkSeason, filer: Filer) -> uuid.UUID:
    """File one appeal as its participant, on a connection of its own; gives the case's id."""
    visitor = Visitor(live, slug=season.world.rules.slug, token=filer.token)
    try:
        answer = visitor.post("appeals", filer.application(), key=str(uuid.uuid4()))
    finally:
        visitor.close()
    ok(answer, 201)
    return uuid.UUID(answer.json["id"])


def file_at_once(file: Callable[[Filer], uuid.UUID], filers: Sequence[Filer]) -> tuple[float, Timings]:
    """Let CLIENTS file one after another, all at the same time; gives filings per second and their times."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        times = list(pool.map(lambda filer: milliseconds(partial(file, filer)), filers))
    return len(filers) / (time.perf_counter() - begun), Timings(times)


def file_as_they_come(file: Callable[[Filer], uuid.UUID], filers: Sequence[Filer]) -> Timings:
    """Let people come at random moments, RATE a second on average, whether or not earlier ones were answered.

    A time runs from the moment when the person came, so that waiting for a free client counts.
    """
    chance = random.Random(SEED)  # noqa: S311 the same each time
    moment, arrivals = 0.0, []
    for _ in filers:
        moment += chance.expovariate(RATE)
        arrivals.append(moment)
    begun = time.perf_counter()
    never = threading.Event()

    def come(arrival: float, filer: Filer) -> float:
        never.wait(max(0.0, arrival - (time.perf_counter() - begun)))
        file(filer)
        return (time.perf_counter() - begun - arrival) * 1000

    with ThreadPoolExecutor(OPEN_THREADS) as pool:
        return Timings(list(pool.map(come, arrivals, filers)))


def view(visitor: Visitor, paths: Sequence[str]) -> Timings | None:
    """Open addresses one after another; None where the product has no such page."""
    if visitor.get(paths[0]).status == 404:
        return None
    for path in paths[: VIEWS // 4]:
        ok(visitor.get(path), 200)
    times = []
    for path in paths:
        begun = time.perf_counter()
        answer = visitor.get(path)
        times.append((time.perf_counter() - begun) * 1000)
        ok(answer, 200)
    return Timings(times)


@contextmanager
def counted(live: LiveInstance, token: str) -> Iterator[tuple[FlaskClient, list[str]]]:
    """A client of the application in this process, and a list that fills with the SQL statements it causes."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    client = create_app(live.app).test_client()
    client.set_cookie(COOKIE, token)
    event.listen(live.app.database.engine, "before_cursor_execute", note)
    try:
        yield client, statements
    finally:
        event.remove(live.app.database.engine, "before_cursor_execute", note)


def statements_of_view(live: LiveInstance, token: str, address: str) -> int:
    """How many SQL statements an address takes once the process is warm."""
    with counted(live, token) as (client, statements):
        client.get(address)
        statements.clear()
        client.get(address)
        return len(statements)


def statements_of_filing(live: LiveInstance, season: BulkSeason, filers: Sequence[Filer]) -> int:
    """How many SQL statements a filing takes once the process is warm."""
    count = 0
    for filer in filers:
        visitor = Visitor(live, slug=season.world.rules.slug, token=filer.token)
        with counted(live, filer.token) as (client, statements):
            headers = {**visitor.headers, "Idempotency-Key": str(uuid.uuid4())}
            answer = client.post(visitor.address("appeals"), json=filer.application(), headers=headers)
            ok(Answer(answer.status_code, answer.data), 201)
            count = len(statements)
    return count


# --- What is measured -------------------------------------------------------------------------------------------------


def measure(live: LiveInstance, season: BulkSeason) -> Results:
    """Measure everything, filings first."""
    results = Results()
    file = partial(file_once, live, season)
    people: Iterator[Filer] = iter(season.filers)

    def take(count: int) -> list[Filer]:
        return [next(people) for _ in range(count)]

    say("one deadline")
    results.deadline, results.deadline_floor = one_deadline(season.world.rules)
    say(f"filing: {CLIENTS} clients at once")
    file_at_once(file, take(WARM_UP))  # every connection of every worker has to see each statement some times
    pattern = file(take(1)[0])
    results.filings_per_second, results.timings["filing, 8 clients at once"] = file_at_once(file, take(AT_ONCE))
    say("filing: one bare connection")
    results.bare_per_second, results.bare_rows = file_bare(live, season, pattern, take(BARE))
    say(f"filing: {RATE} a second")
    results.timings["filing, 30 a second"] = file_as_they_come(file, take(RATE * SECONDS))
    say("reading")
    for name, paths in addresses(season, surname=live.app.addresses.seal({"text": "Кор"})).items():
        visitor = sign_in(live, season.world.staff["secretary"])
        timings = view(visitor, paths)
        visitor.close()
        if timings is not None:
            results.timings[name] = timings
            results.statements[name] = statements_of_view(live, visitor.token, visitor.address(paths[0]))
    results.statements["filing, 30 a second"] = statements_of_filing(live, season, take(2))
    return results


def file_bare(live: LiveInstance, season: BulkSeason, pattern: uuid.UUID, filers: Sequence[Filer]) -> tuple[float, int]:
    """Write the same rows by one bare connection; gives filings per second and the rows of one."""
    with live.postgres.connect(user="app_rw") as connection:
        bare = BareFiling(connection, season.world.rules, pattern, subject_code="06")
        for filer in filers[:BARE_WARM_UP]:
            bare.file(filer)
        begun = time.perf_counter()
        for filer in filers[BARE_WARM_UP:]:
            bare.file(filer)
        return (len(filers) - BARE_WARM_UP) / (time.perf_counter() - begun), bare.rows


def addresses(season: BulkSeason, *, surname: str) -> dict[str, list[str]]:
    """What is opened: one address again and again for lists, many cases for theirs. `surname` is concealed."""
    slug = season.world.rules.slug
    chance = random.Random(SEED)  # noqa: S311 the same each time
    cases = [str(chance.choice(season.cases)[0]) for _ in range(VIEWS)]
    middle, filed_at = season.cases[len(season.cases) // 2]
    deep = encode_cursor({"at": filed_at.isoformat(), "id": str(middle)})
    filters = ("state=registered", "state=closed&kind=score", "owed=hearing.schedule", "subject=01")
    of_pages = (*filters, f"q={surname}")
    return {
        "journal (API), first page": ["appeals"] * VIEWS,
        "journal (API), filtered": [f"appeals?{filters[n % len(filters)]}" for n in range(VIEWS)],
        "journal (API), deep page": [f"appeals?cursor={deep}"] * VIEWS,
        "journal (console), first page": [f"/{slug}/journal"] * VIEWS,
        "journal (console), filtered": [f"/{slug}/journal?{of_pages[n % len(of_pages)]}" for n in range(VIEWS)],
        "journal (console), deep page": [f"/{slug}/journal?after={deep}"] * VIEWS,
        "case (API)": [f"appeals/{case}" for case in cases],
        "case (console)": [f"/{slug}/cases/{case}" for case in cases],
        "start page (console)": [f"/{slug}/"] * VIEWS,
    }


def one_deadline(rules: RegionRules) -> tuple[float, float]:
    """How long one deadline takes, and the same by a bare numpy: medians in microseconds of the same cases, warm."""
    calendar, zone, term = rules.calendar, rules.zone, rules.terms["score.consideration"]
    week, length = term.week or 5, term.length or 0
    chance = random.Random(SEED)  # noqa: S311 the same each time
    span = int((calendar.last - calendar.first).total_seconds() // 60) - 60 * 24 * 90
    begins = datetime.combine(calendar.first, datetime.min.time(), zone)
    starts = [begins + timedelta(minutes=chance.randrange(span)) for _ in range(DEADLINES)]
    every_day = (calendar.first + timedelta(days=shift) for shift in range((calendar.last - calendar.first).days + 1))
    off = [numpy.datetime64(day) for day in every_day if not calendar.is_working(day, week)]
    bare = numpy.busdaycalendar(weekmask="1111111", holidays=off)

    def ours(start: datetime) -> object:
        return due(term, events={"registered": start}, calendar=calendar, zone=zone)

    def floor(day: numpy.datetime64) -> numpy.datetime64:
        return numpy.busday_offset(day, length, roll="backward", busdaycal=bare)

    days = [numpy.datetime64(start.date()) for start in starts]
    for start, day in zip(starts, days, strict=True):
        last = date.fromisoformat(str(floor(day)))
        if ours(start) != datetime.combine(last + timedelta(days=1), datetime.min.time(), zone):
            raise Failed(f"a deadline from {start} is not the one that numpy counts")
    return median(ours, starts), median(floor, days)


def median(act: Callable[[Case], object], cases: Sequence[Case]) -> float:
    """The median time of an act over some cases, in microseconds."""
    return statistics.median(milliseconds(partial(act, case)) * 1000 for case in cases)


# --- The report -------------------------------------------------------------------------------------------------------

AIMS = {
    "filing, 30 a second": 50,
    "journal (API), first page": 150,
    "journal (API), filtered": 150,
    "journal (API), deep page": 150,
    "journal (console), first page": 150,
    "journal (console), filtered": 150,
    "journal (console), deep page": 150,
    "case (API)": 120,
    "case (console)": 120,
}
"""The 95th percentile that we want at most, in milliseconds."""
RATIO_AIM = 0.3
DEADLINE_AIM = 20


def table(results: Results) -> str:
    """The figures as a table of Markdown."""
    lines = ["| what | p50, ms | p95, ms | aim for p95 | SQL statements |", "|---|---:|---:|---:|---:|"]
    for name, timings in results.timings.items():
        aim = f"≤ {AIMS[name]}" if name in AIMS else ""
        count = results.statements.get(name, "")
        lines.append(f"| {name} | {timings.percentile(50):.0f} | {timings.percentile(95):.0f} | {aim} | {count} |")
    return "\n".join(lines)


def report(results: Results, on: Surroundings) -> str:
    """The text of docs/performance.md."""
    at_once, bare = results.filings_per_second, results.bare_per_second
    return f"""# How fast it is

Written by `make bench`; do not edit. Measured on {on}.

One tenant with {CASES:,} cases; PostgreSQL with fsync and synchronous commits, the web part as `apella up`
starts it (two gunicorn workers), and the client that measures share this machine. Relay and worker do not run.

**{at_once:.0f} filings a second** over HTTP by {CLIENTS} clients. One bare connection writes the same
{results.bare_rows} rows, one transaction for each filing, {bare:.0f} times a second.
**Ratio {results.ratio:.2f}** (aim: at least {RATIO_AIM}).

{table(results)}

**One deadline: {results.deadline:.1f} µs** (aim: at most {DEADLINE_AIM}); `numpy.busday_offset` alone takes
{results.deadline_floor:.1f} µs. **Ratio {results.deadline / results.deadline_floor:.1f}.**

{results.clocks}
- One deadline: four working days from a moment, of {DEADLINES:,} moments in all years of the calendar; the median,
  warm, without the trace. Each result is compared with numpy's, which is given the day and counts no hours and no zone.
- Filing: `POST /api/v1/{{tenant}}/appeals` with `Idempotency-Key`, each by another participant on a connection of its
  own. At {RATE} a second people come at random moments for {SECONDS} s, answered or not; a time runs from the moment
  when a person came.
- Lists and pages: {VIEWS} requests one after another as the secretary. Filters in turn: state, state and kind, owed
  step, subject; in the console the beginning of a surname too. The deep page begins in the middle of the journal;
  the cases are drawn at random.
- SQL statements: of one warm request, sign-in, tenant and clock included.
"""


def say(text: str) -> None:
    """Tell who waits what is going on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Measure, print the table and write the report."""
    on = surroundings(ROOT)
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    try:
        with live_instance(folder) as live:
            say(f"making a season with {CASES} cases")
            with live.postgres.connect(user="postgres") as connection:
                season = make_bulk_season(
                    live.app, connection, cases=CASES, filers=WARM_UP + 1 + AT_ONCE + BARE + RATE * SECONDS + 2
                )
            live.start("web")
            results = measure(live, season)
            results.clocks = recounted(live, season, number=100_000)
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = report(results, on)
    REPORT.write_text(text, encoding="utf-8")
    say(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""People file while the web's workers and PostgreSQL are killed: each appeal is there, and there once (T7.4)."""

from __future__ import annotations

import http.client
import select
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import LiteralString

import pytest

from apella.testing.bulk import BulkSeason, Filer, make_bulk_season
from apella.testing.embedded import wait_until
from apella.testing.live import LiveInstance
from apella.testing.sizes import figure, size
from apella.testing.wire import Answer, Visitor

FILINGS = size("filings", small=30, full=5_000)
KILLS = size("kills_at_least", small=4, full=20)
SECONDS_BETWEEN_KILLS = size("seconds_between_kills", small=1, full=5)
CLIENTS = 6
EVERY_TENTH = 10
PAUSE_MILLISECONDS = 100
PATIENCE_SECONDS = 120
"""How long one filing is tried again before the trial counts it as lost."""


@dataclass
class Fire:
    """What the clients saw: `receipts` by key, and `odd` answers that no client may get. They file until `quenched`."""

    receipts: dict[str, dict[str, str]] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    quenched: threading.Event = field(default_factory=threading.Event)

    def more_than(self, before: int) -> Callable[[], bool]:
        """Whether more was answered than `before`, or something went wrong."""
        return lambda: len(self.receipts) > before or bool(self.odd)

    def keep(self, key: str, answer: Answer | None) -> None:
        """Keep what a client was told."""
        with self.lock:
            if answer is not None and answer.status == 201:
                self.receipts[key] = answer.json
            else:
                self.odd.append("no answer" if answer is None else f"{answer.status} {answer.body.decode()}")

    def again(self, why: str) -> None:
        """Count why a client had to send its filing again."""
        with self.lock:
            self.retries[why] += 1


@pytest.mark.proof("T7.4")
def test_no_filing_is_lost_or_doubled_under_fire(
    web: LiveInstance, dump_chains: Callable[[], Path], verify_chains: Callable[[Path], CompletedProcess[str]]
) -> None:
    with web.postgres.connect(user="postgres") as connection:
        season = make_bulk_season(web.app, connection, cases=0, filers=10 * FILINGS)
    fire, filers = Fire(), iter(enumerate(season.filers))  # next() of an enumerate is one step of the interpreter
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(file_under_fire, web, fire, filers) for _ in range(CLIENTS)]
        kills = kill_in_turn(web, fire, clients)
        filed = sum(client.result() for client in clients)

    assert fire.odd == []
    assert len(fire.receipts) == filed
    assert_each_once(web, season, fire)
    verdict = verify_chains(dump_chains())
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    figure("filed", filed)
    figure("killed", f"{kills['web']} web workers, {kills['postgres']} times PostgreSQL")
    figure("sent again", ", ".join(f"{why}: {times}" for why, times in sorted(fire.retries.items())))


def kill_in_turn(web: LiveInstance, fire: Fire, clients: Sequence[Future[int]]) -> dict[str, int]:
    """Kill a worker of the web, then PostgreSQL, and so on, until enough was filed; say how often each.

    Between two kills somebody must have got an answer: a service that is killed faster than it starts proves nothing.
    """
    kills = {"web": 0, "postgres": 0}
    while sum(kills.values()) < KILLS or len(fire.receipts) < FILINGS:
        if wait(clients, timeout=SECONDS_BETWEEN_KILLS, return_when=FIRST_COMPLETED).done:
            break  # a client never ends before it is told to, but by a fault
        if sum(kills.values()) % 2:
            web.crash_postgres()
            kills["postgres"] += 1
        else:
            web.kill_web_worker(kills["web"])
            kills["web"] += 1
        wait_until(fire.more_than(len(fire.receipts)), seconds=2 * PATIENCE_SECONDS)
    fire.quenched.set()
    return kills


def file_under_fire(web: LiveInstance, fire: Fire, filers: Iterator[tuple[int, Filer]]) -> int:
    """File one appeal after another, each again with the same key until it is answered; say how many."""
    filed = 0
    while not fire.quenched.is_set():
        number, filer = next(filers)
        key = str(uuid.uuid4())
        visitor = Visitor(web, slug="north", token=filer.token)
        try:
            fire.keep(key, answered(visitor, filer, key, fire, reset=number % EVERY_TENTH == 0))
        finally:
            visitor.close()
        filed += 1
    return filed


def answered(visitor: Visitor, filer: Filer, key: str, fire: Fire, *, reset: bool) -> Answer | None:
    """Send the filing until something other than a fault of the server comes back; None when nothing ever does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = select.poll()
    while time.monotonic() < deadline:
        try:
            if reset:
                reset = False
                visitor.post_and_reset("appeals", filer.application(), key=key)
                fire.again("reset by the client")
            answer = visitor.post("appeals", filer.application(), key=key)
            if answer.status < 500:
                return answer
            fire.again(str(answer.status))
        except (OSError, http.client.HTTPException):
            visitor.close()
            fire.again("no connection")
        pause.poll(PAUSE_MILLISECONDS)
    return None


def assert_each_once(web: LiveInstance, season: BulkSeason, fire: Fire) -> None:
    """Compare what was answered with what is there, row by row."""
    with web.postgres.connect(user="app_ops") as connection:

        def rows(query: LiteralString) -> list[tuple[object, ...]]:
            return connection.execute(query, {"season": season.world.season_id}).fetchall()

        there = {
            str(case): (receipt, journal)
            for case, receipt, journal in rows(
                "select id, receipt_number, journal_number from appeal where season_id = %(season)s"
            )
        }
        assert there == {
            receipt["id"]: (receipt["receipt_number"], receipt["journal_number"]) for receipt in fire.receipts.values()
        }
        filed = len(there)
        assert rows("select series, last from number_counter where season_id = %(season)s order by series") == [
            ("receipt", filed),
            ("score", filed),
        ]
        assert rows("select count(*) from task where season_id = %(season)s") == [(3 * filed,)]
        assert rows(
            "select count(*), count(distinct case_id) from audit_event"
            " where season_id = %(season)s and tag = 'appeal:state:file'"
        ) == [(filed, filed)]

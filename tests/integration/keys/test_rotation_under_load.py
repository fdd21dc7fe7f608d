"""A key is changed while people work, who hardly notice; whoever changes it may be killed at any moment (T6.4)."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from apella.bootstrap import App
from apella.embedded.postgres_files import SUPERUSER
from apella.identity.vault import Vaults
from apella.testing.postgres import SharedCluster
from apella.testing.sealed_registry import FIELDS, Registry
from apella.testing.sizes import PROOF, figure, size

VALUES = size("T6.4 values", small=6_000, full=1_000_000)
KILLS = size("T6.4 kills", small=2, full=10)
WINDOW = size("T6.4 reads of a window", small=40, full=2_000)
MOST_RISE = 1.20


@dataclass
class Load:
    """People who read and write while the key is changed; `times` are seconds of each read."""

    registry: Registry
    times: list[float] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    refused: int = 0
    written: int = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Two readers and two writers; each writer has people of its own."""
        ended = Event()
        ids = list(self.registry.given)
        threads = [Thread(target=self._go, args=(self._reader, ids, ended, seed)) for seed in range(2)]
        threads += [Thread(target=self._go, args=(self._writer, ids[seed::2], ended, seed)) for seed in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(30)
        assert not [thread for thread in threads if thread.is_alive()]

    def window(self, reads: int) -> float:
        """Wait for so many reads more; returns their 95th percentile in milliseconds."""
        first = len(self.times)
        until(lambda: len(self.times) >= first + reads or self.failed)
        return p95(self.times[first:])

    def _go(self, work: Callable[[Sequence[uuid.UUID], Event, int], None], ids: Any, ended: Event, seed: int) -> None:
        try:
            work(ids, ended, seed)
        except BaseException as error:  # noqa: BLE001 a thread's failure is the test's
            self.failed.append(error)

    def _reader(self, ids: Sequence[uuid.UUID], ended: Event, seed: int) -> None:
        vaults, chance = Vaults(self.registry.app.master), random.Random(seed)  # noqa: S311 who is read, no secret
        while not ended.wait(0.005):
            began = time.monotonic()
            self.registry.read(vaults, chance.choice(ids))
            self.times.append(time.monotonic() - began)

    def _writer(self, ids: Sequence[uuid.UUID], ended: Event, seed: int) -> None:
        vaults, chance = Vaults(self.registry.app.master), random.Random(seed)  # noqa: S311 who is read, no secret
        turn = 0
        while not ended.wait(0.02):
            turn += 1
            if turn % 20 == 0:
                # A minute has passed, and this process asks for the keys again.
                vaults = Vaults(self.registry.app.master)
            somebody, phone = chance.choice(ids), f"+7902{chance.randrange(10**7):07d}"
            try:
                self.registry.write(vaults, somebody, phone)
                self.written += 1
            except OperationalError as error:
                if "no data key" not in str(error):
                    raise
                # A key that was destroyed under a process whose minute has not passed: this one begins anew.
                self.refused += 1
                vaults = Vaults(self.registry.app.master)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile in milliseconds."""
    return statistics.quantiles(times, n=20)[-1] * 1000


class Command:
    """`apella keys rotate` in a process of its own, told line by line."""

    def __init__(self, app: App, *more: str) -> None:
        environment = {
            **os.environ,
            "APELLA_HOME": str(app.settings.home),
            "APELLA_TENANTS": str(app.settings.home.parent / "tenants"),
            "APELLA_DATABASE_URL": app.settings.database_url or "",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "apella.cli", "keys", "rotate", "--tenant", "north", *more],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def has_begun(self) -> None:
        """Wait until it changes keys."""
        stream = self.process.stdout
        assert stream is not None
        assert "Меняем ключ" in stream.readline()

    def kill(self) -> None:
        """End it in the middle of whatever it does, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=20)

    def end(self) -> str:
        """Wait for its end; returns what it said."""
        said, _ = self.process.communicate(timeout=2400)
        assert self.process.returncode == 0, said
        return said


@pytest.mark.proof("T6.4")
def test_a_key_is_changed_under_load_and_killed_at_many_points(
    own: App, registry: Registry, cluster: SharedCluster
) -> None:
    filled_in = time.monotonic()
    registry.fill(VALUES // len(FIELDS))
    figure("T6.4 seconds to fill", time.monotonic() - filled_in)
    load, quiet, beside = Load(registry), list[float](), list[float]()
    with load.running():
        load.window(WINDOW)
        for _ in range(KILLS):
            # In turn, so that whatever else the machine does weighs on both alike.
            quiet.append(load.window(WINDOW))
            command = Command(own)
            command.has_begun()
            beside.append(load.window(WINDOW))
            command.kill()
        assert registry.versions() == {1, 2}
        # As if two minutes had passed since the key was made.
        with cluster.address.connect(user=SUPERUSER, dbname=dbname_of(own)) as connection:
            connection.execute("UPDATE data_key SET made_at = made_at - interval '5 minutes'")
        left, first, said_at = registry.older(2), len(load.times), time.monotonic()
        assert "действует ключ 2" in Command(own, "--fast").end()
        seconds, fast = time.monotonic() - said_at, p95(load.times[first:])
    assert load.failed == []
    assert load.written > 0
    assert registry.versions() == {2}
    assert registry.wrong(2) == []
    rise = statistics.median(beside) / statistics.median(quiet)
    figure("T6.4 reads", len(load.times))
    figure("T6.4 failed reads", len(load.failed))
    figure("T6.4 writes", load.written)
    figure("T6.4 writes refused and repeated", load.refused)
    figure("T6.4 p95 ms of a quiet window (median)", statistics.median(quiet))
    figure("T6.4 p95 ms of a window beside (median)", statistics.median(beside))
    figure("T6.4 rise of p95", f"{rise - 1:+.1%}")
    figure("T6.4 values changed by what was killed", VALUES - left * len(FIELDS))
    figure("T6.4 seconds of the last run, which does not rest", seconds)
    figure("T6.4 p95 ms beside it", fast)
    assert rise < MOST_RISE or not PROOF


def until(reached: Callable[[], object], *, seconds: float = 300) -> None:
    """Wait for a condition."""
    given_up = time.monotonic() + seconds
    pause = Event()
    while not reached():
        assert time.monotonic() < given_up, "it did not come to that"
        pause.wait(0.05)


def dbname_of(app: App) -> str:
    """The name of the application's database."""
    return str(make_url(app.settings.database_url or "").database)

"""The parts of a running instance: started, watched, started again, stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from apella.embedded.children import ChildSpec
from apella.embedded.home import Home
from apella.embedded.logs import log_file, open_log, rotate
from apella.embedded.processes import end_all, end_child, in_session, spawn
from apella.embedded.record import write_whole
from apella.embedded.refusals import InstanceRefused
from apella.embedded.signals import StopSignals
from apella.errors import ApellaError

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
# A part that lived this long did start: the next failure is a new one.
_STEADY_SECONDS = 60
_TRIES_BEFORE_READY = 4
_HEALTH_LOOK_SECONDS = 0.1
_LOG_LOOK_SECONDS = 10.0


class Server(Protocol):
    """A part that has an owner; `spawn` starts it again."""

    process: subprocess.Popen[bytes] | None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it without waiting for it."""
        ...


@dataclass(kw_only=True)
class Part:
    """A process to keep alive. Times are of the monotonic clock; `due` is when to start it again."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[], bool] | None = None
    health_url: str | None = None
    process: subprocess.Popen[bytes] | None = None
    descriptor: int = -1
    started: float = 0
    due: float | None = None
    failures: int = 0
    restarts: int = 0


class Parts:
    """Keeps the parts alive until a stop is asked for. `say` tells a person what happens."""

    def __init__(self, home: Home, *, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        self._parts: list[Part] = []
        self._ready = False
        self._logs_due = 0.0

    def adopt(self, name: str, server: Server) -> None:
        """Watch a server that runs already and that somebody else will stop."""
        part = Part(name=name, start=server.spawn)
        self._parts.append(part)
        self._runs(part, server.process or part.start())

    def start(self, specs: Sequence[ChildSpec], *, mark: str) -> None:
        """Start children, the last first: they stop in the order given."""
        for spec in reversed(specs):
            part = Part(name=spec.name, start=partial(self._spawn, spec, mark=mark), health_url=spec.health_url)
            part.stop = partial(_end, part, seconds=spec.stop_seconds)
            self._parts.append(part)
            self._runs(part, part.start())

    def _spawn(self, spec: ChildSpec, *, mark: str) -> subprocess.Popen[bytes]:
        with open_log(self._home, spec.name) as log:
            return spawn(
                spec.argv,
                mark=mark,
                output=log,
                # A gentle signal: a part's master takes its workers along; the guard ends what does not follow.
                death_signal=signal.SIGTERM,
                cwd=self._home.run,
                environment=spec.env,
            )

    def watch(self, signals: StopSignals, *, on_ready: Callable[[], None]) -> None:
        """Keep the parts alive until a stop is asked for; call `on_ready` once, when all health addresses answer.

        Raises InstanceRefused when a part ends four times before that.
        """
        self._write_state()
        while not signals.requested:
            self._wait(signals)
            self._restart_due()
            if not self._ready and all(_healthy(part.health_url) for part in self._parts if part.health_url):
                self._ready = True
                self._write_state()
                on_ready()
            if time.monotonic() >= self._logs_due:
                self._logs_due = time.monotonic() + _LOG_LOOK_SECONDS
                for part in self._parts:
                    # A log that cannot be put aside now, on a full disk or without rights, waits for the next look.
                    with contextlib.suppress(OSError):
                        rotate(self._home, part.name)

    def stop(self) -> None:
        """Stop the children, in their order; each is given its time and then killed with all its processes."""
        for part in reversed(self._parts):
            if part.stop is not None and part.process is not None and not part.stop():
                self._say(f"Часть {part.name} не остановилась вовремя и завершена принудительно.")
            self._forget(part)
        self._home.run.joinpath("state.json").unlink(missing_ok=True)

    def _wait(self, signals: StopSignals) -> None:
        poll = select.poll()
        poll.register(signals.descriptor, select.POLLIN)
        for part in self._parts:
            if part.descriptor >= 0:
                poll.register(part.descriptor, select.POLLIN)
        dates = [self._logs_due, *(part.due for part in self._parts if part.due is not None)]
        wait = max(0.0, min(dates) - time.monotonic())
        poll.poll(1000 * (wait if self._ready else min(wait, _HEALTH_LOOK_SECONDS)))
        for part in self._parts:
            if part.process is not None and part.process.poll() is not None:
                self._ended(part)

    def _ended(self, part: Part) -> None:
        code = part.process.returncode if part.process else None
        if part.process is not None:
            # Its own children would hold its port or its files against its successor.
            leader = part.process.pid
            end_all(lambda: in_session(leader))
        self._forget(part)
        if time.monotonic() - part.started > _STEADY_SECONDS:
            part.failures = 0
        self._failed(part, f"остановилась (код {code})")

    def _failed(self, part: Part, how: str) -> None:
        part.failures += 1
        log = log_file(self._home, part.name)
        if not self._ready and part.failures >= _TRIES_BEFORE_READY:
            raise InstanceRefused(
                f"Часть {part.name} не запускается. Причина — в конце файла {log}.", code="instance.part_failed"
            )
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (part.failures - 1), _LONGEST_PAUSE_SECONDS)
        part.due = time.monotonic() + pause
        self._say(f"Часть {part.name} {how}, запускаю снова через {pause:g} с. Подробности: {log}.")

    def _restart_due(self) -> None:
        for part in self._parts:
            if part.due is not None and part.due <= time.monotonic():
                part.due = None
                part.restarts += 1
                part.started = time.monotonic()
                try:
                    self._runs(part, part.start())
                except (OSError, ApellaError) as error:
                    self._failed(part, f"не запустилась ({error})")
                self._write_state()

    def _runs(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        part.process = process
        part.started = time.monotonic()
        part.descriptor = os.pidfd_open(process.pid)

    def _forget(self, part: Part) -> None:
        part.process = None
        if part.descriptor >= 0:
            os.close(part.descriptor)
            part.descriptor = -1

    def _write_state(self) -> None:
        state = {
            "ready": self._ready,
            "parts": {
                part.name: {"pid": part.process.pid if part.process else None, "restarts": part.restarts}
                for part in self._parts
            },
        }
        # Only `apella status` reads it, and a full disk must not stop what still runs.
        with contextlib.suppress(OSError):
            write_whole(self._home.run / "state.json", json.dumps(state))


def _end(part: Part, *, seconds: float) -> bool:
    return part.process is None or end_child(part.process, signal.SIGTERM, seconds=seconds)


def _healthy(url: str) -> bool:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=2)
    try:
        connection.request("GET", address.path or "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

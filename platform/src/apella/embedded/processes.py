"""Processes of one instance: how they are started, recognised and ended.

A child leads a session of its own, and the kernel signals it when the supervisor dies. A child's children may outlive
it, so everything started for a run carries the run's mark in its environment, and PostgreSQL, which overwrites its
environment, is recognised by its working directory.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apella.embedded.refusals import InstanceRefused
from apella.errors import ConfigurationError

RUN_MARK = "APELLA_RUN"
_ZOMBIE = "Z"
_DEAD = "X"


@dataclass(frozen=True, kw_only=True)
class ProcessEntry:
    """One row of the process table; `session` is the id of the session's leader."""

    pid: int
    name: str
    state: str
    session: int


def spawn(
    argv: Sequence[str | Path],
    *,
    mark: str,
    output: BinaryIO | int,
    death_signal: signal.Signals,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that gets `death_signal` when the thread that called this ends.

    `prefix` is put before everything else (a user namespace, for instance); `environment` is added to ours.
    Raises ConfigurationError when the machine lacks util-linux.
    """
    command = [*prefix, "setpriv", "--pdeathsig", death_signal.name.removeprefix("SIG"), "--", *map(str, argv)]
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(environment or {}), RUN_MARK: mark},
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"Не найдена программа {error.filename}: установите пакет util-linux.", code="binaries.missing"
        ) from error


def process_table() -> list[ProcessEntry]:
    """Read the living processes of this machine from /proc; those that ended but were not reaped are left out."""
    entries = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            head, _, tail = (folder / "stat").read_text(errors="replace").rpartition(")")
            fields = tail.split()
            if fields[0] not in (_ZOMBIE, _DEAD):
                name = head.partition("(")[2]
                entries.append(ProcessEntry(pid=int(folder.name), name=name, state=fields[0], session=int(fields[3])))
    return entries


def in_session(leader: int) -> list[int]:
    """The living processes of the session that `leader` leads or led."""
    return [entry.pid for entry in process_table() if entry.session == leader]


def marked(mark: str) -> list[int]:
    """The living processes of the run with this mark, the caller left out."""
    wanted = f"{RUN_MARK}={mark}".encode()
    found = []
    for entry in process_table():
        with contextlib.suppress(OSError):
            environment = Path(f"/proc/{entry.pid}/environ").read_bytes().split(b"\0")
            if wanted in environment and entry.pid != os.getpid():
                found.append(entry.pid)
    return found


def serving(data: Path) -> list[int]:
    """The living processes of PostgreSQL that work in the data folder `data`."""
    found = []
    for entry in process_table():
        if entry.name == "postgres":
            with contextlib.suppress(OSError):
                if Path(f"/proc/{entry.pid}/cwd").samefile(data):
                    found.append(entry.pid)
    return found


def end_all(find: Callable[[], Collection[int]], *, seconds: float = 10) -> None:
    """Kill what `find` finds until it finds nothing. Raises InstanceRefused when something outlives the kill."""
    deadline = time.monotonic() + seconds
    while pids := find():
        if time.monotonic() > deadline:
            raise InstanceRefused(
                f"Не удаётся остановить процессы прежнего запуска: {', '.join(map(str, sorted(pids)))}."
                " Завершите их сами и повторите.",
                code="instance.orphans",
            )
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _kill_and_wait(pid, seconds=1)


def _kill_and_wait(pid: int, *, seconds: float) -> None:
    # The descriptor names this very process, even when its number is given to another one meanwhile.
    descriptor = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(int(seconds * 1000))
    finally:
        os.close(descriptor)


def end_child(child: subprocess.Popen[bytes], stop_signal: signal.Signals, *, seconds: float) -> bool:
    """Ask a child to stop, wait, then kill its whole session. Returns whether it stopped by itself in time."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, stop_signal)
    in_time = True
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        in_time = False
        child.kill()
        child.wait()
    end_all(lambda: in_session(child.pid))
    return in_time

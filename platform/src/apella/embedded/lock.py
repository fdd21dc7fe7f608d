"""The lock of a home: one process at a time owns an instance, and anybody may read which."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from apella.embedded.home import Home
from apella.embedded.processes import end_all, marked, serving
from apella.embedded.refusals import InstanceRefused

_RECORD_BYTES = 512
# `apella status` holds the lock for the moment of a look.
_PATIENCE_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds, or held last, the lock of a home; `mark` marks the processes of that run."""

    pid: int
    command: str
    mark: str


@contextmanager
def locked(home: Home, *, command: str) -> Iterator[Holder]:
    """Hold the home's lock as `command`, after what the last holder left alive was ended.

    The lock goes with the process, so a killed holder never blocks the next one. Raises InstanceRefused naming the
    process that holds the lock.
    """
    home.make()
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(home, descriptor)
        last = _read(home)
        # The last run's guard bears its mark too: it must not wake up later and end what we start.
        end_all(lambda: {*(marked(last.mark) if last else ()), *serving(home.data)})
        holder = Holder(pid=os.getpid(), command=command, mark=secrets.token_hex(16))
        _sign(descriptor, holder)
        yield holder
    finally:
        os.close(descriptor)


def _take(home: Home, descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _held(home) from None
            time.sleep(_PATIENCE_SECONDS / 10)
        else:
            return


def _sign(descriptor: int, holder: Holder) -> None:
    record = json.dumps({"pid": holder.pid, "command": holder.command, "mark": holder.mark})
    # In place and in one write, so that a kill leaves the old record or the new one.
    os.pwrite(descriptor, record.encode().ljust(_RECORD_BYTES), 0)


def holder_now(home: Home) -> Holder | None:
    """Who holds the lock at this moment; None when nobody does."""
    try:
        descriptor = os.open(home.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(home)
    finally:
        os.close(descriptor)
    return None


def _read(home: Home) -> Holder | None:
    try:
        record = json.loads(home.lock.read_text())
        return Holder(pid=int(record["pid"]), command=str(record["command"]), mark=str(record["mark"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held(home: Home) -> InstanceRefused:
    holder = _read(home)
    if holder is None:
        who, pid = "другая команда apella", None
    else:
        who, pid = f"команда apella {holder.command}, процесс {holder.pid}", holder.pid
    return InstanceRefused(
        f"С папкой данных {home.root} уже работает {who}. Дождитесь её конца, остановите её"
        f"{f' (kill {pid})' if pid else ''} или укажите другую папку: APELLA_HOME=/путь/к/папке.",
        code="instance.locked",
        pid=pid,
        command=holder.command if holder else None,
    )

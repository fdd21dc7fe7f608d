"""A log per part. A part writes its file itself, so that nothing it says is lost with the supervisor."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from apella.embedded.home import Home

LOG_BYTES = 10 * 1024 * 1024
KEPT_LOGS = 3


def log_file(home: Home, part: str) -> Path:
    """Where the part's log lies; older pieces stand beside it as .1, .2 …"""
    return home.logs / f"{part}.log"


def open_log(home: Home, part: str) -> BinaryIO:
    """Open the part's log for appending, to be handed to the part as its output."""
    descriptor = os.open(log_file(home, part), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb", buffering=0)


def rotate(home: Home, part: str, *, limit: int = LOG_BYTES) -> None:
    """Put a log that outgrew `limit` bytes aside and go on with an empty one.

    The part keeps its open file, so the content is copied and cut: what it says in between is lost, nothing else.
    On a full disk the copy is given up, for the room.
    """
    log = log_file(home, part)
    if not log.exists() or log.stat().st_size <= limit:
        return
    pieces = [log.with_name(f"{log.name}.{number}") for number in range(1, KEPT_LOGS + 1)]
    for older, newer in zip(reversed(pieces), reversed(pieces[:-1]), strict=False):
        if newer.exists():
            newer.replace(older)
    try:
        shutil.copyfile(log, pieces[0])
    except OSError:
        pieces[0].unlink(missing_ok=True)
    os.truncate(log, 0)

"""A short private folder for sockets: a socket's path may have 107 bytes, and homes lie deep."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from apella.embedded.home import Home
from apella.embedded.refusals import InstanceRefused

_SOCKET_PATH_LIMIT = 107
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


def runtime_folder(home: Home) -> Path:
    """Make or find the home's folder for sockets, open to its owner only; the same home always gets the same one.

    Raises InstanceRefused when somebody else made a folder of that name, or every candidate is too long.
    """
    for candidate in _candidates(home):
        if len(os.fsencode(candidate / _LONGEST_SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            candidate.mkdir(mode=0o700, exist_ok=True)
            _check_private(candidate, home)
            return candidate
    raise InstanceRefused(
        "Имена папок временных файлов слишком длинны для сокетов. Укажите короткую: TMPDIR=/tmp.",
        code="instance.runtime_folder",
    )


def leave_runtime_folder(home: Home) -> None:
    """Remove the home's folder for sockets, unless something still listens there."""
    with contextlib.suppress(OSError):
        runtime_folder(home).rmdir()


def _candidates(home: Home) -> list[Path]:
    name = hashlib.sha256(os.fsencode(home.root.resolve())).hexdigest()[:12]
    user = os.geteuid()
    candidates = [Path(tempfile.gettempdir(), f"apella-{user}-{name}"), Path("/tmp", f"apella-{user}-{name}")]  # noqa: S108 the folder itself is private and its owner is checked
    system = os.environ.get("XDG_RUNTIME_DIR")
    if system and Path(system).is_dir() and Path(system).stat().st_uid == user:
        candidates.insert(0, Path(system, f"apella-{name}"))
    return candidates


def _check_private(folder: Path, home: Home) -> None:
    status = folder.lstat()
    ours = status.st_uid in (os.geteuid(), home.root.stat().st_uid)
    if not stat.S_ISDIR(status.st_mode) or not ours or stat.S_IMODE(status.st_mode) & 0o077:
        raise InstanceRefused(
            f"Папка {folder} нужна для сокетов, но она чужая или открыта другим. Удалите её и повторите.",
            code="instance.runtime_folder",
        )

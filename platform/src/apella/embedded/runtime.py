"""A short private folder for sockets: a socket's path may have 107 bytes, and homes lie deep."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from apella.embedded.home import Home
from apella.embedded.refusals import InstanceRefused

_SOCKET_PATH_LIMIT = 107
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"


def runtime_folder(home: Home) -> Path:
    """Make or find the home's folder for sockets, open to its owner only; the same home always gets the same one.

    Raises InstanceRefused when somebody else made a folder of that name, or every candidate is too long.
    """
    for candidate in _candidates(home):
        if len(os.fsencode(candidate / POSTGRES_SOCKET)) <= _SOCKET_PATH_LIMIT:
            candidate.mkdir(mode=0o700, exist_ok=True)
            _check_private(candidate, home)
            return candidate
    raise InstanceRefused(
        "Имена папок временных файлов слишком длинны для сокетов. Укажите короткую: TMPDIR=/tmp.",
        code="instance.runtime_folder",
    )


def leave_runtime_folder(home: Home) -> None:
    """Remove the home's folder for sockets with what killed servers left there, unless something still listens."""
    for folder in _candidates(home):
        with contextlib.suppress(OSError, InstanceRefused):
            _check_private(folder, home)
            if not any(_listens(folder / name) for name in (POSTGRES_SOCKET, REDIS_SOCKET)):
                for name in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock", REDIS_SOCKET):
                    (folder / name).unlink(missing_ok=True)
                folder.rmdir()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True


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

"""PostgreSQL refuses to run as root: whom it runs as when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apella.embedded.binaries import postgres_program
from apella.embedded.home import Home
from apella.embedded.refusals import InstanceRefused

_NAMESPACE = ("unshare", "--user")


@dataclass(frozen=True, kw_only=True)
class Unprivileged:
    """How a program of PostgreSQL is started: `prefix` stands before it, `owner` (uid, gid) must own its files."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def give(self, path: Path) -> None:
        """Hand a file or folder that we made over to the one who will use it."""
        if self.owner is not None:
            os.chown(path, *self.owner)


def unprivileged(home: Home) -> Unprivileged:
    """Choose whom PostgreSQL runs as: ourselves; as root a user namespace, else the owner of the home.

    Raises InstanceRefused when we are root and neither works.
    """
    if os.geteuid() != 0:
        return Unprivileged()
    # initdb asks for the name of its user, so the number must have one; every Linux has «nobody».
    nobody = pwd.getpwnam("nobody")
    namespace = Unprivileged(prefix=(*_NAMESPACE, f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"))
    if _works(namespace):
        return namespace
    status = home.root.stat()
    if status.st_uid != 0:
        owner = Unprivileged(
            prefix=("setpriv", f"--reuid={status.st_uid}", f"--regid={status.st_gid}", "--clear-groups"),
            owner=(status.st_uid, status.st_gid),
        )
        if _works(owner):
            return owner
    raise InstanceRefused(
        "PostgreSQL не работает под root, а пространства имён пользователей здесь запрещены. Запустите Apella обычным"
        f" пользователем или назначьте его владельцем папки данных: chown ПОЛЬЗОВАТЕЛЬ {home.root}.",
        code="instance.root",
    )


def _works(choice: Unprivileged) -> bool:
    probe = [*choice.prefix, str(postgres_program("initdb")), "--version"]
    try:
        return subprocess.run(probe, capture_output=True, check=False, timeout=10).returncode == 0
    except FileNotFoundError:
        return False

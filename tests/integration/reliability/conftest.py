"""A live instance with durable writes: what these trials kill is what a user would lose."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from apella.embedded.backup import run_client
from apella.testing.live import LiveInstance, live_instance


class DumpChains(Protocol):
    """Writes every tenant's chain to a file, as an operator would hand it to an auditor."""

    def __call__(self) -> Path: ...


class VerifyChains(Protocol):
    """Gives a dump to the verifier."""

    def __call__(self, dump: Path, *options: str) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveInstance]:
    """An instance of which PostgreSQL runs."""
    with live_instance(tmp_path_factory.mktemp("live")) as live:
        yield live


@pytest.fixture(scope="session")
def web(live: LiveInstance) -> LiveInstance:
    """The same instance with its web part."""
    live.start("web")
    return live


@pytest.fixture
def dump_chains(live: LiveInstance, tmp_path: Path) -> DumpChains:
    """Dump by pg_dump, as text."""

    def dump() -> Path:
        file = tmp_path / "audit.sql"
        tables = ("--table=audit_event", "--table=audit_head")
        said = run_client("pg_dump", "--data-only", *tables, f"--file={file}", address=live.postgres, user="app_ops")
        assert said == b""
        return file

    return dump


@pytest.fixture
def verify_chains(pytestconfig: pytest.Config) -> VerifyChains:
    """Run the verifier without our packages and without any other, as an auditor may have to."""
    tool = pytestconfig.rootpath / "platform/src/apella/audit/offline_verify.py"

    def verify(dump: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(tool), str(dump), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)

    return verify

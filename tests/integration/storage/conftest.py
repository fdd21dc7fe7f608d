"""A real clamd beside the application, and people who attach files to a case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from apella.bootstrap import App
from apella.testing.attachments import Sender
from apella.testing.clamd import Clamd, clamd_program, running_clamd


@pytest.fixture(scope="module")
def program() -> str:
    """The program; without it the test is skipped, and fails where it must not be missing."""
    program = clamd_program()
    if program is None:
        absent = "clamd is not installed: apt-get install clamav-daemon"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return program


@pytest.fixture(scope="module")
def clamd(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    """A clamd as the operator's handbook asks for; a test that ends it starts it again."""
    with running_clamd(program, tmp_path_factory.mktemp("clamd")) as clamd:
        yield clamd


@pytest.fixture
def sender(app: App, clamd: Clamd, tmp_path: Path) -> Iterator[Sender]:
    """Senders at an application that scans; its files are its own, and nobody has sent too many."""
    settings = replace(app.settings, clamd=str(clamd.socket), home=tmp_path)
    scanned = replace(app, settings=settings)
    yield Sender(scanned, case_files=1000)
    scanned.database.engine.dispose()

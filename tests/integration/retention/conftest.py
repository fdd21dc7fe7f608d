"""An application of its own, and the commands on it: personal data are erased here for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.bootstrap import App
from apella.testing.own_app import own_app
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster


@pytest.fixture
def own(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    """An application of its own, which the commands of this test work on."""
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture
def command(own: App, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands, on this application."""
    monkeypatch.setenv("APELLA_HOME", str(own.settings.home))
    monkeypatch.setenv("APELLA_DATABASE_URL", own.settings.database_url or "")
    return run

"""What tests above the units share beside the fixtures of `apella.testing.plugin`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from apella.cli import main
from apella.testing.unheard import ChangeWatch

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.testing.plugin import Run


@pytest.fixture(autouse=True)
def change_watch() -> Iterator[ChangeWatch]:
    """No request of any test changes something without an event in the same transaction."""
    with ChangeWatch().watching() as watch:
        yield watch
    assert watch.unheard == []


@pytest.fixture
def paperless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are not set in type, which takes a third of a second each; everything else about them is real."""
    monkeypatch.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())


@pytest.fixture
def run(app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands on the application's home and database."""
    settings = app.settings
    monkeypatch.setenv("APELLA_HOME", str(settings.home))
    monkeypatch.setenv("APELLA_TENANTS", settings.tenants_variable)
    monkeypatch.setenv("APELLA_DATABASE_URL", settings.database_url or "")

    def command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return command

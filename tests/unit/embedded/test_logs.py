"""Logs are put aside by size and keep their writers."""

from __future__ import annotations

from pathlib import Path

import pytest

from apella.embedded import logs
from apella.embedded.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def test_a_small_log_stays_as_it_is(home: Home) -> None:
    with logs.open_log(home, "web") as log:
        log.write(b"one line\n")
    logs.rotate(home, "web", limit=100)
    assert [path.name for path in home.logs.iterdir()] == ["web.log"]


def test_a_log_that_outgrew_its_limit_is_put_aside_while_its_writer_goes_on(home: Home) -> None:
    with logs.open_log(home, "web") as log:
        for number in range(1, 7):
            log.write(f"piece {number}\n".encode())
            logs.rotate(home, "web", limit=5)
    assert {path.name: path.read_text() for path in home.logs.iterdir()} == {
        "web.log": "",
        "web.log.1": "piece 6\n",
        "web.log.2": "piece 5\n",
        "web.log.3": "piece 4\n",
    }


def test_on_a_full_disk_the_log_is_cut_without_a_copy(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_source: Path, target: Path) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    with logs.open_log(home, "web") as log:
        log.write(b"much\n")
    monkeypatch.setattr("shutil.copyfile", fails)
    logs.rotate(home, "web", limit=1)
    assert {path.name: path.read_text() for path in home.logs.iterdir()} == {"web.log": ""}


def test_a_part_without_a_log_is_passed_over(home: Home) -> None:
    logs.rotate(home, "never started", limit=1)

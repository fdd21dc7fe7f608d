"""A season as a folder: byte for byte the same, small, and never half written."""

from __future__ import annotations

import hashlib
import json
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from apella.demo.season import DemoSeason, Scans
from apella.demo.writing import write_season
from apella.errors import Conflict
from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import read_delivery
from apella.registry.tables import TABLES, WorkFileKind

MakeSeason = Callable[..., DemoSeason]


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file of a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def written(make: MakeSeason, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("season") / "first"
    write_season(make(participants=5, scans=Scans.SOME, until=make().exams[-1].announced_on), folder)
    return folder


def test_the_same_season_is_the_same_folder(written: Path, make: MakeSeason, tmp_path: Path) -> None:
    write_season(make(participants=5, scans=Scans.SOME, until=make().exams[-1].announced_on), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(written)


def test_the_manifest_says_what_every_table_is(written: Path) -> None:
    manifest = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    assert {key: manifest[key] for key in ("tenant", "year", "encoding", "delimiter", "teaching")} == {
        "tenant": "north",
        "year": 2026,
        "encoding": "utf-8",
        "delimiter": ";",
        "teaching": True,
    }
    assert set(manifest["tables"]) == set(TABLES)
    for name, entry in manifest["tables"].items():
        content = (written / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content.decode().splitlines()) == entry["rows"] + 1


def test_what_is_written_can_be_imported(written: Path, rules: RegionRules) -> None:
    delivery = read_delivery(written, rules=rules)
    assert len(delivery.participants) == 5
    assert {file.row.kind for file in delivery.files} >= {WorkFileKind.AUDIO, WorkFileKind.ANSWER_FORM_2}


def test_scans_are_small_pictures_and_recordings_are_short(written: Path) -> None:
    pictures = list(written.rglob("*.png"))
    assert pictures
    for path in pictures:
        assert path.stat().st_size < 40_000
        with Image.open(path) as image:
            assert image.size == (826, 1169)
    for path in written.rglob("*.wav"):
        with wave.open(str(path)) as recording:
            assert 1 <= recording.getnframes() / recording.getframerate() <= 3


@pytest.mark.parametrize(("scans", "works"), [(Scans.NONE, 0), (Scans.SOME, 12), (Scans.ALL, 15)])
def test_scans_are_made_for_the_works_asked_for(make: MakeSeason, scans: Scans, works: int) -> None:
    season = make(participants=15, scans=scans)
    assert len({code[:-2] for code in season.scanned}) == works
    assert season.scanned <= {work.work_code for work, _ in season.marked}


def test_a_cross_checked_work_has_no_protocol(make: MakeSeason, tmp_path: Path) -> None:
    season = make(participants=31, scans=Scans.ALL)
    away = {work.work_code for work, _ in season.marked if work.cross_checked}
    assert away
    write_season(replace(season, scanned=frozenset(away)), tmp_path / "out")
    kinds = {path.name.split("-")[1] for path in tmp_path.rglob("*.png") if path.name.split("-")[0] in away}
    assert "protocol" not in kinds
    assert "answer_form_2" in kinds


def test_a_folder_with_something_in_it_is_left_alone(make: MakeSeason, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("моё")
    with pytest.raises(Conflict) as caught:
        write_season(make(participants=1), tmp_path)
    assert caught.value.error_code == "demo.folder"
    assert contents(tmp_path).keys() == {"note.txt"}


def test_a_file_in_the_place_of_the_folder_is_left_alone(make: MakeSeason, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("моё")
    for place in (tmp_path / "file", tmp_path / "file" / "inner"):
        with pytest.raises(Conflict):
            write_season(make(participants=1), place)
    assert (tmp_path / "file").read_text() == "моё"


def test_a_season_that_was_cut_short_has_no_manifest(
    make: MakeSeason, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("apella.demo.writing.drawn_scan", full)
    with pytest.raises(Conflict, match="No space left"):
        write_season(make(participants=1, scans=Scans.ALL), tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()

"""The manifest of a delivery and the files beside its tables: nothing is followed out of the folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import read_delivery
from apella.registry.reading import ImportProblem, ImportRefused

Rows = list[list[str]]


class Folder(Protocol):
    """What the fixture `delivery` gives."""

    path: Path

    def put(self, table: str, line: int, column: int, value: str) -> None: ...
    def edit(self, table: str, edit: Callable[[Rows], None]) -> None: ...
    def manifest(self, *, tables: Any = None, **fields: Any) -> None: ...
    def problems(self) -> tuple[ImportProblem, ...]: ...


def places(problems: tuple[ImportProblem, ...]) -> list[tuple[str, int | None, str | None]]:
    """Where the problems are."""
    return [(problem.file, problem.line, problem.column) for problem in problems]


# --- The manifest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "column", "reason"),
    [
        (b"", 1, None, "это не JSON"),
        (b'{\n"format": x}', 2, None, "это не JSON"),
        (b"\xff\xfe\xff", None, None, "нужен JSON в кодировке UTF-8"),
        (b"[" * 200_000, None, None, "нужен JSON"),
        (b'{"year": ' + b"1" * 5000 + b"}", None, None, "нужен JSON"),
        (b"[]", None, None, "нужна таблица ключей и значений"),
        (b"{}", None, "tenant", "ключа нет; нужно: имя региона латиницей"),
        (b" " * (1024**2 + 1), None, None, "файл больше 1 МБ"),
    ],
)
def test_a_manifest_that_is_none_is_named(
    delivery: Folder, content: bytes, line: int | None, column: str | None, reason: str
) -> None:
    (delivery.path / "manifest.json").write_bytes(content)
    found = next(problem for problem in delivery.problems() if problem.column == column)
    assert (found.file, found.line) == ("manifest.json", line)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"format": "other/1"}, "format"),
        ({"encoding": "utf-16"}, "encoding"),
        ({"delimiter": "|"}, "delimiter"),
        ({"year": "2026"}, "year"),
        ({"year": 2027}, "year"),
        ({"tenant": "south"}, "tenant"),
        ({"teaching": 1}, "teaching"),
        ({"timetable_shift_days": 0.5}, "timetable_shift_days"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_key_of_the_manifest_is_named(delivery: Folder, fields: dict[str, object], column: str) -> None:
    delivery.manifest(**fields)
    assert ("manifest.json", None, column) in places(delivery.problems())


def test_a_table_that_nobody_knows_is_refused(delivery: Folder) -> None:
    path = delivery.path / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"exams.csv"', '"../exams.csv"'), encoding="utf-8")
    assert {place[2] for place in places(delivery.problems())} == {"tables.exams.csv", "tables.../exams.csv"}


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../outside.png", "/etc/hostname", "files/../../outside.png", "a\\b.png", "."])
def test_a_path_out_of_the_folder_is_not_followed(delivery: Folder, name: str) -> None:
    (delivery.path.parent / "outside.png").write_bytes(b"x")
    delivery.put("files.csv", 2, 3, name)
    assert places(delivery.problems()) == [("files.csv", 2, "file")]


@pytest.mark.parametrize("where", ["file", "folder", "table", "manifest"])
def test_a_symbolic_link_is_not_followed(delivery: Folder, where: str) -> None:
    outside = delivery.path.parent / "outside"
    inside = {
        "file": next(delivery.path.rglob("*.png")),
        "folder": delivery.path / "files",
        "table": delivery.path / "works.csv",
        "manifest": delivery.path / "manifest.json",
    }[where]
    inside.rename(outside)
    inside.symlink_to(outside)
    problems = delivery.problems()
    assert problems
    assert any("не открывается" in problem.reason for problem in problems)


def test_a_pipe_does_not_keep_us_waiting(delivery: Folder) -> None:
    (delivery.path / "works.csv").unlink()
    os.mkfifo(delivery.path / "works.csv")
    assert "это не обычный файл" in {problem.reason for problem in delivery.problems()}


def test_a_missing_table_and_a_missing_folder_are_named(delivery: Folder, rules: RegionRules) -> None:
    (delivery.path / "works.csv").unlink()
    found = delivery.problems()
    assert places(found) == [("works.csv", None, None)]
    assert "файла нет" in found[0].reason
    with pytest.raises(ImportRefused):
        read_delivery(delivery.path / "nowhere", rules=rules)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Файл пуст"),
        (b"MZ" + b"\0" * 64, "такого вида не принимаются"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "повреждён"),
        (b"%PDF-1.7\n", "не соответствует содержимому"),
    ],
)
def test_a_scan_that_is_none_is_refused(delivery: Folder, content: bytes, reason: str) -> None:
    def replace(rows: Rows) -> None:
        (delivery.path / rows[1][3]).write_bytes(content)
        rows[1][4] = hashlib.sha256(content).hexdigest()

    delivery.edit("files.csv", replace)
    (found,) = delivery.problems()
    assert (found.file, found.line, found.column) == ("files.csv", 2, "file")
    assert reason in found.reason


def test_a_missing_scan_is_named(delivery: Folder) -> None:
    next(delivery.path.rglob("*answer_form_1*")).unlink()
    (found,) = delivery.problems()
    assert (found.file, found.column) == ("files.csv", "file")
    assert "файла нет в папке" in found.reason


def test_a_file_over_its_limit_is_not_even_read(delivery: Folder) -> None:
    with next(delivery.path.rglob("*answer_form_1*")).open("r+b") as file:
        file.truncate(1024**3)
    (found,) = delivery.problems()
    assert (found.file, found.column) == ("files.csv", "file")
    assert found.reason == "файл больше 30 МБ"

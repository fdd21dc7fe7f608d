"""A demo season as a delivery: CSV tables in UTF-8, a manifest, drawn scans and recordings."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from apella.demo.scans import Sheet, drawn_scan
from apella.demo.season import DemoSeason
from apella.demo.sounds import made_up_recording
from apella.errors import Conflict
from apella.registry.tables import (
    CHECKS,
    EXAMS,
    EXPERTS,
    FILES,
    FORMAT,
    MANIFEST,
    MARKS,
    ORGANISATIONS,
    PARTICIPANTS,
    RESULTS,
    WORKS,
    FileRow,
    Manifest,
    Table,
    TableEntry,
    WorkFileKind,
    WorkRow,
    written,
)

ENCODING: Final = "utf-8"
DELIMITER: Final = ";"
_PAGES_OF_FORM_2 = 2


def write_season(season: DemoSeason, directory: Path) -> Manifest:
    """Write the season into a folder that is new or empty; the manifest comes last, so half a season has none.

    Raises Conflict (`demo.folder`) for a folder that holds anything or cannot be written.
    """
    try:
        return _write(season, directory)
    except OSError as error:
        raise Conflict(f"В папку {directory} не записать: {error.strerror}.", code="demo.folder") from error


def _write(season: DemoSeason, directory: Path) -> Manifest:
    with suppress(FileExistsError):
        directory.mkdir(parents=True)
    if not directory.is_dir() or any(directory.iterdir()):
        raise Conflict(
            f"Папка {directory} не пуста. Укажите новую или пустую папку, прежние таблицы не заменяются.",
            code="demo.folder",
        )
    rows: tuple[tuple[Table[Any], Iterable[tuple[Any, ...]]], ...] = (
        (ORGANISATIONS, season.organisations),
        (EXAMS, season.exams),
        (PARTICIPANTS, season.participants),
        (WORKS, season.works),
        (RESULTS, season.results()),
        (MARKS, season.marks()),
        (EXPERTS, season.experts),
        (CHECKS, season.checks),
        (FILES, _files(season, directory)),
    )
    manifest = Manifest(
        format=FORMAT,
        tenant=season.slug,
        year=season.year,
        timetable_shift_days=season.shift_days,
        teaching=True,
        encoding=ENCODING,
        delimiter=DELIMITER,
        tables={table.file: write_table(directory, table, of_table) for table, of_table in rows},
    )
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=2)
    (directory / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return manifest


def write_table(directory: Path, table: Table[Any], rows: Iterable[tuple[Any, ...]]) -> TableEntry:
    """Write one table and say what its manifest entry is."""
    count = 0
    with (directory / table.file).open("xb") as file:
        target = _Hashing(file)
        lines = csv.writer(target, delimiter=DELIMITER, lineterminator="\n")
        lines.writerow(column.name for column in table.columns)
        for count, row in enumerate(rows, start=1):  # noqa: B007 it is the number of rows after the loop
            lines.writerow(map(written, row))
    return TableEntry(rows=count, sha256=target.digest.hexdigest())


class _Hashing:
    """Text in, bytes out, hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, text: str) -> int:
        data = text.encode(ENCODING)
        self.digest.update(data)
        return self._file.write(data)


def _files(season: DemoSeason, directory: Path) -> Iterator[FileRow]:
    if not season.scanned:
        return
    names = {row.registration_code: (row.surname, row.given_name, row.patronymic or "") for row in season.participants}
    checked_by: dict[str, list[str]] = {}
    for check in season.checks:
        checked_by.setdefault(check.work_code, []).append(check.expert_code)
    for work, marks in season.marked:
        if work.work_code in season.scanned:
            sheet = _sheet(season, work, marks, names, checked_by.get(work.work_code, []))
            for kind, page in _wanted(season, work):
                yield _written_file(directory, work, kind, page, sheet)


def _sheet(
    season: DemoSeason,
    work: WorkRow,
    marks: bytes,
    names: Mapping[str, tuple[str, str, str]],
    checked_by: Iterable[str],
) -> Sheet:
    return Sheet(
        region_code=season.region_code,
        subject_code=work.subject_code,
        subject=season.subjects[work.subject_code].short_name,
        work_code=work.work_code,
        point_code=work.exam_point_code,
        room=work.room,
        exam_date=f"{work.exam_date:%d.%m.%Y}",
        name=names[work.registration_code],
        marks=tuple(season.marks_of(work, marks)),
        checked_by=tuple(checked_by),
    )


def _wanted(season: DemoSeason, work: WorkRow) -> Iterator[tuple[WorkFileKind, int]]:
    """A cross-checked work has no protocol: other regions' experts keep theirs."""
    subject = season.subjects[work.subject_code]
    yield WorkFileKind.REGISTRATION_FORM, 1
    if subject.oral:
        yield WorkFileKind.AUDIO, 1
    else:
        yield WorkFileKind.ANSWER_FORM_1, 1
    if subject.c:
        for page in range(1, _PAGES_OF_FORM_2 + 1):
            yield WorkFileKind.ANSWER_FORM_2, page
    if subject.has_extended and not work.cross_checked:
        yield WorkFileKind.PROTOCOL, 1


def _written_file(directory: Path, work: WorkRow, kind: WorkFileKind, page: int, sheet: Sheet) -> FileRow:
    sound = kind is WorkFileKind.AUDIO
    content = made_up_recording(work.work_code) if sound else drawn_scan(kind, sheet, page=page)
    name = f"files/{work.subject_code}/{work.work_code}-{kind}-{page}.{'wav' if sound else 'png'}"
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return FileRow(
        work_code=work.work_code, kind=kind, page=page, file=name, sha256=hashlib.sha256(content).hexdigest()
    )

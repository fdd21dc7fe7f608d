"""A delivery as it comes from outside: whatever is wrong is said by file, line, column and reason, all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import read_delivery
from apella.registry.reading import LISTED, MAX_LINE, ImportProblem, ImportRefused
from apella.registry.tables import MARKS, TABLES

Rows = list[list[str]]
Where = tuple[str, int | None, str | None]


class Folder(Protocol):
    """What the fixture `delivery` gives."""

    path: Path

    def put(self, table: str, line: int, column: int, value: str) -> None: ...
    def edit(self, table: str, edit: Callable[[Rows], None]) -> None: ...
    def write(self, table: str, content: bytes, *, rows: int | None = None) -> None: ...
    def manifest(self, *, tables: Any = None, **fields: Any) -> None: ...
    def problems(self) -> tuple[ImportProblem, ...]: ...


def repeat(line: int) -> Callable[[Rows], None]:
    """Append a row once more."""

    def edit(rows: Rows) -> None:
        rows.append(list(rows[line - 1]))

    return edit


def places(problems: tuple[ImportProblem, ...]) -> list[Where]:
    """Where the problems are."""
    return [(problem.file, problem.line, problem.column) for problem in problems]


def test_a_good_delivery_is_read_whole(delivery: Folder, rules: RegionRules) -> None:
    read = read_delivery(delivery.path, rules=rules)
    assert len(read.participants) == 2
    assert len(read.results) == len({mark.work_code for mark in read.marks()})
    assert sum(1 for _ in read.marks()) == read.manifest.tables["marks.csv"].rows
    assert len(read.files) == read.manifest.tables["files.csv"].rows


@pytest.mark.parametrize(
    ("table", "place", "value", "column", "reason"),
    [
        ("exams.csv", 1, "01.06.2026", "exam_date", "нужна дата вида 2026-06-18"),
        ("exams.csv", 1, "2026-02-30", "exam_date", "нужна дата вида 2026-06-18"),
        ("exams.csv", 1, "2026-06-1１", "exam_date", "нужна дата вида 2026-06-18"),
        ("exams.csv", 0, "1", "subject_code", "из двух цифр"),
        ("exams.csv", 0, "99", "subject_code", "предмета нет в правилах 2026 года"),
        ("exams.csv", 2, "4", "wave", "от 1 до 3"),
        ("exams.csv", 3, "2026-05-01", "announced_on", "не позже дня экзамена"),
        ("exams.csv", 3, "2029-06-01", "announced_on", "календарь на 2029 год не загружен"),
        ("organisations.csv", 0, "university", "kind", "такого кода нет; есть school"),
        ("organisations.csv", 1, "0001", "code", "цифр – 3"),
        ("organisations.csv", 2, "", "name", "пустая ячейка"),
        ("organisations.csv", 2, "а" * 301, "name", "длиннее 300 знаков"),
        ("organisations.csv", 2, "Школа\x1b[2J", "name", "непечатаемые знаки"),
        ("participants.csv", 0, "А-1", "registration_code", "код регистрации из цифр"),
        ("participants.csv", 1, "pupil", "category", "такого кода нет"),
        ("participants.csv", 5, "12", "document", "Укажите серию и номер документа"),
        ("participants.csv", 6, "12", "phone", "Укажите номер телефона"),
        ("participants.csv", 7, "nobody", "email", "Укажите адрес"),
        ("participants.csv", 8, "999999", "organisation_code", "нет в organisations.csv"),
        ("works.csv", 1, "999999999999", "registration_code", "нет в participants.csv"),
        ("works.csv", 3, "2026-05-02", "exam_date", "нет в exams.csv"),
        ("works.csv", 4, "9999", "exam_point_code", "нет в organisations.csv"),
        ("works.csv", 5, "00\x0001", "room", "непечатаемые знаки"),
        ("works.csv", 7, "да", "cross_checked", "нужно 1 (да) или 0 (нет)"),
        ("results.csv", 1, "51", "primary_score", "больше наибольшего балла по предмету: 50"),
        ("results.csv", 1, "-1", "primary_score", "от 0 до 200"),
        ("results.csv", 2, "101", "test_score", "от 0 до 100"),
        ("results.csv", 3, "24.06.2026", "rechecked_on", "нужна дата вида 2026-06-18"),
        ("results.csv", 3, "2026-05-02", "rechecked_on", "перепроверка объявлена раньше результатов экзамена"),
        ("results.csv", 3, "2029-06-01", "rechecked_on", "календарь на 2029 год не загружен"),
        ("marks.csv", 1, "E", "task_type", "такого кода нет"),
        ("marks.csv", 6, "9", "mark", "балл больше наибольшего: 1"),
        ("marks.csv", 0, "nobody", "work_code", "нет в results.csv"),
        ("experts.csv", 5, "boss", "status", "такого кода нет; есть lead, senior, main"),
        ("experts.csv", 1, "99", "subject_code", "предмета нет"),
        ("checks.csv", 1, "99-9", "expert_code", "нет в experts.csv"),
        ("checks.csv", 1, "02-2", "expert_code", "эксперт по другому предмету"),
        ("checks.csv", 2, "4", "stage", "от 1 до 3"),
        ("files.csv", 1, "photo", "kind", "такого кода нет"),
        ("files.csv", 0, "nobody", "work_code", "нет в works.csv"),
        ("files.csv", 4, "00", "sha256", "64 шестнадцатеричные цифры"),
        ("files.csv", 4, "0" * 64, "sha256", "файл не тот"),
    ],
)
def test_a_bad_cell_is_named(delivery: Folder, table: str, place: int, value: str, column: str, reason: str) -> None:
    delivery.put(table, 2, place, value)
    found = next(problem for problem in delivery.problems() if (problem.file, problem.column) == (table, column))
    assert found.line == 2
    assert reason in found.reason
    assert str(found) == f"{table}, строка 2, столбец {column}: {found.reason}."


@pytest.mark.parametrize(
    ("table", "column", "reason"),
    [
        ("organisations.csv", "code", "повторяет строку 2"),
        ("exams.csv", "exam_date", "повторяет строку 2"),
        ("participants.csv", "registration_code", "повторяет строку 2"),
        ("participants.csv", "document", "тот же документ, что в строке 2"),
        ("works.csv", "work_code", "повторяет строку 2"),
        ("works.csv", "registration_code", "второй раз тот же участник и экзамен, первый – в строке 2"),
        ("results.csv", "work_code", "повторяет строку 2"),
        ("marks.csv", "position", "встречается второй раз"),
        ("experts.csv", "expert_code", "повторяет строку 2"),
        ("checks.csv", None, "та же проверка встречается второй раз"),
        ("files.csv", "page", "повторяет строку 2"),
    ],
)
def test_a_repeated_row_is_named(delivery: Folder, table: str, column: str | None, reason: str) -> None:
    last = 0

    def edit(rows: Rows) -> None:
        nonlocal last
        repeat(2)(rows)
        last = len(rows)

    delivery.edit(table, edit)
    found = [problem for problem in delivery.problems() if (problem.file, problem.column) == (table, column)]
    assert [(problem.line, problem.reason) for problem in found] == [(last, reason)] or (
        found[0].line == last and reason in found[0].reason
    )


def test_no_reason_quotes_personal_data(delivery: Folder) -> None:
    secrets = ("77", "+7 911 2", "somebody.real")
    for place, secret in enumerate(secrets, start=5):
        delivery.put("participants.csv", 2, place, secret)
    text = " ".join(map(str, delivery.problems()))
    assert "document" in text
    assert not any(secret in text for secret in secrets)


def test_a_sum_that_does_not_agree_is_named_at_the_result(delivery: Folder) -> None:
    def lower(rows: Rows) -> None:
        row = next(row for row in rows[1:] if row[6] != "0")
        row[6] = str(int(row[6]) - 1)

    delivery.edit("marks.csv", lower)
    (found,) = delivery.problems()
    assert (found.file, found.line, found.column) == ("results.csv", 2, "primary_score")
    assert "сумма баллов по позициям" in found.reason


def test_a_result_without_marks_is_named(delivery: Folder) -> None:
    def drop(rows: Rows) -> None:
        rows[1:] = [row for row in rows[1:] if row[0] != rows[1][0]]

    delivery.edit("marks.csv", drop)
    assert places(delivery.problems()) == [("results.csv", 2, "primary_score")]


def test_every_fault_of_every_table_is_found_at_once(delivery: Folder) -> None:
    delivery.put("exams.csv", 3, 2, "x")
    delivery.put("participants.csv", 3, 6, "x")
    delivery.put("results.csv", 4, 2, "x")
    delivery.manifest(year=2025)
    assert set(places(delivery.problems())) >= {
        ("manifest.json", None, "year"),
        ("exams.csv", 3, "wave"),
        ("participants.csv", 3, "phone"),
        ("results.csv", 4, "test_score"),
    }


def test_a_great_many_faults_are_counted_but_not_all_listed(delivery: Folder, rules: RegionRules) -> None:
    def spoil(rows: Rows) -> None:
        rows[1:] = [[*rows[1][:6], "x", "x"] for _ in range(LISTED)]

    delivery.edit("marks.csv", spoil)
    with pytest.raises(ImportRefused) as caught:
        read_delivery(delivery.path, rules=rules)
    assert caught.value.error_code == "import.refused"
    assert len(caught.value.problems) == LISTED
    assert caught.value.total >= 2 * LISTED
    assert f"ошибок: {caught.value.total}" in caught.value.message


# --- The shape of a table ---------------------------------------------------------------------------------------------


def test_columns_may_stand_in_any_order(delivery: Folder) -> None:
    def turn(rows: Rows) -> None:
        for row in rows:
            row.reverse()

    for table in TABLES:
        delivery.edit(table, turn)
    assert not delivery.problems()


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_encoding_and_delimiter_that_the_manifest_may_name_is_read(
    delivery: Folder, encoding: str, delimiter: str
) -> None:
    for table in TABLES:
        text = (delivery.path / table).read_text(encoding="utf-8").replace(",", " ").replace(";", delimiter)
        delivery.write(table, text.encode(encoding))
    delivery.manifest(encoding=encoding, delimiter=delimiter)
    assert not delivery.problems()


def test_what_a_spreadsheet_adds_does_no_harm(delivery: Folder) -> None:
    for table in TABLES:
        text = (delivery.path / table).read_text(encoding="utf-8")
        quoted = "\r\n".join(";".join(f'" {cell} "' for cell in line.split(";")) for line in text.splitlines())
        delivery.write(table, b"\xef\xbb\xbf" + quoted.encode() + b"\r\n\r\n")
    assert not delivery.problems()


def test_the_wrong_encoding_is_named_with_its_line(delivery: Folder) -> None:
    content = (delivery.path / "organisations.csv").read_bytes().split(b"\n")
    content[2] = content[2].decode().encode("windows-1251")
    delivery.write("organisations.csv", b"\n".join(content))
    (found,) = delivery.problems()
    assert (found.file, found.line) == ("organisations.csv", 3)
    assert "не читается в кодировке UTF-8" in found.reason


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        ("work_code;primary_score", "test_score", "столбца нет"),
        ("work_code;primary_score;test_score;test_score", "test_score", "столбец повторяется"),
        ("work_code;primary_score;test_score;\x1b[2Jextra", "?[2Jextra", "такого столбца нет"),
        (f"work_code;primary_score;test_score;{'x' * 500}", f"{'x' * 80}…", "такого столбца нет"),
    ],
)
def test_a_wrong_header_is_named_and_its_rows_are_not_complained_about(
    delivery: Folder, header: str, column: str, reason: str
) -> None:
    lines = (delivery.path / "results.csv").read_text(encoding="utf-8").splitlines()
    delivery.write("results.csv", "\n".join([header, *lines[1:]]).encode())
    found = delivery.problems()
    assert {problem.file for problem in found} == {"results.csv"}
    assert {problem.line for problem in found} == {1}
    assert found[0].column == column
    assert reason in found[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a;b", "ячеек 2, а столбцов 4"),
        (b"a;b;c", "ячеек 3, а столбцов 4"),
        (b"a;b;c;d;e", "ячеек 5, а столбцов 4"),
        (b'"a;b;c', "строка не разбирается"),
        (b'"a"x;b;c', "строка не разбирается"),
        (b"a;b;" + b"c" * MAX_LINE, f"строка длиннее {MAX_LINE} байт"),
        (b'a;b;"' + b"c\n" * 70_000, "строка не разбирается"),
    ],
)
def test_a_broken_row_is_named(delivery: Folder, line: bytes, reason: str) -> None:
    content = (delivery.path / "results.csv").read_bytes()
    delivery.write("results.csv", content + line + b"\n")
    delivery.manifest(tables={"results.csv": {"rows": content.count(b"\n")}})
    found = next(problem for problem in delivery.problems() if problem.file == "results.csv")
    assert found.line == content.count(b"\n") + 1
    assert reason in found.reason


def test_a_line_without_end_is_not_read_into_memory(delivery: Folder) -> None:
    path = delivery.path / "marks.csv"
    with path.open("r+b") as file:
        file.truncate(1024**3)
    (found,) = (problem for problem in delivery.problems() if problem.file == "marks.csv")
    assert found.line is not None
    assert "длиннее" in found.reason or "строк больше" in found.reason


def test_blank_lines_without_end_are_refused(delivery: Folder) -> None:
    delivery.write("results.csv", (delivery.path / "results.csv").read_bytes() + b"\n" * 2000)
    (found,) = delivery.problems()
    assert "пустых строк больше 1000" in found.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": 1}, "строк больше, чем указано в манифесте: 1"),
        ({"rows": 99}, "а в манифесте 99"),
        ({"sha256": "0" * 64}, "SHA-256 не совпадает с манифестом"),
    ],
)
def test_a_table_that_is_not_the_manifests_is_refused(delivery: Folder, change: dict[str, object], reason: str) -> None:
    delivery.manifest(tables={"results.csv": change})
    assert any(problem.file == "results.csv" and reason in problem.reason for problem in delivery.problems())


def test_a_table_that_changes_between_its_two_readings_is_noticed(delivery: Folder, rules: RegionRules) -> None:
    read = read_delivery(delivery.path, rules=rules)
    path = delivery.path / MARKS.file
    path.write_bytes(path.read_bytes().replace(b";0;1\n", b";1;1\n"))
    with pytest.raises(ImportRefused):
        list(read.marks())

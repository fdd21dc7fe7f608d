"""Reading the file of an import: TOML, or a CSV table of days off as a clerk saves it from a spreadsheet.

Pure. Every fault is one Russian sentence that names the file, the row, the key and what would be right.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from apella.calendar.changes import CalendarChange, CancelledDay, ChangeRefused
from apella.calendar.reading import Row, TableError, read_row
from apella.calendar.tables import FederalYear, RegionalDay
from apella.calendar.wording import short_date

MOST_BYTES: Final = 256 * 1024
"""A calendar of many years fits many times; anything larger is not one."""

COLUMNS: Final = ("date", "name", "act", "number", "act_date", "carry_over")
"""The columns of a CSV file, in any order, with `;` between them."""

_TABLES: Final[Mapping[str, type[Row]]] = {"day": RegionalDay, "cancel": CancelledDay, "year": FederalYear}
_YES_NO: Final = {"да": True, "нет": False, "true": True, "false": False}
_RUSSIAN_DATE: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
_CYRILLIC_1251: Final = frozenset(range(0xC0, 0x100)) | {0xA8, 0xB8}

RowT = TypeVar("RowT", bound=Row)


def read_change(data: bytes, *, name: str) -> CalendarChange:
    """Read what an import asks for; `name` is the file's, and one that ends in `.csv` is a table of days off.

    Raises ChangeRefused with every fault of the file.
    """
    problems: list[str] = []
    text = _text(data, problems, name=name)
    if text is None:
        raise ChangeRefused(tuple(problems), code="calendar.encoding")
    tables = _csv_tables(text, problems, name=name) if name.lower().endswith(".csv") else _toml(text, problems, name)
    rows = {key: list(_rows(tables, key, model, problems, name=name)) for key, model in _TABLES.items()}
    problems.extend(_repeats(rows, name=name))
    note = tables.get("note")
    if note is not None and (not isinstance(note, str) or not note.strip()):
        problems.append(f"{name}: note: нужно пояснение одной строкой в кавычках; напишите его или уберите ключ.")
    if not problems and not any(rows.values()):
        problems.append(
            f"{name}: в файле нет ни одного дня; добавьте таблицу [[day]] (выходной), [[cancel]] (отмена выходного) "
            "или [[year]] (год производственного календаря)."
        )
    if problems:
        raise ChangeRefused(tuple(problems))
    return CalendarChange.model_validate({**rows, **({"note": note.strip()} if note else {})})


def _text(data: bytes, problems: list[str], *, name: str) -> str | None:
    if len(data) > MOST_BYTES:
        problems.append(f"{name}: файл больше {MOST_BYTES // 1024} КБ, это не календарь; выберите другой файл.")
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(f"{name}: файл в кодировке UTF-16 («Юникод»); сохраните его в кодировке UTF-8.")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        high = [byte for byte in data if byte >= 0x80]
        if sum(byte in _CYRILLIC_1251 for byte in high) > len(high) * 0.8:
            problems.append(
                f"{name}: файл в кодировке Windows-1251; сохраните его в кодировке UTF-8 "
                "(в Excel – «CSV UTF-8», в Блокноте – «Сохранить как», кодировка UTF-8)."
            )
        else:
            problems.append(f"{name}: файл не в кодировке UTF-8 (байт {error.start}); сохраните его в UTF-8.")
        return None
    if "\x00" in text:
        problems.append(f"{name}: это не текстовый файл; нужен файл TOML или CSV в кодировке UTF-8.")
        return None
    return text


def _toml(text: str, problems: list[str], name: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(f"{name}: файл не разбирается как TOML ({error}); исправьте эту строку.")
        return {}
    problems.extend(
        f"{name}: ключа {key} нет в схеме; проверьте написание. Возможные ключи: {', '.join((*_TABLES, 'note'))}."
        for key in table
        if key not in (*_TABLES, "note")
    )
    return table


def _csv_tables(text: str, problems: list[str], *, name: str) -> Mapping[str, Any]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    days: list[tuple[str, Mapping[str, Any]]] = []
    header: list[str] = []
    try:
        for cells in reader:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if not header:
                header = values
                if sorted(header) != sorted(COLUMNS):
                    problems.append(
                        f"{name}: строка 1: нужны столбцы «{';'.join(COLUMNS)}», а есть «{';'.join(header)}»; "
                        "исправьте первую строку."
                    )
                    return {}
            elif len(values) != len(header):
                problems.append(
                    f"{name}: строка {reader.line_num}: столбцов {len(values)}, а нужно {len(header)}; "
                    "проверьте знаки «;»."
                )
            else:
                row = _csv_day(dict(zip(header, values, strict=True)))
                days.append((f"строка {reader.line_num}", row))
    except csv.Error as error:
        problems.append(f"{name}: строка {reader.line_num}: строка не разбирается ({error}); проверьте кавычки.")
    return {"day": days}


def _csv_day(cells: Mapping[str, str]) -> Mapping[str, Any]:
    act = {"act": cells["act"], "number": cells["number"], "date": _iso(cells["act_date"])}
    return {
        "date": _iso(cells["date"]),
        "name": cells["name"],
        "act": {key: value for key, value in act.items() if value},
        "carry_over": _YES_NO.get(cells["carry_over"].lower(), cells["carry_over"]),
    }


def _iso(text: str) -> str:
    """Turn 06.06.2025, as spreadsheets write it, into 2025-06-06; leave anything else for the schema to judge."""
    found = _RUSSIAN_DATE.fullmatch(text)
    return f"{found[3]}-{found[2]}-{found[1]}" if found else text


def _rows(tables: Mapping[str, Any], key: str, model: type[RowT], problems: list[str], *, name: str) -> Iterator[RowT]:
    found = tables.get(key, [])
    if not isinstance(found, list):
        problems.append(f"{name}: {key}: здесь нужны таблицы [[{key}]], в двойных скобках.")
        return
    for number, row in enumerate(found, start=1):
        place, values = row if isinstance(row, tuple) else (f"[[{key}]] {number}", row)
        try:
            yield read_row(model, values, place=f"{name}: {place}")
        except TableError as error:
            problems.extend(error.problems)


def _repeats(rows: Mapping[str, Sequence[Row]], *, name: str) -> Iterator[str]:
    for key in ("day", "cancel"):
        dates = Counter(row.date for row in rows[key] if isinstance(row, RegionalDay | CancelledDay))
        for date in (date for date, times in dates.items() if times > 1):
            yield f"{name}: {key}: дата {short_date(date)} повторяется; оставьте одну строку."
    years = Counter(row.year for row in rows["year"] if isinstance(row, FederalYear))
    for year in (year for year, times in years.items() if times > 1):
        yield f"{name}: year: год {year} повторяется; оставьте одну таблицу."

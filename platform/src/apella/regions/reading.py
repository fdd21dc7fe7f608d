"""Reading a tenant's tables: TOML over its federal counterpart, CSV by line and column, errors in Russian.

Every function adds what it finds wrong to a list of problems and goes on, so that one run names all faults.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from apella.calendar.reading import TableError
from apella.regions.values.base import Value
from apella.regions.wording import sentence

ValueT = TypeVar("ValueT", bound=Value)
Table = dict[str, Any]

_GROUNDS = ("clauses", "sources")
_YES_NO = {"да": True, "нет": False}


class RegionFilesError(TableError):
    """A tenant's files break the schema; `problems` has one Russian sentence per fault, each naming file and place."""

    code = "configuration.region"


def read_text(path: Path, problems: list[str], *, place: str) -> str | None:
    """The text of a file in UTF-8 (a byte order mark is dropped), or None with a problem noted."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"{place}: файл не в кодировке UTF-8 (байт {error.start}); сохраните его в UTF-8.")
    except OSError as error:
        problems.append(f"{place}: файл не читается ({error.strerror}); проверьте права доступа.")
    return None


def read_toml(path: Path, problems: list[str], *, place: str) -> Table:
    """The table in a TOML file; empty when there is no file, or with a problem noted."""
    if not path.is_file():
        return {}
    text = read_text(path, problems, place=place)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{place}: файл не разбирается как TOML ({error}); исправьте эту строку.")
        return {}


def overlay(federal: Table, regional: Table, problems: list[str], *, place: str) -> Table:
    """The federal table with the regional one over it: tables merge, anything else is replaced.

    A table that changes a value must say where the change comes from: its own `clauses` (or `sources`), since the
    federal ones no longer cover it.
    """
    changed = [key for key, value in regional.items() if not isinstance(value, dict) and key not in _GROUNDS]
    grounded = any(key in regional for key in _GROUNDS)
    if changed and not grounded and any(key in federal for key in _GROUNDS):
        problems.append(
            f"{place}: изменено {', '.join(changed)}, но не сказано, на каком основании; "
            'добавьте clauses, например clauses = ["federal:100.1"].'
        )
    merged = {key: value for key, value in federal.items() if not (grounded and key in _GROUNDS)}
    for key, value in regional.items():
        below = federal.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            inner = f"{place}.{key}" if ": " in place else f"{place}: {key}"
            merged[key] = overlay(below, value, problems, place=inner)
        else:
            merged[key] = value
    return merged


def validate(model: type[ValueT], table: Mapping[str, Any], problems: list[str], *, place: str) -> ValueT | None:
    """The table as a frozen value, or None with a problem noted per fault.

    Validation runs on JSON: strict there means that a string is no number and a number no date, while lists still
    become tuples and codes become members of their enums.
    """
    try:
        return model.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        faults = error.errors(include_url=False)
        inner = {fault["loc"][:depth] for fault in faults for depth in range(1, len(fault["loc"]))}
        # A list with a faulty item is also called too short; the item's own fault says it all.
        problems.extend(sentence(model, fault, place=place) for fault in faults if fault["loc"] not in inner)
        return None


def read_csv(model: type[ValueT], path: Path, problems: list[str], *, place: str) -> tuple[ValueT, ...]:
    """The rows of a table with `;` between columns; columns are the model's keys, `clauses` are parted by spaces.

    Columns may stand in any order. A problem names the line of the file and the column.
    """
    text = read_text(path, problems, place=place)
    if text is None:
        return ()
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    rows: list[ValueT] = []
    try:
        if not _header_is_right(reader.fieldnames or (), tuple(model.model_fields), problems, place=place):
            return ()
        for row in reader:
            value = _row(model, row, problems, place=f"{place}: строка {reader.line_num}")
            if value is not None:
                rows.append(value)
    except csv.Error as error:
        problems.append(f"{place}: строка {reader.line_num}: строка не разбирается ({error}); проверьте кавычки.")
    return tuple(rows)


def _header_is_right(header: Sequence[str], columns: Sequence[str], problems: list[str], *, place: str) -> bool:
    if sorted(header) == sorted(columns):
        return True
    problems.append(
        f"{place}: строка 1: нужны столбцы «{';'.join(columns)}», а есть «{';'.join(header)}»; исправьте первую строку."
    )
    return False


def _row(model: type[ValueT], row: Mapping[str | None, Any], problems: list[str], *, place: str) -> ValueT | None:
    surplus = row.get(None)
    missing = [column for column in model.model_fields if row[column] is None]
    if surplus or missing:
        given = len(model.model_fields) - len(missing) + len(surplus or ())
        problems.append(f"{place}: столбцов {given}, а нужно {len(model.model_fields)}; проверьте знаки «;».")
        return None
    cells: Table = {}
    for column, field in model.model_fields.items():
        text = row[column].strip()
        if column in _GROUNDS:
            cells[column] = text.split()
        elif field.annotation is not bool:
            cells[column] = text
        elif text in _YES_NO:
            cells[column] = _YES_NO[text]
        else:
            problems.append(f"{place}, столбец {column}: значение «{text}» не подходит; нужно: да или нет.")
            return None
    return validate(model, cells, problems, place=f"{place}, столбец")


def unknown_files(directory: Path, known: Sequence[str], *, place: str, skip: Sequence[str]) -> list[str]:
    """Problems about tables that nothing reads: a misspelt name would otherwise be ignored.

    `skip` names the folders that hold something else.
    """
    problems = []
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.suffix in (".toml", ".csv") and name.partition("/")[0] not in skip and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"возможно, это {near[0]}" if near else f"бывают: {', '.join(known)}"
            problems.append(f"{place}/{name}: такого файла в схеме нет, {hint}; переименуйте его или уберите.")
    return problems

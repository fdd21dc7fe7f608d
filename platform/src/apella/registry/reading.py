"""Reading a delivery's tables: row by row, as they claim to be written, with every fault by its place.

The folder comes from outside: nothing in it is followed out of it, no line may be endless, and each table must be the
one that the manifest names by its hash, also when it is read a second time.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, TypeVar

from pydantic import ValidationError

from apella.errors import Malformed
from apella.registry.tables import MANIFEST, NAMED_ENCODINGS, TABLES, Column, Manifest, Table, TableEntry

MAX_LINE = 16 * 1024
MAX_MANIFEST = 1024**2
MAX_BLANK_LINES = 1000
LISTED = 1000
_SHOWN = 80
_BOM = b"\xef\xbb\xbf"

RowT = TypeVar("RowT", bound=tuple[Any, ...])


class ImportProblem(NamedTuple):
    """One fault: the file in the delivery, its line (the header is 1) and column where there are such, and why."""

    file: str
    line: int | None
    column: str | None
    reason: str

    def __str__(self) -> str:
        line = "" if self.line is None else f", строка {self.line}"
        column = "" if self.column is None else f", столбец {self.column}"
        return f"{self.file}{line}{column}: {self.reason}."


class ImportRefused(Malformed):
    """Nothing was imported. `problems` are the first thousand faults, `total` is how many there are."""

    code = "import.refused"

    def __init__(self, problems: tuple[ImportProblem, ...], *, total: int | None = None) -> None:
        self.problems = problems
        self.total = total or len(problems)
        super().__init__(
            f"Таблицы не приняты, ошибок: {self.total}. Ничего не изменено: исправьте ошибки и повторите импорт.",
            total=self.total,
        )


@dataclass
class Problems:
    """The faults found so far; all are counted, the first thousand are kept.

    `unread` are the files that could not be read to their end: what refers to their rows cannot be judged.
    """

    listed: list[ImportProblem] = field(default_factory=list)
    total: int = 0
    unread: set[str] = field(default_factory=set)

    def add(self, file: str, line: int | None, column: str | None, reason: str) -> None:
        """Note a fault. Names of files and columns may be anybody's; reasons never quote the delivery."""
        self.total += 1
        if len(self.listed) < LISTED:
            self.listed.append(ImportProblem(_shown(file), line, None if column is None else _shown(column), reason))

    def refuse(self) -> None:
        """Raise ImportRefused when there is any fault."""
        if self.total:
            raise ImportRefused(tuple(self.listed), total=self.total)


def _shown(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name[:_SHOWN])
    return plain if len(name) <= _SHOWN else f"{plain}…"


class _Unreadable(Exception):
    """The rest of a table cannot be read."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read_manifest(directory: Path, problems: Problems) -> tuple[Manifest, bytes] | None:
    """Read the manifest and its SHA-256; None when it cannot be used, which `problems` then explains."""
    try:
        with open_inside(directory, MANIFEST) as file:
            text = file.read(MAX_MANIFEST + 1)
    except ValueError as error:
        problems.add(MANIFEST, None, None, str(error))
        return None
    if len(text) > MAX_MANIFEST:
        problems.add(MANIFEST, None, None, "файл больше 1 МБ")
        return None
    try:
        manifest = Manifest.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        problems.add(MANIFEST, error.lineno, None, "это не JSON")
        return None
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            problems.add(MANIFEST, None, ".".join(map(str, fault["loc"])) or None, _manifest_reason(fault))
        return None
    except (ValueError, RecursionError):
        problems.add(MANIFEST, None, None, "файл не читается: нужен JSON в кодировке UTF-8")
        return None
    for name in sorted(TABLES.keys() - manifest.tables.keys()):
        problems.add(MANIFEST, None, f"tables.{name}", "таблица не названа; пустая таблица состоит из заголовка")
    for name in sorted(manifest.tables.keys() - TABLES.keys()):
        problems.add(MANIFEST, None, f"tables.{name}", f"такой таблицы нет; есть {', '.join(TABLES)}")
    return (manifest, hashlib.sha256(text).digest()) if not problems.total else None


def read_table(
    directory: Path, manifest: Manifest, table: Table[RowT], problems: Problems
) -> Iterator[tuple[int, RowT]]:
    """Yield the good rows of a table, each with its line; what is wrong with the others goes into `problems`.

    After the last row the file's hash and number of rows are compared with the manifest's.
    """
    try:
        file = open_inside(directory, table.file)
    except ValueError as error:
        problems.add(table.file, None, None, str(error))
        problems.unread.add(table.file)
        return
    with file:
        yield from _Reader(manifest, table, problems).rows(file)


def open_inside(directory: Path, name: str) -> BinaryIO:
    """Open a plain file of the delivery for reading; symbolic links are not followed.

    Raises ValueError with a Russian reason.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name:
        raise ValueError("путь выходит за пределы папки")
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) if directory.is_dir() else -1
    if handle < 0:
        raise ValueError(f"папки {directory} нет")
    try:
        for part in path.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle)
            os.close(handle)
            handle = inner
        # A pipe would let us wait for ever: it is opened without waiting, seen to be no plain file, and refused.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        file = os.open(path.name, flags, dir_fd=handle)
    except FileNotFoundError:
        raise ValueError("файла нет в папке") from None
    except OSError as error:
        raise ValueError(f"файл не открывается: {error.strerror}") from None
    finally:
        os.close(handle)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ValueError("это не обычный файл")
    return os.fdopen(file, "rb")


def _manifest_reason(fault: Any) -> str:
    named = {**Manifest.model_fields, **TableEntry.model_fields}
    last = next((part for part in reversed(fault["loc"]) if part in named), None)
    wanted = named[last].description if last else ""
    if fault["type"] == "missing":
        return f"ключа нет; нужно: {wanted}"
    if fault["type"] == "extra_forbidden":
        return "такого ключа нет"
    return f"нужно: {wanted}" if wanted else "нужна таблица ключей и значений"


class _Reader:
    """One pass over one table."""

    def __init__(self, manifest: Manifest, table: Table[Any], problems: Problems) -> None:
        self._entry = manifest.tables[table.file]
        self._encoding = manifest.encoding
        self._delimiter = manifest.delimiter
        self._table = table
        self._problems = problems
        self._digest = hashlib.sha256()

    def rows(self, file: BinaryIO) -> Iterator[tuple[int, Any]]:
        rows = csv.reader(self._lines(file), delimiter=self._delimiter, strict=True)
        count = blank = 0
        begins = 1
        try:
            places = self._header(next(rows, None))
            begins = rows.line_num + 1
            for cells in rows:
                line, begins = begins, rows.line_num + 1
                if not cells:
                    blank += 1
                else:
                    count += 1
                self._check_counts(line, count, blank)
                if not cells:
                    continue
                row = self._row(line, cells, places)
                if row is not None:
                    yield line, row
        except _Unreadable as error:
            self._stop(error.line, error.reason)
            return
        except csv.Error:
            self._stop(begins, "строка не разбирается: проверьте кавычки и разделители")
            return
        if count < self._entry.rows:
            self._add(None, None, f"строк {count}, а в манифесте {self._entry.rows}")
        if self._digest.hexdigest() != self._entry.sha256:
            self._add(None, None, "файл не тот: SHA-256 не совпадает с манифестом")

    def _check_counts(self, line: int, count: int, blank: int) -> None:
        if count > self._entry.rows:
            raise _Unreadable(line, f"строк больше, чем указано в манифесте: {self._entry.rows}")
        if blank > MAX_BLANK_LINES:
            raise _Unreadable(line, f"пустых строк больше {MAX_BLANK_LINES}")

    def _add(self, line: int | None, column: str | None, reason: str) -> None:
        self._problems.add(self._table.file, line, column, reason)

    def _stop(self, line: int | None, reason: str) -> None:
        self._add(line, None, reason)
        self._problems.unread.add(self._table.file)

    def _lines(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        while raw := file.readline(MAX_LINE + 1):
            number += 1
            if len(raw) > MAX_LINE:
                raise _Unreadable(number, f"строка длиннее {MAX_LINE} байт")
            self._digest.update(raw)
            if number == 1 and self._encoding == "utf-8":
                raw = raw.removeprefix(_BOM)
            try:
                yield raw.decode(self._encoding)
            except UnicodeDecodeError:
                name = NAMED_ENCODINGS[self._encoding]
                raise _Unreadable(number, f"строка не читается в кодировке {name}, которую называет манифест") from None

    def _header(self, cells: list[str] | None) -> list[tuple[Column, int]]:
        if cells is None:
            raise _Unreadable(1, "нет строки заголовка")
        names = [cell.strip() for cell in cells]
        wanted = [column.name for column in self._table.columns]
        read = [column for column in self._table.columns if not column.later or column.name in names]
        for name in (column.name for column in read):
            if names.count(name) != 1:
                self._add(1, name, "столбца нет" if name not in names else "столбец повторяется")
        for name in names:
            if name not in wanted:
                self._add(1, name, f"такого столбца нет; есть {', '.join(wanted)}")
        if sorted(names) != sorted(column.name for column in read):
            raise _Unreadable(1, "таблица не прочитана из-за заголовка")
        return [(column, names.index(column.name)) for column in read]

    def _row(self, line: int, cells: list[str], places: list[tuple[Column, int]]) -> Any:
        if len(cells) != len(places):
            self._add(line, None, f"ячеек {len(cells)}, а столбцов {len(places)}")
            return None
        values: list[Any] = []
        good = True
        for column, place in places:
            cell = cells[place].strip()
            if cell:
                try:
                    values.append(column.read(cell))
                    continue
                except ValueError as error:
                    self._add(line, column.name, str(error))
            elif column.optional:
                values.append(None)
                continue
            else:
                self._add(line, column.name, "пустая ячейка")
            good = False
        return self._table.row(*values) if good else None

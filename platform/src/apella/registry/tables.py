"""The tables of a season as a data centre delivers them: one schema for those who write them and those who read them.

A delivery is a folder: `manifest.json`, a CSV file for each table, and the files that files.csv names.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from apella.db.encryption import normal_email
from apella.errors import Malformed
from apella.identity.model import Category
from apella.identity.people import normal_document, normal_phone
from apella.registry.model import OrganisationKind, TaskType

MANIFEST: Final = "manifest.json"
FORMAT: Final = "apella-season/1"
MAX_ROWS: Final = 50_000_000
NAMED_ENCODINGS: Final = MappingProxyType({"utf-8": "UTF-8", "windows-1251": "Windows-1251"})


class WorkFileKind(enum.StrEnum):
    """What a scan or a recording of a work shows; a protocol is the experts' own."""

    REGISTRATION_FORM = "registration_form"
    ANSWER_FORM_1 = "answer_form_1"
    ANSWER_FORM_2 = "answer_form_2"
    EXTRA_ANSWER_FORM_2 = "extra_answer_form_2"
    RECOGNITION_SHEET = "recognition_sheet"
    PROTOCOL = "protocol"
    AUDIO = "audio"


class TableEntry(BaseModel):
    """What the manifest says of one table; `sha256` is the file's, in hexadecimal digits."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    rows: int = Field(ge=0, le=MAX_ROWS, description=f"число строк без заголовка, от 0 до {MAX_ROWS}")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 файла, 64 шестнадцатеричные цифры")


class Manifest(BaseModel):
    """manifest.json: whose season it is, how its tables are written, and their hashes.

    `timetable_shift_days` moved a real timetable for lessons; `teaching` says that nobody in the tables exists.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    format: Literal["apella-season/1"] = Field(description=f"«{FORMAT}»")
    tenant: str = Field(description="имя региона латиницей")
    year: int = Field(description="год экзаменов числом")
    timetable_shift_days: int = Field(description="целое число дней, 0 для настоящего расписания")
    teaching: bool = Field(description="true для учебных данных, иначе false")
    encoding: Literal["utf-8", "windows-1251"] = Field(description="«utf-8» или «windows-1251»")
    delimiter: Literal[";", ",", "\t"] = Field(description="«;», «,» или табуляция")
    tables: Mapping[str, TableEntry] = Field(description="таблица: имя файла – число строк и SHA-256")


class OrganisationRow(NamedTuple):
    """A school, a municipal authority or an exam point."""

    kind: OrganisationKind
    code: str
    name: str
    territory: str
    address: str | None


class ExamRow(NamedTuple):
    """One subject on one day; `announced_on` is the official day of results, None until known."""

    subject_code: str
    exam_date: date
    wave: int
    announced_on: date | None


class ParticipantRow(NamedTuple):
    """A participant; `organisation_code` is the school, for an earlier graduate the municipal authority."""

    registration_code: str
    category: Category
    surname: str
    given_name: str
    patronymic: str | None
    document: str
    phone: str | None
    email: str | None
    organisation_code: str


class WorkRow(NamedTuple):
    """One participant's work on one exam; `cross_checked` by another region's experts."""

    work_code: str
    registration_code: str
    subject_code: str
    exam_date: date
    exam_point_code: str
    room: str
    variant_code: str | None
    cross_checked: bool


class ResultRow(NamedTuple):
    """The result of a work; the marks by position add up to the primary score."""

    work_code: str
    primary_score: int
    test_score: int


class MarkRow(NamedTuple):
    """The mark of one scoring position."""

    work_code: str
    task_type: TaskType
    position: int
    task: str
    criterion: str | None
    answer: str | None
    mark: int
    max_mark: int


class ExpertRow(NamedTuple):
    """An expert in the roster of one subject; `status` is lead, senior or main."""

    expert_code: str
    subject_code: str
    surname: str
    given_name: str
    patronymic: str | None
    status: Literal["lead", "senior", "main"]
    status_year: int
    checked_first_second: bool
    checked_third: bool
    subject_chair: bool


class CheckRow(NamedTuple):
    """Who checked a work, at which stage (1, 2, 3)."""

    work_code: str
    expert_code: str
    stage: int


class FileRow(NamedTuple):
    """A scan or a recording of a work; `file` is a path inside the delivery, `sha256` its hash in hexadecimal."""

    work_code: str
    kind: WorkFileKind
    page: int
    file: str
    sha256: str


RowT_co = TypeVar("RowT_co", bound=tuple[Any, ...], covariant=True)


@dataclass(frozen=True)
class Column:
    """How a cell is read; `read` raises ValueError with a Russian reason. An optional cell may be empty."""

    name: str
    read: Callable[[str], Any]
    optional: bool = False


@dataclass(frozen=True)
class Table(Generic[RowT_co]):
    """A table: its file, its row and how its columns are read, in the order of the row's fields."""

    file: str
    row: Callable[..., RowT_co]
    columns: tuple[Column, ...]


def written(value: object) -> str:
    """Write a cell as the columns read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(limit: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if len(cell) > limit:
            raise ValueError(f"длиннее {limit} знаков")
        if not cell.isprintable():
            raise ValueError("есть непечатаемые знаки")
        return cell

    return read


def _name(cell: str) -> str:
    return unicodedata.normalize("NFC", _text(150)(cell))


def _matching(pattern: str, wanted: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def read(cell: str) -> str:
        if compiled.fullmatch(cell) is None:
            raise ValueError(f"нужно: {wanted}")
        return cell

    return read


def _integer(low: int, high: int) -> Callable[[str], int]:
    known = {str(value): value for value in range(low, high + 1)}

    def read(cell: str) -> int:
        try:
            return known[cell]
        except KeyError:
            raise ValueError(f"нужно целое число от {low} до {high}") from None

    return read


def _flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError("нужно 1 (да) или 0 (нет)")
    return cell == "1"


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(cell: str) -> date:
    try:
        if _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise ValueError("нужна дата вида 2026-06-18")


ChoiceT = TypeVar("ChoiceT", bound=str)


def _one_of(*values: ChoiceT) -> Callable[[str], ChoiceT]:
    known = {str(value): value for value in values}

    def read(cell: str) -> ChoiceT:
        try:
            return known[cell]
        except KeyError:
            raise ValueError(f"такого кода нет; есть {', '.join(known)}") from None

    return read


def _personal(normal: Callable[[str], str]) -> Callable[[str], str]:
    """Reasons quote nothing of what they refuse: it is personal data."""

    def read(cell: str) -> str:
        try:
            return normal(cell)
        except Malformed as error:
            raise ValueError(" ".join(error.fields.values())) from None

    return read


_code = _matching(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}", "код из латинских букв, цифр и дефиса, до 40 знаков")
_subject = _matching(r"\d\d", "код предмета из двух цифр, например 02")
_registration = _matching(r"\d{4,20}", "код регистрации из цифр, от 4 до 20 знаков")
_sha256 = _matching(r"[0-9a-f]{64}", "SHA-256, 64 шестнадцатеричные цифры")

ORGANISATIONS: Final = Table(
    "organisations.csv",
    OrganisationRow,
    (
        Column("kind", _one_of(*OrganisationKind)),
        Column("code", _matching(r"\d{3,6}", "код из цифр")),
        Column("name", _text(300)),
        Column("territory", _text(150)),
        Column("address", _text(300), optional=True),
    ),
)
EXAMS: Final = Table(
    "exams.csv",
    ExamRow,
    (
        Column("subject_code", _subject),
        Column("exam_date", _day),
        Column("wave", _integer(1, 3)),
        Column("announced_on", _day, optional=True),
    ),
)
PARTICIPANTS: Final = Table(
    "participants.csv",
    ParticipantRow,
    (
        Column("registration_code", _registration),
        Column("category", _one_of(*Category)),
        Column("surname", _name),
        Column("given_name", _name),
        Column("patronymic", _name, optional=True),
        Column("document", _personal(normal_document)),
        Column("phone", _personal(normal_phone), optional=True),
        Column("email", _personal(normal_email), optional=True),
        Column("organisation_code", _matching(r"\d{3,6}", "код из цифр")),
    ),
)
WORKS: Final = Table(
    "works.csv",
    WorkRow,
    (
        Column("work_code", _code),
        Column("registration_code", _registration),
        Column("subject_code", _subject),
        Column("exam_date", _day),
        Column("exam_point_code", _matching(r"\d{4}", "код пункта проведения экзамена из четырёх цифр")),
        Column("room", _text(20)),
        Column("variant_code", _text(20), optional=True),
        Column("cross_checked", _flag),
    ),
)
RESULTS: Final = Table(
    "results.csv",
    ResultRow,
    (
        Column("work_code", _code),
        Column("primary_score", _integer(0, 200)),
        Column("test_score", _integer(0, 100)),
    ),
)
MARKS: Final = Table(
    "marks.csv",
    MarkRow,
    (
        Column("work_code", _code),
        Column("task_type", _one_of(*TaskType)),
        Column("position", _integer(1, 200)),
        Column("task", _text(20)),
        Column("criterion", _text(20), optional=True),
        Column("answer", _text(250), optional=True),
        Column("mark", _integer(0, 100)),
        Column("max_mark", _integer(1, 100)),
    ),
)
EXPERTS: Final = Table(
    "experts.csv",
    ExpertRow,
    (
        Column("expert_code", _code),
        Column("subject_code", _subject),
        Column("surname", _name),
        Column("given_name", _name),
        Column("patronymic", _name, optional=True),
        Column("status", _one_of("lead", "senior", "main")),
        Column("status_year", _integer(2000, 2100)),
        Column("checked_first_second", _flag),
        Column("checked_third", _flag),
        Column("subject_chair", _flag),
    ),
)
CHECKS: Final = Table(
    "checks.csv",
    CheckRow,
    (Column("work_code", _code), Column("expert_code", _code), Column("stage", _integer(1, 3))),
)
FILES: Final = Table(
    "files.csv",
    FileRow,
    (
        Column("work_code", _code),
        Column("kind", _one_of(*WorkFileKind)),
        Column("page", _integer(1, 50)),
        Column("file", _text(250)),
        Column("sha256", _sha256),
    ),
)
TABLES: Final[Mapping[str, Table[tuple[Any, ...]]]] = MappingProxyType(
    {table.file: table for table in (ORGANISATIONS, EXAMS, PARTICIPANTS, WORKS, RESULTS, MARKS, EXPERTS, CHECKS, FILES)}
)
"""Every table that a delivery holds, by the name of its file."""

"""The tables of a season as a data centre delivers them: one schema for those who write them and those who read them.

A delivery is a folder: `manifest.json`, a CSV file for each table, and the files that files.csv names.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from apella.db.encryption import normal_email
from apella.identity.model import Category
from apella.identity.people import normal_document, normal_phone
from apella.registry import cells
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
    """The result of a work; the marks by position add up to the primary score.

    `rechecked_on` is the day on which it was announced after a re-check of the work (federal:100.3). None says nothing
    of one: a day that is known already stands.
    """

    work_code: str
    primary_score: int
    test_score: int
    rechecked_on: date | None = None


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
    """How a cell is read; `read` raises ValueError with a Russian reason. An optional cell may be empty.

    A `later` column is missing in tables of those who do not know it yet. Such columns come last in their table, and
    the row says what stands in their place.
    """

    name: str
    read: Callable[[str], Any]
    optional: bool = False
    later: bool = False


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


ORGANISATIONS: Final = Table(
    "organisations.csv",
    OrganisationRow,
    (
        Column("kind", cells.one_of(*OrganisationKind)),
        Column("code", cells.matching(r"\d{3,6}", "код из цифр")),
        Column("name", cells.text(300)),
        Column("territory", cells.text(150)),
        Column("address", cells.text(300), optional=True),
    ),
)
EXAMS: Final = Table(
    "exams.csv",
    ExamRow,
    (
        Column("subject_code", cells.subject),
        Column("exam_date", cells.day),
        Column("wave", cells.integer(1, 3)),
        Column("announced_on", cells.day, optional=True),
    ),
)
PARTICIPANTS: Final = Table(
    "participants.csv",
    ParticipantRow,
    (
        Column("registration_code", cells.registration),
        Column("category", cells.one_of(*Category)),
        Column("surname", cells.name),
        Column("given_name", cells.name),
        Column("patronymic", cells.name, optional=True),
        Column("document", cells.personal(normal_document)),
        Column("phone", cells.personal(normal_phone), optional=True),
        Column("email", cells.personal(normal_email), optional=True),
        Column("organisation_code", cells.matching(r"\d{3,6}", "код из цифр")),
    ),
)
WORKS: Final = Table(
    "works.csv",
    WorkRow,
    (
        Column("work_code", cells.code),
        Column("registration_code", cells.registration),
        Column("subject_code", cells.subject),
        Column("exam_date", cells.day),
        Column("exam_point_code", cells.matching(r"\d{4}", "код пункта проведения экзамена из четырёх цифр")),
        Column("room", cells.text(20)),
        Column("variant_code", cells.text(20), optional=True),
        Column("cross_checked", cells.flag),
    ),
)
RESULTS: Final = Table(
    "results.csv",
    ResultRow,
    (
        Column("work_code", cells.code),
        Column("primary_score", cells.integer(0, 200)),
        Column("test_score", cells.integer(0, 100)),
        Column("rechecked_on", cells.day, optional=True, later=True),
    ),
)
MARKS: Final = Table(
    "marks.csv",
    MarkRow,
    (
        Column("work_code", cells.code),
        Column("task_type", cells.one_of(*TaskType)),
        Column("position", cells.integer(1, 200)),
        Column("task", cells.text(20)),
        Column("criterion", cells.text(20), optional=True),
        Column("answer", cells.text(250), optional=True),
        Column("mark", cells.integer(0, 100)),
        Column("max_mark", cells.integer(1, 100)),
    ),
)
EXPERTS: Final = Table(
    "experts.csv",
    ExpertRow,
    (
        Column("expert_code", cells.code),
        Column("subject_code", cells.subject),
        Column("surname", cells.name),
        Column("given_name", cells.name),
        Column("patronymic", cells.name, optional=True),
        Column("status", cells.one_of("lead", "senior", "main")),
        Column("status_year", cells.integer(2000, 2100)),
        Column("checked_first_second", cells.flag),
        Column("checked_third", cells.flag),
        Column("subject_chair", cells.flag),
    ),
)
CHECKS: Final = Table(
    "checks.csv",
    CheckRow,
    (Column("work_code", cells.code), Column("expert_code", cells.code), Column("stage", cells.integer(1, 3))),
)
FILES: Final = Table(
    "files.csv",
    FileRow,
    (
        Column("work_code", cells.code),
        Column("kind", cells.one_of(*WorkFileKind)),
        Column("page", cells.integer(1, 50)),
        Column("file", cells.text(250)),
        Column("sha256", cells.sha256),
    ),
)
TABLES: Final[Mapping[str, Table[tuple[Any, ...]]]] = MappingProxyType(
    {table.file: table for table in (ORGANISATIONS, EXAMS, PARTICIPANTS, WORKS, RESULTS, MARKS, EXPERTS, CHECKS, FILES)}
)
"""Every table that a delivery holds, by the name of its file."""

"""The tables that a calendar is made of: the federal one is shipped, the regional days come from a tenant."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictStr, model_validator

from apella.calendar.reading import Row, TableError, read_row
from apella.calendar.wording import short_date

SATURDAY = 5
SUNDAY = 6

Text = Annotated[StrictStr, Field(min_length=1)]
MonthDay = Annotated[StrictStr, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class Holiday(Row):
    """A public holiday on the same days of every year; `days` are `MM-DD` (Labour Code, article 112)."""

    name: Text = Field(description="название праздника")
    days: tuple[MonthDay, ...] = Field(min_length=1, description='дни в виде "ММ-ДД"')


class DayMove(Row):
    """A day off that is taken on another date: `source` stops being one, unless it is a public holiday."""

    source: dt.date = Field(alias="from", description="дата, с которой перенесён выходной")
    target: dt.date = Field(alias="to", description="дата, на которую перенесён выходной")

    @model_validator(mode="after")
    def _weekend_to_weekday(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"{short_date(self.source)} перенесён сам на себя, укажите разные даты")
        if self.source.weekday() < SATURDAY:
            raise ValueError(f"{short_date(self.source)} – не выходной, переносить с него нечего")
        if self.target.weekday() >= SATURDAY:
            raise ValueError(f"{short_date(self.target)} – и так выходной, выберите будний день")
        return self


class FederalYear(Row):
    """One year's moves: by the Government's act (`moved`) and by article 112 itself (`observed`)."""

    year: int = Field(ge=2000, le=2100, description="год числом, например 2025")
    act: Text = Field(description="акт о переносе выходных дней: вид, дата, номер")
    confirmed: StrictBool = Field(description="true, если переносы сверены с текстом акта")
    moved: tuple[DayMove, ...] = Field(description="список переносов { from = ГГГГ-ММ-ДД, to = ГГГГ-ММ-ДД }")
    observed: tuple[DayMove, ...] = Field(description="список переносов { from = ГГГГ-ММ-ДД, to = ГГГГ-ММ-ДД }")
    shortened: tuple[dt.date, ...] = Field(description="список дат ГГГГ-ММ-ДД")

    @property
    def moves(self) -> tuple[DayMove, ...]:
        """Every move of the year, whatever its ground."""
        return self.moved + self.observed

    @model_validator(mode="after")
    def _own_year_and_no_repeats(self) -> Self:
        sources = [move.source for move in self.moves]
        targets = [move.target for move in self.moves]
        for day in (*sources, *targets, *self.shortened):
            if day.year != self.year:
                raise ValueError(f"{short_date(day)} не относится к {self.year} году")
        for days in (sources, targets, self.shortened):
            for day, times in Counter(days).items():
                if times > 1:
                    raise ValueError(f"{short_date(day)} указана дважды")
        return self


class FederalTable(Row):
    """The federal production calendar of several consecutive years."""

    holidays: tuple[Holiday, ...] = Field(alias="holiday", min_length=1, description="таблицы [[holiday]]")
    years: tuple[FederalYear, ...] = Field(alias="year", min_length=1, description="таблицы [[year]]")

    @model_validator(mode="after")
    def _consecutive_years_and_free_targets(self) -> Self:
        numbers = [year.year for year in self.years]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise ValueError(f"годы должны идти подряд и без повторов, а указаны {', '.join(map(str, numbers))}")
        for year in self.years:
            names = self.holiday_names(year.year)
            for move in year.moves:
                if move.target in names:
                    raise ValueError(
                        f"{short_date(move.target)} – праздник «{names[move.target]}», перенос на него лишний"
                    )
            off = names.keys() | {move.target for move in year.moves}
            worked = {move.source for move in year.moves}
            for day in year.shortened:
                if day in off or (day.weekday() >= SATURDAY and day not in worked):
                    raise ValueError(f"{short_date(day)} – и так выходной, сокращать нечего")
        return self

    def holiday_names(self, year: int) -> dict[dt.date, str]:
        """Give the public holidays of one year by date."""
        return {
            dt.date(year, int(day[:2]), int(day[3:])): holiday.name for holiday in self.holidays for day in holiday.days
        }


class LegalAct(Row):
    """The act that sets a value: what it is, its number where known, its date."""

    act: Text = Field(description="вид акта, например «Указ Главы республики»")
    number: Text | None = Field(default=None, description="номер акта строкой, если он известен")
    date: dt.date = Field(description="дата акта ГГГГ-ММ-ДД")

    def __str__(self) -> str:
        number = f" № {self.number}" if self.number else ""
        return f"{self.act} от {self.date:%d.%m.%Y}{number}"


class RegionalDay(Row):
    """A day off of one region. With `carry_over`, one that falls on a day off moves to the next working day."""

    date: dt.date = Field(description="дата ГГГГ-ММ-ДД")
    name: Text = Field(description="название дня")
    act: LegalAct = Field(description='таблица { act = "вид акта", number = "номер", date = ГГГГ-ММ-ДД }')
    carry_over: StrictBool = Field(description="true, если совпадение с выходным переносит день на следующий рабочий")


def load_federal_table(table: Mapping[str, object], *, place: str) -> FederalTable:
    """Read a federal calendar; `place` names its file. Raises TableError."""
    return read_row(FederalTable, table, place=place)


@cache
def shipped_table() -> FederalTable:
    """Give the federal calendar that this version of the product was shipped with."""
    text = resources.files("apella.calendar").joinpath("federal.toml").read_text(encoding="utf-8")
    return load_federal_table(tomllib.loads(text), place="calendar/federal.toml")


def load_regional_days(rows: Iterable[object], *, place: str) -> tuple[RegionalDay, ...]:
    """Read a tenant's days off, sorted by date; `place` names the file. Raises TableError naming every faulty row."""
    days: list[RegionalDay] = []
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        try:
            day = read_row(RegionalDay, row, place=f"{place}: выходной день {number}")
        except TableError as error:
            problems.extend(error.problems)
            continue
        if any(day.date == other.date for other in days):
            problems.append(
                f"{place}: выходной день {number}: дата {short_date(day.date)} уже есть, оставьте одну строку."
            )
        days.append(day)
    if problems:
        raise TableError(tuple(problems))
    return tuple(sorted(days, key=lambda day: day.date))

"""A calendar as one value that can be stored, what an import changes in it, and on which days two calendars differ.

Pure: no clock, no database. The file of an import is read by `apella.calendar.change_file`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from apella.calendar.reading import Row, TableError, read_row
from apella.calendar.tables import FederalTable, FederalYear, LegalAct, RegionalDay, Text
from apella.calendar.wording import short_date
from apella.calendar.working import CalendarRangeError, Week, WorkCalendar
from apella.errors import Conflict, Malformed

WEEKS: tuple[Week, ...] = (5, 6)


class ChangeRefused(Malformed):
    """The import is not taken, and nothing is stored; `problems` has one Russian sentence for each fault."""

    code = "calendar.file"

    def __init__(self, problems: tuple[str, ...], *, code: str | None = None) -> None:
        super().__init__("\n".join(problems), code=code)
        self.problems = problems


class NothingChanges(Conflict):
    """The file says what the calendar in force says already."""

    code = "calendar.nothing_changes"


class CancelledDay(Row):
    """A regional day off that works again, by the act that takes it back."""

    date: dt.date = Field(description="дата ГГГГ-ММ-ДД")
    act: LegalAct = Field(description='таблица { act = "вид акта", number = "номер", date = ГГГГ-ММ-ДД }')


class CalendarChange(Row):
    """What one import asks for: regional days to add and to cancel, federal years to add or to replace."""

    days: tuple[RegionalDay, ...] = Field(default=(), alias="day", description="таблицы [[day]]")
    cancelled: tuple[CancelledDay, ...] = Field(default=(), alias="cancel", description="таблицы [[cancel]]")
    years: tuple[FederalYear, ...] = Field(default=(), alias="year", description="таблицы [[year]]")
    note: Text | None = Field(default=None, description="пояснение одной строкой")

    def to_record(self) -> dict[str, Any]:
        """Give a JSON value from which `from_record` makes this very change again."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CalendarChange:
        """Read what `to_record` gave."""
        return cls.model_validate(record)

    def title(self) -> str:
        """Say in Russian what the change is about and by which act: the «why» that people read on a case."""
        said = [f"{short_date(day.date)} – выходной: {day.name} ({day.act})" for day in self.days]
        said += [f"{short_date(day.date)} – снова рабочий день ({day.act})" for day in self.cancelled]
        said += [f"производственный календарь на {year.year} год: {year.act}" for year in self.years]
        return "; ".join(said)


class CalendarContent(Row):
    """Everything that a calendar is made of: the whole federal table and the days off of one region."""

    federal: FederalTable
    regional: tuple[RegionalDay, ...] = ()

    @classmethod
    def of(cls, calendar: WorkCalendar) -> CalendarContent:
        """Take what a calendar is made of."""
        return cls.model_construct(federal=calendar.federal, regional=calendar.regional)

    def calendar(self, *, version: str) -> WorkCalendar:
        """Lay the calendar out under this label. Raises CalendarRangeError for a regional day outside its years."""
        return WorkCalendar(federal=self.federal, regional=self.regional, version=version)

    def with_years_of(self, other: CalendarContent) -> CalendarContent:
        """Add the years that only the other content knows, with its days off in them; the years known stay as they are.

        Years that do not follow the last one known are left out: a calendar has no gaps.
        """
        last = self.federal.years[-1].year
        newer = tuple(year for year in other.federal.years if year.year > last)
        if not newer or newer[0].year != last + 1:
            return self
        return CalendarContent.model_construct(
            federal=self.federal.model_copy(update={"years": (*self.federal.years, *newer)}),
            regional=(*self.regional, *(day for day in other.regional if day.date.year > last)),
        )

    def to_record(self) -> dict[str, Any]:
        """Give a JSON value from which `from_record` makes this very content again."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CalendarContent:
        """Read what `to_record` gave."""
        return cls.model_validate(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDay:
    """A day that works in one of two calendars only, as one type of week sees it, with both reasons in Russian."""

    date: dt.date
    week: Week
    works: bool
    reason_before: str
    reason_after: str


def apply_change(content: CalendarContent, change: CalendarChange, *, place: str) -> CalendarContent:
    """Make the content that the change asks for; `place` names the file in messages.

    Raises ChangeRefused with a sentence for every fault, NothingChanges when the outcome is the same as before.
    """
    problems: list[str] = []
    federal = _with_years(content.federal, change, problems, place=place)
    regional = _with_days(content.regional, change, problems, years=federal, place=place)
    if problems:
        raise ChangeRefused(tuple(problems))
    changed = CalendarContent.model_construct(federal=federal, regional=regional)
    try:
        changed.calendar(version="")
    except CalendarRangeError as error:
        raise ChangeRefused((f"{place}: {error.message}",)) from error
    if changed == content:
        raise NothingChanges(
            f"{place}: всё, что сказано в файле, уже есть в действующем календаре. Вносить нечего.",
        )
    return changed


def shipped_title(before: CalendarContent, shipped: CalendarContent) -> str:
    """Say in Russian what taking the shipped calendar changes and by which acts: the «why» that cases show."""
    known = {day.date: day for day in before.regional}
    kept = {day.date for day in shipped.regional}
    change = CalendarChange.model_construct(
        days=tuple(day for day in shipped.regional if day != known.get(day.date)),
        years=tuple(year for year in shipped.federal.years if year not in before.federal.years),
    )
    said = [change.title()] if change.days or change.years else []
    said += [
        f"{short_date(day.date)} – выходного больше нет: {day.name} ({day.act})"
        for day in before.regional
        if day.date not in kept
    ]
    if shipped.federal.holidays != before.federal.holidays:
        said.append("перечень нерабочих праздничных дней")
    return f"{'; '.join(said)} (по файлам программы и региона)" if said else "календарь из файлов программы и региона"


def changed_days(old: WorkCalendar, new: WorkCalendar) -> tuple[ChangedDay, ...]:
    """Give every day that both calendars know and that works in one of them only, by date and type of week."""
    return tuple(_changed_days(old, new))


def added_years(old: WorkCalendar, new: WorkCalendar) -> tuple[int, ...]:
    """Give the years that only the new calendar knows."""
    return tuple(
        sorted({year.year for year in new.federal.years} - {year.year for year in old.federal.years}),
    )


def changed_shortened(old: WorkCalendar, new: WorkCalendar) -> tuple[tuple[dt.date, bool], ...]:
    """Give the days that became shortened (True) or ceased to be (False); such days count whole in any term."""
    before, after = (
        {day for year in calendar.federal.years for day in year.shortened if old.covers(day) and new.covers(day)}
        for calendar in (old, new)
    )
    return tuple((day, day in after) for day in sorted(before ^ after))


def _changed_days(old: WorkCalendar, new: WorkCalendar) -> Iterator[ChangedDay]:
    first, last = max(old.first, new.first), min(old.last, new.last)
    for shift in range((last - first).days + 1):
        day = first + dt.timedelta(days=shift)
        for week in WEEKS:
            before, after = old.day(day, week), new.day(day, week)
            if before.works != after.works:
                yield ChangedDay(
                    date=day,
                    week=week,
                    works=after.works,
                    reason_before=before.reason,
                    reason_after=after.reason,
                )


def _with_years(table: FederalTable, change: CalendarChange, problems: list[str], *, place: str) -> FederalTable:
    if not change.years:
        return table
    years = {year.year: year for year in table.years} | {year.year: year for year in change.years}
    try:
        return read_row(
            FederalTable,
            {"holiday": table.holidays, "year": tuple(years[number] for number in sorted(years))},
            place=place,
        )
    except TableError as error:
        problems.extend(error.problems)
        return table


def _with_days(
    days: tuple[RegionalDay, ...], change: CalendarChange, problems: list[str], *, years: FederalTable, place: str
) -> tuple[RegionalDay, ...]:
    found = {day.date: day for day in days}
    problems.extend(
        f"{place}: cancel: {short_date(cancelled.date)}: такого регионального выходного в календаре нет, "
        "отменять нечего; проверьте дату."
        for cancelled in change.cancelled
        if found.pop(cancelled.date, None) is None
    )
    loaded = {year.year for year in years.years}
    for day in change.days:
        if day.date.year not in loaded:
            problems.append(
                f"{place}: day: {short_date(day.date)}: календарь на {day.date.year} год не загружен: есть годы "
                f"с {min(loaded)} по {max(loaded)}; исправьте дату или добавьте таблицу [[year]] этого года."
            )
        elif day.date in found:
            problems.append(
                f"{place}: day: {short_date(day.date)}: такой выходной уже есть («{found[day.date].name}», "
                f"{found[day.date].act}); уберите строку или сначала отмените его таблицей [[cancel]]."
            )
        else:
            found[day.date] = day
    return tuple(found[date] for date in sorted(found))

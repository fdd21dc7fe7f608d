"""A year of the working calendar laid out by months, every day with what it is and why. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from apella.calendar.tables import SATURDAY
from apella.calendar.working import Week, WorkCalendar

_ONE_DAY = dt.timedelta(days=1)
_DAYS_OF_WEEK = 7


class DayKind(enum.StrEnum):
    """What a day is: an ordinary one, or one whose reason a reader looks for.

    weekend: off as in every week; moved: a weekday off in the place of another; worked: a weekend day that works;
    shortened: works an hour less, and counts whole; regional: off by an act of the region.
    """

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED = "moved"
    WORKED = "worked"
    SHORTENED = "shortened"
    REGIONAL = "regional"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """One day of a month; `reason` is the calendar's own Russian phrase. A `shortened` one works an hour less."""

    date: dt.date
    works: bool
    kind: DayKind
    shortened: bool
    reason: str

    @property
    def special(self) -> bool:
        """Whether the day is other than in every week."""
        return self.kind not in (DayKind.WORKING, DayKind.WEEKEND)


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month in rows of seven days from Monday on; None stands for days of its neighbours."""

    first: dt.date
    rows: tuple[tuple[MonthDay | None, ...], ...]

    @property
    def days(self) -> tuple[MonthDay, ...]:
        """The days of the month in their order."""
        return tuple(day for row in self.rows for day in row if day is not None)

    @property
    def working(self) -> int:
        """How many days of the month work."""
        return sum(day.works for day in self.days)

    @property
    def special(self) -> tuple[MonthDay, ...]:
        """The days that are other than in every week."""
        return tuple(day for day in self.days if day.special)


def months(calendar: WorkCalendar, year: int, *, week: Week) -> tuple[Month, ...]:
    """Lay out the twelve months of a year as this week sees them. Raises CalendarRangeError for a year not loaded."""
    calendar.require_year(year)
    federal = WorkCalendar(federal=calendar.federal)
    return tuple(_month(calendar, federal, dt.date(year, number, 1), week) for number in range(1, 13))


def _month(calendar: WorkCalendar, federal: WorkCalendar, first: dt.date, week: Week) -> Month:
    cells: list[MonthDay | None] = [None] * first.weekday()
    cells += [_day(calendar, federal, day, week) for day in _days_of(first)]
    cells += [None] * (-len(cells) % _DAYS_OF_WEEK)
    rows = tuple(tuple(cells[start : start + _DAYS_OF_WEEK]) for start in range(0, len(cells), _DAYS_OF_WEEK))
    return Month(first=first, rows=rows)


def _days_of(first: dt.date) -> Iterator[dt.date]:
    day = first
    while day.month == first.month:
        yield day
        day += _ONE_DAY


def _day(calendar: WorkCalendar, federal: WorkCalendar, day: dt.date, week: Week) -> MonthDay:
    known = calendar.day(day, week)
    # The hour less is the five-day week's: of six-day weeks the law says otherwise (Labour Code, article 95).
    shortened = known.works and week == 5 and calendar.is_shortened(day)
    kind = _kind(calendar, federal, day, week)
    if shortened and kind is DayKind.WORKING:
        kind = DayKind.SHORTENED
    return MonthDay(date=day, works=known.works, kind=kind, shortened=shortened, reason=known.reason)


def _kind(calendar: WorkCalendar, federal: WorkCalendar, day: dt.date, week: Week) -> DayKind:
    if not calendar.is_working(day, week):
        if federal.is_working(day, week):
            return DayKind.REGIONAL
        if day in calendar.federal.holiday_names(day.year):
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.MOVED
    if day.weekday() >= SATURDAY and (week == 5 or day.weekday() > SATURDAY):
        return DayKind.WORKED
    return DayKind.WORKING

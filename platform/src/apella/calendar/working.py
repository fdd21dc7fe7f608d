"""Which days work, for a five- or six-day week, and why a day does not."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from apella.calendar.tables import SATURDAY, SUNDAY, FederalTable, RegionalDay, shipped_table
from apella.calendar.wording import short_date
from apella.errors import Conflict

Week = Literal[5, 6]
"""Days in the working week that a term counts in: the type belongs to each term, not to the tenant."""

BASE_VERSION = "base"
"""The version of a calendar made of the shipped table and the tenant's own files, without later imports."""

_ONE_DAY = dt.timedelta(days=1)


class CalendarRangeError(Conflict):
    """The date lies outside the years that the calendar holds."""

    code = "calendar.range"


class CalendarDay(NamedTuple):
    """One day as a given week sees it: whether it works, and a Russian phrase that says why."""

    date: dt.date
    works: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """The federal calendar together with the days off of one region, under a version of its own.

    A six-day week works on Saturdays, so moves of Saturdays do not touch it; moves of Sundays hold for both weeks.
    `held` names, by term and the day of its start event, the windows that had lapsed under an earlier calendar before
    this one was put in force, and that nobody opened again: `for_term` gives them the calendar they lapsed under.
    """

    federal: FederalTable = field(default_factory=shipped_table, repr=False)
    regional: tuple[RegionalDay, ...] = ()
    version: str = BASE_VERSION
    held: Mapping[tuple[str, dt.date], WorkCalendar] = field(default_factory=dict, repr=False, compare=False)
    _days: dict[Week, list[CalendarDay]] = field(init=False, repr=False, compare=False)
    _working: dict[Week, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay out every day of both weeks once, so that a look-up costs next to nothing.

        Raises CalendarRangeError when a regional day is outside the loaded years.
        """
        days: dict[Week, list[CalendarDay]] = {week: self._lay_out(week) for week in (5, 6)}
        working = {week: [day.date.toordinal() for day in days[week] if day.works] for week in days}
        object.__setattr__(self, "_days", days)
        object.__setattr__(self, "_working", working)

    @property
    def first(self) -> dt.date:
        """The first day that the calendar knows."""
        return dt.date(self.federal.years[0].year, 1, 1)

    @property
    def last(self) -> dt.date:
        """The last day that the calendar knows."""
        return dt.date(self.federal.years[-1].year, 12, 31)

    def for_term(self, term: str, started: dt.date) -> WorkCalendar:
        """Give the calendar that a term is counted by, when its start event fell on the day `started`."""
        return self.held.get((term, started), self)

    def covers(self, day: dt.date) -> bool:
        """Whether the calendar knows this day; every other question about a day it does not know is an error."""
        return self.first <= day <= self.last

    def require_year(self, year: int) -> None:
        """Refuse a year that the calendar does not hold, whatever number it is. Raises CalendarRangeError."""
        if not self.first.year <= year <= self.last.year:
            raise self._not_loaded(year)

    def require_day(self, day: dt.date) -> None:
        """Refuse a day that the calendar does not hold. Raises CalendarRangeError."""
        if not self.covers(day):
            raise self._out_of_range(day)

    def day(self, day: dt.date, week: Week) -> CalendarDay:
        """Give what this week makes of the day. Raises CalendarRangeError."""
        days = self._days[week]
        index = day.toordinal() - days[0].date.toordinal()
        if not 0 <= index < len(days):
            raise self._out_of_range(day)
        return days[index]

    def is_working(self, day: dt.date, week: Week) -> bool:
        """Whether the day counts in this week. Raises CalendarRangeError."""
        return self.day(day, week).works

    def reason(self, day: dt.date, week: Week) -> str:
        """Say in Russian why the day works or does not. Raises CalendarRangeError."""
        return self.day(day, week).reason

    def add_working_days(self, day: dt.date, number: int, week: Week) -> dt.date:
        """Give the `number`-th working day after `day`, or before it when negative; 0 gives `day` itself.

        Raises CalendarRangeError.
        """
        if not number:
            return day
        beside = day + _ONE_DAY if number > 0 else day - _ONE_DAY
        if not self.covers(beside):
            raise self._out_of_range(beside)
        working = self._working[week]
        if number > 0:
            place = bisect_right(working, day.toordinal()) + number - 1
        else:
            place = bisect_left(working, day.toordinal()) + number
        if not 0 <= place < len(working):
            raise self._out_of_range(self.last + _ONE_DAY if number > 0 else self.first - _ONE_DAY)
        return dt.date.fromordinal(working[place])

    def count_working(self, first: dt.date, last: dt.date, week: Week) -> int:
        """Count the working days from `first` to `last`, both included. Raises CalendarRangeError."""
        if last < first:
            return 0
        for day in (first, last):
            self.require_day(day)
        working = self._working[week]
        return bisect_right(working, last.toordinal()) - bisect_left(working, first.toordinal())

    def is_shortened(self, day: dt.date) -> bool:
        """Whether the day is an hour shorter in a five-day week; it still counts as a whole day of a term.

        Raises CalendarRangeError.
        """
        self.require_day(day)
        return any(day in year.shortened for year in self.federal.years if year.year == day.year)

    def _out_of_range(self, day: dt.date) -> CalendarRangeError:
        return self._not_loaded(day.year, date=day.isoformat())

    def _not_loaded(self, year: int, **details: Any) -> CalendarRangeError:
        return CalendarRangeError(
            f"Календарь на {year} год не загружен: есть годы с {self.first.year} по {self.last.year}. "
            f"Загрузите производственный календарь на {year} год или выберите другую дату.",
            **details,
        )

    def _lay_out(self, week: Week) -> list[CalendarDay]:
        days: list[CalendarDay] = []
        for year in self.federal.years:
            holidays = self.federal.holiday_names(year.year)
            targets = {move.target: move.source for move in year.moves}
            sources = {move.source: move.target for move in year.moves if move.source not in holidays}
            day = dt.date(year.year, 1, 1)
            while day.year == year.year:
                days.append(_federal_day(day, week, holidays, targets, sources))
                day += _ONE_DAY
        self._take_off_regional(days)
        return days

    def _take_off_regional(self, days: list[CalendarDay]) -> None:
        first = self.first.toordinal()
        carried: list[RegionalDay] = []
        for off in sorted(self.regional, key=lambda off: off.date):
            if not self.covers(off.date):
                raise self._out_of_range(off.date)
            index = off.date.toordinal() - first
            if days[index].works:
                days[index] = CalendarDay(off.date, False, f"региональный выходной: {off.name} ({off.act})")
            elif off.carry_over:
                carried.append(off)
        # Days carried over come last: each takes the first day that nothing else has taken.
        for off in carried:
            index = off.date.toordinal() - first
            while not days[index].works:
                index += 1
                if index == len(days):
                    raise self._out_of_range(self.last + _ONE_DAY)
            reason = f"региональный выходной перенесён с {short_date(off.date)}: {off.name} ({off.act})"
            days[index] = CalendarDay(days[index].date, False, reason)


def _federal_day(
    day: dt.date,
    week: Week,
    holidays: dict[dt.date, str],
    targets: dict[dt.date, dt.date],
    sources: dict[dt.date, dt.date],
) -> CalendarDay:
    if day in holidays:
        return CalendarDay(day, False, holidays[day])
    if day in targets:
        source = short_date(targets[day])
        if week == 6 and targets[day].weekday() == SATURDAY:
            return CalendarDay(day, True, f"рабочий день: при шестидневной неделе выходной с {source} не переносится")
        return CalendarDay(day, False, f"выходной перенесён с {source}")
    if day.weekday() == SATURDAY and week == 6:
        return CalendarDay(day, True, "суббота, рабочий день при шестидневной неделе")
    if day in sources:
        name = "рабочая суббота" if day.weekday() == SATURDAY else "рабочее воскресенье"
        return CalendarDay(day, True, f"{name}: выходной перенесён на {short_date(sources[day])}")
    if day.weekday() == SATURDAY:
        return CalendarDay(day, False, "суббота, выходной при пятидневной неделе")
    if day.weekday() == SUNDAY:
        return CalendarDay(day, False, "воскресенье, выходной")
    return CalendarDay(day, True, "рабочий день")

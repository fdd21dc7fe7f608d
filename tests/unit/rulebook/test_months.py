"""A year by months: each day is what the calendar says, and has a reason to read."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.calendar.tables import LegalAct, RegionalDay
from apella.calendar.working import CalendarRangeError, Week, WorkCalendar
from apella.rulebook.months import DayKind, MonthDay, months

ACT = LegalAct(act="Указ", number="00-УГ", date=dt.date(2025, 6, 5))


def day_of(calendar: WorkCalendar, date: dt.date, week: Week) -> MonthDay:
    (month,) = (month for month in months(calendar, date.year, week=week) if month.first.month == date.month)
    (day,) = (day for day in month.days if day.date == date)
    return day


@pytest.mark.parametrize("year", [2022, 2024, 2025, 2027])
@pytest.mark.parametrize("week", [5, 6])
def test_every_day_stands_once_under_its_weekday(year: int, week: Week) -> None:
    laid = months(WorkCalendar(), year, week=week)
    days = [day.date for month in laid for day in month.days]
    first = dt.date(year, 1, 1)
    assert days == [first + dt.timedelta(days=shift) for shift in range((dt.date(year + 1, 1, 1) - first).days)]
    for month in laid:
        assert {len(row) for row in month.rows} == {7}
        assert all(day is None or day.date.weekday() == place for row in month.rows for place, day in enumerate(row))


@pytest.mark.parametrize(("week", "working"), [(5, 247), (6, 299)])
@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_the_working_days_of_the_months_add_up(year: int, week: Week, working: int) -> None:
    assert sum(month.working for month in months(WorkCalendar(), year, week=week)) == working


@pytest.mark.parametrize(
    ("date", "week", "kind"),
    [
        (dt.date(2025, 6, 11), 5, DayKind.SHORTENED),
        (dt.date(2025, 6, 11), 6, DayKind.WORKING),
        (dt.date(2025, 6, 12), 5, DayKind.HOLIDAY),
        (dt.date(2025, 6, 13), 5, DayKind.MOVED),
        (dt.date(2025, 6, 13), 6, DayKind.WORKING),
        (dt.date(2025, 6, 14), 5, DayKind.WEEKEND),
        (dt.date(2025, 6, 14), 6, DayKind.WORKING),
        (dt.date(2025, 6, 15), 6, DayKind.WEEKEND),
        (dt.date(2025, 11, 1), 5, DayKind.WORKED),
        (dt.date(2024, 4, 27), 5, DayKind.WORKED),
        (dt.date(2024, 4, 27), 6, DayKind.WORKING),
    ],
)
def test_a_day_is_what_its_week_makes_of_it(date: dt.date, week: Week, kind: DayKind) -> None:
    assert day_of(WorkCalendar(), date, week).kind is kind


def test_a_working_saturday_may_be_shortened_too() -> None:
    assert day_of(WorkCalendar(), dt.date(2025, 11, 1), 5).shortened
    assert not day_of(WorkCalendar(), dt.date(2025, 11, 1), 6).shortened


def test_a_regional_day_off_is_told_apart_and_names_its_act() -> None:
    off = RegionalDay(date=dt.date(2025, 6, 6), name="Праздник края", act=ACT, carry_over=False)
    for week in (5, 6):
        day = day_of(WorkCalendar(regional=(off,)), off.date, week)
        assert (day.kind, day.works) == (DayKind.REGIONAL, False)
        assert "00-УГ" in day.reason


def test_a_regional_day_that_is_carried_over_marks_the_day_it_falls_on() -> None:
    off = RegionalDay(date=dt.date(2025, 6, 7), name="Праздник края", act=ACT, carry_over=True)
    calendar = WorkCalendar(regional=(off,))
    assert day_of(calendar, dt.date(2025, 6, 9), 5).kind is DayKind.REGIONAL
    assert day_of(calendar, dt.date(2025, 6, 7), 5).kind is DayKind.WEEKEND
    assert day_of(calendar, dt.date(2025, 6, 7), 6).kind is DayKind.REGIONAL


@pytest.mark.parametrize("year", [2035, 9999, 0, -1, 99999999999])
def test_a_year_that_is_not_loaded_is_refused(year: int) -> None:
    with pytest.raises(CalendarRangeError, match=f"Календарь на {year} год не загружен"):
        months(WorkCalendar(), year, week=5)

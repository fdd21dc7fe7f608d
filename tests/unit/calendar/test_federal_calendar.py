"""The shipped federal calendar: its counts, its differing days, and an independent source that agrees with it."""

from __future__ import annotations

import datetime as dt

import holidays
import pytest

from apella.calendar.tables import shipped_table
from apella.calendar.working import CalendarRangeError, Week, WorkCalendar

CALENDAR = WorkCalendar()
EVERY_DAY = [CALENDAR.first + dt.timedelta(days=n) for n in range((CALENDAR.last - CALENDAR.first).days + 1)]

ONLY_OFF_IN_A_FIVE_DAY_WEEK = {
    2025: {"2025-05-02", "2025-06-13", "2025-11-03"},
    2026: {"2026-01-09", "2026-05-11"},
    2027: {"2027-02-22", "2027-05-03", "2027-06-14", "2027-11-05"},
}


def test_the_shipped_calendar_is_version_base_and_holds_2022_to_2027() -> None:
    assert CALENDAR.version == "base"
    assert (CALENDAR.first, CALENDAR.last) == (dt.date(2022, 1, 1), dt.date(2027, 12, 31))


def test_only_2027_waits_for_the_text_of_its_act() -> None:
    assert [year.year for year in shipped_table().years if not year.confirmed] == [2027]


@pytest.mark.parametrize(("week", "days"), [(5, 247), (6, 299)])
@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_a_year_has_its_known_number_of_working_days(year: int, week: Week, days: int) -> None:
    assert CALENDAR.count_working(dt.date(year, 1, 1), dt.date(year, 12, 31), week) == days


@pytest.mark.parametrize("year", range(2022, 2028))
def test_the_five_day_week_agrees_with_an_independent_calendar(year: int) -> None:
    independent = holidays.country_holidays("RU", years=year)
    differing = [
        day for day in EVERY_DAY if day.year == year and CALENDAR.is_working(day, 5) != independent.is_working_day(day)
    ]
    assert differing == []


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_only_the_listed_weekdays_work_in_a_six_day_week_alone(year: int) -> None:
    differing = {
        day.isoformat()
        for day in EVERY_DAY
        if day.year == year and day.weekday() < 5 and CALENDAR.is_working(day, 6) != CALENDAR.is_working(day, 5)
    }
    assert differing == ONLY_OFF_IN_A_FIVE_DAY_WEEK[year]


def test_a_six_day_week_works_wherever_a_five_day_week_does() -> None:
    assert [day for day in EVERY_DAY if CALENDAR.is_working(day, 5) and not CALENDAR.is_working(day, 6)] == []


def test_a_working_day_before_a_holiday_is_shortened_also_when_it_was_moved_to_a_saturday() -> None:
    for year in shipped_table().years:
        names = shipped_table().holiday_names(year.year)
        moved = {move.source: move.target for move in year.moves}
        eves = {
            day
            for day in EVERY_DAY
            if day.year == year.year
            and CALENDAR.is_working(day, 5)
            and {day + dt.timedelta(days=1), moved.get(day, day) + dt.timedelta(days=1)} & names.keys()
        }
        assert set(year.shortened) == eves
    assert CALENDAR.is_shortened(dt.date(2025, 11, 1))
    assert not CALENDAR.is_shortened(dt.date(2025, 11, 5))


@pytest.mark.parametrize(
    ("day", "week", "works", "reason"),
    [
        ("2025-06-10", 5, True, "рабочий день"),
        ("2025-06-12", 5, False, "День России"),
        ("2025-06-12", 6, False, "День России"),
        ("2025-06-13", 5, False, "выходной перенесён с сб 08.03.2025"),
        ("2025-06-13", 6, True, "рабочий день: при шестидневной неделе выходной с сб 08.03.2025 не переносится"),
        ("2025-06-14", 5, False, "суббота, выходной при пятидневной неделе"),
        ("2025-06-14", 6, True, "суббота, рабочий день при шестидневной неделе"),
        ("2025-06-15", 5, False, "воскресенье, выходной"),
        ("2025-06-15", 6, False, "воскресенье, выходной"),
        ("2025-11-01", 5, True, "рабочая суббота: выходной перенесён на пн 03.11.2025"),
        ("2025-11-01", 6, True, "суббота, рабочий день при шестидневной неделе"),
        ("2025-12-31", 6, False, "выходной перенесён с вс 05.01.2025"),
        ("2027-06-12", 6, False, "День России"),
    ],
)
def test_every_day_says_why_it_works_or_not(day: str, week: Week, works: bool, reason: str) -> None:
    found = CALENDAR.day(dt.date.fromisoformat(day), week)
    assert (found.works, found.reason) == (works, reason)


def test_working_days_are_stepped_over_forward_and_backward() -> None:
    friday = dt.date(2025, 6, 20)
    assert CALENDAR.add_working_days(friday, 1, 5) == dt.date(2025, 6, 23)
    assert CALENDAR.add_working_days(friday, 1, 6) == dt.date(2025, 6, 21)
    assert CALENDAR.add_working_days(friday, 4, 5) == dt.date(2025, 6, 26)
    assert CALENDAR.add_working_days(dt.date(2025, 6, 23), -1, 5) == friday
    assert CALENDAR.add_working_days(dt.date(2025, 6, 22), 0, 5) == dt.date(2025, 6, 22)


def test_the_new_year_is_crossed_without_counting_its_holidays() -> None:
    assert CALENDAR.add_working_days(dt.date(2025, 12, 30), 1, 5) == dt.date(2026, 1, 12)
    assert CALENDAR.add_working_days(dt.date(2025, 12, 30), 1, 6) == dt.date(2026, 1, 9)


@pytest.mark.parametrize("day", [dt.date(2021, 12, 31), dt.date(2029, 3, 1)])
def test_a_date_outside_the_loaded_years_is_an_error_that_says_what_is_loaded(day: dt.date) -> None:
    assert not CALENDAR.covers(day)
    for ask in (
        lambda: CALENDAR.is_working(day, 5),
        lambda: CALENDAR.reason(day, 6),
        lambda: CALENDAR.is_shortened(day),
        lambda: CALENDAR.add_working_days(day, -1, 5),
        lambda: CALENDAR.count_working(day, day, 5),
    ):
        with pytest.raises(CalendarRangeError) as caught:
            ask()
        assert caught.value.error_code == "calendar.range"
        assert caught.value.message.startswith(f"Календарь на {day.year} год не загружен: есть годы с 2022 по 2027.")


def test_a_count_that_runs_out_of_the_calendar_is_an_error() -> None:
    with pytest.raises(CalendarRangeError, match="2028 год не загружен"):
        CALENDAR.add_working_days(dt.date(2027, 12, 30), 1, 5)

"""Days off of one region on top of the federal calendar, with and without carry-over."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.calendar.reading import TableError
from apella.calendar.tables import RegionalDay, load_regional_days
from apella.calendar.working import CalendarRangeError, Week, WorkCalendar

ACT = {"act": "Указ Главы", "number": "00-УГ", "date": dt.date(2025, 5, 20)}


def _day(date: str, *, carry_over: bool = False) -> RegionalDay:
    row = {"date": dt.date.fromisoformat(date), "name": "Праздник области", "act": ACT, "carry_over": carry_over}
    return load_regional_days([row], place="calendar.toml")[0]


def _off(calendar: WorkCalendar, week: Week, first: str, last: str) -> list[str]:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    days = [start + dt.timedelta(days=shift) for shift in range((end - start).days + 1)]
    return [day.isoformat()[5:] for day in days if not calendar.is_working(day, week)]


@pytest.mark.parametrize("week", [5, 6])
def test_a_regional_day_is_off_in_both_weeks_and_names_its_act(week: Week) -> None:
    calendar = WorkCalendar(regional=(_day("2025-06-06"),))
    assert not calendar.is_working(dt.date(2025, 6, 6), week)
    reason = "региональный выходной: Праздник области (Указ Главы от 20.05.2025 № 00-УГ)"
    assert calendar.reason(dt.date(2025, 6, 6), week) == reason


def test_without_carry_over_a_day_on_a_weekend_changes_nothing() -> None:
    calendar = WorkCalendar(regional=(_day("2025-06-15"),))
    assert _off(calendar, 5, "2025-06-14", "2025-06-20") == _off(WorkCalendar(), 5, "2025-06-14", "2025-06-20")


def test_with_carry_over_a_day_on_a_saturday_moves_on_only_where_saturday_is_off() -> None:
    calendar = WorkCalendar(regional=(_day("2025-06-21", carry_over=True),))
    assert _off(calendar, 5, "2025-06-20", "2025-06-25") == ["06-21", "06-22", "06-23"]
    assert _off(calendar, 6, "2025-06-20", "2025-06-25") == ["06-21", "06-22"]
    reason = "региональный выходной перенесён с сб 21.06.2025: Праздник области (Указ Главы от 20.05.2025 № 00-УГ)"
    assert calendar.reason(dt.date(2025, 6, 23), 5) == reason


def test_two_carried_days_take_two_working_days_and_a_day_of_its_own_comes_first() -> None:
    days = (_day("2025-06-21", carry_over=True), _day("2025-06-22", carry_over=True), _day("2025-06-23"))
    calendar = WorkCalendar(regional=days)
    assert _off(calendar, 5, "2025-06-20", "2025-06-27") == ["06-21", "06-22", "06-23", "06-24", "06-25"]


def test_a_day_that_cannot_be_carried_within_the_calendar_is_an_error() -> None:
    with pytest.raises(CalendarRangeError, match="2028 год не загружен"):
        WorkCalendar(regional=(_day("2027-12-31", carry_over=True),))


def test_a_day_outside_the_calendar_is_an_error() -> None:
    with pytest.raises(CalendarRangeError, match="2031 год не загружен"):
        WorkCalendar(regional=(_day("2031-01-05"),))


def test_days_are_sorted_and_an_act_without_a_known_number_reads_well() -> None:
    act = {"act": "Указ Главы", "date": dt.date(2025, 3, 20)}
    rows = [
        {"date": dt.date(2025, 6, 6), "name": "Б", "act": ACT, "carry_over": False},
        {"date": dt.date(2025, 3, 31), "name": "А", "act": act, "carry_over": False},
    ]
    days = load_regional_days(rows, place="calendar.toml")
    assert [day.name for day in days] == ["А", "Б"]
    assert str(days[0].act) == "Указ Главы от 20.03.2025"


def test_every_fault_of_a_tenants_table_is_named_with_its_row_key_and_remedy() -> None:
    good = {"date": dt.date(2025, 6, 6), "name": "А", "act": ACT, "carry_over": False}
    rows = [good, {**good, "carry": True}, {**good, "date": "6 июня", "act": {"act": "Указ"}}, good, "2025-06-07"]
    with pytest.raises(TableError) as caught:
        load_regional_days(rows, place="calendar.toml")
    text = caught.value.message
    assert "calendar.toml: выходной день 2: ключа carry нет в схеме" in text
    assert "calendar.toml: выходной день 3: date = '6 июня' не подходит; нужно: дата ГГГГ-ММ-ДД." in text
    assert "calendar.toml: выходной день 3: нет ключа act.date" in text
    assert "calendar.toml: выходной день 4: дата пт 06.06.2025 уже есть" in text
    assert "calendar.toml: выходной день 5: здесь нужна таблица ключей и значений" in text

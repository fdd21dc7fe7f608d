"""What an import makes of a calendar, and on which days two calendars differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.calendar.change_file import read_change
from apella.calendar.changes import (
    CalendarChange,
    CalendarContent,
    ChangeRefused,
    NothingChanges,
    added_years,
    apply_change,
    changed_days,
    changed_shortened,
    shipped_title,
)
from apella.calendar.model import label_of, number_of
from apella.calendar.store import window_key, window_of
from apella.calendar.tables import FederalYear, LegalAct, RegionalDay
from apella.calendar.working import WorkCalendar

BASE = WorkCalendar()
ACT = LegalAct(act="Указ Главы", number=None, date=dt.date(2025, 6, 1))


def day(date: str, *, carry_over: bool = False) -> RegionalDay:
    """A made-up day off."""
    return RegionalDay(date=dt.date.fromisoformat(date), name="Праздник", act=ACT, carry_over=carry_over)


def changed(base: WorkCalendar = BASE, **asked: Any) -> WorkCalendar:
    """The calendar after a change."""
    content = apply_change(CalendarContent.of(base), CalendarChange(**asked), place="days.toml")
    return content.calendar(version="base+1")


def flips(old: WorkCalendar, new: WorkCalendar) -> list[tuple[str, int, bool]]:
    """Date, week and whether the day works now."""
    return [(one.date.isoformat(), one.week, one.works) for one in changed_days(old, new)]


def test_a_day_off_is_off_in_both_weeks_and_says_why() -> None:
    new = changed(day=(day("2025-06-06"),))
    assert flips(BASE, new) == [("2025-06-06", 5, False), ("2025-06-06", 6, False)]
    (one, _) = changed_days(BASE, new)
    assert (one.reason_before, one.reason_after) == (
        "рабочий день",
        "региональный выходной: Праздник (Указ Главы от 01.06.2025)",
    )
    assert flips(new, BASE) == [("2025-06-06", 5, True), ("2025-06-06", 6, True)]


def test_a_saturday_changes_the_six_day_week_alone_unless_it_is_carried_over() -> None:
    assert flips(BASE, changed(day=(day("2025-06-21"),))) == [("2025-06-21", 6, False)]
    assert flips(BASE, changed(day=(day("2025-06-21", carry_over=True),))) == [
        ("2025-06-21", 6, False),
        ("2025-06-23", 5, False),
    ]
    assert flips(BASE, changed(day=(day("2025-06-22"),))) == []


def test_a_day_is_cancelled_by_its_act() -> None:
    off = changed(day=(day("2025-06-06"),))
    again = changed(off, cancel=({"date": dt.date(2025, 6, 6), "act": ACT},))
    assert flips(BASE, again) == []
    with pytest.raises(ChangeRefused, match="такого регионального выходного в календаре нет, отменять нечего"):
        changed(cancel=({"date": dt.date(2025, 6, 6), "act": ACT},))


def test_a_year_is_added_after_the_last_and_a_wrong_one_is_refused() -> None:
    years = {year.year: year for year in BASE.federal.years}
    next_year = years[2027].model_copy(update={"year": 2028, "moved": (), "observed": (), "shortened": ()})
    new = changed(year=(next_year,))
    assert (added_years(BASE, new), new.last) == ((2028,), dt.date(2028, 12, 31))
    assert flips(BASE, new) == []
    with pytest.raises(ChangeRefused, match="годы должны идти подряд"):
        changed(year=(next_year.model_copy(update={"year": 2030}),))


def test_a_year_is_replaced_and_shortened_days_are_told_apart() -> None:
    year = BASE.federal.years[3]
    without = year.model_copy(update={"moved": year.moved[:-1], "shortened": ()})
    new = changed(year=(without,))
    assert flips(BASE, new) == [("2025-11-01", 5, False), ("2025-11-03", 5, True)]
    assert changed_shortened(BASE, new) == tuple((one, False) for one in year.shortened)


def test_a_day_of_a_year_that_is_not_loaded_or_that_is_there_already_is_refused() -> None:
    with pytest.raises(ChangeRefused, match="календарь на 2031 год не загружен: есть годы с 2022 по 2027"):
        changed(day=(day("2031-06-06"),))
    off = changed(day=(day("2025-06-06"),))
    with pytest.raises(ChangeRefused, match="такой выходной уже есть"):
        changed(off, day=(day("2025-06-06"),))
    with pytest.raises(ChangeRefused, match="2028 год не загружен"):
        changed(day=(day("2027-12-31", carry_over=True),))


def test_a_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(NothingChanges):
        changed(year=BASE.federal.years[3:4])


def test_content_comes_back_from_its_record_as_it_was() -> None:
    content = CalendarContent.of(changed(day=(day("2025-06-06"),)))
    again = CalendarContent.from_record(content.to_record())
    assert again == content
    assert flips(BASE, again.calendar(version="x")) == [("2025-06-06", 5, False), ("2025-06-06", 6, False)]


@settings(deadline=None)  # each example lays out whole calendars
@given(st.lists(st.dates(dt.date(2025, 1, 1), dt.date(2026, 11, 30)), unique=True, max_size=4), st.booleans())
def test_only_days_that_a_change_names_or_carries_to_ever_change(dates: list[dt.date], carry_over: bool) -> None:
    days = tuple(day(date.isoformat(), carry_over=carry_over) for date in dates)
    if not days:
        return
    new = changed(day=days)
    for one in changed_days(BASE, new):
        assert not one.works
        assert one.date in dates or (carry_over and "перенесён" in one.reason_after)
        assert BASE.is_working(one.date, one.week)


def test_a_window_that_stays_lapsed_is_counted_by_the_calendar_that_it_lapsed_under() -> None:
    started = dt.date(2025, 6, 4)
    new = WorkCalendar(version="base+1", held={("score.filing", started): BASE})
    assert new.for_term("score.filing", started) is BASE
    assert new.for_term("score.filing", dt.date(2025, 6, 5)) is new
    assert new.for_term("score.withdrawal", started) is new


def test_labels_and_keys_are_read_back() -> None:
    assert [number_of(label_of(number)) for number in (0, 1, 12)] == [0, 1, 12]
    assert (label_of(0), label_of(2)) == ("base", "base+2")
    assert window_of(window_key("score.filing", dt.date(2025, 6, 4))) == ("score.filing", dt.date(2025, 6, 4))


def test_a_shortened_day_that_does_not_work_is_refused() -> None:
    year = "[[year]]\nyear = 2028\nact = 'а'\nconfirmed = true\nmoved = []\nobserved = []\nshortened = [2028-01-08]\n"
    with pytest.raises(ChangeRefused, match="и так выходной, сокращать нечего"):
        apply_change(CalendarContent.of(BASE), read_change(year.encode(), name="y.toml"), place="y.toml")


def later(*years: int, regional: tuple[RegionalDay, ...] = ()) -> CalendarContent:
    """The shipped calendar with plain years behind it."""
    more = tuple(
        FederalYear.model_validate(
            {"year": year, "act": "акт", "confirmed": True, "moved": [], "observed": [], "shortened": []}
        )
        for year in years
    )
    federal = BASE.federal.model_copy(update={"years": (*BASE.federal.years, *more)})
    return CalendarContent.model_construct(federal=federal, regional=regional)


def test_years_that_only_another_calendar_knows_are_added_with_their_days_off_and_nothing_else() -> None:
    next_year = BASE.last.year + 1
    known = CalendarContent.of(changed(day=(day("2025-06-06"),)))
    other = later(next_year, next_year + 1, regional=(day("2025-06-09"), day(f"{next_year}-06-06")))
    grown = known.with_years_of(other)
    assert grown.federal == other.federal
    assert [one.date.isoformat() for one in grown.regional] == ["2025-06-06", f"{next_year}-06-06"]
    assert known.with_years_of(CalendarContent.of(BASE)) is known
    assert known.with_years_of(later(next_year + 1)) is known, "a calendar has no gaps"


def test_what_the_files_change_is_said_with_its_acts() -> None:
    before = CalendarContent.of(changed(day=(day("2025-06-06"),)))
    shipped = later(BASE.last.year + 1, regional=(day("2025-06-09"),))
    assert shipped_title(before, shipped) == (
        f"пн 09.06.2025 – выходной: Праздник (Указ Главы от 01.06.2025); "
        f"производственный календарь на {BASE.last.year + 1} год: акт; "
        "пт 06.06.2025 – выходного больше нет: Праздник (Указ Главы от 01.06.2025) (по файлам программы и региона)"
    )
    assert shipped_title(before, before) == "календарь из файлов программы и региона"

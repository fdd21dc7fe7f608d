"""Dates and counts in Russian."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.calendar.wording import plural, short_date


@pytest.mark.parametrize(
    ("form", "numbers"),
    [("день", (1, 21, 101, -1)), ("дня", (2, 4, 22, 1004)), ("дней", (0, 5, 11, 12, 14, 25, 111, 112))],
)
def test_a_number_takes_its_form(form: str, numbers: tuple[int, ...]) -> None:
    assert {plural(number, "день", "дня", "дней") for number in numbers} == {form}


def test_a_date_carries_its_weekday() -> None:
    assert short_date(dt.date(2025, 6, 14)) == "сб 14.06.2025"

"""How dates and counts read in Russian sentences."""

from __future__ import annotations

import datetime as dt

WEEKDAYS_SHORT = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


def short_date(day: dt.date) -> str:
    """Give the date with its weekday, as every date in the product is shown: «сб 14.06.2025»."""
    return f"{WEEKDAYS_SHORT[day.weekday()]} {day:%d.%m.%Y}"


def plural(number: int, one: str, few: str, many: str) -> str:
    """Choose the form of the word beside a whole number, without the number: 1 день, 2 дня, 5 и 11 дней, 21 день."""
    tail = abs(number) % 100
    if tail % 10 == 1 and tail != 11:
        return one
    if tail % 10 in (2, 3, 4) and tail not in (12, 13, 14):
        return few
    return many

"""Dates, numbers, names and documents as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apella.web import formatting

MOSCOW = ZoneInfo("Europe/Moscow")
NORTH = ZoneInfo("Asia/Novokuznetsk")
NOW = datetime(2025, 6, 10, 9, 12, tzinfo=MOSCOW)
MIDNIGHT_AFTER_14 = datetime(2025, 6, 15, tzinfo=MOSCOW)


def _plain(text: str) -> str:
    return text.replace(formatting.NBSP, " ")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((1, 2, 3, 4, 5), "пн–\u2060пт"),
        ((5, 4, 3), "ср–\u2060пт"),
        ((2, 3), "вт, ср"),
        ((1, 2, 4), "пн, вт, чт"),
        ((6,), "сб"),
    ],
)
def test_days_in_a_row_are_named_by_their_ends(numbers: tuple[int, ...], text: str) -> None:
    assert formatting.weekdays(numbers) == text


def test_office_hours_keep_together() -> None:
    assert formatting.office_hours((1, 2, 3), opens=time(9), closes=time(18)) == "пн–\u2060ср 09:00–\u206018:00"


def test_a_sentence_begins_with_a_capital_letter_and_keeps_the_rest() -> None:
    assert [formatting.capital(text) for text in ("член ГЭК", "")] == ["Член ГЭК", ""]


def test_a_counted_word_does_not_part_from_its_number() -> None:
    assert formatting.count(3, "протокол", "протокола", "протоколов") == "3\u00a0протокола"


@pytest.mark.parametrize(
    ("number", "text"),
    [(439, "439"), (4400, "4400"), (12500, "12\u00a0500"), (1234567, "1\u00a0234\u00a0567"), (-7, "−7")],
)
def test_thousands_are_set_apart_from_five_digits_on(number: int, text: str) -> None:
    assert formatting.whole(number) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (91.4, None, "91,4"),
        (Decimal("0.10"), None, "0,10"),
        (-1.5, None, "−1,5"),
        (2, 1, "2,0"),
        (1e-7, None, "0,0000001"),
    ],
)
def test_a_decimal_has_a_comma(value: float, places: int | None, text: str) -> None:
    assert formatting.decimal(value, places=places) == text


@pytest.mark.parametrize(("number", "text"), [(2, "+2"), (-1, "−1"), (0, "0")])
def test_a_change_has_its_sign(number: int, text: str) -> None:
    assert formatting.signed(number) == text


def test_console_dates_name_the_weekday() -> None:
    at = datetime(2025, 6, 13, 8, 20, tzinfo=UTC)
    assert formatting.day(date(2025, 6, 14)) == "сб\u00a014.06.2025"
    assert formatting.day(date(2025, 6, 9), year=False) == "пн\u00a009.06"
    assert formatting.moment(at, zone=MOSCOW) == "пт\u00a013.06.2025, 11:20"
    assert formatting.moment(at, zone=MOSCOW, year=False) == "пт\u00a013.06, 11:20"
    assert formatting.clock(at, zone=MOSCOW) == "11:20"


def test_the_same_instant_is_another_day_in_another_zone() -> None:
    at = datetime(2025, 6, 13, 20, 30, tzinfo=UTC)
    assert formatting.moment(at, zone=MOSCOW) == "пт\u00a013.06.2025, 23:30"
    assert formatting.moment(at, zone=NORTH) == "сб\u00a014.06.2025, 03:30"


def test_a_deadline_at_midnight_is_the_last_minute_of_the_day_before() -> None:
    assert formatting.deadline(MIDNIGHT_AFTER_14, zone=MOSCOW) == "сб\u00a014.06.2025, 23:59"
    assert formatting.deadline(MIDNIGHT_AFTER_14.astimezone(UTC), zone=MOSCOW) == "сб\u00a014.06.2025, 23:59"
    assert formatting.deadline(datetime(2026, 1, 1, tzinfo=MOSCOW), zone=MOSCOW) == "ср\u00a031.12.2025, 23:59"
    assert formatting.portal_deadline(MIDNIGHT_AFTER_14, zone=MOSCOW) == "сб\u00a014\u00a0июня, 23:59"


def test_midnight_is_the_tenants_and_not_that_of_greenwich() -> None:
    assert formatting.deadline(datetime(2025, 6, 15, tzinfo=UTC), zone=MOSCOW) == "вс\u00a015.06.2025, 03:00"


def test_a_deadline_at_an_hour_is_shown_as_it_is() -> None:
    assert formatting.deadline(datetime(2025, 6, 10, 12, tzinfo=MOSCOW), zone=MOSCOW) == "вт\u00a010.06.2025, 12:00"


def test_portal_dates_are_written_out() -> None:
    at = datetime(2025, 6, 13, 11, 20, tzinfo=MOSCOW)
    assert formatting.portal_moment(at, zone=MOSCOW) == "пятница, 13\u00a0июня, 11:20"
    assert formatting.portal_moment(at, zone=MOSCOW, short=True) == "пт\u00a013\u00a0июня, 11:20"
    assert formatting.portal_day(date(2025, 6, 9), year=True, short=True) == "пн\u00a09\u00a0июня\u00a02025\u00a0года"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(seconds=59), "осталось меньше минуты"),
        (timedelta(minutes=1), "осталось 1 мин"),
        (timedelta(hours=2, minutes=48), "осталось 2 ч 48 мин"),
        (timedelta(hours=2), "осталось 2 ч"),
        (timedelta(hours=23, minutes=59, seconds=59), "осталось 23 ч 59 мин"),
        (timedelta(days=1), "осталось 1 день"),
        (timedelta(days=1, hours=14, minutes=47), "осталось 1 день 14 ч"),
        (timedelta(days=1, hours=23, minutes=59), "осталось 1 день 23 ч"),
        (timedelta(days=2), "осталось 2 дня"),
        (timedelta(days=30), "осталось 30 дней"),
    ],
)
def test_time_left_is_rounded_down(left: timedelta, text: str) -> None:
    noon = datetime(2025, 6, 10, 12, tzinfo=MOSCOW)
    assert _plain(formatting.time_left(noon, now=noon - left, zone=MOSCOW)) == text


def test_from_two_days_on_working_days_are_counted_where_the_term_has_them() -> None:
    assert _plain(formatting.time_left(MIDNIGHT_AFTER_14, now=NOW, zone=MOSCOW, working_days=4)) == "осталось 4 р. д."
    tomorrow = MIDNIGHT_AFTER_14 - timedelta(days=2, hours=9)
    left = formatting.time_left(MIDNIGHT_AFTER_14, now=tomorrow + timedelta(hours=12), zone=MOSCOW, working_days=2)
    assert _plain(left) == "осталось 1 день 20 ч"


def test_a_term_that_ends_on_days_off_counts_days() -> None:
    assert _plain(formatting.time_left(MIDNIGHT_AFTER_14, now=NOW, zone=MOSCOW, working_days=0)) == "осталось 4 дня"


def test_time_left_agrees_with_the_minute_that_is_shown() -> None:
    end_of_today = datetime(2025, 6, 11, tzinfo=MOSCOW)
    assert _plain(formatting.time_left(end_of_today, now=NOW, zone=MOSCOW)) == "осталось 14 ч 47 мин"
    last_minute = end_of_today - timedelta(seconds=30)
    assert formatting.time_left(end_of_today, now=last_minute, zone=MOSCOW) == "осталось меньше минуты"


@pytest.mark.parametrize(
    ("over", "text"),
    [
        (timedelta(0), "просрочено только что"),
        (timedelta(minutes=32), "просрочено на 32 мин"),
        (timedelta(hours=26), "просрочено на 1 день 2 ч"),
        (timedelta(days=5), "просрочено на 5 дней"),
    ],
)
def test_a_broken_term_says_by_how_much(over: timedelta, text: str) -> None:
    assert _plain(formatting.time_left(NOW, now=NOW + over, zone=MOSCOW)) == text


def test_time_left_is_real_time_across_zones() -> None:
    due = datetime(2025, 6, 10, 12, tzinfo=NORTH)
    now = datetime(2025, 6, 10, 7, tzinfo=MOSCOW)
    assert _plain(formatting.time_left(due, now=now, zone=NORTH)) == "осталось 1 ч"


def test_the_zone_stands_once_a_page() -> None:
    assert formatting.zone_note("время республики", at=NOW, zone=MOSCOW) == "время республики, UTC+3"
    assert formatting.zone_note("местное время", at=NOW, zone=ZoneInfo("Asia/Kolkata")) == "местное время, UTC+5:30"
    assert formatting.zone_note("местное время", at=NOW, zone=ZoneInfo("America/Lima")) == "местное время, UTC−5"


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        formatting.clock(datetime(2025, 6, 10, 9, 12), zone=MOSCOW)  # noqa: DTZ001  this is what is refused


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (("Бекетова", "Мария", "Антоновна"), "Бекетова\u00a0М.\u00a0А."),
        (("Ногмов", "Тимур", ""), "Ногмов\u00a0Т."),
        (("Ким", "анна-мария", ""), "Ким\u00a0А.-М."),
        ((" Эльмесов ", " Тембот ", "Казбекович"), "Эльмесов\u00a0Т.\u00a0К."),
    ],
)
def test_initials_stay_together(name: tuple[str, str, str], text: str) -> None:
    assert formatting.initials(*name) == text


def test_the_portal_greets_by_first_name() -> None:
    assert formatting.first_name_initial("Варвара", "Заречная") == "Варвара\u00a0З."


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("8304 123214", "••••\u00a0•••214"),
        ("8304123214", "••••\u00a0•••214"),
        ("AB1234567", "••••••567"),
        ("12345", "•••••"),
    ],
)
def test_a_document_shows_its_end_only(number: str, text: str) -> None:
    assert formatting.masked_document(number) == text


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("Положение, п. 41", "Положение, п.\u00a041"),
        ("гимназия № 14", "гимназия №\u00a014"),
        ("осталось 4 р. д.", "осталось 4\u00a0р.\u00a0д."),
        ("до сб 14.06 – осталось 2 ч", "до сб\u00a014.06\u00a0– осталось 2\u00a0ч"),
        ("3-й день из 4", "3-й день из\u00a04"),
        ("просто слова", "просто слова"),
    ],
)
def test_what_belongs_together_stays_on_one_line(text: str, bound: str) -> None:
    assert formatting.glue(text) == bound


@pytest.mark.parametrize("typed", ["05.06.2025", " 5.6.2025 ", "05/06/2025", "5 6 2025", "05,06,2025"])
def test_a_typed_day_is_read(typed: str) -> None:
    assert formatting.parse_day(typed) == date(2025, 6, 5)


@pytest.mark.parametrize("typed", ["", "5 июня", "31.02.2025", "2025-06-05", "05.06.25"])
def test_a_wrong_day_says_what_to_type(typed: str) -> None:
    with pytest.raises(ValueError, match=r"день\.месяц\.год"):
        formatting.parse_day(typed)


def test_a_day_of_the_term_is_numbered() -> None:
    assert formatting.ordinal_day(3) == "3-й\u00a0день"

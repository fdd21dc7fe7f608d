"""From instants and counts to the values that the macros draw."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apella.web.components import DayKind, DueState
from apella.web.daystrip import DayCount, DayStep, draw
from apella.web.dues import DueStyle, met_due, no_due, running_due

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2025, 6, 10, 9, 12, tzinfo=ZONE)
END_OF_TODAY = datetime(2025, 6, 11, tzinfo=ZONE)
NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("due", "hand_over", "state"),
    [
        (NOW, False, DueState.OVER),
        (NOW + timedelta(seconds=1), False, DueState.SOON),
        (NOW + timedelta(hours=4, seconds=-1), False, DueState.SOON),
        (NOW + timedelta(hours=4), False, DueState.PLAIN),
        (END_OF_TODAY, False, DueState.PLAIN),
        (END_OF_TODAY, True, DueState.SOON),
        (END_OF_TODAY + timedelta(days=1), True, DueState.PLAIN),
    ],
)
def test_the_state_of_a_deadline(due: datetime, *, hand_over: bool, state: DueState) -> None:
    assert running_due(due, now=NOW, zone=ZONE, hand_over=hand_over).state is state


@pytest.mark.parametrize(
    ("due", "style", "text"),
    [
        (END_OF_TODAY, DueStyle.FULL, "вт 10.06.2025, 23:59"),
        (END_OF_TODAY, DueStyle.SEASON, "вт 10.06, 23:59"),
        (END_OF_TODAY, DueStyle.TODAY, "до 23:59"),
        (END_OF_TODAY + timedelta(days=1), DueStyle.TODAY, "ср 11.06, 23:59"),
        (END_OF_TODAY, DueStyle.PORTAL, "вт 10 июня, 23:59"),
        (NOW - timedelta(minutes=32), DueStyle.SEASON, "сегодня, 08:40"),
        (NOW - timedelta(days=1), DueStyle.SEASON, "пн 09.06, 09:12"),
    ],
)
def test_a_deadline_is_written_for_its_place(due: datetime, style: DueStyle, text: str) -> None:
    assert running_due(due, now=NOW, zone=ZONE, style=style).date_text.replace(NBSP, " ") == text


def test_machines_read_the_minute_that_people_read() -> None:
    assert running_due(END_OF_TODAY, now=NOW, zone=ZONE).iso == "2025-06-10T23:59+03:00"


def test_a_met_deadline_says_when_and_a_wait_without_term_says_for_whom() -> None:
    met = met_due(datetime(2025, 6, 13, 11, 32, tzinfo=ZONE), zone=ZONE, note="выполнено, 3-й день из 4")
    assert (met.state, met.date_text, met.left_text) == (
        DueState.MET,
        "пт\u00a013.06, 11:32",
        "выполнено, 3-й день из 4",
    )
    assert no_due("срока нет: ждём федеральный центр").state is DueState.NONE


def _steps(*days: tuple[int, str]) -> tuple[DayStep, ...]:
    return tuple(DayStep(date=date(2025, 6, number), counts=not why, reason=why) for number, why in days)


def test_a_strip_numbers_counted_days_and_letters_skipped_ones() -> None:
    drawn = draw(
        DayCount(
            title="Регион",
            start=date(2025, 6, 9),
            start_reason="день поступления",
            steps=_steps((10, ""), (11, ""), (12, "День России"), (13, ""), (14, "")),
            due=date(2025, 6, 14),
        )
    )
    (strip,) = drawn.strips
    assert [(day.kind, day.mark) for day in strip.days] == [
        (DayKind.START, ""),
        (DayKind.COUNT, "1"),
        (DayKind.COUNT, "2"),
        (DayKind.SKIP, "а"),
        (DayKind.COUNT, "3"),
        (DayKind.DUE, "4"),
    ]
    assert strip.days[3].spoken == "чт\u00a012: не считается, День России"
    assert strip.days[5].spoken == "сб\u00a014: 4-й день, срок"


def test_two_counts_share_the_letters_of_their_reasons() -> None:
    region = DayCount(
        title="Регион",
        start=date(2025, 6, 9),
        start_reason="день поступления",
        steps=_steps((12, "праздник"), (13, "")),
        due=date(2025, 6, 13),
    )
    federal = DayCount(
        title="Федеральный предел",
        start=date(2025, 6, 9),
        start_reason="день поступления",
        steps=_steps((12, "праздник"), (14, "выходной"), (15, "выходной"), (16, "")),
        due=date(2025, 6, 16),
    )
    drawn = draw(region, federal)
    assert [(reason.mark, reason.text.replace(NBSP, " ")) for reason in drawn.reasons] == [
        ("а", "чт 12.06 – праздник"),
        ("б", "сб 14.06, вс 15.06 – выходной"),
    ]


def test_a_backward_count_stays_in_calendar_order() -> None:
    drawn = draw(
        DayCount(
            title="Уведомление",
            start=date(2025, 6, 9),
            start_reason="день рассмотрения",
            steps=_steps((8, "выходной"), (7, "выходной"), (6, "")),
            due=date(2025, 6, 6),
        )
    )
    assert [day.kind for day in drawn.strips[0].days] == [DayKind.DUE, DayKind.SKIP, DayKind.SKIP, DayKind.START]


def test_the_first_day_is_never_counted_twice() -> None:
    drawn = draw(
        DayCount(
            title="Срок",
            start=date(2025, 6, 9),
            start_reason="день объявления",
            steps=_steps((9, "день объявления"), (10, "")),
            due=date(2025, 6, 10),
        )
    )
    assert [day.mark for day in drawn.strips[0].days] == ["", "1"]
    assert drawn.reasons == ()

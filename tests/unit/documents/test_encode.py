"""What a template receives: finished dates, Russian numbers, text that can be set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apella.documents.encode import clean, encode
from apella.documents.fonts import FontSet, load_fonts
from apella.documents.parts import CodedName, Decision
from apella.documents.render import FONTS


@pytest.fixture(scope="module")
def fonts() -> FontSet:
    return load_fonts(FONTS)


def test_a_date_comes_with_its_short_form_and_weekday(fonts: FontSet) -> None:
    assert encode(date(2026, 6, 26), fonts=fonts) == {"date": "26.06.2026", "short": "26.06.26", "weekday": "пт"}


def test_a_moment_keeps_the_tenants_hour(fonts: FontSet) -> None:
    moment = datetime(2026, 6, 19, 23, 59, tzinfo=ZoneInfo("Asia/Novosibirsk"))
    assert encode(moment, fonts=fonts) == {
        "date": "19.06.2026",
        "short": "19.06.26",
        "weekday": "пт",
        "time": "23:59",
    }


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 6, 19, 16, 20, tzinfo=UTC), datetime(2026, 6, 19, 16, 20, tzinfo=UTC).replace(tzinfo=None)],
)
def test_a_moment_outside_the_tenants_zone_is_refused(moment: datetime, fonts: FontSet) -> None:
    with pytest.raises(ValueError, match="tenant's zone"):
        encode(moment, fonts=fonts)


@pytest.mark.parametrize(
    ("number", "printed"), [(Decimal("2.50"), "2,50"), (Decimal("-1"), "−1"), (Decimal("1E+2"), "100")]
)
def test_a_decimal_has_a_comma(number: Decimal, printed: str, fonts: FontSet) -> None:
    assert encode(number, fonts=fonts) == printed


def test_a_number_that_is_not_finite_is_refused(fonts: FontSet) -> None:
    with pytest.raises(ValueError, match="finite"):
        encode(Decimal("NaN"), fonts=fonts)


def test_a_float_is_refused(fonts: FontSet) -> None:
    with pytest.raises(TypeError, match="float"):
        encode((1.5,), fonts=fonts)


def test_codes_and_nested_parts_keep_their_shape(fonts: FontSet) -> None:
    assert encode((Decision.REJECTED, CodedName(code="01"), None, True, 7), fonts=fonts) == [
        "rejected",
        {"code": "01", "name": ""},
        None,
        True,
        7,
    ]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("бланк № 2", "бланк №~2"),
        ("А. Б. Тестов", "А.~Б.~Тестов"),
        ("Тестов А. Б.", "Тестов~А.~Б."),
        ("г. Северск, ул. Мира, д. 5", "г.~Северск, ул.~Мира, д.~5"),
        ("о несогласии с баллами", "о~несогласии с~баллами"),
        ("задание 13", "задание~13"),
        ("в 2026 г. было", "в~2026~г.~было"),
        ("  лишние края\r\n\r\n\r\nабзац\t!", "лишние края\n\nабзац !"),
        ("и\u0306", "й"),
        ("\u0301сам по себе", "\ufffdсам по себе"),
    ],
)
def test_text_is_made_printable(written: str, printed: str, fonts: FontSet) -> None:
    assert clean(written, fonts=fonts) == printed.replace("~", "\xa0")


def test_a_long_run_gets_places_to_break_and_loses_nothing(fonts: FontSet) -> None:
    run = "https://example.ru/" + "х\u0301" * 40
    broken = clean(run, fonts=fonts)
    assert broken.replace("\u200b", "") == run
    pieces = broken.split("\u200b")
    assert max(map(len, pieces)) <= 11
    assert not any(piece.startswith("\u0301") for piece in pieces)


def test_an_ordinary_long_word_is_left_alone(fonts: FontSet) -> None:
    assert clean("частнопредпринимательского", fonts=fonts) == "частнопредпринимательского"

"""A term that ends with a named day of a later year: how long papers are kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.reading import TableError
from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.lock import federal_lock_violations, rule_phrase
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term

ROW: Mapping[str, Any] = {
    "title": "Хранение документов",
    "sources": ["core:E23", "core:A42"],
    "start_event": "exam_year",
    "unit": "date",
    "month_day": "03-01",
    "years": 1,
    "hardness": "breach",
    "owed_by": "secretary",
    "action": "keep",
}


@pytest.fixture
def retention() -> Term:
    return load_terms({"retention": ROW})["retention"]


@pytest.mark.clause("core:E23", "core:A42")
@pytest.mark.parametrize("day", [dt.date(2025, 1, 1), dt.date(2025, 6, 2), dt.date(2025, 12, 31)])
def test_papers_are_kept_until_the_end_of_that_day(
    retention: Term, calendar: WorkCalendar, zone: ZoneInfo, day: dt.date
) -> None:
    found = compute(retention, events={"exam_year": day}, calendar=calendar, zone=zone)
    assert found.due == dt.datetime(2026, 3, 2, tzinfo=zone)
    assert found.as_json()["due"] == "2026-03-01T23:59:59+03:00"
    assert found.as_json()["opens"] == f"{day}T00:00:00+03:00"
    assert found.is_open(dt.datetime(2026, 3, 1, 23, 59, 59, tzinfo=zone))
    assert due(retention, events={"exam_year": day}, calendar=calendar, zone=zone) == found.due
    assert found.summary() == "не позднее вс 01.03.2026, 23:59"
    assert found.steps[0].reason == "день, названный правилом, через 1 год после 2025 года; включается в срок"


def test_the_year_is_that_of_the_day_in_the_tenants_zone(retention: Term, calendar: WorkCalendar) -> None:
    instant = dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC)
    years = {
        name: compute(retention, events={"exam_year": instant}, calendar=calendar, zone=ZoneInfo(name)).due
        for name in ("Etc/UTC", "Asia/Kamchatka")
    }
    assert [found and found.year for found in years.values()] == [2026, 2027]


def test_an_unknown_year_is_said_in_words(retention: Term, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    assert compute(retention, events={}, calendar=calendar, zone=zone).summary() == (
        "не позднее 1 марта через 1 год после события «год экзамена», дата которого ещё не известна"
    )
    assert rule_phrase(retention) == "не позднее 1 марта через 1 год после события «год экзамена»"
    same_year = retention.model_copy(update={"years": 0})
    assert rule_phrase(same_year) == "не позднее 1 марта того же года после события «год экзамена»"


def test_it_keeps_the_contract_and_the_record(
    retention: Term, calendar: WorkCalendar, zone: ZoneInfo, contract: Draft202012Validator
) -> None:
    found = compute(retention, events={"exam_year": dt.date(2025, 6, 2)}, calendar=calendar, zone=zone)
    assert Explanation.from_record(json.loads(json.dumps(found.to_record()))) == found
    shown = json.loads(json.dumps(found.as_json()))
    assert list(contract.iter_errors(shown)) == []
    assert (shown["unit"], shown["length"], shown["from"]) == ("date", None, "2025-06-02")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"years": None}, "month_day: ключи month_day и years указывают вместе"),
        ({"month_day": None}, "month_day: ключи month_day и years указывают вместе"),
        ({"unit": "month", "length": 1}, 'month_day: день года бывает только у срока с unit = "date"'),
        ({"month_day": "02-29"}, "month_day: дня 02-29 нет в каждом году"),
        ({"month_day": "13-01"}, "month_day: дня 13-01 нет в каждом году"),
        ({"month_day": "1 марта"}, "month_day = '1 марта' не подходит; нужно: день года \"ММ-ДД\""),
        ({"years": -1}, "years = -1 не подходит; нужно: через сколько лет"),
    ],
)
def test_a_faulty_day_is_named(change: Mapping[str, Any], sentence: str) -> None:
    row = {key: value for key, value in {**ROW, **change}.items() if value is not None}
    with pytest.raises(TableError) as caught:
        load_terms({"retention": row}, source="terms.toml")
    assert any(sentence in problem for problem in caught.value.problems)


def test_the_lock_compares_named_days(retention: Term) -> None:
    federal = retention.model_copy(update={"clauses": ("federal:102.3",)})
    for change, weaker in (
        ({}, False),
        ({"month_day": "02-28"}, False),
        ({"years": 0}, False),
        ({"month_day": "03-02"}, True),
        ({"years": 2}, True),
        ({"month_day": None, "years": None}, True),
    ):
        assert bool(federal_lock_violations(federal, federal.model_copy(update=change))) == weaker

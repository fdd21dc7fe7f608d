"""Dates that an act has set stand in the place of the counted ones; the federal limit stays beside them."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Intake, Published
from apella.deadlines.terms import Term

MOSCOW = ZoneInfo("Europe/Moscow")
ANNOUNCED = {"results_announced": dt.date(2025, 6, 4)}


def at(day: int, hour: int) -> dt.datetime:
    """Give an hour of a day of June 2025; the results of the 4th leave the 5th and the 6th."""
    return dt.datetime(2025, 6, day, hour, tzinfo=MOSCOW)


def schedule(*days: tuple[int, int, int]) -> Published:
    return Published(
        term="score.filing",
        intake=tuple(Intake(opens=at(day, opens), closes=at(day, closes)) for day, opens, closes in days),
        source="График обработки апелляций, приказ № 00-УГ",
        clauses=("north:1",),
        doors=(("queue_clerk", at(days[-1][0], 18)),),
    )


@pytest.fixture
def window(terms: dict[str, Term], calendar: WorkCalendar) -> Explanation:
    term = terms["score.filing"]
    return compute(
        term,
        events=ANNOUNCED,
        calendar=calendar,
        zone=MOSCOW,
        federal=term,
        published=schedule((5, 10, 15), (6, 10, 15), (9, 10, 15)),
    )


def test_the_acts_dates_replace_the_counted_ones_and_name_their_source(window: Explanation) -> None:
    assert (window.opens, window.due, window.is_published) == (at(5, 10), at(9, 15), True)
    assert window.federal_due == at(7, 0)
    assert window.final_due == at(9, 15)
    assert window.first_opens == at(4, 0)
    assert window.clauses == ("north:1", "federal:100.1")
    assert [step.reason for step in window.steps] == ["приём с 10:00 до 15:00 по графику"] * 3
    assert window.summary() == (
        "по графику: с чт 05.06.2025, 10:00 до пн 09.06.2025, 15:00 (График обработки апелляций, приказ № 00-УГ); "
        "федеральный предел пт 06.06.2025"
    )


@pytest.mark.clause("federal:100.1", "core:D1")
def test_an_act_never_shortens_the_right_of_a_participant(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["score.filing"]
    short = compute(
        term, events=ANNOUNCED, calendar=calendar, zone=MOSCOW, federal=term, published=schedule((5, 10, 15))
    )
    assert (short.due, short.federal_due, short.final_due) == (at(5, 15), at(7, 0), at(7, 0))


def test_before_the_event_the_act_sets_no_window(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    for events in ({}, {"exam_day": dt.date(2025, 6, 2)}):
        found = compute(
            terms["score.filing"], events=events, calendar=calendar, zone=MOSCOW, published=schedule((5, 10, 15))
        )
        assert (found.due, found.is_published) == (None, False)


def test_another_terms_dates_change_nothing(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["score.consideration"]
    events = {"registered": dt.date(2025, 6, 4)}
    plain = compute(term, events=events, calendar=calendar, zone=MOSCOW)
    beside = compute(term, events=events, calendar=calendar, zone=MOSCOW, published=schedule((5, 10, 15)))
    assert (plain.due, plain.steps) == (beside.due, beside.steps)


def test_the_bare_end_and_the_record_know_the_act(
    window: Explanation, terms: dict[str, Term], calendar: WorkCalendar, contract: Draft202012Validator
) -> None:
    published = schedule((5, 10, 15), (6, 10, 15), (9, 10, 15))
    bare = due(terms["score.filing"], events=ANNOUNCED, calendar=calendar, zone=MOSCOW, published=published)
    assert bare == window.due
    assert Explanation.from_record(json.loads(json.dumps(window.to_record()))) == window
    shown = json.loads(json.dumps(window.as_json()))
    assert list(contract.iter_errors(shown)) == []
    assert {key: shown[key] for key in ("unit", "length", "cutoff", "due", "published")} == {
        "unit": "date",
        "length": None,
        "cutoff": "15:00",
        "due": "2025-06-09T15:00:00+03:00",
        "published": "График обработки апелляций, приказ № 00-УГ",
    }


def test_a_day_until_midnight_ends_with_its_last_second(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    whole = Published(
        term="score.filing",
        intake=(Intake(opens=at(5, 0), closes=at(10, 0)),),
        source="График",
        clauses=("north:1",),
    )
    found = compute(terms["score.filing"], events=ANNOUNCED, calendar=calendar, zone=MOSCOW, published=whole)
    assert found.as_json()["due"] == "2025-06-09T23:59:59+03:00"
    assert found.cutoff is None
    assert found.steps[0].reason == "приём с 00:00 до 24:00 по графику"
    assert whole.closes_at("queue_clerk") == at(10, 0)


# --- The hour of a door -----------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.1", "core:E1")
def test_an_office_ends_both_last_days_with_its_hour(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    federal = terms["score.filing"]
    longer = federal.model_copy(update={"length": 3})
    window = compute(longer, events=ANNOUNCED, calendar=calendar, zone=MOSCOW, federal=federal)
    office = window.until_hour(dt.time(18), of="часы приёма: школа")
    assert (office.due, office.federal_due, office.final_due) == (at(9, 18), at(6, 18), at(9, 18))
    assert (office.cutoff, office.steps) == ("18:00", window.steps)
    assert office.summary() == (
        "3 рабочих дня (пятидневная неделя) после ср 04.06.2025 → пн 09.06.2025, 18:00 (часы приёма: школа); "
        "федеральный предел пт 06.06.2025, 18:00"
    )
    assert Explanation.from_record(json.loads(json.dumps(office.to_record()))) == office


def test_an_hour_changes_neither_an_earlier_end_nor_an_unknown_one(
    terms: dict[str, Term], calendar: WorkCalendar
) -> None:
    early = terms["score.filing"].model_copy(update={"cutoff": "15:00"})
    window = compute(early, events=ANNOUNCED, calendar=calendar, zone=MOSCOW)
    assert window.until_hour(dt.time(18), of="часы приёма") == window
    unknown = compute(early, events={}, calendar=calendar, zone=MOSCOW, federal=terms["score.filing"])
    assert unknown.until_hour(dt.time(18), of="часы приёма") == unknown

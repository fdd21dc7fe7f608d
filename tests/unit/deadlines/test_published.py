"""Dates that an act has set stand in the place of the counted ones; the federal limit stays beside them."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.tables import LegalAct, RegionalDay
from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Intake, Pause, Published
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Hardness, Term

MOSCOW = ZoneInfo("Europe/Moscow")
BOTH = """
["recalculation.dispatch"]
title = "Отправка протокола на пересчёт"
clauses = ["federal:102.6"]
hardness = "breach"
owed_by = "data_centre_operator"
action = "dispatch"
combine = "earliest"
parts = [
    { id = "protocol", start_event = "handed_over", length = 2, unit = "calendar_day" },
    { id = "entry", start_event = "ris_entered", length = 2, unit = "calendar_day" },
]
"""
FEAST = LegalAct(act="указ", number="1-УГ", date=dt.date(2025, 5, 20))
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


# --- Not later than -------------------------------------------------------------------------------------------------


def no_later_than(day: int, *, term: str = "score.consideration") -> Published:
    return Published(term=term, until=at(day + 1, 0), source="График, приказ № 00-УГ", clauses=("north:1",))


def considered(
    terms: dict[str, Term],
    calendar: WorkCalendar,
    published: Published,
    *,
    registered: int = 4,
    pauses: tuple[Pause, ...] = (),
) -> Explanation:
    """The 4th leaves the 5th, 6th, 9th and 10th."""
    term = terms["score.consideration"]
    events = {"registered": dt.date(2025, 6, registered)}
    return compute(
        term, events=events, calendar=calendar, zone=MOSCOW, federal=term, published=published, pauses=pauses
    )


@pytest.mark.clause("federal:102.3")
def test_a_stricter_day_binds_the_authorities_and_the_federal_limit_stays_beside_it(
    terms: dict[str, Term], calendar: WorkCalendar, contract: Draft202012Validator
) -> None:
    found = considered(terms, calendar, no_later_than(9))
    assert (found.due, found.federal_due, found.is_published) == (at(10, 0), at(11, 0), True)
    assert found.clauses == ("north:1", "federal:102.3")
    assert found.given == {"registered": dt.date(2025, 6, 4)}
    assert found.summary() == (
        "по графику: не позднее пн 09.06.2025, 23:59 (График, приказ № 00-УГ); федеральный предел вт 10.06.2025"
    )
    assert Explanation.from_record(json.loads(json.dumps(found.to_record()))) == found
    shown = json.loads(json.dumps(found.as_json()))
    assert list(contract.iter_errors(shown)) == []
    assert (shown["due"], shown["published"]) == ("2025-06-09T23:59:59+03:00", "График, приказ № 00-УГ")


@pytest.mark.clause("federal:102.3")
def test_a_later_day_never_gives_the_authorities_more_time(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    found = considered(terms, calendar, no_later_than(20))
    assert (found.due, found.is_published) == (at(11, 0), False)
    assert "по графику" not in found.summary()


def test_the_day_binds_neither_what_begins_after_it_nor_what_stood_still(
    terms: dict[str, Term], calendar: WorkCalendar
) -> None:
    late = considered(terms, calendar, no_later_than(4), registered=5)
    assert (late.due, late.is_published) == (at(12, 0), False)
    still = considered(
        terms, calendar, no_later_than(9), pauses=(Pause(dt.date(2025, 6, 6), dt.date(2025, 6, 6), "проверка"),)
    )
    assert (still.due, still.is_published) == (at(12, 0), False)


def test_where_the_law_is_silent_the_act_alone_says_until_when(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    advice = terms["protocol.handover"].model_copy(update={"clauses": (), "hardness": Hardness.ADVICE})
    found = compute(
        advice,
        events={"decided": dt.date(2025, 6, 4)},
        calendar=calendar,
        zone=MOSCOW,
        federal=advice,
        published=no_later_than(20, term="protocol.handover"),
    )
    assert (found.due, found.is_published) == (at(21, 0), True)
    assert "федеральный предел" not in found.summary()


def test_a_combined_term_keeps_its_parts_beside_the_acts_day(calendar: WorkCalendar) -> None:
    dispatch = load_terms(tomllib.loads(BOTH))["recalculation.dispatch"]
    events = {"handed_over": at(4, 12), "ris_entered": at(5, 12)}
    found = compute(
        dispatch,
        events=events,
        calendar=calendar,
        zone=MOSCOW,
        published=no_later_than(5, term="recalculation.dispatch"),
    )
    assert (found.due, [part.due for part in found.parts]) == (at(6, 0), [at(7, 0), at(8, 0)])
    assert found.given == events
    assert found.summary().startswith("по графику: не позднее чт 05.06.2025")


def test_another_calendar_leaves_the_acts_day_where_it_is(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    events = {"registered": dt.date(2025, 6, 4)}
    with_feast = WorkCalendar(
        regional=(RegionalDay(date=dt.date(2025, 6, 6), name="Праздник", act=FEAST, carry_over=False),)
    )
    ends = [
        due(terms["score.consideration"], events=events, calendar=one, zone=MOSCOW, published=no_later_than(9))
        for one in (calendar, with_feast)
    ]
    assert ends == [at(10, 0), at(10, 0)]


@pytest.mark.parametrize("wrong", [{}, {"until": at(9, 0), "intake": (Intake(opens=at(5, 0), closes=at(6, 0)),)}])
def test_an_act_says_either_when_a_window_is_open_or_until_when_something_lasts(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either days of intake or an end"):
        Published(term="score.filing", source="График", clauses=("north:1",), **wrong)


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

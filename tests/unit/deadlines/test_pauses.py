"""Days on which a term stood still: they do not count, and their reason is told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Pause
from apella.deadlines.terms import Combine, Direction, Term, Unit

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = dt.datetime(2025, 6, 16, 12, tzinfo=MOSCOW)


def day(number: int) -> dt.date:
    """Give a day of June 2025; the 16th is a Monday."""
    return dt.date(2025, 6, number)


def count(
    term: Term, pauses: Sequence[Pause], calendar: WorkCalendar, started: dt.date | dt.datetime = NOON
) -> Explanation:
    events = {str(term.start_event): started}
    found = compute(term, events=events, calendar=calendar, zone=MOSCOW, pauses=pauses)
    assert due(term, events=events, calendar=calendar, zone=MOSCOW, pauses=pauses) == found.due
    return found


def last(explanation: Explanation) -> str:
    assert explanation.last_moment is not None
    return f"{explanation.last_moment:%d.%m %H:%M}"


@pytest.mark.clause("core:E6")
def test_days_of_a_pause_do_not_count_and_say_why(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    pause = Pause(day(18), day(19), "идёт проверка")
    found = count(terms["score.consideration"], (pause,), calendar)
    assert last(found) == "24.06 23:59"
    assert [step.date for step in found.steps if step.counts] == [day(17), day(20), day(23), day(24)]
    reasons = [step.reason for step in found.steps if step.date in (day(18), day(19))]
    assert reasons == ["срок приостановлен: идёт проверка, с ср 18.06.2025 по чт 19.06.2025"] * 2
    assert found.summary() == (
        "4 рабочих дня (пятидневная неделя) после пн 16.06.2025 → вт 24.06.2025, 23:59; "
        "срок приостановлен: идёт проверка, с ср 18.06.2025 по чт 19.06.2025"
    )


def test_a_pause_holds_up_the_federal_limit_as_well(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    federal = terms["score.consideration"]
    regional = federal.model_copy(update={"week": 6})
    found = compute(
        regional,
        events={"registered": NOON},
        calendar=calendar,
        zone=MOSCOW,
        federal=federal,
        pauses=(Pause(day(18), day(19)),),
    )
    assert [last(found), found.federal and last(found.federal)] == ["23.06 23:59", "24.06 23:59"]


def test_a_weekend_inside_a_pause_is_not_counted_twice(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    found = count(terms["score.consideration"], (Pause(day(20), day(23)),), calendar)
    assert last(found) == "24.06 23:59"
    assert [step.reason.startswith("срок приостановлен") for step in found.steps].count(True) == 4


def test_calendar_days_of_a_pause_do_not_count_either(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["recalculation.dispatch"]
    assert last(count(term, (Pause(day(17), day(20)),), calendar)) == "22.06 23:59"


def test_a_same_day_term_ends_on_the_first_day_after_the_pause(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    found = count(terms["procedure.forwarding"], (Pause(day(16), day(17)),), calendar)
    assert last(found) == "18.06 23:59"
    assert found.steps[-1].reason == "первый день после приостановления"


def test_hours_and_minutes_run_on_by_the_length_of_the_pause(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["video.joining"].model_copy(update={"unit": Unit.HOUR, "length": 24})
    assert last(count(term, (Pause(day(17), day(18)),), calendar)) == "19.06 12:00"
    # From noon of its first day only what is left of the day was lost.
    assert last(count(term, (Pause(day(16), day(16)),), calendar)) == "17.06 23:59"
    assert last(count(term, (Pause(day(10), day(12)),), calendar)) == "17.06 12:00"
    assert last(count(term, (Pause(day(18), None),), calendar)) == "17.06 12:00"
    assert count(term, (Pause(day(17), None),), calendar).due is None


def test_days_of_a_pause_put_off_a_term_in_months(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["season.information"].model_copy(update={"direction": Direction.FORWARD})
    found = count(term, (Pause(day(16), day(20)), Pause(dt.date(2025, 7, 18), dt.date(2025, 7, 18))), calendar)
    # Four days of the first pause lie after the start; they carry the end to the 20th, past the second pause.
    assert last(found) == "21.07 23:59"
    assert found.steps[-1].reason == (
        "1 месяц после пн 16.06.2025 и ещё 4 дня приостановления и ещё 1 день приостановления"
    )


@pytest.mark.parametrize("term", ["score.consideration", "recalculation.dispatch", "procedure.forwarding"])
def test_a_term_that_still_stands_has_no_end(terms: dict[str, Term], calendar: WorkCalendar, term: str) -> None:
    found = count(terms[term], (Pause(day(16), None, "идёт проверка"),), calendar)
    assert (found.due, found.stands_still, found.is_open(NOON), found.is_over(NOON)) == (None, True, False, False)
    assert found.steps[-1].reason.endswith("и пока не возобновлён")
    assert found.summary().endswith("срок приостановлен, дата появится после возобновления")
    assert found.as_json()["due"] is None


def test_a_pause_that_comes_too_late_changes_nothing(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    found = count(terms["score.consideration"], (Pause(day(21), None),), calendar)
    assert last(found) == "20.06 23:59"
    assert "приостановлен" not in found.summary()


def test_what_hangs_on_an_event_cannot_stand_still(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    pauses = (Pause(day(1), None),)
    assert last(count(terms["hearing.announcement"], pauses, calendar)) == "11.06 23:59"
    hearing = terms["score.withdrawal"].parts[1]
    assert last(count(hearing, pauses, calendar)) == "16.06 12:00"


@pytest.mark.parametrize(
    ("combine", "hearing", "expected"),
    [
        (Combine.EARLIEST, dt.datetime(2025, 6, 16, 15, tzinfo=MOSCOW), dt.datetime(2025, 6, 16, 15, tzinfo=MOSCOW)),
        (Combine.EARLIEST, dt.datetime(2025, 6, 18, 15, tzinfo=MOSCOW), None),
        (Combine.LATEST, dt.datetime(2025, 6, 16, 15, tzinfo=MOSCOW), None),
    ],
)
def test_a_combined_term_waits_unless_the_other_end_came_before_the_pause(
    terms: dict[str, Term], calendar: WorkCalendar, combine: Combine, hearing: dt.datetime, expected: dt.datetime | None
) -> None:
    term = terms["score.withdrawal"].model_copy(update={"combine": combine})
    events = {"filed": NOON, "hearing_day": hearing}
    pauses = (Pause(day(17), None),)
    found = compute(term, events=events, calendar=calendar, zone=MOSCOW, pauses=pauses)
    assert found.due == expected
    assert due(term, events=events, calendar=calendar, zone=MOSCOW, pauses=pauses) == expected
    assert found.stands_still == (expected is None)
    if expected is None:
        assert "срок приостановлен, дата появится после возобновления" in found.summary()


def test_pauses_that_touch_or_overlap_are_one(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["video.joining"].model_copy(update={"unit": Unit.HOUR, "length": 24})
    pauses = (Pause(day(18), day(19)), Pause(day(17), day(18)), Pause(day(20), day(20)))
    assert last(count(term, pauses, calendar)) == "21.06 12:00"
    assert last(count(terms["score.consideration"], pauses, calendar)) == "26.06 23:59"


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Pause(day(2), day(1))


def test_pauses_are_kept_in_the_record_and_the_contract(
    terms: Mapping[str, Any], calendar: WorkCalendar, contract: Draft202012Validator
) -> None:
    for pause in (Pause(day(17), day(18), "идёт проверка"), Pause(day(17), None)):
        for term in terms.values():
            found = count(term, (pause,), calendar)
            assert Explanation.from_record(json.loads(json.dumps(found.to_record()))) == found
            assert list(contract.iter_errors(json.loads(json.dumps(found.as_json())))) == []

"""A term that follows from another: counted from its last moment, and never in a circle."""

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
from apella.deadlines.given import Intake, Pause, Published
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term, UnknownTerm, find_term

ANNOUNCED = {"results_announced": dt.date(2025, 6, 4)}
DAY: Mapping[str, Any] = {
    "title": "Срок",
    "clauses": ["federal:98.6"],
    "start_event": "filing_closed",
    "length": 1,
    "unit": "calendar_day",
    "hardness": "breach",
    "owed_by": "secretary",
    "action": "tell",
}
FOLLOWING: Mapping[str, Any] = {**DAY, "event_from": "score.filing", "cutoff": "19:00"}


@pytest.fixture
def following(table: Mapping[str, Any]) -> dict[str, Term]:
    return load_terms({**table, "any.mailing": FOLLOWING})


def _problems(table: Mapping[str, Any]) -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        load_terms(table, source="north/terms.toml")
    return caught.value.problems


@pytest.mark.clause("core:D2", "core:E18")
def test_a_term_follows_from_the_last_day_of_another(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    found = compute(following["any.mailing"], events=ANNOUNCED, calendar=calendar, zone=zone, terms=following)
    assert found.due == dt.datetime(2025, 6, 7, 19, tzinfo=zone)
    assert found.started == dt.date(2025, 6, 6)
    assert found.origin is not None
    assert found.origin.term == "score.filing"
    assert found.summary() == (
        "1 календарный день после пт 06.06.2025 (последний день срока "
        "«Подача апелляции о несогласии с выставленными баллами») → сб 07.06.2025, 19:00"
    )
    assert found.given == ANNOUNCED


def test_an_event_that_was_given_goes_before_the_term_it_would_follow_from(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    events = {**ANNOUNCED, "filing_closed": dt.date(2025, 6, 10)}
    found = compute(following["any.mailing"], events=events, calendar=calendar, zone=zone, terms=following)
    assert (found.due, found.origin) == (dt.datetime(2025, 6, 11, 19, tzinfo=zone), None)


def test_a_pause_holds_up_the_term_that_follows_and_not_the_one_before(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    for pause, last in (
        (Pause(dt.date(2025, 6, 5), dt.date(2025, 6, 5)), 7),
        (Pause(dt.date(2025, 6, 7), dt.date(2025, 6, 8)), 9),
    ):
        found = compute(
            following["any.mailing"], events=ANNOUNCED, calendar=calendar, zone=zone, terms=following, pauses=[pause]
        )
        assert (found.started, found.due) == (dt.date(2025, 6, 6), dt.datetime(2025, 6, last, 19, tzinfo=zone))


def test_without_the_first_event_neither_term_has_a_date(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    found = compute(following["any.mailing"], events={}, calendar=calendar, zone=zone, terms=following)
    assert (found.due, found.started, found.stands_still) == (None, None, False)
    assert "окончание приёма апелляций" in found.summary()


def test_a_chain_of_references_is_followed_to_its_beginning(
    table: Mapping[str, Any], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    chain = load_terms({**table, "any.mailing": FOLLOWING, "any.last": {**DAY, "event_from": "any.mailing"}})
    found = compute(chain["any.last"], events=ANNOUNCED, calendar=calendar, zone=zone, terms=chain)
    # The mailing ends at 19:00 of the 7th: an instant, whose day is the 7th.
    assert found.due == dt.datetime(2025, 6, 9, tzinfo=zone)
    assert due(chain["any.last"], events=ANNOUNCED, calendar=calendar, zone=zone, terms=chain) == found.due


def test_dates_of_an_act_move_what_follows_from_them(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    ends = dt.datetime(2025, 6, 10, 15, tzinfo=zone)
    published = Published(
        term="score.filing",
        intake=(Intake(opens=dt.datetime(2025, 6, 5, 10, tzinfo=zone), closes=ends),),
        source="График",
        clauses=("north:1",),
    )
    found = compute(
        following["any.mailing"],
        events=ANNOUNCED,
        calendar=calendar,
        zone=zone,
        terms=following,
        federal=following["any.mailing"],
        published=published,
    )
    assert found.due == found.federal_due == dt.datetime(2025, 6, 11, 19, tzinfo=zone)
    assert not found.is_published
    assert found.published == published


def test_what_follows_is_kept_in_the_contract_and_the_record(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo, contract: Draft202012Validator
) -> None:
    for events in (ANNOUNCED, {}):
        found = compute(following["any.mailing"], events=events, calendar=calendar, zone=zone, terms=following)
        assert list(contract.iter_errors(json.loads(json.dumps(found.as_json())))) == []
        assert Explanation.from_record(json.loads(json.dumps(found.to_record()))) == found


def test_a_reference_to_nothing_is_an_error_with_file_key_and_clause(table: Mapping[str, Any]) -> None:
    (problem,) = _problems({**table, "any.mailing": {**FOLLOWING, "event_from": "score.filling"}})
    assert problem == (
        "north/terms.toml: any.mailing: event_from: срока score.filling нет, "
        "похожие: score.filing, score.forwarding, procedure.filing (federal:98.6)."
    )


def test_a_reference_inside_a_part_is_checked_too(table: Mapping[str, Any]) -> None:
    part = {key: DAY[key] for key in ("start_event", "length", "unit")}
    whole = {key: DAY[key] for key in ("title", "clauses", "hardness", "owed_by", "action")}
    parts = [{**part, "id": "one", "event_from": "no.such"}, {**part, "id": "two"}]
    (problem,) = _problems({**table, "any.whole": {**whole, "combine": "earliest", "parts": parts}})
    assert problem.startswith("north/terms.toml: any.whole.one: event_from: срока no.such нет")


def test_terms_that_wait_for_each_other_are_an_error_that_shows_the_circle() -> None:
    (problem,) = _problems(
        {
            "a.one": {**DAY, "event_from": "a.two"},
            "a.two": {**DAY, "event_from": "a.three"},
            "a.three": {**DAY, "event_from": "a.one"},
            "a.four": {**DAY, "event_from": "a.one"},
        }
    )
    assert problem == (
        "north/terms.toml: a.one: event_from: сроки считаются друг от друга по кругу: "
        "a.one → a.two → a.three → a.one (federal:98.6); уберите одну из ссылок."
    )


def test_a_term_that_waits_for_itself_is_an_error() -> None:
    (problem,) = _problems({"a.one": {**DAY, "event_from": "a.one"}})
    assert "a.one → a.one" in problem


def test_an_unknown_term_is_not_found_and_the_near_ids_are_named(terms: dict[str, Term]) -> None:
    with pytest.raises(UnknownTerm) as caught:
        find_term(terms, "score.filling")
    assert caught.value.error_code == "deadline.term"
    assert caught.value.message == (
        "Срока score.filling нет; похожие: score.filing, score.forwarding, procedure.filing."
    )
    with pytest.raises(UnknownTerm) as caught:
        find_term(terms, "zzz")
    assert "есть score.filing, score.withdrawal" in caught.value.message


def test_a_reference_without_the_other_terms_is_no_silent_guess(
    following: dict[str, Term], calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    for count in (compute, due):
        with pytest.raises(UnknownTerm):
            count(following["any.mailing"], events=ANNOUNCED, calendar=calendar, zone=zone)

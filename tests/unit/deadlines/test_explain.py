"""Explanations: the contract of the CLI, the sentence, the strip of days, and the stored record."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import Events, compute
from apella.deadlines.explain import Explanation
from apella.deadlines.terms import Term, Unit

MOSCOW = ZoneInfo("Europe/Moscow")
FRIDAY = dt.datetime(2025, 6, 20, 12, 0, tzinfo=MOSCOW)
HEARING = dt.datetime(2025, 6, 24, 11, 20, tzinfo=MOSCOW)
EVERYTHING: Events = {
    "results_announced": dt.date(2025, 6, 20),
    "exam_day": dt.date(2025, 6, 2),
    "filed": FRIDAY,
    "filing_closed": dt.date(2025, 6, 23),
    "accepted": FRIDAY,
    "registered": FRIDAY,
    "decided": FRIDAY,
    "handed_over": FRIDAY,
    "dispatched": FRIDAY,
    "recalculated": FRIDAY,
    "hearing_day": HEARING,
}


@pytest.fixture(params=["known", "missing"])
def every_explanation(
    request: pytest.FixtureRequest, terms: dict[str, Term], calendar: WorkCalendar
) -> list[Explanation]:
    events = EVERYTHING if request.param == "known" else {}
    return [
        compute(term, events=events, calendar=calendar, zone=MOSCOW, federal=terms["score.consideration"])
        for term in terms.values()
    ]


@pytest.fixture
def six_day(terms: dict[str, Term], calendar: WorkCalendar) -> Explanation:
    federal = terms["score.consideration"]
    regional = federal.model_copy(update={"week": 6})
    events = {"registered": dt.date(2025, 6, 9)}
    return compute(regional, events=events, calendar=calendar, zone=MOSCOW, federal=federal)


def test_every_explanation_keeps_the_contract(
    every_explanation: list[Explanation], contract: Draft202012Validator
) -> None:
    for explanation in every_explanation:
        shown = json.loads(json.dumps(explanation.as_json()))
        assert [error.message for error in contract.iter_errors(shown)] == []


def test_times_are_shown_with_the_zones_offset_and_the_last_second(six_day: Explanation) -> None:
    shown = six_day.as_json()
    assert {key: shown[key] for key in ("from", "opens", "due", "federal_due", "week", "zone", "calendar_version")} == {
        "from": "2025-06-09",
        "opens": "2025-06-09T00:00:00+03:00",
        "due": "2025-06-14T23:59:59+03:00",
        "federal_due": "2025-06-17T23:59:59+03:00",
        "week": 6,
        "zone": "Europe/Moscow",
        "calendar_version": "base",
    }
    assert shown["steps"][2] == {"date": "2025-06-12", "counts": False, "reason": "День России"}
    assert [step["date"] for step in shown["federal"]["steps"] if step["counts"]][-1] == "2025-06-17"


def test_an_hour_set_by_the_rule_is_shown_as_that_hour(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    shown = compute(terms["hearing.mailing"], events=EVERYTHING, calendar=calendar, zone=MOSCOW).as_json()
    assert shown["parts"][0]["due"] == "2025-06-24T19:00:00+03:00"
    assert shown["due"] == "2025-06-23T23:59:59+03:00"


def test_an_instant_is_shown_in_the_tenants_zone(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    events = {"filed": FRIDAY.astimezone(dt.UTC)}
    shown = compute(terms["score.withdrawal"], events=events, calendar=calendar, zone=MOSCOW).as_json()
    assert (shown["from"], shown["opens"]) == ("2025-06-20T12:00:00+03:00", "2025-06-20T12:00:00+03:00")
    assert (shown["parts"][1]["from"], shown["parts"][1]["due"]) == ("", None)
    assert (shown["length"], shown["unit"], shown["steps"], shown["clauses"]) == (None, "date", [], ["core:E17"])


def test_a_record_gives_the_very_same_explanation_back(every_explanation: list[Explanation]) -> None:
    for explanation in every_explanation:
        stored = json.loads(json.dumps(explanation.to_record()))
        again = Explanation.from_record(stored)
        assert again == explanation
        assert again.as_json() == explanation.as_json()


def test_a_record_keeps_an_instant_apart_from_a_day(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    for started in (dt.date(2025, 6, 20), FRIDAY.replace(microsecond=123_456)):
        explanation = compute(
            terms["score.filing"], events={"results_announced": started}, calendar=calendar, zone=MOSCOW
        )
        again = Explanation.from_record(explanation.to_record())
        assert again.started == started
        assert isinstance(again.started, dt.datetime) == isinstance(started, dt.datetime)
        assert again.starts_at == explanation.opens


def test_a_record_that_lacks_a_key_is_refused(six_day: Explanation) -> None:
    record = six_day.to_record()
    del record["steps"]
    with pytest.raises(KeyError):
        Explanation.from_record(record)


@pytest.mark.clause("core:A6")
def test_the_sentence_names_the_week_the_end_and_the_federal_limit(six_day: Explanation) -> None:
    assert six_day.summary() == (
        "4 рабочих дня (шестидневная неделя) после пн 09.06.2025 → сб 14.06.2025, 23:59; "
        "федеральный предел вт 17.06.2025"
    )


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("score.filing", "2 рабочих дня (пятидневная неделя) после пт 20.06.2025 → вт 24.06.2025, 23:59"),
        ("procedure.filing", "в тот же день → пн 02.06.2025, 23:59"),
        ("protocol.handover", "1 календарный день после пт 20.06.2025 → сб 21.06.2025, 23:59"),
        (
            "hearing.announcement",
            "не позднее чем за 1 рабочий день (пятидневная неделя) до вт 24.06.2025 → пн 23.06.2025, 23:59",
        ),
        ("season.information", "не позднее чем за 1 месяц до пн 02.06.2025 → пт 02.05.2025, 23:59"),
        ("video.joining", "15 минут после вт 24.06.2025, 11:20 → вт 24.06.2025, 11:35"),
        (
            "score.withdrawal",
            (
                "ранний из сроков: (1) 1 рабочий день (пятидневная неделя) после пт 20.06.2025 → пн 23.06.2025, 23:59; "
                "(2) не позднее вт 24.06.2025, 11:20; действует пн 23.06.2025, 23:59"
            ),
        ),
    ],
)
def test_each_kind_of_term_has_its_sentence(
    terms: dict[str, Term], calendar: WorkCalendar, term: str, sentence: str
) -> None:
    # The federal limit is the same day here, so the sentence does not repeat it.
    explanation = compute(terms[term], events=EVERYTHING, calendar=calendar, zone=MOSCOW, federal=terms[term])
    assert explanation.summary() == sentence


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        (
            "score.filing",
            (
                "2 рабочих дня (пятидневная неделя) после события «официальное объявление результатов», "
                "дата которого ещё не известна"
            ),
        ),
        ("procedure.filing", "в день события «день экзамена», дата которого ещё не известна"),
        (
            "score.withdrawal",
            (
                "ранний из сроков: (1) 1 рабочий день (пятидневная неделя) после события «подача апелляции», "
                "дата которого ещё не известна; (2) не позднее события «рассмотрение апелляции», "
                "дата которого ещё не известна; дата ещё не известна"
            ),
        ),
    ],
)
def test_a_term_not_yet_started_says_what_it_waits_for(
    terms: dict[str, Term], calendar: WorkCalendar, term: str, sentence: str
) -> None:
    assert compute(terms[term], events={}, calendar=calendar, zone=MOSCOW).summary() == sentence


def test_a_count_from_the_day_itself_and_a_federal_hour_have_their_words(
    terms: dict[str, Term], calendar: WorkCalendar
) -> None:
    term = terms["score.filing"].model_copy(update={"following_day": False})
    federal = terms["score.filing"].model_copy(update={"cutoff": "18:00"})
    explanation = compute(term, events=EVERYTHING, calendar=calendar, zone=MOSCOW, federal=federal)
    assert explanation.summary() == (
        "2 рабочих дня (пятидневная неделя), считая с пт 20.06.2025 → пн 23.06.2025, 23:59; "
        "федеральный предел вт 24.06.2025, 18:00"
    )


def test_terms_in_hours_say_how_they_run(terms: dict[str, Term], calendar: WorkCalendar) -> None:
    term = terms["video.joining"].model_copy(update={"unit": Unit.HOUR, "length": 24})
    explanation = compute(term, events=EVERYTHING, calendar=calendar, zone=MOSCOW)
    assert explanation.steps[0].reason == "24 часа подряд, круглые сутки"
    assert explanation.due == HEARING + dt.timedelta(days=1)

"""Questions about terms: which dates they need, how the dates are read, what is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from apella.calendar.working import CalendarRangeError
from apella.deadlines.terms import Term, UnknownTerm
from apella.errors import Malformed
from apella.regions.rules import RegionRules
from apella.rulebook.asking import ask, document, moment, start_events
from apella.rulebook.wording import grounds_words, rule_words


def changed(rules: RegionRules, term_id: str, **values: object) -> RegionRules:
    """The rules with one term counted otherwise."""
    terms = {**rules.terms, term_id: rules.terms[term_id].model_copy(update=values)}
    return replace(rules, terms=terms)


@pytest.mark.clause("federal:100.1")
def test_a_day_opens_at_midnight_and_ends_with_the_second_working_day(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.filing", start="2025-06-04").as_json()
    assert answer["from"] == "2025-06-04"
    assert answer["opens"][:19] == "2025-06-04T00:00:00"
    assert answer["due"][:19] == "2025-06-06T23:59:59"
    assert [step["counts"] for step in answer["steps"]] == [True, True]


@pytest.mark.parametrize(
    ("typed", "opens"),
    [
        ("2025-06-04T12:00", "2025-06-04T12:00:00"),
        ("2025-06-04T12:00:30", "2025-06-04T12:00:30"),
    ],
)
def test_a_moment_without_an_offset_is_the_tenant_s(rules: RegionRules, typed: str, opens: str) -> None:
    answer = ask(rules, term_id="score.filing", start=typed)
    offset = dt.datetime(2025, 6, 4, tzinfo=rules.zone).isoformat()[-6:]
    assert answer.as_json()["opens"] == f"{opens}{offset}"


def test_a_moment_with_an_offset_is_taken_as_it_is(rules: RegionRules) -> None:
    assert moment("2025-06-04T21:30Z", zone=rules.zone) == dt.datetime(2025, 6, 4, 21, 30, tzinfo=dt.UTC)
    # 21:30 by Greenwich is already the next day here, and the count starts from that day.
    assert ask(rules, term_id="score.filing", start="2025-06-04T21:30Z").as_json()["due"][:10] == "2025-06-09"


@pytest.mark.clause("federal:102.3")
def test_the_federal_limit_stands_beside_a_region_s_own_count(rules: RegionRules) -> None:
    six_days = changed(rules, "score.consideration", week=6)
    answer = ask(six_days, term_id="score.consideration", start="2025-06-05").as_json()
    assert (answer["due"][:10], answer["federal_due"][:10]) == ("2025-06-10", "2025-06-11")
    assert "федеральный предел" in answer["summary"]


def test_a_part_without_its_event_is_left_out(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", start="2025-06-05").as_json()
    parts = {part["start_event"]: part["due"] for part in answer["parts"]}
    assert parts["hearing_day"] is None
    assert answer["due"] == parts["filed"] is not None


@pytest.mark.clause("core:B1")
def test_the_earliest_part_binds(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", start="2025-06-05", events=["hearing_day=2025-06-06T10:00"])
    assert answer.as_json()["due"][:16] == "2025-06-06T10:00"


def test_only_another_event_leaves_the_first_part_out(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", events=["hearing_day=2025-06-10T10:00"]).as_json()
    assert answer["due"][:16] == "2025-06-10T10:00"
    assert answer["from"] == ""


def test_an_event_that_follows_from_another_term_is_counted_from_that_term_s_event(rules: RegionRules) -> None:
    following = changed(rules, "hearing.announcement", start_event="filing_closed", direction="forward")
    following = changed(following, "hearing.announcement", event_from="score.filing")
    term = following.terms["hearing.announcement"]
    assert start_events(following, term) == ("filing_closed", "results_announced")
    by_itself = ask(following, term_id=term.id, start="2025-06-06")
    from_the_other = ask(following, term_id=term.id, events=["results_announced=2025-06-04"])
    assert by_itself.due == from_the_other.due
    assert from_the_other.origin is not None


@pytest.mark.clause("core:E1")
def test_a_door_with_office_hours_closes_the_last_day_earlier(rules: RegionRules) -> None:
    doors = tuple(
        door.model_copy(update={"closes_with_office": True}) if door.code == "school_desk" else door
        for door in rules.channels
    )
    with_hours = replace(rules, channels=doors)
    closes = rules.tenant.office_hours.closes
    at_the_desk = ask(with_hours, term_id="score.filing", start="2025-06-04", channel="school_desk")
    assert at_the_desk.as_json()["due"][:16] == f"2025-06-06T{closes:%H:%M}"
    assert at_the_desk.as_json()["cutoff"] == f"{closes:%H:%M}"
    for door in ("electronic", "queue_clerk"):
        by_another = ask(with_hours, term_id="score.filing", start="2025-06-04", channel=door)
        assert by_another.as_json()["due"][:19] == "2025-06-06T23:59:59"
    # The hour of a door says nothing about what others owe.
    elsewhere = ask(with_hours, term_id="score.consideration", start="2025-06-04", channel="school_desk")
    assert elsewhere.as_json()["due"][11:19] == "23:59:59"


@pytest.mark.parametrize(
    ("question", "code", "says"),
    [
        ({"term_id": "score.filling", "start": "2025-06-04"}, "deadline.term", "score.filing"),
        ({"term_id": "score.filing", "start": "04.06.2025"}, "deadline.date", "ГГГГ-ММ-ДД"),
        ({"term_id": "score.filing", "start": "2025-02-30"}, "deadline.date", "2025-02-30"),
        ({"term_id": "score.filing", "start": "2025-06-04T25:00"}, "deadline.date", "2025-06-04T25:00"),
        ({"term_id": "score.filing", "start": "20250604"}, "deadline.date", "20250604"),
        ({"term_id": "score.filing", "start": "0001-01-01T00:00+14:00"}, "deadline.date", "0001-01-01"),
        ({"term_id": "score.filing"}, "deadline.from", "results_announced"),
        ({"term_id": "score.filing", "events": ["filed=2025-06-04"]}, "deadline.event", "results_announced"),
        ({"term_id": "score.filing", "events": ["2025-06-04"]}, "deadline.event", "СОБЫТИЕ=ДАТА"),
        (
            {"term_id": "score.filing", "start": "2025-06-04", "events": ["results_announced=2025-06-05"]},
            "deadline.event",
            "дважды",
        ),
        ({"term_id": "score.filing", "start": "2025-06-04", "channel": "portall"}, "deadline.channel", "portal"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_to_write(
    rules: RegionRules, question: dict[str, str], code: str, says: str
) -> None:
    with pytest.raises((Malformed, UnknownTerm)) as refused:
        ask(rules, **question)
    assert refused.value.error_code == code
    assert says in refused.value.message


def test_a_date_outside_the_calendars_names_the_year(rules: RegionRules) -> None:
    with pytest.raises(CalendarRangeError, match="Календарь на 2029 год не загружен"):
        ask(rules, term_id="score.filing", start="2029-06-04")


def test_the_document_names_the_acts(rules: RegionRules) -> None:
    made = document(rules, ask(rules, term_id="score.filing", start="2025-06-04"))
    assert made["tenant"] == "north"
    assert made["acts"]["federal"].startswith("Порядок")


# --- Wording ----------------------------------------------------------------------------------------------------------


def _term(rules: RegionRules, **values: object) -> Term:
    return rules.terms["score.filing"].model_copy(update=values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "2 рабочих дня (пятидневная неделя) после события «официальное объявление результатов»"),
        (
            {"direction": "backward", "length": 1},
            "не позднее чем за 1 рабочий день (пятидневная неделя) до события «официальное объявление результатов»",
        ),
        ({"length": 0}, "в день события «официальное объявление результатов»"),
        ({"unit": "date"}, "не позднее события «официальное объявление результатов»"),
        (
            {"following_day": False, "cutoff": "19:00"},
            "2 рабочих дня (пятидневная неделя), считая со дня события «официальное объявление результатов», до 19:00",
        ),
        (
            {"unit": "date", "month_day": "03-01", "years": 1},
            "не позднее 1 марта через 1 год после события «официальное объявление результатов»",
        ),
    ],
)
def test_a_rule_is_said_in_words(rules: RegionRules, values: dict[str, object], said: str) -> None:
    assert rule_words(Term.model_validate(_term(rules).model_dump() | values | _unweek(values))) == said


def _unweek(values: dict[str, object]) -> dict[str, object]:
    """A term that counts no working days has no week, one that is a date has no length."""
    return {"week": None, "length": None} if values.get("unit") == "date" else {}


def test_clauses_of_one_act_stand_together() -> None:
    titles = {"federal": "Порядок", "core": "Прочтения"}
    assert grounds_words(["federal:100.1", "core:E1", "federal:100.2", "own:VIII-75.4"], titles) == (
        "Порядок, п. 100 (federal:100.1, federal:100.2)",
        "Прочтения (core:E1)",
        "own, п. 75 (own:VIII-75.4)",
    )

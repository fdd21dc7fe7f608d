"""Questions about terms: which dates they need, how the dates are read, what is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.deadlines.terms import Term, UnknownTerm
from apella.errors import ApellaError, Malformed
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.rulebook.asking import DateNotCovered, ask, count, document, moment, start_events
from apella.rulebook.in_force import on_day
from apella.rulebook.wording import grounds_words, rule_words
from apella.tenancy.files import tenant_directories

SHIPPED = RegionRegistry.load(tenant_directories(None))


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


def test_a_reading_of_the_platform_is_no_federal_limit(rules: RegionRules) -> None:
    assert not rules.federal_terms["kit.hand_on"].is_law
    own = changed(rules, "kit.hand_on", length=3)
    answer = ask(own, term_id="kit.hand_on", start="2025-06-05")
    # The count stands beside it all the same: nobody is refused before the later of the two.
    assert answer.federal_due is not None
    assert answer.federal_due != answer.due
    shown = answer.as_json()
    assert (shown["federal_due"], shown["federal"]) == (None, None)
    assert "федеральный предел" not in answer.summary()


def test_a_part_without_its_event_is_left_out(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", start="2025-06-05").as_json()
    parts = {part["start_event"]: part["due"] for part in answer["parts"]}
    assert parts["hearing_day"] is parts["hearing_opened"] is None
    assert answer["due"] == parts["filed"] is not None


@pytest.mark.clause("core:B1")
def test_the_earliest_part_binds(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", start="2025-06-05", events=["hearing_opened=2025-06-06T10:00"])
    assert answer.as_json()["due"][:16] == "2025-06-06T10:00"


def test_only_another_event_leaves_the_first_part_out(rules: RegionRules) -> None:
    answer = ask(rules, term_id="score.withdrawal", events=["hearing_opened=2025-06-10T10:00"]).as_json()
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
    with pytest.raises(DateNotCovered, match="Календарь на 2029 год не загружен") as refused:
        ask(rules, term_id="score.filing", start="2029-06-04")
    assert refused.value.error_code == "calendar.range"


@pytest.mark.parametrize(
    ("term", "start"),
    [
        ("score.filing", "9999-12-31"),
        ("score.filing", "0001-01-01"),
        ("score.filing", "0001-01-01T00:00+14:00"),
        ("papers.retention", "9999-01-01"),
        ("protocol.handover", "9999-12-31"),
        ("recalculation.federal", "9999-12-31"),
        ("procedure.filing", "9999-12-31"),
        ("score.withdrawal", "0001-01-01T00:00"),
        ("hearing.no_show", "9999-12-31T23:59"),
        ("hearing.no_show", "9999-12-31T23:59-14:00"),
        ("information.publication", "0001-01-01"),
    ],
)
def test_the_ends_of_time_are_outside_every_calendar(rules: RegionRules, term: str, start: str) -> None:
    with pytest.raises(DateNotCovered, match=f"Календарь на {int(start[:4])} год не загружен"):
        ask(rules, term_id=term, start=start)


def test_a_count_that_leaves_the_calendars_on_its_way_is_refused_as_well(rules: RegionRules) -> None:
    last = rules.calendar.last
    with pytest.raises(DateNotCovered, match=f"Календарь на {last.year + 1} год не загружен"):
        ask(rules, term_id="score.consideration", start=last.isoformat())
    # The day counts in the tenant's zone, whatever the offset.
    late = dt.datetime.combine(last, dt.time(23, 59), dt.timezone(-dt.timedelta(hours=12)))
    with pytest.raises(DateNotCovered):
        ask(rules, term_id="procedure.filing", start=late.isoformat(timespec="minutes"))


ANY_DAY = st.dates()
ANY_MOMENT = st.datetimes(timezones=st.timezones())


@settings(max_examples=25, deadline=None)
@given(data=st.data(), at=ANY_DAY | ANY_MOMENT)
@pytest.mark.parametrize("rules", list(SHIPPED), ids=SHIPPED.slugs)
def test_of_any_date_a_term_is_counted_or_refused_with_a_sentence(
    rules: RegionRules, data: st.DataObject, at: dt.date | dt.datetime
) -> None:
    for term in rules.terms.values():
        events = {event.value: at for event in start_events(rules, term)}
        other = data.draw(st.sampled_from(sorted(events)))
        events[other] = data.draw(ANY_DAY | ANY_MOMENT)
        try:
            assert count(rules, term, events).as_json()
        except ApellaError as refused:
            assert refused.error_code == "calendar.range"  # noqa: PT017 most dates are refused, some are not


@settings(max_examples=25, deadline=None)
@given(at=st.dates(min_value=SHIPPED.get(SHIPPED.slugs[0]).calendar.first, max_value=dt.date(2027, 12, 31)))
@pytest.mark.parametrize("rules", list(SHIPPED), ids=SHIPPED.slugs)
def test_of_any_date_of_the_calendars_as_well(rules: RegionRules, at: dt.date) -> None:
    for term in rules.terms.values():
        try:
            answer = ask(rules, term_id=term.id, start=at.isoformat())
        except DateNotCovered:
            edge = min(at - rules.calendar.first, rules.calendar.last - at)
            assert edge < dt.timedelta(days=60), f"{term.id} of {at} leaves the calendars"
        else:
            assert answer.summary()


def test_the_document_names_the_acts_and_the_rules(regions: RegionRegistry, rules: RegionRules) -> None:
    found = on_day(regions, "north", dt.date(2025, 6, 4))
    made = document(found, ask(rules, term_id="score.filing", start="2025-06-04"))
    assert made["tenant"] == "north"
    assert made["rules"]["day"] == "2025-06-04"
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

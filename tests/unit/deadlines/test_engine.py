"""Counting: every wording of the Procedure ends on the day that it says."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from apella.calendar.working import CalendarRangeError, WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.terms import Combine, Direction, Term, Unit

Terms = dict[str, Term]


def _last(explanation: Explanation) -> str:
    """Give the last moment of the term in its zone, «YYYY-MM-DD HH:MM:SS»."""
    assert explanation.last_moment is not None
    return f"{explanation.last_moment:%Y-%m-%d %H:%M:%S}"


def _case(term: str, event: str, day: str, last: str, *clauses: str) -> object:
    return pytest.param(term, event, day, last, marks=[pytest.mark.clause(*clauses)] if clauses else [])


@pytest.mark.parametrize(
    ("term", "event", "day", "last"),
    [
        _case("score.filing", "results_announced", "2025-06-20", "2025-06-24", "federal:100.1"),
        _case("score.forwarding", "accepted", "2025-06-20", "2025-06-23", "federal:100.12"),
        _case("score.consideration", "registered", "2025-06-18", "2025-06-24", "federal:102.3"),
        _case("procedure.filing", "exam_day", "2025-06-02", "2025-06-02", "federal:99.1"),
        _case("procedure.forwarding", "accepted", "2025-06-02", "2025-06-02", "federal:99.8"),
        _case("procedure.consideration", "registered", "2025-06-20", "2025-06-24", "federal:99.13"),
        _case("hearing.announcement", "hearing_day", "2025-06-23", "2025-06-20", "federal:98.6"),
        _case("protocol.handover", "decided", "2025-06-20", "2025-06-21", "federal:102.4", "core:E3"),
        _case("recalculation.dispatch", "handed_over", "2025-06-21", "2025-06-23", "federal:102.6"),
        _case("recalculation.federal", "dispatched", "2025-06-23", "2025-06-30", "federal:102.8", "core:E5"),
        _case("approval.submission", "recalculated", "2025-06-27", "2025-06-28", "federal:102.9"),
        _case("decision.notice", "decided", "2025-06-18", "2025-06-23", "core:E16"),
        _case("season.information", "exam_day", "2025-05-23", "2025-04-23"),
        _case("season.information", "exam_day", "2025-03-31", "2025-02-28"),
        _case("season.information", "exam_day", "2025-07-31", "2025-06-30"),
        _case("season.information", "exam_day", "2025-01-15", "2024-12-15"),
    ],
)
def test_a_term_ends_with_the_day_that_its_clause_says(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo, term: str, event: str, day: str, last: str
) -> None:
    explanation = compute(terms[term], events={event: dt.date.fromisoformat(day)}, calendar=calendar, zone=zone)
    assert _last(explanation) == f"{last} 23:59:59"


@pytest.mark.clause("federal:100.1", "core:E1")
def test_filing_is_open_from_publication_on_any_day_until_the_second_working_day_is_over(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    published = dt.datetime(2025, 6, 20, 15, 30, tzinfo=zone)
    window = compute(terms["score.filing"], events={"results_announced": published}, calendar=calendar, zone=zone)
    assert window.opens == published
    assert not window.is_open(dt.datetime(2025, 6, 20, 15, 29, 59, tzinfo=zone))
    assert window.is_open(published)
    assert window.is_open(dt.datetime(2025, 6, 22, 3, 0, tzinfo=zone))
    assert window.is_open(dt.datetime(2025, 6, 24, 23, 59, 59, 999_999, tzinfo=zone))
    assert not window.is_open(dt.datetime(2025, 6, 25, tzinfo=zone))
    assert window.is_over(dt.datetime(2025, 6, 25, tzinfo=zone))


@pytest.mark.clause("federal:102.3", "core:E2")
def test_a_receipt_on_a_day_off_starts_the_term_on_the_next_working_day(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    ends = {
        _last(compute(terms["score.consideration"], events={"registered": day}, calendar=calendar, zone=zone))
        for day in (dt.date(2025, 6, 20), dt.date(2025, 6, 21), dt.date(2025, 6, 22))
    }
    assert ends == {"2025-06-26 23:59:59"}


def test_a_term_that_counts_from_the_day_itself_takes_it_as_the_first(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    term = terms["score.filing"].model_copy(update={"following_day": False})
    for start, last in (("2025-06-19", "2025-06-20"), ("2025-06-21", "2025-06-24")):
        events = {"results_announced": dt.date.fromisoformat(start)}
        assert _last(compute(term, events=events, calendar=calendar, zone=zone)) == f"{last} 23:59:59"


@pytest.mark.parametrize(
    ("hearing", "last"),
    [
        (dt.date(2025, 6, 16), "2025-06-11 23:59:59"),
        (dt.date(2025, 6, 24), "2025-06-23 23:59:59"),
        (dt.date(2026, 1, 12), "2025-12-30 23:59:59"),
    ],
)
@pytest.mark.clause("federal:98.6", "core:C4")
def test_a_notice_leaves_at_least_one_whole_working_day_before_the_hearing(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo, hearing: dt.date, last: str
) -> None:
    explanation = compute(terms["hearing.announcement"], events={"hearing_day": hearing}, calendar=calendar, zone=zone)
    assert _last(explanation) == last
    assert explanation.opens is None


def test_a_term_may_be_counted_back_in_calendar_days(terms: Terms, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    eve = terms["hearing.announcement"].model_copy(update={"unit": Unit.CALENDAR_DAY, "week": None})
    explanation = compute(eve, events={"hearing_day": dt.date(2025, 6, 23)}, calendar=calendar, zone=zone)
    assert _last(explanation) == "2025-06-22 23:59:59"


@pytest.mark.parametrize(
    ("filed", "hearing", "last"),
    [
        ("2025-06-20T12:00", "2025-06-24T11:20", "2025-06-23 23:59:59"),
        ("2025-06-20T12:00", "2025-06-23T11:20", "2025-06-23 11:20:00"),
        ("2025-06-20T12:00", None, "2025-06-23 23:59:59"),
        (None, "2025-06-24T11:20", "2025-06-24 11:20:00"),
    ],
)
@pytest.mark.clause("core:E17", "core:A12", "core:B1")
def test_withdrawal_ends_with_the_next_working_day_or_when_the_hearing_begins(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo, filed: str | None, hearing: str | None, last: str
) -> None:
    given = {"filed": filed, "hearing_day": hearing}
    events = {
        name: dt.datetime.fromisoformat(text).replace(tzinfo=zone) for name, text in given.items() if text is not None
    }
    explanation = compute(terms["score.withdrawal"], events=events, calendar=calendar, zone=zone)
    assert _last(explanation) == last
    assert [part.due is None for part in explanation.parts] == [filed is None, hearing is None]


@pytest.mark.clause("core:E17", "core:A12")
def test_withdrawal_is_refused_from_the_instant_the_hearing_begins(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    begins = dt.datetime(2025, 6, 23, 11, 20, tzinfo=zone)
    events = {"filed": dt.datetime(2025, 6, 20, 12, tzinfo=zone), "hearing_day": begins}
    window = compute(terms["score.withdrawal"], events=events, calendar=calendar, zone=zone)
    assert window.is_open(begins - dt.timedelta(seconds=1))
    assert not window.is_open(begins)
    assert window.deciding.term == "score.withdrawal.hearing"


def test_withdrawal_on_a_hearing_known_by_its_day_alone_lasts_that_day(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    events = {"filed": dt.date(2025, 6, 20), "hearing_day": dt.date(2025, 6, 21)}
    window = compute(terms["score.withdrawal"], events=events, calendar=calendar, zone=zone)
    assert _last(window) == "2025-06-21 23:59:59"


@pytest.mark.parametrize(
    ("closed", "hearing", "last"),
    [
        ("2025-06-24", "2025-06-30", "2025-06-25 19:00:00"),
        ("2025-06-23", "2025-06-25", "2025-06-24 19:00:00"),
        ("2025-06-27", "2025-06-30", "2025-06-27 23:59:59"),
    ],
)
@pytest.mark.clause("core:D2", "core:E18")
def test_a_mailing_keeps_both_the_hour_of_the_next_day_and_the_working_day_before(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo, closed: str, hearing: str, last: str
) -> None:
    events = {"filing_closed": dt.date.fromisoformat(closed), "hearing_day": dt.date.fromisoformat(hearing)}
    explanation = compute(terms["hearing.mailing"], events=events, calendar=calendar, zone=zone)
    assert _last(explanation) == last
    assert not explanation.is_over(dt.datetime.fromisoformat(last).replace(tzinfo=zone) - dt.timedelta(seconds=1))
    assert explanation.is_over(dt.datetime.fromisoformat(last).replace(tzinfo=zone) + dt.timedelta(minutes=1))


def test_the_latest_of_several_terms_binds_where_the_rule_says_so(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    term = terms["score.withdrawal"].model_copy(update={"combine": Combine.LATEST})
    events = {"filed": dt.date(2025, 6, 20), "hearing_day": dt.date(2025, 6, 25)}
    assert _last(compute(term, events=events, calendar=calendar, zone=zone)) == "2025-06-25 23:59:59"


def test_minutes_run_from_the_instant_in_both_directions(terms: Terms, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    term = terms["video.joining"]
    hearing = {"hearing_day": dt.datetime(2025, 6, 24, 23, 50, tzinfo=zone)}
    assert _last(compute(term, events=hearing, calendar=calendar, zone=zone)) == "2025-06-25 00:05:00"
    backward = term.model_copy(update={"direction": Direction.BACKWARD})
    assert _last(compute(backward, events=hearing, calendar=calendar, zone=zone)) == "2025-06-24 23:35:00"


def test_a_term_without_its_event_has_no_date_yet(terms: Terms, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    for term in terms.values():
        explanation = compute(term, events={}, calendar=calendar, zone=zone, federal=term)
        assert (explanation.due, explanation.opens, explanation.federal_due) == (None, None, None)
        assert (explanation.steps, explanation.last_moment) == ((), None)
        far = dt.datetime(2027, 12, 31, tzinfo=zone)
        assert not explanation.is_open(far)
        assert not explanation.is_over(far)


@pytest.mark.clause("federal:102.3", "core:A6")
def test_the_federal_limit_stands_beside_a_stricter_term_and_counts_in_its_own_week(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    federal = terms["score.consideration"]
    regional = federal.model_copy(update={"week": 6})
    events = {"registered": dt.date(2025, 6, 18)}
    explanation = compute(regional, events=events, calendar=calendar, zone=zone, federal=federal)
    assert _last(explanation) == "2025-06-23 23:59:59"
    assert explanation.federal is not None
    assert _last(explanation.federal) == "2025-06-24 23:59:59"
    assert (explanation.week, explanation.federal.week) == (6, 5)
    assert compute(federal, events=events, calendar=calendar, zone=zone).federal_due is None


def test_a_federal_term_beside_itself_has_the_same_end(terms: Terms, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    term = terms["score.consideration"]
    events = {"registered": dt.date(2025, 6, 18)}
    explanation = compute(term, events=events, calendar=calendar, zone=zone, federal=term)
    assert explanation.federal_due == explanation.due


def test_a_count_beyond_the_loaded_calendar_is_refused(terms: Terms, calendar: WorkCalendar, zone: ZoneInfo) -> None:
    for term, event, day, year in (
        ("score.filing", "results_announced", dt.date(2027, 12, 30), 2028),
        ("score.filing", "results_announced", dt.date(2029, 6, 4), 2029),
        ("score.filing", "results_announced", dt.date(2021, 6, 4), 2021),
        ("hearing.announcement", "hearing_day", dt.date(2022, 1, 3), 2021),
    ):
        for count in (compute, due):
            with pytest.raises(CalendarRangeError, match=f"Календарь на {year} год не загружен"):
                count(terms[term], events={event: day}, calendar=calendar, zone=zone)


def test_an_instant_without_an_offset_is_a_programming_error(
    terms: Terms, calendar: WorkCalendar, zone: ZoneInfo
) -> None:
    naive = dt.datetime(2025, 6, 20, 12, tzinfo=zone).replace(tzinfo=None)
    with pytest.raises(ValueError, match="no offset"):
        compute(terms["score.filing"], events={"results_announced": naive}, calendar=calendar, zone=zone)

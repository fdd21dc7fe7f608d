"""What holds for any start, any length and any days off."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from apella.calendar.tables import RegionalDay, load_regional_days
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.terms import Term, load_terms

ZONE = ZoneInfo("Asia/Novokuznetsk")
BASE = WorkCalendar()
LIMITS = settings(deadline=None, max_examples=80)
FEWER = settings(deadline=None, max_examples=30)  # each example lays out whole calendars

DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2026, 12, 31))
LENGTHS = st.integers(1, 12)
WEEKS = st.sampled_from((5, 6))
DIRECTIONS = st.sampled_from(("forward", "backward"))
OFFS = st.lists(
    st.builds(
        lambda shift, carry_over: {
            "date": dt.date(2025, 6, 1) + dt.timedelta(days=shift),
            "name": "Праздник",
            "act": {"act": "Учебный указ", "date": dt.date(2025, 5, 28)},
            "carry_over": carry_over,
        },
        st.integers(0, 40),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda row: str(row["date"]),
)
SEASON = st.dates(dt.date(2025, 5, 25), dt.date(2025, 7, 20))


def _term(length: int, week: Week | None, direction: str = "forward", *, following_day: bool = True) -> Term:
    row = {
        "title": "Срок",
        "clauses": ["federal:102.3"],
        "start_event": "registered",
        "length": length,
        "unit": "working_day" if week else "calendar_day",
        "direction": direction,
        "following_day": following_day,
        "hardness": "breach",
        "owed_by": "secretary",
        "action": "decide",
    }
    return load_terms({"any.term": {**row, "week": week} if week else row})["any.term"]


def _count(term: Term, start: dt.date | dt.datetime, calendar: WorkCalendar = BASE) -> Explanation:
    return compute(term, events={"registered": start}, calendar=calendar, zone=ZONE)


def _due(term: Term, start: dt.date | dt.datetime, calendar: WorkCalendar = BASE) -> dt.datetime:
    due = _count(term, start, calendar).due
    assert due is not None
    return due


def _regional(rows: list[dict[str, object]]) -> tuple[RegionalDay, ...]:
    return load_regional_days(rows, place="any")


@LIMITS
@given(start=DAYS, later=st.integers(0, 20), length=st.integers(0, 12), week=WEEKS, direction=DIRECTIONS)
def test_a_later_start_never_ends_earlier(start: dt.date, later: int, length: int, week: Week, direction: str) -> None:
    term = _term(length, week, direction)
    assert _due(term, start) <= _due(term, start + dt.timedelta(days=later))


@LIMITS
@given(start=DAYS, length=LENGTHS, week=WEEKS, direction=DIRECTIONS)
def test_the_last_day_works_and_the_counted_days_are_as_many_as_the_length(
    start: dt.date, length: int, week: Week, direction: str
) -> None:
    explanation = _count(_term(length, week, direction), start)
    assert explanation.last_moment is not None
    last = explanation.last_moment.date()
    assert BASE.is_working(last, week)
    assert explanation.steps[-1].date == last
    assert sum(step.counts for step in explanation.steps) == length
    assert all(step.counts == BASE.is_working(step.date, week) for step in explanation.steps)
    assert start not in {step.date for step in explanation.steps}
    gaps = {abs((two.date - one.date).days) for one, two in zip(explanation.steps, explanation.steps[1:], strict=False)}
    assert gaps <= {1}


@LIMITS
@given(start=DAYS, length=st.integers(0, 12), direction=DIRECTIONS)
def test_calendar_days_are_plain_arithmetic(start: dt.date, length: int, direction: str) -> None:
    explanation = _count(_term(length, None, direction), start)
    shift = dt.timedelta(days=length if direction == "forward" else -length)
    assert explanation.last_moment is not None
    assert explanation.last_moment.date() == start + shift
    assert sum(step.counts for step in explanation.steps) == length


@FEWER
@given(start=SEASON, length=LENGTHS, rows=OFFS)
def test_a_six_day_week_is_never_later_forward_and_never_earlier_backward(
    start: dt.date, length: int, rows: list[dict[str, object]]
) -> None:
    calendar = WorkCalendar(regional=_regional(rows))
    assert _due(_term(length, 6), start, calendar) <= _due(_term(length, 5), start, calendar)
    backward = (_due(_term(length, week, "backward"), start, calendar) for week in (6, 5))
    assert next(backward) >= next(backward)


@FEWER
@given(start=SEASON, length=LENGTHS, week=WEEKS, rows=OFFS)
def test_a_new_day_off_never_hastens_a_term_nor_shortens_a_notice(
    start: dt.date, length: int, week: Week, rows: list[dict[str, object]]
) -> None:
    before = WorkCalendar(regional=_regional(rows[1:]))
    after = WorkCalendar(regional=_regional(rows))
    assert _due(_term(length, week), start, before) <= _due(_term(length, week), start, after)
    notice = _term(length, week, "backward")
    assert _due(notice, start, before) >= _due(notice, start, after)


@LIMITS
@given(start=DAYS, length=LENGTHS, week=WEEKS)
def test_counting_from_the_day_itself_ends_where_counting_from_the_day_before_does(
    start: dt.date, length: int, week: Week
) -> None:
    eve = start - dt.timedelta(days=1)
    assert _due(_term(length, week, following_day=False), start) == _due(_term(length, week), eve)


@LIMITS
@given(start=DAYS, second=st.integers(0, 86_399), length=LENGTHS, week=WEEKS)
def test_the_hour_of_the_event_does_not_move_a_term_in_days(
    start: dt.date, second: int, length: int, week: Week
) -> None:
    instant = dt.datetime.combine(start, dt.time(0), ZONE) + dt.timedelta(seconds=second)
    term = _term(length, week)
    assert _due(term, instant.astimezone(dt.UTC)) == _due(term, start)


@FEWER
@given(start=SEASON, length=LENGTHS, week=WEEKS, rows=OFFS)
def test_counting_twice_gives_the_same_explanation_and_so_does_its_record(
    start: dt.date, length: int, week: Week, rows: list[dict[str, object]]
) -> None:
    term = _term(length, week)
    first = _count(term, start, WorkCalendar(regional=_regional(rows)))
    second = _count(term, start, WorkCalendar(regional=_regional(rows)))
    assert first == second
    assert Explanation.from_record(json.loads(json.dumps(first.to_record()))) == first

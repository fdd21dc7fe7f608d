"""What holds for any start, any length and any days off."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from apella.calendar.tables import RegionalDay, load_regional_days
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Pause
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term

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


# --- The bare end and the trace ---------------------------------------------------------------------------------------

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Kaliningrad", "Europe/Moscow", "Asia/Omsk", "Asia/Novokuznetsk")]
    + [ZoneInfo("Asia/Kamchatka"), ZoneInfo("Europe/Berlin")]
)
EVENTS = ("results_announced", "filed", "registered", "hearing_day")
HOURS = st.none() | st.sampled_from(("10:00", "18:00", "19:00"))
FEASTS = [
    {"date": day, "name": "Праздник", "act": {"act": "Учебный указ", "date": dt.date(2025, 5, 28)}, "carry_over": True}
    for day in (dt.date(2025, 6, 6), dt.date(2025, 6, 21), dt.date(2025, 7, 1))
]
CALENDARS = st.sampled_from([BASE, *(WorkCalendar(regional=_regional(FEASTS[:number])) for number in (1, 3))])
PAUSES = st.lists(
    st.builds(
        lambda first, days: Pause(first, None if days is None else first + dt.timedelta(days=days)),
        st.dates(dt.date(2025, 5, 20), dt.date(2025, 8, 1)),
        st.none() | st.integers(0, 9),
    ),
    max_size=3,
)
MOMENTS = st.builds(
    lambda day, second, zone: dt.datetime.combine(day, dt.time(0), zone) + dt.timedelta(seconds=second),
    SEASON,
    st.sampled_from((0, 1, 43_200, 86_399)),
    ZONES,
)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, object]:
    """Draw the counting of a term: everything that a table can say without parts."""
    row: dict[str, object] = {"start_event": draw(st.sampled_from(EVENTS))}
    unit = draw(st.sampled_from(("working_day", "calendar_day", "month", "hour", "minute", "date")))
    row["unit"] = unit
    if unit != "date":
        # Three terms in a row must not leave the calendar's years.
        row["length"] = draw(st.integers(0, 3 if unit == "month" else 12))
        row["direction"] = draw(DIRECTIONS)
    elif draw(st.booleans()):
        row |= {"month_day": draw(st.sampled_from(("01-01", "03-01", "04-30"))), "years": draw(st.integers(0, 1))}
    if unit == "working_day":
        row["week"] = draw(WEEKS)
    if unit in ("working_day", "calendar_day") and row["direction"] == "forward":
        row["following_day"] = draw(st.booleans())
    if unit not in ("hour", "minute"):
        row["cutoff"] = draw(HOURS)
    return {key: value for key, value in row.items() if value is not None}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    """Draw a table of three terms, the later ones free to follow from the earlier ones."""
    whole = {"title": "Срок", "clauses": ["federal:102.3"], "hardness": "breach"}
    whole |= {"owed_by": "secretary", "action": "decide"}
    table: dict[str, dict[str, object]] = {}
    for name in ("a.one", "a.two", "a.three"):
        references = st.none() | st.sampled_from(sorted(table)) if table else st.none()
        parts = []
        for number in range(draw(st.sampled_from((1, 1, 2, 3)))):
            part = draw(rows())
            reference = draw(references)
            parts.append({**part, **({"event_from": reference} if reference else {}), "id": f"part{'abc'[number]}"})
        if len(parts) == 1:
            table[name] = {**whole, **{key: value for key, value in parts[0].items() if key != "id"}}
        else:
            table[name] = {**whole, "combine": draw(st.sampled_from(("earliest", "latest"))), "parts": parts}
    return table


@settings(deadline=None, max_examples=100)
@given(
    table=tables(),
    events=st.dictionaries(st.sampled_from(EVENTS), SEASON | MOMENTS),
    calendar=CALENDARS,
    zone=ZONES,
    pauses=PAUSES,
)
def test_the_bare_end_is_the_end_of_the_trace(
    table: dict[str, dict[str, object]],
    events: dict[str, dt.date | dt.datetime],
    calendar: WorkCalendar,
    zone: ZoneInfo,
    pauses: list[Pause],
) -> None:
    terms = load_terms(table)
    for term in terms.values():
        for held in ([], pauses):
            found = compute(
                term, events=events, calendar=calendar, zone=zone, terms=terms, pauses=held, federal=terms["a.one"]
            )
            bare = due(term, events=events, calendar=calendar, zone=zone, terms=terms, pauses=held)
            assert bare == found.due
            assert bare is None or bare.utcoffset() == dt.timedelta(0)
            assert set(found.given) <= set(events)
            # What was counted can be counted again from what the trace kept.
            again = compute(term, events=found.given, calendar=calendar, zone=zone, terms=terms, pauses=found.pauses)
            assert again.due == found.due


@FEWER
@given(start=SEASON, length=LENGTHS, week=st.none() | WEEKS, pauses=PAUSES)
def test_a_pause_never_hastens_a_term_and_its_days_never_count(
    start: dt.date, length: int, week: Week | None, pauses: list[Pause]
) -> None:
    term = _term(length, week)
    held = compute(term, events={"registered": start}, calendar=BASE, zone=ZONE, pauses=pauses)
    assert not any(step.counts for step in held.steps if any(pause.covers(step.date) for pause in pauses))
    if held.due is None:
        assert held.stands_still
        assert any(pause.last is None for pause in pauses)
    else:
        assert held.due >= _due(term, start)
        assert sum(step.counts for step in held.steps) == length


@LIMITS
@given(start=MOMENTS, length=st.integers(0, 72), unit=st.sampled_from(("hour", "minute")), pauses=PAUSES)
def test_a_term_in_hours_runs_exactly_its_length_outside_its_pauses(
    start: dt.datetime, length: int, unit: str, pauses: list[Pause]
) -> None:
    row = {"title": "Срок", "clauses": ["federal:102.3"], "start_event": "registered", "length": length, "unit": unit}
    row |= {"hardness": "breach", "owed_by": "secretary", "action": "decide"}
    term = load_terms({"a.hours": row})["a.hours"]
    end = due(term, events={"registered": start}, calendar=BASE, zone=ZONE, pauses=pauses)
    if end is None:
        return
    begun, held = start.astimezone(dt.UTC), dt.timedelta(0)
    day = begun.astimezone(ZONE).date()
    while (midnight := dt.datetime.combine(day, dt.time(0), ZONE)) < end:
        if any(pause.covers(day) for pause in pauses):
            held += min(end, midnight + dt.timedelta(days=1)) - max(begun, midnight)
        day += dt.timedelta(days=1)
    assert end - begun - held == dt.timedelta(hours=length) / (1 if unit == "hour" else 60)


@LIMITS
@given(start=DAYS, number=st.integers(-30, 30), week=WEEKS)
def test_the_index_of_working_days_agrees_with_walking_them(start: dt.date, number: int, week: Week) -> None:
    day, left = start, abs(number)
    while left:
        day += dt.timedelta(days=1 if number > 0 else -1)
        left -= BASE.is_working(day, week)
    assert BASE.add_working_days(start, number, week) == day
    last = start + dt.timedelta(days=abs(number))
    walked = sum(BASE.is_working(start + dt.timedelta(days=shift), week) for shift in range(abs(number) + 1))
    assert BASE.count_working(start, last, week) == walked

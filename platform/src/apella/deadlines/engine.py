"""Counting a term: pure, no clock and no database. The same input always gives the same explanation."""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apella.calendar.wording import short_date
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.explain import Explanation, Step, day_of, instant_of
from apella.deadlines.terms import Combine, Direction, Term, Unit, length_phrase

Events = Mapping[str, dt.datetime | dt.date]
"""Start events that have happened or are fixed, by code: a day, or an aware instant."""

_ONE_DAY = dt.timedelta(days=1)


class _Count(NamedTuple):
    due: dt.datetime
    steps: tuple[Step, ...]


def compute(
    term: Term, *, events: Events, calendar: WorkCalendar, zone: ZoneInfo, federal: Term | None = None
) -> Explanation:
    """Count `term` from `events` and explain it; `federal` is counted beside it, in its own week.

    A term in days ends with its last day in `zone`; a term that counts "after" an event starts on the next day, also
    when the event falls on a day off. An event that is not in `events` leaves the term, or that part of a combined
    one, without a date.
    Raises CalendarRangeError when the count leaves the loaded years, ValueError for an instant without an offset.
    """
    own = _plain(term, events, calendar, zone)
    if federal is None:
        return own
    # Where the region has no term of its own, the federal one is the same object and is counted once.
    return replace(own, federal=own if federal is term else _plain(federal, events, calendar, zone))


def _plain(term: Term, events: Events, calendar: WorkCalendar, zone: ZoneInfo) -> Explanation:
    if term.combine is not None:
        return _combined(term, events, calendar, zone)
    started = _event(events, term)
    count = None if started is None else _count(term, started, calendar, zone)
    opens = None
    if started is not None and term.direction is Direction.FORWARD and term.unit is not Unit.DATE:
        opens = instant_of(started, zone)
    return _explain(term, calendar, zone, started=started, opens=opens, count=count)


def _combined(term: Term, events: Events, calendar: WorkCalendar, zone: ZoneInfo) -> Explanation:
    parts = tuple(_plain(part, events, calendar, zone) for part in term.parts)
    ends = [part.due for part in parts if part.due is not None]
    openings = [part.opens for part in parts if part.opens is not None]
    choose = min if term.combine is Combine.EARLIEST else max
    return _explain(
        term,
        calendar,
        zone,
        started=parts[0].started,
        opens=min(openings, default=None),
        count=_Count(choose(ends), ()) if ends else None,
        parts=parts,
    )


def _explain(
    term: Term,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    *,
    started: dt.date | dt.datetime | None,
    opens: dt.datetime | None,
    count: _Count | None,
    parts: tuple[Explanation, ...] = (),
) -> Explanation:
    return Explanation(
        term=term.id,
        title=term.title,
        clauses=term.grounds,
        start_event=term.start_event,
        started=started,
        opens=opens,
        due=count.due if count else None,
        length=term.length,
        unit=term.unit,
        direction=term.direction,
        following_day=term.following_day,
        week=term.week,
        cutoff=term.cutoff,
        hardness=term.hardness,
        combine=term.combine,
        zone=zone.key,
        calendar_version=calendar.version,
        steps=count.steps if count else (),
        parts=parts,
    )


def _event(events: Events, term: Term) -> dt.date | dt.datetime | None:
    value = events.get(term.start_event)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"the instant of {term.start_event} has no offset: {value!r}")
        return value.astimezone(dt.UTC)
    return value


def _count(term: Term, started: dt.date | dt.datetime, calendar: WorkCalendar, zone: ZoneInfo) -> _Count:
    if term.unit in (Unit.HOUR, Unit.MINUTE):
        return _hours(term, started, zone)
    if term.unit is Unit.DATE and isinstance(started, dt.datetime):
        return _Count(started, (Step(day_of(started, zone), False, "срок истекает с наступлением события"),))
    day = day_of(started, zone)
    steps: tuple[Step, ...]
    if term.unit is Unit.DATE:
        steps = (Step(day, False, "срок истекает в день события"),)
    elif not term.length:
        steps = (Step(day, False, "тот же день: срок истекает в день события"),)
    elif term.unit is Unit.MONTH:
        steps = (_month_step(term, day),)
    elif term.week is not None:
        steps = _working_steps(term, term.length, day, calendar, term.week)
    else:
        steps = _calendar_steps(term, term.length, day)
    return _Count(_end_of_day(steps[-1].date, term.cutoff, zone), steps)


def _hours(term: Term, started: dt.date | dt.datetime, zone: ZoneInfo) -> _Count:
    length = term.length or 0
    span = dt.timedelta(hours=length) if term.unit is Unit.HOUR else dt.timedelta(minutes=length)
    start = instant_of(started, zone)
    due = start + span if term.direction is Direction.FORWARD else start - span
    phrase = length_phrase(length=term.length, unit=term.unit, week=None)
    return _Count(due, (Step(day_of(due, zone), False, f"{phrase} подряд, круглые сутки"),))


def _working_steps(term: Term, length: int, day: dt.date, calendar: WorkCalendar, week: Week) -> tuple[Step, ...]:
    towards = _ONE_DAY if term.direction is Direction.FORWARD else -_ONE_DAY
    steps: list[Step] = []
    left = length
    day = day + towards if term.following_day else day
    while True:
        step = Step(*calendar.day(day, week))
        steps.append(step)
        left -= step.counts
        if not left:
            return tuple(steps)
        day += towards


def _calendar_steps(term: Term, length: int, day: dt.date) -> tuple[Step, ...]:
    towards = _ONE_DAY if term.direction is Direction.FORWARD else -_ONE_DAY
    first = 1 if term.following_day else 0
    return tuple(
        Step(day + towards * shift, True, "календарный день, выходные и праздники входят в срок")
        for shift in range(first, first + length)
    )


def _month_step(term: Term, day: dt.date) -> Step:
    """Move by months to the same number, or to the month's last day where it has no such number."""
    length = term.length or 0
    months = day.year * 12 + day.month - 1 + (length if term.direction is Direction.FORWARD else -length)
    year, month = divmod(months, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    side = "после" if term.direction is Direction.FORWARD else "до"
    phrase = length_phrase(length=length, unit=Unit.MONTH, week=None)
    return Step(dt.date(year, month + 1, min(day.day, last)), False, f"{phrase} {side} {short_date(day)}")


def _end_of_day(day: dt.date, cutoff: str | None, zone: ZoneInfo) -> dt.datetime:
    if cutoff is not None:
        return dt.datetime.combine(day, dt.time.fromisoformat(cutoff), zone).astimezone(dt.UTC)
    return dt.datetime.combine(day + _ONE_DAY, dt.time(0), zone).astimezone(dt.UTC)

"""Counting a term: pure, no clock and no database. The same input always gives the same explanation."""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apella.calendar.wording import plural, short_date
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.explain import Explanation, Step, day_of, instant_of
from apella.deadlines.given import Pause, Published, merged, pause_of
from apella.deadlines.published import by_act, intake_steps, no_later
from apella.deadlines.terms import Combine, Direction, Term, Unit, find_term, length_phrase

Events = Mapping[str, dt.datetime | dt.date]
"""Start events that have happened or are fixed, by code: a day, or an aware instant."""

_ONE_DAY = dt.timedelta(days=1)
_MIDNIGHT = dt.time(0)


class _Count(NamedTuple):
    """The end of a term, None while it stands still, and the way there."""

    due: dt.datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything that a count takes beside the term itself."""

    events: Events
    calendar: WorkCalendar
    zone: ZoneInfo
    terms: Mapping[str, Term]
    pauses: Sequence[Pause]
    published: Published | None


def compute(
    term: Term,
    *,
    events: Events,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    federal: Term | None = None,
    terms: Mapping[str, Term] | None = None,
    pauses: Sequence[Pause] = (),
    published: Published | None = None,
) -> Explanation:
    """Count `term` from `events` and explain it; `federal` is counted beside it, in its own week.

    A term in days ends with its last day in `zone`; a term that counts "after" an event starts on the next day, also
    when the event falls on a day off. An event that is not in `events` leaves the term, or that part of a combined
    one, without a date, unless the term says from which of `terms` it follows.
    `pauses` are this term's own: they hold up neither a term that it follows from nor one counted back from an event.
    `published` replaces the count of the term that it names, here or where this one follows from it; the federal
    limit is counted all the same. A «не позднее» of it binds where it comes before the counted end, or where only
    advice is counted; it does not bind what begins after it, nor what stood still: there the term is counted.
    Raises CalendarRangeError when the count leaves the loaded years, UnknownTerm for a reference that is not in
    `terms`, ValueError for an instant without an offset.
    """
    given = _Inputs(events, calendar, zone, terms or {}, pauses, published)
    own = _plain(term, given)
    if federal is None:
        return own
    # Where the region has no term of its own, the federal one is the same object and is counted once.
    same = federal is term and (published is None or published.term != term.id)
    # The act sets the region's dates, never the Procedure's; but what follows from them follows from what is done.
    other = given if published is None or published.term != federal.id else replace(given, published=None)
    return replace(own, federal=own if same else _plain(federal, other))


def due(
    term: Term,
    *,
    events: Events,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    terms: Mapping[str, Term] | None = None,
    pauses: Sequence[Pause] = (),
    published: Published | None = None,
) -> dt.datetime | None:
    """Give the very `due` of `compute`, without the way there: for counting many clocks.

    Raises what `compute` raises.
    """
    if pauses or published is not None:
        given = _Inputs(events, calendar, zone, terms or {}, pauses, published)
        return _plain(term, given).due
    return _bare(term, events, calendar, zone, terms)


def _bare(
    term: Term, events: Events, calendar: WorkCalendar, zone: ZoneInfo, terms: Mapping[str, Term] | None
) -> dt.datetime | None:
    if term.combine is not None:
        ends = [end for part in term.parts if (end := _bare(part, events, calendar, zone, terms)) is not None]
        if not ends:
            return None
        return min(ends) if term.combine is Combine.EARLIEST else max(ends)
    started = _event(events, term)
    if started is None:
        if term.event_from is None:
            return None
        end = _bare(find_term(terms or {}, term.event_from), events, calendar, zone, terms)
        if end is None:
            return None
        started = _as_event(end, zone)
    unit = term.unit
    if unit is Unit.HOUR or unit is Unit.MINUTE:
        return _shifted(term, started, zone)
    if unit is Unit.DATE and term.month_day is None and isinstance(started, dt.datetime):
        return started
    day = day_of(started, zone)
    if unit is Unit.WORKING_DAY and term.length and term.week is not None:
        day = _last_working_day(term, term.length, day, calendar, term.week)
    elif unit is Unit.CALENDAR_DAY and term.length:
        span = term.length if term.following_day else term.length - 1
        day += dt.timedelta(days=span if term.direction is Direction.FORWARD else -span)
    elif unit is Unit.MONTH:
        day = _months_away(term, day)
    elif term.month_day is not None:
        day = _named_day(term, day)
    return _end_of_day(day, term.cutoff, zone)


def _last_working_day(term: Term, length: int, day: dt.date, calendar: WorkCalendar, week: Week) -> dt.date:
    if term.direction is Direction.BACKWARD:
        return calendar.add_working_days(day, -length, week)
    if not term.following_day:
        length -= calendar.is_working(day, week)
    return calendar.add_working_days(day, length, week)


def _plain(term: Term, given: _Inputs) -> Explanation:
    counted, published = _counted(term, given), given.published
    if published is None or published.until is None or published.term != term.id or given.pauses:
        return counted
    return no_later(term, counted, published)


def _counted(term: Term, given: _Inputs) -> Explanation:
    if term.combine is not None:
        return _combined(term, given)
    origin = None
    started = _event(given.events, term)
    if started is None and term.event_from is not None:
        # A pause holds up this term, not the one that it follows from.
        origin = _plain(find_term(given.terms, term.event_from), replace(given, pauses=()))
        started = None if origin.due is None else _as_event(origin.due, given.zone)
    if started is None:
        return _explain(term, given, started=None, origin=origin)
    published = given.published
    if published is not None and published.until is None and published.term == term.id:
        return _as_published(term, given, published, started)
    opens = None
    if term.direction is Direction.FORWARD and (term.unit is not Unit.DATE or term.month_day is not None):
        opens = instant_of(started, given.zone)
    return _explain(term, given, started=started, opens=opens, count=_count(term, started, given), origin=origin)


def _combined(term: Term, given: _Inputs) -> Explanation:
    parts = tuple(_plain(part, given) for part in term.parts)
    ends = [part.due for part in parts if part.due is not None]
    openings = [part.opens for part in parts if part.opens is not None]
    if any(part.stands_still for part in parts):
        # An end before the pause is certain; any other waits until the part that stands still runs on.
        stopped = min(_midnight(pause.first.toordinal(), given.zone) for pause in given.pauses if pause.last is None)
        ends = [end for end in ends if end <= stopped] if term.combine is Combine.EARLIEST else []
    choose = min if term.combine is Combine.EARLIEST else max
    return _explain(
        term,
        given,
        started=parts[0].started,
        opens=min(openings, default=None),
        count=_Count(choose(ends), ()) if ends else None,
        parts=parts,
    )


def _as_published(term: Term, given: _Inputs, published: Published, started: dt.date | dt.datetime) -> Explanation:
    """Put the act's own dates in the place of the counted ones."""
    count = _Count(published.closes.astimezone(dt.UTC), intake_steps(published, given.zone))
    opens = published.opens.astimezone(dt.UTC)
    return by_act(_explain(term, given, started=started, opens=opens, count=count), published)


def _explain(
    term: Term,
    given: _Inputs,
    *,
    started: dt.date | dt.datetime | None,
    opens: dt.datetime | None = None,
    count: _Count | None = None,
    parts: tuple[Explanation, ...] = (),
    origin: Explanation | None = None,
) -> Explanation:
    steps = count.steps if count else ()
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
        month_day=term.month_day,
        years=term.years,
        cutoff=term.cutoff,
        hardness=term.hardness,
        combine=term.combine,
        zone=given.zone.key,
        calendar_version=given.calendar.version,
        steps=steps,
        parts=parts,
        origin=origin,
        pauses=tuple(given.pauses),
        published=given.published,
        deviation=str(term.deviation) if term.deviation else None,
    )


def _event(events: Events, term: Term) -> dt.date | dt.datetime | None:
    value = events.get(term.start_event)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError(f"the instant of {term.start_event} has no offset: {value!r}")
        return value.astimezone(dt.UTC)
    return value


def _as_event(end: dt.datetime, zone: ZoneInfo) -> dt.date | dt.datetime:
    """Say at what a term that follows starts: the last day of the other one, or the instant at which it ends."""
    local = end.astimezone(zone)
    return local.date() - _ONE_DAY if local.time() == _MIDNIGHT else end


def _count(term: Term, started: dt.date | dt.datetime, given: _Inputs) -> _Count:
    zone = given.zone
    pauses = given.pauses if term.direction is Direction.FORWARD else ()
    if term.unit in (Unit.HOUR, Unit.MINUTE):
        return _hours(term, started, zone, pauses)
    if term.unit is Unit.DATE and term.month_day is None and isinstance(started, dt.datetime):
        return _Count(started, (Step(day_of(started, zone), False, "срок истекает с наступлением события"),))
    day = day_of(started, zone)
    steps: tuple[Step, ...]
    if term.month_day is not None:
        steps = (_named_step(term, day),)
    elif term.unit is Unit.DATE:
        steps = (Step(day, False, "срок истекает в день события"),)
    elif not term.length:
        steps = _same_day_steps(day, pauses)
    elif term.unit is Unit.MONTH:
        steps = _month_steps(term, day, pauses)
    else:
        steps = _day_steps(term, term.length, day, given.calendar, pauses)
    stopped = pause_of(pauses, steps[-1].date)
    if stopped is not None and term.unit is not Unit.DATE:
        return _Count(None, steps)
    return _Count(_end_of_day(steps[-1].date, term.cutoff, zone), steps)


def _hours(term: Term, started: dt.date | dt.datetime, zone: ZoneInfo, pauses: Sequence[Pause]) -> _Count:
    begun, end = instant_of(started, zone), _shifted(term, started, zone)
    steps: list[Step] = []
    for pause in merged(pauses):
        first = _midnight(pause.first.toordinal(), zone)
        if first >= end:
            break
        if pause.last is None:
            return _Count(None, (*steps, Step(pause.first, False, pause.reason)))
        length = _midnight(pause.last.toordinal() + 1, zone) - max(first, begun)
        if length > dt.timedelta(0):
            end += length
            steps.append(Step(pause.first, False, pause.reason))
    phrase = length_phrase(length=term.length, unit=term.unit, week=None)
    return _Count(end, (*steps, Step(day_of(end, zone), False, f"{phrase} подряд, круглые сутки")))


def _shifted(term: Term, started: dt.date | dt.datetime, zone: ZoneInfo) -> dt.datetime:
    length = term.length or 0
    span = dt.timedelta(hours=length) if term.unit is Unit.HOUR else dt.timedelta(minutes=length)
    start = instant_of(started, zone)
    return start + span if term.direction is Direction.FORWARD else start - span


def _day_steps(
    term: Term, length: int, day: dt.date, calendar: WorkCalendar, pauses: Sequence[Pause]
) -> tuple[Step, ...]:
    """Walk until `length` days have counted, or to the first day of a pause that has not ended."""
    towards = _ONE_DAY if term.direction is Direction.FORWARD else -_ONE_DAY
    steps: list[Step] = []
    left = length
    day = day + towards if term.following_day else day
    while True:
        pause = pause_of(pauses, day) if pauses else None
        if pause is not None:
            step = Step(day, False, pause.reason)
        elif term.week is None:
            step = Step(day, True, "календарный день, выходные и праздники входят в срок")
        else:
            step = Step(*calendar.day(day, term.week))
        steps.append(step)
        left -= step.counts
        if not left or (pause is not None and pause.last is None):
            return tuple(steps)
        day += towards


def _same_day_steps(day: dt.date, pauses: Sequence[Pause]) -> tuple[Step, ...]:
    steps: list[Step] = []
    reason = "тот же день: срок истекает в день события"
    while (pause := pause_of(pauses, day)) is not None:
        steps.append(Step(day, False, pause.reason))
        if pause.last is None:
            return tuple(steps)
        day += _ONE_DAY
        reason = "первый день после приостановления"
    return (*steps, Step(day, False, reason))


def _month_steps(term: Term, day: dt.date, pauses: Sequence[Pause]) -> tuple[Step, ...]:
    """Move by months; every day of a pause after the start and before the end puts the end off by a day."""
    end = _months_away(term, day)
    side = "после" if term.direction is Direction.FORWARD else "до"
    reason = f"{length_phrase(length=term.length, unit=Unit.MONTH, week=None)} {side} {short_date(day)}"
    steps: list[Step] = []
    for pause in merged(pauses):
        if pause.first > end:
            break
        if pause.last is None:
            return (*steps, Step(max(pause.first, day), False, pause.reason))
        length = (pause.last - max(pause.first, day + _ONE_DAY)).days + 1
        if length > 0:
            end += dt.timedelta(days=length)
            steps.append(Step(pause.first, False, pause.reason))
            reason += f" и ещё {length} {plural(length, 'день', 'дня', 'дней')} приостановления"
    return (*steps, Step(end, False, reason))


def _months_away(term: Term, day: dt.date) -> dt.date:
    """Move by months to the same number, or to the month's last day where it has no such number."""
    length = term.length or 0
    months = day.year * 12 + day.month - 1 + (length if term.direction is Direction.FORWARD else -length)
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def _named_day(term: Term, day: dt.date) -> dt.date:
    return dt.date.fromisoformat(f"{day.year + (term.years or 0):04}-{term.month_day}")


def _named_step(term: Term, day: dt.date) -> Step:
    years = term.years or 0
    when = f"через {years} {plural(years, 'год', 'года', 'лет')} после {day.year} года" if years else "того же года"
    return Step(_named_day(term, day), False, f"день, названный правилом, {when}; включается в срок")


def _end_of_day(day: dt.date, cutoff: str | None, zone: ZoneInfo) -> dt.datetime:
    if cutoff is not None:
        return dt.datetime.combine(day, dt.time.fromisoformat(cutoff), zone).astimezone(dt.UTC)
    return _midnight(day.toordinal() + 1, zone)


@lru_cache(maxsize=2**15)
def _midnight(ordinal: int, zone: ZoneInfo) -> dt.datetime:
    """The midnight with which a day begins, in UTC."""
    return dt.datetime.combine(dt.date.fromordinal(ordinal), _MIDNIGHT, zone).astimezone(dt.UTC)

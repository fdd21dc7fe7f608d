"""Planning backwards: by when each remaining step of a case has to begin so that its limit holds (reading E25). Pure.

A chain is what has to be done one after another; several chains run side by side and meet at the hearing. What takes
time is a term counted from the end of the step before; what has to lie a given time before the hearing is a term
counted back from it. Every step is counted in its own week.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apella.calendar.working import Week, WorkCalendar
from apella.deadlines import engine
from apella.deadlines.explain import day_of, instant_of
from apella.deadlines.terms import Term, Unit

ENOUGH = dt.timedelta(days=1)
"""With so much time to spare nobody has to be told."""

FAR = 60
"""How many days back or ahead a start is looked for."""

_DAY = dt.timedelta(days=1)
MOMENT = dt.timedelta(microseconds=1)
"""What lies between an exclusive end and the last instant before it."""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """A step that remains. Without a term it is an act that takes no days of its own.

    `takes` runs from the end of the step before, or from `began_at` when the step is under way. `before` gives, for the
    hearing's time, by when the step has to be done; None where that is not known. `week` is that of the days on which
    the step can begin.
    """

    code: str
    title: str
    clauses: tuple[str, ...]
    week: Week = 5
    takes: Term | None = None
    before: Callable[[dt.datetime], dt.datetime | None] | None = None
    began_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A step with its latest beginning and end (exclusive instants, UTC); `starts_by` is None for what has begun."""

    leg: Leg
    starts_by: dt.datetime | None
    ends_by: dt.datetime

    @property
    def next_by(self) -> dt.datetime:
        """The instant by which somebody has to act next: to begin the step, or to end the one under way."""
        return self.ends_by if self.starts_by is None else self.starts_by


@dataclass(frozen=True, kw_only=True)
class Break:
    """What cannot be kept any more: the term, and how late it will be at best.

    `earliest` is the first day on which the hearing can be; None where the term lies before it and is lost already.
    `days` are the working days, in the term's own week, by which the limit will be passed.
    """

    term: str
    clauses: tuple[str, ...]
    days: int
    earliest: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A case planned back from its limit. `lines` stand in the order of their beginnings.

    `slack` is the time until the next step has to begin, negative when it should have begun already.
    """

    limit: dt.datetime
    lines: tuple[Line, ...]
    slack: dt.timedelta
    broken: Break | None

    @property
    def first(self) -> Line:
        """The step that presses most."""
        return self.lines[0]

    @property
    def is_tight(self) -> bool:
        """Whether less than a day is left to spare."""
        return self.slack < ENOUGH or self.broken is not None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a plan is counted with.

    `limit` is the exclusive end of the consideration, `week` its week, `lasts` the hearing's own time. `hearing_at` is
    the appointed time, None while there is none. `clauses` and `term` are those of the limit.
    """

    limit: dt.datetime
    term: str
    clauses: tuple[str, ...]
    week: Week
    lasts: dt.timedelta
    hearing_at: dt.datetime | None
    calendar: WorkCalendar
    zone: ZoneInfo


def plan_backwards(chains: Sequence[Sequence[Leg]], *, frame: Frame, now: dt.datetime) -> Plan | None:
    """Plan the remaining steps of a case back from its limit; None when no step remains.

    Raises CalendarRangeError when the count leaves the loaded years.
    """
    latest = frame.limit - frame.lasts
    hearing = latest if frame.hearing_at is None else min(frame.hearing_at, latest)
    lines = [line for chain in chains for line in reversed(tuple(_back(chain, hearing, frame)))]
    if not lines:
        return None
    lines.sort(key=lambda line: line.next_by)
    slack = lines[0].next_by - now
    broken = None if slack > dt.timedelta(0) else _break(chains, frame, now)
    return Plan(limit=frame.limit, lines=tuple(lines), slack=slack, broken=broken)


def _back(chain: Sequence[Leg], hearing: dt.datetime, frame: Frame) -> Iterator[Line]:
    """Walk a chain from its last step to its first."""
    ends_by = hearing
    for leg in reversed(chain):
        if leg.before is not None:
            ends_by = min(ends_by, leg.before(hearing) or ends_by)
        starts_by = None if leg.began_at is not None else _latest_start(leg, ends_by, frame)
        yield Line(leg=leg, starts_by=starts_by, ends_by=ends_by)
        if starts_by is None:
            return
        ends_by = starts_by


def _latest_start(leg: Leg, ends_by: dt.datetime, frame: Frame) -> dt.datetime:
    """Give the last instant at which a step may begin: the end of the last day on which it still can.

    A step in hours begins so many hours before its end.
    """
    if leg.takes is None:
        return ends_by
    if leg.takes.unit in (Unit.HOUR, Unit.MINUTE):
        return ends_by - (_due_of(leg.takes, ends_by, frame) - ends_by)
    day = day_of(ends_by - MOMENT, frame.zone)
    for _ in range(FAR):
        end = _due_of(leg.takes, day, frame)
        if end <= ends_by and frame.calendar.is_working(day, leg.week):
            return min(ends_by, _midnight_after(day, frame.zone))
        day -= _DAY
    raise ValueError(f"no start of {leg.code} within {FAR} days ends by {ends_by}")


# --- Ahead ------------------------------------------------------------------------------------------------------------


def _break(chains: Sequence[Sequence[Leg]], frame: Frame, now: dt.datetime) -> Break | None:
    """Say what breaks when everything is done as early as it can be from now on; None when it can still be kept."""
    for leg in (leg for chain in chains for leg in chain):
        if leg.before is not None and now >= (leg.before(now + FAR * _DAY) or frame.limit + FAR * _DAY):
            # However late the hearing is, this cannot be kept.
            return Break(term=leg.code, clauses=leg.clauses, days=0, earliest=None)
    earliest = _earliest_hearing(chains, frame, now)
    last = day_of(frame.limit - MOMENT, frame.zone)
    if earliest <= last:
        return None
    days = frame.calendar.count_working(last + _DAY, earliest, frame.week)
    return Break(term=frame.term, clauses=frame.clauses, days=days, earliest=earliest)


def _earliest_hearing(chains: Sequence[Sequence[Leg]], frame: Frame, now: dt.datetime) -> dt.date:
    ready = max((_ready(chain, frame, now) for chain in chains), default=now)
    day = day_of(ready, frame.zone)
    for _ in range(FAR):
        at = _midnight_after(day, frame.zone) - frame.lasts
        told = all(now < (leg.before(at) or at) for chain in chains for leg in chain if leg.before is not None)
        if told and at >= ready and frame.calendar.is_working(day, frame.week):
            return day
        day += _DAY
    raise ValueError(f"no day for the hearing within {FAR} days")


def _ready(chain: Sequence[Leg], frame: Frame, now: dt.datetime) -> dt.datetime:
    """Give the instant at which a chain is done when each of its steps takes its whole term."""
    at = event = now
    for leg in chain:
        if leg.takes is not None:
            at = max(at, _due_of(leg.takes, leg.began_at or event, frame))
            # A term ends with its last moment: what follows happens on that day, not on the next one.
            event = max(now, at - MOMENT)
    return at


# --- Terms ------------------------------------------------------------------------------------------------------------


def _due_of(term: Term, event: dt.date | dt.datetime, frame: Frame) -> dt.datetime:
    end = engine.due(term, events={term.start_event: event}, calendar=frame.calendar, zone=frame.zone)
    if end is None:
        raise ValueError(f"the term {term.id} has no end from its own start event")
    return end


def _midnight_after(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return instant_of(day + _DAY, zone)

"""What another calendar does to the clocks: which dates move, from when to when, on whose case.

Clocks are counted again from the events in their own explanations, by the terms of their case's own rule version, so
that nothing but the calendar can move them. Rows are streamed: a season's clocks never stand in memory at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from apella.calendar.changes import ChangedDay, added_years, changed_days
from apella.calendar.working import WorkCalendar
from apella.deadlines.clocks import Clock, run_out, running, season_times, whole_records
from apella.deadlines.model import DeadlineState
from apella.deadlines.recount import Due, Recount, RulesFor
from apella.deadlines.terms import Direction
from apella.deadlines.windows import WindowMove, windows
from apella.errors import ApellaError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A clock whose date another calendar moves. `due` and `federal_due` are the new ends (exclusive, UTC)."""

    clock: Clock
    due: dt.datetime
    federal_due: dt.datetime | None
    now: dt.datetime

    @property
    def binds(self) -> bool:
        """Whether what binds moves; of a duty, the federal limit beside it may move alone."""
        return self.limit != self.clock.limit

    @property
    def earlier(self) -> bool:
        """Whether less time is left than people were told."""
        return self.limit < self.clock.limit

    @property
    def backward(self) -> bool:
        """Whether the term is counted back from its event: such a term ends earlier because of a new day off."""
        return bool(self.clock.record["direction"] == Direction.BACKWARD)

    @property
    def limit(self) -> dt.datetime:
        """The first instant that is too late by the new calendar."""
        return Due(self.due, self.federal_due).limit(window=self.clock.is_window)

    @property
    def over(self) -> bool:
        """Whether the new end has passed already, by the clock of the case's season."""
        return self.limit <= self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A clock that cannot be counted by the new calendar, and why in Russian: such a calendar cannot be applied."""

    clock: Clock
    message: str


@dataclass(kw_only=True)
class Listed(Generic[T]):
    """The first rows of a list and how many there are in all."""

    limit: int
    total: int = 0
    rows: list[T] = field(default_factory=list)

    def add(self, row: T) -> None:
        """Count a row, and keep it while there is room."""
        self.total += 1
        if len(self.rows) < self.limit:
            self.rows.append(row)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Everything that applying a calendar would do. Show `earlier` first: there people lose time.

    `expired` are clocks that ran out and would have time again, `windows` the filing windows of announced exams (they
    belong to no case); both kinds are opened again only where a person names them. `failures` forbid applying.
    """

    days: tuple[ChangedDay, ...]
    years: tuple[int, ...]
    looked_at: int
    earlier: Listed[Move]
    later: Listed[Move]
    expired: Listed[Move]
    windows: tuple[WindowMove, ...]
    failures: Listed[Failure]

    @property
    def moved(self) -> int:
        """How many running clocks move."""
        return self.earlier.total + self.later.total


def difference(
    session: Session,
    *,
    old: WorkCalendar,
    new: WorkCalendar,
    rules_for: RulesFor,
    machine_now: dt.datetime,
    limit: int = 500,
) -> Difference:
    """Say what putting `new` in the place of `old` would do to the session's tenant; nothing is changed.

    Every list holds at most `limit` rows, those that end first before the others, and says how many there are.
    `machine_now` is SQL now(); each season adds its own offset.
    """
    recount = Recount(calendar=new, rules_for=rules_for)
    times = season_times(session, machine_now=machine_now)
    days = changed_days(old, new)
    lists = _Lists(limit)
    for clock in running(session):
        if not clock.is_over(times[clock.season_id]):
            lists.take(clock, recount, now=times[clock.season_id])
    for move in expired(session, recount=recount, days=days, times=times):
        lists.expired.add(move)
    for listed in (lists.earlier, lists.later, lists.expired):
        listed.rows = _with_whole_records(session, listed.rows)
    return Difference(
        days=days,
        years=added_years(old, new),
        looked_at=lists.looked_at,
        earlier=lists.earlier,
        later=lists.later,
        expired=lists.expired,
        windows=tuple(windows(session, old=old, new=new, rules_for=rules_for, machine_now=machine_now)),
        failures=lists.failures,
    )


class _Lists:
    """The lists of a difference while clocks pass by."""

    def __init__(self, limit: int) -> None:
        self.looked_at = 0
        self.earlier, self.later, self.expired = (Listed[Move](limit=limit) for _ in range(3))
        self.failures = Listed[Failure](limit=limit)

    def take(self, clock: Clock, recount: Recount, *, now: dt.datetime) -> None:
        self.looked_at += 1
        try:
            move = move_of(clock, recount, now=now)
        except ApellaError as error:
            self.failures.add(Failure(clock=clock, message=error.message))
            return
        if move is not None and move.binds:
            (self.earlier if move.earlier else self.later).add(move)


def move_of(clock: Clock, recount: Recount, *, now: dt.datetime) -> Move | None:
    """Count a clock again; None when its ends stay where they are. Raises ApellaError when it cannot be counted."""
    ends = recount.due(clock.given, rule_version=clock.rule_version)
    if ends is None or ends == (clock.due_at, clock.federal_due_at):
        return None
    return Move(clock=clock, due=ends.regional, federal_due=ends.federal, now=now)


def expired(
    session: Session,
    *,
    recount: Recount,
    days: Sequence[ChangedDay],
    times: Mapping[uuid.UUID, dt.datetime],
) -> Iterator[Move]:
    """Stream the clocks of open cases that ran out unmet and would have time again by the new calendar."""
    first = min((day.date for day in days), default=None)
    if first is None:
        return
    for clock in run_out(session, since=first, until=max(times.values())):
        now = times[clock.season_id]
        if clock.state == DeadlineState.RUNNING and not clock.is_over(now):
            continue
        try:
            move = move_of(clock, recount, now=now)
        except ApellaError:
            continue  # it stays as it is, which needs no date
        if move is not None and move.limit > move.now:
            yield move


def _with_whole_records(session: Session, moves: Sequence[Move]) -> list[Move]:
    records = whole_records(session, [move.clock.id for move in moves])
    return [replace(move, clock=move.clock._replace(record=records[move.clock.id])) for move in moves]

"""What another calendar does to the clocks: which dates move, from when to when, on whose case.

Clocks are counted again from the events in their own explanations, by the terms of their case's own rule version, so
that nothing but the calendar can move them. Rows are streamed: a season's clocks never stand in memory at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Text, and_, bindparam, case, cast, column, false, or_, select, table
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from apella.calendar.changes import ChangedDay, added_years, changed_days
from apella.calendar.working import WorkCalendar
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.recount import Due, Recount, RulesFor
from apella.deadlines.terms import Direction, Hardness
from apella.deadlines.windows import WindowMove, windows
from apella.errors import ApellaError
from apella.tenancy.model import Season

ROWS_AT_ONCE = 1000
"""How many clocks are fetched at a time."""

# What of an explanation says how it was counted, not from what: left in the database, where it is most of the bytes.
_SPARE = (
    *("title", "clauses", "steps", "opens", "due", "length", "unit", "following_day", "week", "month_day", "years"),
    *("hardness", "combine", "zone", "calendar_version", "deviation"),
)

# The case's row by the columns that a list needs: the room of appeals lies above this one.
CASES = table(
    "appeal",
    column("tenant_id"),
    column("id"),
    column("receipt_number"),
    column("journal_number"),
    column("rule_version"),
    column("state"),
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it stands, with the number that people know its case by. Times are case time in UTC.

    `record` is its explanation: whole in the lists of a Difference, while streaming without the way of the count.
    `touched`: the count may have passed one of the days that were asked about.
    """

    id: uuid.UUID
    case_id: uuid.UUID
    season_id: uuid.UUID
    number: str
    rule_version: str
    term: str
    title: str
    state: DeadlineState
    hardness: str
    starts_at: dt.datetime
    due_at: dt.datetime
    federal_due_at: dt.datetime | None
    warned: int
    stood_still: dt.timedelta
    calendar_version: str
    record: Mapping[str, Any]
    touched: bool

    @property
    def is_window(self) -> bool:
        """Whether it is a right that lapses, not something that somebody owes."""
        return self.hardness == Hardness.REFUSE

    @property
    def limit(self) -> dt.datetime:
        """The first instant that is too late: of a window, the later of the regional and the federal end."""
        return Due(self.due_at, self.federal_due_at).limit(window=self.is_window)

    def is_over(self, now: dt.datetime) -> bool:
        """Whether it has run out by the old calendar, also where the sweep has not seen that yet."""
        return self.limit <= now


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
    ends = recount.due(clock.record, rule_version=clock.rule_version)
    if ends is None or ends == (clock.due_at, clock.federal_due_at):
        return None
    return Move(clock=clock, due=ends.regional, federal_due=ends.federal, now=now)


def season_times(session: Session, *, machine_now: dt.datetime) -> Mapping[uuid.UUID, dt.datetime]:
    """Give the case time of every season of the tenant."""
    rows = session.execute(select(Season.id, Season.clock_offset))
    return {season_id: machine_now + offset for season_id, offset in rows}


def running(
    session: Session, *, but: str | None = None, by_case: bool = False, days: Collection[ChangedDay] = ()
) -> Iterator[Clock]:
    """Stream the running clocks of the tenant, those that end first before the others, or (`by_case`) by case.

    `but` leaves out those that were counted by this version of the calendar already, `days` are asked about for
    `Clock.touched`. A clock that stands still is not among them: it is counted when it goes on.
    """
    wanted = and_(Deadline.state == DeadlineState.RUNNING, Deadline.met_at.is_(None))
    if but is not None:
        wanted = and_(wanted, Deadline.calendar_version != but)
    order = (Deadline.case_id, Deadline.term) if by_case else (Deadline.due_at, Deadline.id)
    return _clocks(session, wanted, *order, days=days)


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
    # A count that ended before the first changed day never met it; a day's margin covers every zone.
    since = dt.datetime.combine(first - dt.timedelta(days=1), dt.time(0), dt.UTC)
    end = sql.greatest(Deadline.due_at, Deadline.federal_due_at)
    lapsed = and_(
        Deadline.state == DeadlineState.CANCELLED,
        Deadline.hardness == Hardness.REFUSE,
        Deadline.closed_at >= end,
    )
    unseen = and_(Deadline.state == DeadlineState.RUNNING, Deadline.due_at <= max(times.values()))
    wanted = and_(
        or_(Deadline.state == DeadlineState.BREACHED, lapsed, unseen),
        Deadline.met_at.is_(None),
        end >= since,
        CASES.c.state != "closed",
    )
    for clock in _clocks(session, wanted, Deadline.due_at, Deadline.id):
        now = times[clock.season_id]
        if clock.state is DeadlineState.RUNNING and not clock.is_over(now):
            continue
        try:
            move = move_of(clock, recount, now=now)
        except ApellaError:
            continue  # it stays as it is, which needs no date
        if move is not None and move.limit > move.now:
            yield move


def _with_whole_records(session: Session, moves: Sequence[Move]) -> list[Move]:
    ids = [move.clock.id for move in moves]
    whole = {row.id: row.explanation for row in session.execute(_RECORDS, {"ids": ids})} if ids else {}
    return [replace(move, clock=replace(move.clock, record=whole[move.clock.id])) for move in moves]


def _clocks(
    session: Session,
    wanted: ColumnElement[bool],
    *order: InstrumentedAttribute[Any],
    days: Collection[ChangedDay] = (),
) -> Iterator[Clock]:
    passed = Deadline.explanation.cast(Text).like(sql.any_([f"%{day}%" for day in {one.date for one in days}]))
    rows = session.execute(
        select(
            Deadline.id,
            Deadline.case_id,
            Deadline.season_id,
            sql.coalesce(CASES.c.journal_number, CASES.c.receipt_number),
            CASES.c.rule_version,
            Deadline.term,
            Deadline.title,
            Deadline.state,
            Deadline.hardness,
            Deadline.starts_at,
            Deadline.due_at,
            Deadline.federal_due_at,
            Deadline.warned,
            Deadline.stood_still,
            Deadline.calendar_version,
            _given(),
            passed if days else false(),
        )
        .join(CASES, and_(CASES.c.tenant_id == Deadline.tenant_id, CASES.c.id == Deadline.case_id))
        .where(wanted)
        .order_by(*order)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in rows:
        yield Clock(*row)


def _given() -> ColumnElement[Any]:
    """An explanation without the way of the count, its own and the federal one's."""
    spare = cast(list(_SPARE), ARRAY(Text))
    own, federal = Deadline.explanation, Deadline.explanation["federal"]
    limit = case((sql.jsonb_typeof(federal) == "object", federal.op("-", return_type=JSONB)(spare)), else_=federal)
    return sql.jsonb_set(own.op("-", return_type=JSONB)(spare), cast(["federal"], ARRAY(Text)), limit, type_=JSONB)


_RECORDS = select(Deadline.id, Deadline.explanation).where(Deadline.id.in_(bindparam("ids", expanding=True)))

"""Clocks as they stand, streamed for counting again: a season's clocks never stand in memory at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    false,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import InstrumentedAttribute, Session

from apella.calendar.changes import ChangedDay
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.recount import Due, Given, event_of
from apella.deadlines.terms import Hardness
from apella.tenancy.model import Season

ROWS_AT_ONCE: Final = 1_000
"""How many clocks are fetched at a time."""

# What of an explanation says how it was counted, not from what: left in the database, where it is most of the bytes.
_SPARE = (
    *("title", "clauses", "steps", "opens", "due", "length", "unit", "following_day", "week", "month_day", "years"),
    *("hardness", "combine", "zone", "calendar_version", "deviation", "direction"),
)
_MARGIN = dt.timedelta(days=2)
"""A day, in whichever zone, lies within so much of its midnight in UTC."""

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

# PostgreSQL reads the JSON of an explanation once, whatever is taken out of it.
_OWN = (
    sql.jsonb_to_record(Deadline.explanation)
    .table_valued(
        column("term", Text),
        column("start_event", Text),
        column("started", Text),
        column("hours", Text),
        column("parts", JSONB),
        column("origin", JSONB),
        column("pauses", JSONB),
        column("published", JSONB),
        column("federal", JSONB),
    )
    .render_derived(name="own", with_types=True)
)
_FEDERAL = (
    sql.jsonb_to_record(_OWN.c.federal)
    .table_valued(
        column("start_event", Text),
        column("started", Text),
        column("hours", Text),
        column("parts", JSONB),
        column("origin", JSONB),
        column("published", JSONB),
    )
    .render_derived(name="federal", with_types=True)
)
_EMPTY = cast([], JSONB)
_UNREAD: Mapping[str, Any] = MappingProxyType({})


class Clock(NamedTuple):
    """One clock as it stands, with the number that people know its case by. Times are case time in UTC.

    `touched`: the count may have passed one of the days that were asked about. `record` is its explanation in the
    lists of a Difference; while streaming it is empty, and `given` is all that was read of it.
    """

    id: uuid.UUID
    case_id: uuid.UUID
    season_id: uuid.UUID
    number: str
    rule_version: str
    term: str
    title: str
    state: str
    hardness: str
    starts_at: dt.datetime
    due_at: dt.datetime
    federal_due_at: dt.datetime | None
    warned: int
    stood_still: dt.timedelta
    touched: bool
    given: Given
    record: Mapping[str, Any]

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


def season_times(session: Session, *, machine_now: dt.datetime) -> Mapping[uuid.UUID, dt.datetime]:
    """Give the case time of every season of the tenant."""
    rows = session.execute(select(Season.id, Season.clock_offset))
    return {season_id: machine_now + offset for season_id, offset in rows}


def running(
    session: Session,
    *,
    label: str | None = None,
    ids: Sequence[uuid.UUID] | None = None,
    by_case: bool = False,
    days: Collection[ChangedDay] = (),
) -> Generator[Clock, None, None]:
    """Stream the running clocks of the tenant, those that end first before the others, or (`by_case`) by case.

    `label` keeps those that this version of the calendar stands on, `ids` these alone; `days` are asked about for
    `Clock.touched`. A clock that stands still is not among them: it is counted when it goes on.
    """
    wanted = and_(Deadline.state == DeadlineState.RUNNING, Deadline.met_at.is_(None))
    if label is not None:
        wanted = and_(wanted, Deadline.calendar_version == label)
    if ids is not None:
        wanted = and_(wanted, Deadline.id == sql.any_(list(ids)))
    order = (Deadline.case_id, Deadline.term) if by_case else (Deadline.due_at, Deadline.id)
    return _clocks(session, wanted, *order, days=days)


def run_out(session: Session, *, since: dt.date, until: dt.datetime) -> Generator[Clock, None, None]:
    """Stream the clocks of open cases whose end has passed unmet, the sweep's work or not yet.

    A count that ended before the day `since` is left out; `until` is the latest case time of any season.
    """
    end = sql.greatest(Deadline.due_at, Deadline.federal_due_at)
    lapsed = and_(
        Deadline.state == DeadlineState.CANCELLED,
        Deadline.hardness == Hardness.REFUSE,
        Deadline.closed_at >= end,
    )
    unseen = and_(Deadline.state == DeadlineState.RUNNING, Deadline.due_at <= until)
    wanted = and_(
        or_(Deadline.state.in_((DeadlineState.BREACHED, DeadlineState.PASSED)), lapsed, unseen),
        Deadline.met_at.is_(None),
        end >= _midnight(since) - _MARGIN,
        CASES.c.state != "closed",
    )
    return _clocks(session, wanted, Deadline.due_at, Deadline.id)


def whole_records(session: Session, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Give the explanations of clocks as they are kept."""
    return {row.id: row.explanation for row in session.execute(_RECORDS, {"ids": list(ids)})} if ids else {}


def _clocks(
    session: Session,
    wanted: ColumnElement[bool],
    *order: InstrumentedAttribute[Any],
    days: Collection[ChangedDay] = (),
) -> Generator[Clock, None, None]:
    plain, parted = _plain(), or_(_OWN.c.parts != _EMPTY, _FEDERAL.c.parts != _EMPTY)
    rows = session.connection().execute(
        select(
            Deadline.id,
            Deadline.case_id,
            Deadline.season_id,
            sql.coalesce(CASES.c.journal_number, CASES.c.receipt_number),
            CASES.c.rule_version,
            Deadline.term,
            Deadline.title,
            cast(Deadline.state, Text),
            Deadline.hardness,
            Deadline.starts_at,
            Deadline.due_at,
            Deadline.federal_due_at,
            Deadline.warned,
            Deadline.stood_still,
            _touched(days, plain=and_(plain, not_(parted))),
            _OWN.c.term,
            _OWN.c.start_event,
            _OWN.c.started,
            _FEDERAL.c.start_event,
            _FEDERAL.c.started,
            case(
                (and_(plain, not_(parted)), None),
                (plain, sql.jsonb_build_array(_of_parts("start_event"), _of_parts("started"))),
                else_=_without_the_way(),
            ),
        )
        .join(CASES, and_(CASES.c.tenant_id == Deadline.tenant_id, CASES.c.id == Deadline.case_id))
        .join(_OWN, true())
        .join(_FEDERAL, true())
        .where(wanted)
        .order_by(*order)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    with rows:
        for *kept, term, event, started, federal_event, federal_started, more in rows:
            if isinstance(more, dict):
                yield Clock._make((*kept, Given.of(more), _UNREAD))
                continue
            events = {event: event_of(started)} if started else {}
            if federal_started and federal_event not in events:
                events[federal_event] = event_of(federal_started)
            if more is not None:
                events.update((name, event_of(at)) for name, at in zip(*more, strict=True) if at)
            yield Clock._make((*kept, Given(term, events), _UNREAD))


def _plain() -> ColumnElement[bool]:
    """Whether events alone make up what was given: no act, pause, door nor other term that the count began from."""
    return and_(
        _OWN.c.hours.is_(None),
        _OWN.c.origin.is_(None),
        sql.coalesce(_OWN.c.pauses, _EMPTY) == _EMPTY,
        _OWN.c.published.is_(None),
        _are_leaves(_OWN.c.parts),
        or_(
            _OWN.c.federal.is_(None),
            and_(
                _FEDERAL.c.hours.is_(None),
                _FEDERAL.c.origin.is_(None),
                _FEDERAL.c.published.is_(None),
                _are_leaves(_FEDERAL.c.parts),
            ),
        ),
    )


def _are_leaves(parts: ColumnElement[Any]) -> ColumnElement[bool]:
    inner = cast("$[*] ? (@.origin != null || @.parts.size() > 0)", JSONPATH)
    return or_(parts == _EMPTY, not_(sql.jsonb_path_exists(parts, inner)))


def _of_parts(key: str) -> ColumnElement[Any]:
    """One value of every part, the federal count's parts first: what is the region's own stands last."""
    path = cast(f"$[*].{key}", JSONPATH)
    federal, own = (sql.jsonb_path_query_array(of.c.parts, path) for of in (_FEDERAL, _OWN))
    return sql.coalesce(federal, _EMPTY).op("||", return_type=JSONB)(own)


def _touched(days: Collection[ChangedDay], *, plain: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the way of the count names one of the days; a plain count lies between its event and its ends."""
    if not days:
        return false()
    dates = {one.date for one in days}
    starts = (cast(started, DateTime(timezone=True)) for started in (_OWN.c.started, _FEDERAL.c.started))
    span = (*starts, Deadline.due_at, Deadline.federal_due_at)
    begins, ends = sql.least(*span), sql.greatest(*span)
    beside = or_(begins > _midnight(max(dates)) + _MARGIN, ends < _midnight(min(dates)) - _MARGIN)
    named = Deadline.explanation.cast(Text).like(sql.any_([f"%{day}%" for day in dates]))
    return case((and_(plain, beside), false()), else_=named)


def _without_the_way() -> ColumnElement[Any]:
    """An explanation without the way of the count, its own and the federal one's."""
    spare = cast(list(_SPARE), ARRAY(Text))
    own, federal = Deadline.explanation.op("-", return_type=JSONB)(spare), _OWN.c.federal.op("-", return_type=JSONB)
    return case(
        (_OWN.c.federal.is_(None), own),
        else_=sql.jsonb_set(own, cast(["federal"], ARRAY(Text)), federal(spare), type_=JSONB),
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0), dt.UTC)


_RECORDS = select(Deadline.id, Deadline.explanation).where(Deadline.id.in_(bindparam("ids", expanding=True)))

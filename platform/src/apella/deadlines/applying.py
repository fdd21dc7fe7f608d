"""Putting a calendar in force: every running clock is counted again, and what moves is written down and told.

One transaction; rows are streamed. Nothing that ran out is opened again unless the approver named it.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.calendar import store
from apella.calendar.changes import changed_days
from apella.calendar.model import CalendarVersion, VersionState, number_of
from apella.calendar.working import WorkCalendar
from apella.deadlines.clocks import Clock, running, season_times
from apella.deadlines.difference import Move, expired, move_of
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.moves import DeadlineMove
from apella.deadlines.recount import Recount, RulesFor
from apella.deadlines.warnings import step_at
from apella.deadlines.windows import WindowMove, windows
from apella.errors import ApellaError, Conflict
from apella.identity.actor import Actor
from apella.jobs.queue import enqueue

CLOCKS_AT_ONCE: Final = 2_000
"""How many clocks are written at a time, and how often the progress is told."""

Progress = Callable[[int, int], None]
"""Is told of how many clocks how many are counted."""

log = logging.getLogger(__name__)

# Everything that runs is put on the new calendar first. From then on the rows are held, so that what is counted cannot
# be met, moved or run out meanwhile; work that is under way writes clocks beside them, and the sweep settles those.
_TAKE = """
    UPDATE deadline SET calendar_version = :label
    FROM season
    WHERE season.tenant_id = deadline.tenant_id AND season.id = deadline.season_id
        AND deadline.state = 'running' AND deadline.met_at IS NULL AND deadline.calendar_version <> :label
        AND CASE WHEN deadline.hardness = 'refuse' THEN greatest(deadline.due_at, deadline.federal_due_at)
            ELSE deadline.due_at END > CAST(:machine_now AS timestamptz) + season.clock_offset
"""
_TAKE_ALL = text(_TAKE)
_TAKE_AND_NAME = text(f"{_TAKE} RETURNING deadline.id")
_WRITE = text("""
    UPDATE deadline SET due_at = new.due_at, federal_due_at = new.federal_due_at, warned = new.warned,
        explanation = new.explanation
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS new (id uuid, due_at timestamptz, federal_due_at timestamptz, warned int, explanation jsonb)
    WHERE deadline.id = new.id
""")


def _unseen(counted: int) -> None:
    """Tell nobody how far the work is."""


class CannotApply(Conflict):
    """A running clock cannot be counted by this calendar, or what was chosen to run again no longer can."""

    code = "calendar.cannot_apply"


class _Changed(NamedTuple):
    """One clock's new row; `move` is None when only its trace changes."""

    row: dict[str, Any]
    move: Move | None


class _Told(NamedTuple):
    """What a case's history says of its clocks: each term with its end before and after."""

    case_id: uuid.UUID
    season_id: uuid.UUID
    now: dt.datetime
    moves: tuple[tuple[str, dt.datetime, dt.datetime], ...]

    @classmethod
    def of(cls, moves: Sequence[Move]) -> _Told:
        first = moves[0]
        ends = tuple((move.clock.term, move.clock.limit, move.limit) for move in moves)
        return cls(first.clock.case_id, first.clock.season_id, first.now, ends)


def apply(
    session: Session,
    version: CalendarVersion,
    *,
    actor: Actor,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: dt.datetime,
    progress: Progress | None = None,
) -> int:
    """Put an approved version in force and count every running clock by it; say how many moved.

    Does nothing to a version that is in force already. Other proposals were made against what was in force until now:
    they are superseded. Raises CannotApply: nothing is told or asked for then, and what was written is to be undone.
    """
    if version.state is VersionState.APPLIED:
        return 0
    old, new = store.current(session, base), store.calendar_of(session, version, base)
    recount = Recount(calendar=new, rules_for=rules_for)
    times = season_times(session, machine_now=machine_now)
    chosen = set(version.reopen)
    days = changed_days(old, new)
    open_again = [
        move for move in expired(session, recount=recount, days=days, times=times) if str(move.clock.id) in chosen
    ]
    lapsed = _Lapsed(windows(session, old=old, new=new, rules_for=rules_for, machine_now=machine_now))
    version.held = lapsed.held(chosen, old)
    session.execute(
        update(CalendarVersion)
        .where(CalendarVersion.state == VersionState.PROPOSED, CalendarVersion.id != version.id)
        .values(state=VersionState.SUPERSEDED)
    )
    version.state = VersionState.APPLIED
    session.flush()
    work = _Work(session, version=version, actor=actor, recount=recount, times=times)
    taken = session.connection().execute(_TAKE_ALL, {"label": version.label, "machine_now": machine_now})
    clocks = running(session, label=version.label, by_case=True, days=days)
    moved = work.count_again(clocks, progress=partial(progress, taken.rowcount) if progress else _unseen)
    reopened = sum(work.reopen(move) for move in open_again)
    record(
        session,
        actor=actor,
        tag="calendar:version:applied",
        subject_type="calendar_version",
        subject_id=version.id,
        after={"number": version.number, "moved": moved, "reopened": reopened, "held": len(version.held)},
    )
    return moved


def may_run_again(
    session: Session,
    version: CalendarVersion,
    *,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: dt.datetime,
) -> frozenset[str]:
    """Give what an approver may name to run again: ids of clocks as texts, and keys of filing windows."""
    old, new = store.current(session, base), store.calendar_of(session, version, base)
    clocks = expired(
        session,
        recount=Recount(calendar=new, rules_for=rules_for),
        days=changed_days(old, new),
        times=season_times(session, machine_now=machine_now),
    )
    lapsed = _Lapsed(windows(session, old=old, new=new, rules_for=rules_for, machine_now=machine_now))
    return lapsed.keys | {str(move.clock.id) for move in clocks}


def settle(session: Session, *, actor: Actor, base: WorkCalendar, rules_for: RulesFor, machine_now: dt.datetime) -> int:
    """Count again the running clocks that another calendar than the one in force was counted by; say how many moved.

    Work that began before a calendar was put in force, and ended after, may leave such clocks. The sweep calls this.
    """
    number = store.in_force(session)
    if not number:
        return 0
    version = session.scalars(select(CalendarVersion).where(CalendarVersion.number == number)).one()
    recount = Recount(calendar=store.current(session, base), rules_for=rules_for)
    taken = session.scalars(_TAKE_AND_NAME, {"label": version.label, "machine_now": machine_now}).all()
    if not taken:
        return 0
    times = season_times(session, machine_now=machine_now)
    work = _Work(session, version=version, actor=actor, recount=recount, times=times)
    return work.count_again(running(session, ids=taken, by_case=True), anew=True)


class _Lapsed:
    """The filing windows that are over by the old calendar and would be open by the new one."""

    def __init__(self, moves: Iterable[WindowMove]) -> None:
        found = list(moves)
        # Teaching seasons have clocks of their own: a window that still runs in one of them is not over.
        self._windows = {move.key: move for move in found if move.expired}
        for move in found:
            if not move.expired:
                self._windows.pop(move.key, None)

    @property
    def keys(self) -> frozenset[str]:
        """What may be named to be opened again."""
        return frozenset(self._windows)

    def held(self, chosen: Collection[str], old: WorkCalendar) -> dict[str, int]:
        """Say by which version each window that stays lapsed is counted."""
        return {
            key: number_of(old.for_term(move.term, move.started).version)
            for key, move in self._windows.items()
            if key not in chosen
        }


class _Work:
    """Writing what a calendar does to clocks."""

    def __init__(
        self,
        session: Session,
        *,
        version: CalendarVersion,
        actor: Actor,
        recount: Recount,
        times: Mapping[uuid.UUID, dt.datetime],
    ) -> None:
        self._session = session
        self._version = version
        self._actor = actor
        self._recount = recount
        self._times = times

    def count_again(
        self, clocks: Generator[Clock, None, None], *, anew: bool = False, progress: Callable[[int], None] = _unseen
    ) -> int:
        """Count streamed clocks again, chunk by chunk, and tell of those that moved; say how many did.

        The trace of one that stays is written again where it passed a day that changed; `anew`: in any case.
        """
        seen = moved = 0
        told: deque[_Told] = deque()
        progress(0)
        # What cannot be counted ends this early: the cursor is not left open behind it.
        with closing(clocks):
            for chunk in _chunks(clocks):
                moves = self._write([new for clock in chunk if (new := self._changed(clock, anew=anew)) is not None])
                told.extend(
                    _Told.of(list(of_case)) for _, of_case in groupby(moves, key=lambda move: move.clock.case_id)
                )
                seen, moved = seen + len(chunk), moved + len(moves)
                log.info("clocks counted by a new calendar", extra={"clocks": seen, "moved": moved})
                progress(seen)
        while told:
            self._tell(told.popleft(), tag="deadline:calendar:moved")
        return moved

    def reopen(self, move: Move) -> bool:
        """Let a clock run again that had run out, because a person decided so; False where it was met meanwhile."""
        clock = move.clock
        explanation = self._recount.explanation(clock.given, rule_version=clock.rule_version)
        row = self._session.get_one(Deadline, (self._actor.tenant_id, clock.id), with_for_update=True)
        if row.state != clock.state or row.met_at is not None:
            return False
        row.state = DeadlineState.RUNNING
        row.closed_at = None
        row.due_at, row.federal_due_at = move.due, move.federal_due
        row.calendar_version = self._version.label
        row.explanation = explanation.to_record()
        row.warned = step_at(move.now, starts_at=row.starts_at, due_at=row.due_at, stood_still=row.stood_still)
        self._session.execute(insert(DeadlineMove), [self._row(move, reopened=True)])
        self._tell(_Told.of([move]), tag="deadline:calendar:reopened")
        return True

    def _changed(self, clock: Clock, *, anew: bool) -> _Changed | None:
        now = self._times[clock.season_id]
        try:
            move = move_of(clock, self._recount, now=now)
            if move is None and not (clock.touched or anew):
                return None
            explanation = self._recount.explanation(clock.given, rule_version=clock.rule_version)
        except ApellaError as error:
            raise CannotApply(
                f"Срок «{clock.title}» по делу {clock.number} по этому календарю не считается: {error.message}",
                deadline=str(clock.id),
            ) from error
        due, federal = (clock.due_at, clock.federal_due_at) if move is None else (move.due, move.federal_due)
        step = step_at(now, starts_at=clock.starts_at, due_at=due, stood_still=clock.stood_still)
        row = {
            "id": str(clock.id),
            "due_at": due.isoformat(),
            "federal_due_at": federal.isoformat() if federal else None,
            # Later: warned of again as its own share runs out. Earlier: what is new the sweep warns of.
            "warned": min(clock.warned, step),
            "explanation": explanation.to_record(),
        }
        return _Changed(row, move)

    def _write(self, changed: Sequence[_Changed]) -> Sequence[Move]:
        """Write new rows; give the moves that bind."""
        if not changed:
            return ()
        rows = json.dumps([new.row for new in changed], ensure_ascii=False)
        self._session.execute(_WRITE, {"rows": rows})
        moves = [new.move for new in changed if new.move and new.move.binds]
        if moves:
            self._session.execute(insert(DeadlineMove), [self._row(move) for move in moves])
        return moves

    def _row(self, move: Move, *, reopened: bool = False) -> dict[str, Any]:
        return {
            "version_id": self._version.id,
            "case_id": move.clock.case_id,
            "deadline_id": move.clock.id,
            "due_before": move.clock.limit,
            "due_after": move.limit,
            "reopened": reopened,
        }

    def _tell(self, told: _Told, *, tag: str) -> None:
        """Write one line of a case's history, and ask for those to be told who know an old date."""
        number = self._version.number
        record(
            self._session,
            actor=self._actor,
            tag=tag,
            subject_type="calendar_version",
            subject_id=self._version.id,
            case_id=told.case_id,
            case_at=told.now,
            after={
                "calendar": number,
                "moves": [
                    {"term": term, "from": before.isoformat(), "to": after.isoformat()}
                    for term, before, after in told.moves
                ],
            },
            reason="given" if self._version.decision_reason else None,
        )
        enqueue(
            self._session,
            season_id=told.season_id,
            job="notices.tell_moved",
            args={"case": str(told.case_id), "version": str(self._version.id)},
            dedup_key=f"notices.tell_moved:{told.case_id}:{number}",
        )


def _chunks(clocks: Iterator[Clock]) -> Iterator[list[Clock]]:
    """Cut a stream that is ordered by case into pieces; a case is never torn apart."""
    chunk: list[Clock] = []
    for _, of_case in groupby(clocks, key=lambda clock: clock.case_id):
        chunk.extend(of_case)
        if len(chunk) >= CLOCKS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk

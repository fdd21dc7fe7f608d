"""Putting a calendar in force: every running clock is counted again, and what moves is written down and told.

One transaction; rows are streamed. Nothing that ran out is opened again unless the approver named it.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.calendar import store
from apella.calendar.changes import changed_days
from apella.calendar.model import CalendarVersion, VersionState, number_of
from apella.calendar.working import WorkCalendar
from apella.deadlines.difference import Clock, Move, expired, move_of, running, season_times
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.moves import DeadlineMove
from apella.deadlines.recount import Recount, RulesFor
from apella.deadlines.warnings import step_at
from apella.deadlines.windows import WindowMove, windows
from apella.errors import ApellaError, Conflict
from apella.identity.actor import Actor
from apella.jobs.queue import enqueue

CLOCKS_AT_ONCE: Final = 1_000
"""How many clocks are written at a time."""

log = logging.getLogger(__name__)

# The clock is written only as it was read: one that was met, or ran out, in the meantime keeps what it has.
_WRITE = text("""
    UPDATE deadline SET due_at = new.due, federal_due_at = new.federal, warned = new.warned,
        calendar_version = :label, explanation = CAST(new.explanation AS jsonb)
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:was AS timestamptz[]), CAST(:due AS timestamptz[]), CAST(:federal AS timestamptz[]),
        CAST(:warned AS int[]), CAST(:explanation AS text[])
    ) AS new (id, was, due, federal, warned, explanation)
    WHERE deadline.id = new.id AND deadline.state = 'running' AND deadline.met_at IS NULL AND deadline.due_at = new.was
    RETURNING deadline.id
""")
_LABEL = text("""
    UPDATE deadline SET calendar_version = :label
    FROM unnest(CAST(:ids AS uuid[]), CAST(:was AS timestamptz[])) AS seen (id, was)
    WHERE deadline.id = seen.id AND deadline.state = 'running' AND deadline.met_at IS NULL
        AND deadline.due_at = seen.was
""")


class CannotApply(Conflict):
    """A running clock cannot be counted by this calendar, or what was chosen to run again no longer can."""

    code = "calendar.cannot_apply"


@dataclass(frozen=True, slots=True)
class _Written:
    """One clock's new values; `move` is None when only its trace changes."""

    clock: Clock
    move: Move | None
    explanation: str
    warned: int


def apply(
    session: Session,
    version: CalendarVersion,
    *,
    actor: Actor,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: dt.datetime,
) -> int:
    """Put an approved version in force and count every running clock by it; say how many moved.

    Does nothing to a version that is in force already. Other proposals were made against what was in force until now:
    they are superseded. Raises CannotApply.
    """
    if version.state is VersionState.APPLIED:
        return 0
    old, new = store.current(session, base), store.calendar_of(session, version, base)
    recount = Recount(calendar=new, rules_for=rules_for)
    times = season_times(session, machine_now=machine_now)
    chosen = set(version.reopen)
    days = changed_days(old, new)
    chosen = set(version.reopen)
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
    moved = work.count_again(running(session, by_case=True, days=days))
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
    work = _Work(
        session,
        version=version,
        actor=actor,
        recount=recount,
        times=season_times(session, machine_now=machine_now),
    )
    return work.count_again(running(session, but=version.label, by_case=True), anew=True)


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

    def count_again(self, clocks: Iterator[Clock], *, anew: bool = False) -> int:
        """Count streamed clocks again, chunk by chunk; say how many moved.

        The trace of one that stays is written again where it passed a day that changed; `anew`: in any case.
        A clock that has run out is left for the sweep to mark.
        """
        seen = moved = 0
        for chunk in _chunks(clock for clock in clocks if not clock.is_over(self._times[clock.season_id])):
            changed = [new for clock in chunk if (new := self._changed(clock, anew=anew)) is not None]
            moved += self._write(changed)
            self._label(chunk, but={new.clock.id for new in changed})
            seen += len(chunk)
            log.info("clocks counted by a new calendar", extra={"clocks": seen, "moved": moved})
        return moved

    def reopen(self, move: Move) -> bool:
        """Let a clock run again that had run out, because a person decided so; False where it was met meanwhile."""
        clock = move.clock
        explanation = self._recount.explanation(clock.record, rule_version=clock.rule_version)
        row = self._session.get_one(Deadline, (self._actor.tenant_id, clock.id), with_for_update=True)
        if row.state is not clock.state or row.met_at is not None:
            return False
        row.state = DeadlineState.RUNNING
        row.closed_at = None
        row.due_at, row.federal_due_at = move.due, move.federal_due
        row.calendar_version = self._version.label
        row.explanation = explanation.to_record()
        row.warned = step_at(move.now, starts_at=row.starts_at, due_at=row.due_at, stood_still=row.stood_still)
        self._session.execute(insert(DeadlineMove), [self._row(move, reopened=True)])
        self._tell([move], tag="deadline:calendar:reopened")
        return True

    def _changed(self, clock: Clock, *, anew: bool) -> _Written | None:
        try:
            move = move_of(clock, self._recount, now=self._times[clock.season_id])
            if move is None and not (clock.touched or anew):
                return None
            explanation = self._recount.explanation(clock.record, rule_version=clock.rule_version)
        except ApellaError as error:
            raise CannotApply(
                f"Срок «{clock.title}» по делу {clock.number} по этому календарю не считается: {error.message}",
                deadline=str(clock.id),
            ) from error
        due = clock.due_at if move is None else move.due
        step = step_at(
            self._times[clock.season_id], starts_at=clock.starts_at, due_at=due, stood_still=clock.stood_still
        )
        # Later: warned of again as its own share runs out. Earlier: what is new the sweep warns of.
        warned = min(clock.warned, step)
        return _Written(clock, move, json.dumps(explanation.to_record(), ensure_ascii=False), warned)

    def _write(self, changed: Sequence[_Written]) -> int:
        if not changed:
            return 0
        written = set(
            self._session.execute(
                _WRITE,
                {
                    "label": self._version.label,
                    "ids": [new.clock.id for new in changed],
                    "was": [new.clock.due_at for new in changed],
                    "due": [new.clock.due_at if new.move is None else new.move.due for new in changed],
                    "federal": [
                        new.clock.federal_due_at if new.move is None else new.move.federal_due for new in changed
                    ],
                    "warned": [new.warned for new in changed],
                    "explanation": [new.explanation for new in changed],
                },
            ).scalars()
        )
        moves = [new.move for new in changed if new.move and new.move.binds and new.clock.id in written]
        if moves:
            self._session.execute(insert(DeadlineMove), [self._row(move) for move in moves])
        for _, of_case in groupby(moves, key=lambda move: move.clock.case_id):
            self._tell(list(of_case), tag="deadline:calendar:moved")
        return len(moves)

    def _label(self, chunk: Sequence[Clock], *, but: Collection[uuid.UUID]) -> None:
        """Write on clocks that stay where they are that this calendar says so too."""
        same = [clock for clock in chunk if clock.id not in but]
        self._session.execute(
            _LABEL,
            {
                "label": self._version.label,
                "ids": [clock.id for clock in same],
                "was": [clock.due_at for clock in same],
            },
        )

    def _row(self, move: Move, *, reopened: bool = False) -> dict[str, Any]:
        return {
            "version_id": self._version.id,
            "case_id": move.clock.case_id,
            "deadline_id": move.clock.id,
            "due_before": move.clock.limit,
            "due_after": move.limit,
            "reopened": reopened,
        }

    def _tell(self, moves: Sequence[Move], *, tag: str) -> None:
        """Write one line of a case's history, and ask for those to be told who know an old date."""
        clock, number = moves[0].clock, self._version.number
        record(
            self._session,
            actor=self._actor,
            tag=tag,
            subject_type="calendar_version",
            subject_id=self._version.id,
            case_id=clock.case_id,
            case_at=moves[0].now,
            after={
                "calendar": number,
                "moves": [
                    {
                        "term": move.clock.term,
                        "from": move.clock.limit.isoformat(),
                        "to": move.limit.isoformat(),
                    }
                    for move in moves
                ],
            },
            reason="given" if self._version.decision_reason else None,
        )
        enqueue(
            self._session,
            season_id=clock.season_id,
            job="notices.tell_moved",
            args={"case": str(clock.case_id), "version": str(self._version.id)},
            dedup_key=f"notices.tell_moved:{clock.case_id}:{number}",
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

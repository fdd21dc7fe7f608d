"""Warnings at 50, 80 and 95 % of a term: at the very moment, without the pauses, and anew after a move."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals import suspension
from apella.appeals.states import SuspensionReason
from apella.appeals.suspension import Act
from apella.casework.start import workload
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.deadlines.sweep import sweep_season
from apella.deadlines.warnings import step_at
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

BEGAN = datetime(2026, 6, 12, 6, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ACT = Act(number="уч-7", day=date(2026, 6, 1))
TERM = "score.consideration"


def clock(play: Play, case_id: uuid.UUID, term: str = TERM) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def swept_at(play: Play, case_id: uuid.UUID, now: datetime) -> int:
    """Let the sweep look at this very moment, and give the step that the clock shows then."""
    play.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=now))
    return clock(play, case_id).warned


@pytest.mark.parametrize(("percent", "before"), [(50, 0), (80, 50), (95, 80)])
def test_a_step_is_reached_at_its_very_moment(play: StartPlay, percent: int, before: int) -> None:
    north = play()
    case_id = north.file()
    running = clock(north, case_id)
    # A term of 1000 whole minutes, so that each step falls on a whole instant.
    began = running.due_at - timedelta(minutes=1000)
    north.do(
        "secretary",
        lambda desk: desk.session.execute(update(Deadline).where(Deadline.id == running.id).values(starts_at=began)),
    )
    reached = began + timedelta(minutes=10 * percent)
    assert swept_at(north, case_id, reached - MOMENT) == before
    assert swept_at(north, case_id, reached) == percent
    # The sweep and the pure rule say the same.
    for now, step in ((reached - MOMENT, before), (reached, percent)):
        assert step_at(now, starts_at=began, due_at=running.due_at) == step


def test_the_rule_leaves_out_what_a_term_stood_still() -> None:
    due = BEGAN + timedelta(hours=30)
    half = BEGAN + timedelta(hours=20)
    assert step_at(half, starts_at=BEGAN, due_at=due) == 50
    assert step_at(half, starts_at=BEGAN, due_at=due, stood_still=timedelta(hours=10)) == 50
    assert step_at(half - MOMENT, starts_at=BEGAN, due_at=due, stood_still=timedelta(hours=10)) == 0
    assert step_at(BEGAN, starts_at=BEGAN, due_at=BEGAN) == 0


def test_a_pause_hastens_no_warning(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.clock_to(datetime(2026, 6, 13, 9, tzinfo=north.world.rules.zone))
    north.act("exam-commission-chair", suspension.suspend, case_id, reason=SuspensionReason.INVESTIGATION, act=ACT)
    north.clock(days=30)
    assert swept_at(north, case_id, north.now()) == 0
    north.act("exam-commission-chair", suspension.resume, case_id, act=ACT, outside_told=True)
    running = clock(north, case_id)
    assert running.stood_still > timedelta(days=29)
    assert swept_at(north, case_id, north.now()) == 0
    whole = running.due_at - running.starts_at - running.stood_still
    half = running.starts_at + running.stood_still + whole / 2
    assert swept_at(north, case_id, half - timedelta(seconds=1)) == 0
    assert swept_at(north, case_id, half + timedelta(seconds=1)) == 50


def test_a_date_that_moves_away_is_warned_of_anew(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    first = clock(north, case_id)
    near = first.due_at - timedelta(minutes=1)
    assert swept_at(north, case_id, near) == 95
    north.do(
        "secretary",
        lambda desk: deadlines.recount(
            desk.session,
            rules=desk.rules,
            actor=desk.actor,
            at=near,
            case_id=case_id,
            term_id=TERM,
            events={"registered": first.starts_at + timedelta(days=20)},
        ),
    )
    moved = clock(north, case_id)
    assert (moved.due_at > first.due_at, moved.warned) == (True, 0)
    half = moved.starts_at + (moved.due_at - moved.starts_at) / 2
    assert swept_at(north, case_id, half + timedelta(seconds=1)) == 50


def test_what_runs_short_is_counted_for_those_who_owe_it(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    due = clock(north, case_id, "kit.request").due_at
    assert north.do("secretary", workload, limit=10).pressing == 0
    north.clock_to(due - timedelta(minutes=10))
    swept_at(north, case_id, north.now())
    assert north.do("secretary", workload, limit=10).pressing == 1
    assert north.do("data-centre-operator", workload, limit=10).pressing == 0
    # Passed over, advice presses no more, and is not overdue: it breaks no term.
    north.clock_to(due)
    swept_at(north, case_id, north.now())
    found = north.do("secretary", workload, limit=10)
    assert (found.pressing, found.overdue, found.total > 0) == (0, 0, True)


def test_a_broken_term_is_counted_as_overdue(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    north.clock_to(clock(north, case_id, "protocol.handover").due_at)
    assert north.do("secretary", workload, limit=10).overdue == 1

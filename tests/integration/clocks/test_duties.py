"""No duty of an authority ends because its time ran out, whatever its clock says of refusing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.audit.model import AuditEvent
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.sweep import sweep_season
from apella.deadlines.terms import Hardness
from apella.identity.roles import Role
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

DUTY = "score.consideration"
RIGHT = "score.withdrawal"


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def put(play: Play, case_id: uuid.UUID, term: str, **values: object) -> None:
    """Let a clock say what no table of today may say: an older record did."""
    query = update(Deadline).where(Deadline.case_id == case_id, Deadline.term == term).values(values)
    play.do("secretary", lambda desk: desk.session.execute(query))


def sweep(play: Play, now: datetime) -> None:
    play.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=now))


@pytest.mark.clause("federal:102.3")
def test_a_duty_that_is_said_to_be_refused_is_warned_of_and_breached_all_the_same(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    put(north, case_id, DUTY, hardness=Hardness.REFUSE)
    due = clock(north, case_id, DUTY).due_at
    sweep(north, due - timedelta(minutes=1))
    assert (clock(north, case_id, DUTY).state, clock(north, case_id, DUTY).warned) == (DeadlineState.RUNNING, 95)
    sweep(north, due)
    found = clock(north, case_id, DUTY)
    assert (found.state, found.warned, found.closed_at) == (DeadlineState.BREACHED, 100, None)
    told = select(AuditEvent.changes).where(AuditEvent.case_id == case_id, AuditEvent.tag == "deadline:term:breached")
    assert any(DUTY in changes for changes in north.read(lambda session: list(session.scalars(told))))


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.PARENT, Role.PROXY])
def test_a_right_of_the_appellant_s_side_closes_without_a_breach(play: StartPlay, role: Role) -> None:
    north = play()
    case_id = north.file()
    put(north, case_id, RIGHT, owed_by=role)
    sweep(north, clock(north, case_id, RIGHT).limit_at)
    found = clock(north, case_id, RIGHT)
    assert (found.state, found.warned) == (DeadlineState.CANCELLED, 0)
    assert found.closed_at is not None

"""Stopping cases and setting them going again, and looking at what became of their clocks."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from apella.appeals import suspension
from apella.appeals.model import Appeal, Suspension
from apella.appeals.states import SuspensionReason
from apella.appeals.suspension import Act
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.deadlines.sweep import sweep_season
from apella.deadlines.terms import Hardness
from apella.notices.model import Notice
from apella.testing.play import Play

INVESTIGATION, FEDERAL, ANNULMENT = SuspensionReason
CHAIR = "exam-commission-chair"
CENTRE = "data-centre-operator"
ACT = Act(number="уч-7", day=date(2026, 6, 1))
EVERY_STEP = ("registered", "scheduled", "hearing", "decided", "handed_over", "closed")


def stop(play: Play, case_id: uuid.UUID, reason: SuspensionReason = INVESTIGATION, **wishes: Any) -> Suspension:
    who = wishes.pop("who", CHAIR)
    return play.act(who, suspension.suspend, case_id, **{"reason": reason, "act": ACT, **wishes})


def go_on(play: Play, case_id: uuid.UUID, **wishes: Any) -> Appeal:
    who = wishes.pop("who", CHAIR)
    return play.act(who, suspension.resume, case_id, **{"act": ACT, "outside_told": True, **wishes})


def come_back(play: Play, case_id: uuid.UUID, **wishes: Any) -> Appeal:
    return play.act(CHAIR, suspension.reopen, case_id, **{"act": ACT, "outside_told": True, **wishes})


def clocks(play: Play, case_id: uuid.UUID, round_: int = 1) -> dict[str, Deadline]:
    """The last clock of each term in a round."""
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.round == round_).order_by(Deadline.starts_at)
    return {clock.term: clock for clock in play.read(lambda session: list(session.scalars(query)))}


def owed(play: Play, case_id: uuid.UUID) -> set[str]:
    open_ = play.do("secretary", lambda desk: deadlines.open_terms(desk.session, case_id=case_id))
    return {clock.term for clock in open_ if clock.hardness != Hardness.REFUSE}


def sweep(play: Play) -> int:
    return play.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=desk.now))


def local(play: Play, day: int, hour: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, tzinfo=play.world.rules.zone)


def told(play: Play, case_id: uuid.UUID) -> list[str]:
    play.drain()
    query = select(Notice.event).where(Notice.case_id == case_id).order_by(Notice.id)
    return list(dict.fromkeys(play.read(lambda session: session.scalars(query).all())))

"""Looking at the clocks: what ran out is marked, what runs short is counted as warned. Nothing closes a case."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import and_, case, literal, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import Hardness
from apella.deadlines.warnings import BROKEN, STEPS
from apella.identity.actor import Actor

# Any number will do, as long as every process takes the same.
CLOCKS_LOCK: Final = 20260619
"""The advisory lock of a tenant's clocks: the sweep steps aside while a calendar is being put in force."""


def sweep_season(session: Session, *, actor: Actor, now: datetime) -> int:
    """Mark every running clock of the season whose due time has come by `now` (case time); say how many.

    An obligation is breached and stays owed; a window that nobody used closes. Running it twice changes nothing.
    """
    running = and_(
        Deadline.season_id == actor.season_id, Deadline.state == DeadlineState.RUNNING, Deadline.met_at.is_(None)
    )
    lapsed = session.execute(
        update(Deadline)
        # A right lasts until the later of the regional and the federal limit; greatest() passes over a null.
        .where(
            running,
            sql.greatest(Deadline.due_at, Deadline.federal_due_at) <= now,
            Deadline.hardness == Hardness.REFUSE,
        )
        .values(state=DeadlineState.CANCELLED, closed_at=now)
        .returning(Deadline.id)
    ).all()
    breached = session.execute(
        update(Deadline)
        .where(running, Deadline.due_at <= now, Deadline.hardness != Hardness.REFUSE)
        .values(state=DeadlineState.BREACHED, warned=BROKEN)
        .returning(Deadline.id, Deadline.case_id, Deadline.term)
    ).all()
    for deadline_id, case_id, term in breached:
        _record_breach(session, actor=actor, now=now, deadline_id=deadline_id, case_id=case_id, term=term)
    # Multiplied, not divided: a step is reached at its very moment, without rounding.
    gone = sql.extract("epoch", literal(now) - Deadline.starts_at - Deadline.stood_still) * 100
    whole = sql.greatest(sql.extract("epoch", Deadline.due_at - Deadline.starts_at - Deadline.stood_still), 1)
    step = case(*((gone >= whole * percent, percent) for percent in reversed(STEPS)), else_=0)
    session.execute(
        update(Deadline)
        .where(running, Deadline.due_at > now, Deadline.hardness != Hardness.REFUSE, Deadline.warned < step)
        .values(warned=step)
    )
    return len(lapsed) + len(breached)


def _record_breach(
    session: Session, *, actor: Actor, now: datetime, deadline_id: uuid.UUID, case_id: uuid.UUID, term: str
) -> None:
    record(
        session,
        actor=actor,
        tag="deadline:term:breached",
        subject_type="deadline",
        subject_id=deadline_id,
        case_id=case_id,
        case_at=now,
        after={"term": term},
    )

"""Looking at the clocks: what ran out is marked, what runs short is counted as warned. Nothing closes a case."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import and_, case, literal, not_, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import PARTICIPANT_ROLES, Hardness
from apella.deadlines.warnings import BROKEN, STEPS
from apella.identity.actor import Actor
from apella.identity.roles import Role

# Any number will do, as long as every process takes the same.
CLOCKS_LOCK: Final = 20260619
"""The advisory lock of a tenant's clocks: the sweep steps aside while a calendar is being put in force."""

_APPELLANT_SIDE: Final = tuple(Role(code) for code in sorted(PARTICIPANT_ROLES))


def sweep_season(session: Session, *, actor: Actor, now: datetime) -> int:
    """Mark every running clock of the season whose due time has come by `now` (case time); say how many.

    An obligation is breached, advice has passed; both stay owed. A window that nobody used closes. Running it twice
    changes nothing.
    Only a right of the appellant's side is such a window: whatever its hardness says, no duty of an authority ends
    because its time ran out.
    """
    window = and_(Deadline.hardness == Hardness.REFUSE, Deadline.owed_by.in_(_APPELLANT_SIDE))
    running = and_(
        Deadline.season_id == actor.season_id, Deadline.state == DeadlineState.RUNNING, Deadline.met_at.is_(None)
    )
    lapsed = session.execute(
        update(Deadline)
        # A right lasts until the later of the regional and the federal limit; greatest() passes over a null.
        .where(
            running,
            sql.greatest(Deadline.due_at, Deadline.federal_due_at) <= now,
            window,
        )
        .values(state=DeadlineState.CANCELLED, closed_at=now)
        .returning(Deadline.id)
    ).all()
    states = case(
        (Deadline.hardness == Hardness.ADVICE, literal(DeadlineState.PASSED, Deadline.state.type)),
        else_=literal(DeadlineState.BREACHED, Deadline.state.type),
    )
    over = session.execute(
        update(Deadline)
        .where(running, Deadline.due_at <= now, not_(window))
        .values(state=states, warned=BROKEN)
        .returning(Deadline.id, Deadline.case_id, Deadline.term, Deadline.state)
    ).all()
    for deadline_id, case_id, term, state in over:
        _record_end(session, actor=actor, now=now, deadline_id=deadline_id, case_id=case_id, term=term, state=state)
    # Multiplied, not divided: a step is reached at its very moment, without rounding.
    gone = sql.extract("epoch", literal(now) - Deadline.starts_at - Deadline.stood_still) * 100
    whole = sql.greatest(sql.extract("epoch", Deadline.due_at - Deadline.starts_at - Deadline.stood_still), 1)
    step = case(*((gone >= whole * percent, percent) for percent in reversed(STEPS)), else_=0)
    session.execute(
        update(Deadline).where(running, Deadline.due_at > now, not_(window), Deadline.warned < step).values(warned=step)
    )
    return len(lapsed) + len(over)


_TAGS: Final = {DeadlineState.BREACHED: "deadline:term:breached", DeadlineState.PASSED: "deadline:advice:passed"}


def _record_end(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    deadline_id: uuid.UUID,
    case_id: uuid.UUID,
    term: str,
    state: DeadlineState,
) -> None:
    record(
        session,
        actor=actor,
        tag=_TAGS[state],
        subject_type="deadline",
        subject_id=deadline_id,
        case_id=case_id,
        case_at=now,
        after={"term": term},
    )

"""Asking for the reminders whose day has come. The clock is the season's, so that the sweep alone may look."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.deadlines.explain import Explanation
from apella.deadlines.model import Deadline, DeadlineState
from apella.hearings.model import Hearing, HearingState
from apella.hearings.reminders import EVENT, TERM, reminder_days
from apella.jobs.model import Task
from apella.jobs.queue import enqueue
from apella.regions.rules import RegionRules


def ask_for_reminders(session: Session, *, rules: RegionRules, season_id: uuid.UUID, now: datetime) -> int:
    """Ask for each reminder of today (case time) that nobody asked for yet; say how many.

    A reminder goes when the commission's office opens, also on a day off: nobody is rung up at night.
    """
    today = now.astimezone(rules.zone)
    if today.time() < rules.tenant.office_hours.opens:
        return 0
    wanted: dict[str, dict[str, str]] = {}
    for clock, hearing_id in session.execute(_waiting(season_id, now)):
        if today.date() in reminder_days(Explanation.from_record(clock.explanation)):
            occasion = f"{hearing_id}:{today.date()}"
            key = f"notices.tell:{clock.case_id}:{EVENT}:{occasion}"
            wanted[key] = {"case": str(clock.case_id), "event": EVENT, "occasion": occasion}
    if wanted:
        asked = set(session.scalars(select(Task.dedup_key).where(Task.dedup_key.in_(wanted))))
        wanted = {key: args for key, args in wanted.items() if key not in asked}
    for key, args in wanted.items():
        enqueue(session, season_id=season_id, job="notices.tell", args=args, dedup_key=key)
    return len(wanted)


def _waiting(season_id: uuid.UUID, now: datetime) -> Select[Deadline, uuid.UUID]:
    """The clocks of reminders with the hearing that each is about."""
    return (
        select(Deadline, Hearing.id)
        .join(Appeal, and_(Appeal.tenant_id == Deadline.tenant_id, Appeal.id == Deadline.case_id))
        .join(
            Hearing,
            and_(
                Hearing.tenant_id == Appeal.tenant_id,
                Hearing.case_id == Appeal.id,
                Hearing.round == Appeal.round,
                Hearing.state == HearingState.PLANNED,
            ),
        )
        .where(
            Deadline.season_id == season_id,
            Deadline.term == TERM,
            Deadline.state == DeadlineState.RUNNING,
            Deadline.met_at.is_(None),
            Appeal.state == State.SCHEDULED,
            Appeal.withdrawal_accepted_at.is_(None),
            Hearing.starts_at > now,
        )
    )

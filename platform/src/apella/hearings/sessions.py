"""Sessions that stand for all: when they are, who is in them, and how much room is left."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func as sql
from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.hearings.model import Hearing, HearingState
from apella.regions.values.hearing import Plan


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session of a day; instants in the tenant's zone, `ends` is exclusive."""

    begins: datetime
    ends: datetime

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends - self.begins) / timedelta(minutes=1))


def sessions_on(plan: Plan, day: date, zone: ZoneInfo) -> Iterator[Session]:
    """Give the sessions of a day in their order; pure."""
    for hours in sorted(plan.sessions, key=lambda hours: hours.begins):
        if day.isoweekday() in hours.weekdays:
            yield Session(
                begins=datetime.combine(day, hours.begins, tzinfo=zone),
                ends=datetime.combine(day, hours.ends, tzinfo=zone),
            )


def session_at(plan: Plan, at: datetime, zone: ZoneInfo) -> Session | None:
    """The session that begins at this instant, or None; pure."""
    local = at.astimezone(zone)
    return next((session for session in sessions_on(plan, local.date(), zone) if session.begins == local), None)


def members_of(desk: Desk, session: Session, *, but: uuid.UUID) -> Sequence[Hearing]:
    """The hearings that share a session, in the order of the queue; `but` is the case that looks for a place."""
    return desk.session.scalars(
        select(Hearing)
        .where(
            Hearing.season_id == desk.actor.season_id,
            Hearing.case_id != but,
            Hearing.queue_number.is_not(None),
            Hearing.state != HearingState.REPLACED,
            sql.coalesce(Hearing.consultation_at, Hearing.starts_at) == session.begins,
        )
        .order_by(Hearing.queue_number)
    ).all()


def minutes_left(session: Session, members: Sequence[Hearing]) -> int:
    """How many minutes of a session nobody has yet; pure."""
    taken = sum((one.ends_at - (one.consultation_at or one.starts_at) for one in members), timedelta())
    return session.minutes - int(taken / timedelta(minutes=1))


def lock_queue(desk: Desk, session: Session) -> None:
    """Let one secretary at a time give places in a session, until the end of the work."""
    place = f"session:{desk.actor.season_id}:{session.begins.isoformat()}"
    desk.session.execute(select(sql.pg_advisory_xact_lock(sql.hashtextextended(place, 0))))

"""What a time for a hearing must keep, the earliest that does, and the sessions to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.facts import facts_of
from apella.appeals.model import Appeal
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.hearings.model import Hearing, HearingState
from apella.hearings.service import announcement
from apella.hearings.sessions import Session, members_of, minutes_left, sessions_on
from apella.regions.values.cases import SiteChoice

DAYS_AHEAD = 30
MOST_SESSIONS = 12
SESSION_WEEK: Final = 6
"""Sessions stand on days of the week; those that no working week has are left out."""


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A session with room for the case, of which the appellant can still be told in time."""

    session: Session
    minutes_left: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a time for the hearing must keep. `suggested` is the earliest lawful start, None where there is none.

    `sessions` are those to choose from where the region's sessions stand for all, the earliest first.
    """

    suggested: datetime | None
    limit: Deadline | None
    minutes: int
    consultation_minutes: int
    site: SiteChoice
    sessions: Sequence[OpenSession]


def plan_of(desk: Desk, appeal: Appeal) -> Plan:
    """Work out what a time must keep, and the earliest that does."""
    facts = facts_of(desk, appeal)
    parts = desk.rules.hearing_parts(facts)
    limit = next(
        (
            clock
            for clock in deadlines.open_terms(desk.session, case_id=appeal.id)
            if clock.term == appeal.consideration_term
        ),
        None,
    )
    consultation = sum(part.minutes for part in parts[:-1])
    minutes = consultation + parts[-1].minutes
    sessions = list(islice(_sessions(desk, appeal, timedelta(minutes=consultation), minutes), MOST_SESSIONS))
    if desk.rules.hearing.plan.strategy == "session":
        suggested = sessions[0].session.begins if sessions else None
    else:
        suggested = _earliest(desk, appeal, timedelta(minutes=consultation), timedelta(minutes=minutes))
    return Plan(
        suggested=suggested,
        limit=limit,
        minutes=minutes,
        consultation_minutes=consultation,
        site=desk.rules.choose_site(facts),
        sessions=sessions,
    )


def _sessions(desk: Desk, appeal: Appeal, consultation: timedelta, minutes: int) -> Iterator[OpenSession]:
    """Give the sessions ahead that have room and leave time to tell the appellant."""
    plan, zone = desk.rules.hearing.plan, desk.rules.zone
    today = desk.now.astimezone(zone).date()
    for ahead in range(1, DAYS_AHEAD if plan.sessions else 0):
        day = today + timedelta(days=ahead)
        if not desk.rules.calendar.is_working(day, SESSION_WEEK):
            continue
        for session in sessions_on(plan, day, zone):
            if announcement(desk, appeal, session.begins + consultation).is_over(desk.now):
                continue
            left = minutes_left(session, members_of(desk, session, but=appeal.id))
            if left >= minutes:
                yield OpenSession(session=session, minutes_left=left)


def _earliest(desk: Desk, appeal: Appeal, consultation: timedelta, length: timedelta) -> datetime | None:
    """Find the first start in office hours that leaves time to tell the appellant and meets no other hearing."""
    office, zone = desk.rules.tenant.office_hours, desk.rules.zone
    today = desk.now.astimezone(zone).date()
    for ahead in range(1, DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if day.isoweekday() not in office.weekdays or not desk.rules.calendar.is_working(day, 5):
            continue
        start = datetime.combine(day, office.opens, tzinfo=zone)
        closes = datetime.combine(day, office.closes, tzinfo=zone)
        if announcement(desk, appeal, start + consultation).is_over(desk.now):
            continue
        for begins, ends in _taken(desk, appeal, start, closes):
            if begins < start + length and start < ends:
                start = ends.astimezone(zone)
        if start + length <= closes:
            return start
    return None


def _taken(desk: Desk, appeal: Appeal, opens: datetime, closes: datetime) -> Sequence[tuple[datetime, datetime]]:
    """The hearings of other cases between two instants, consultations included, in order."""
    rows = desk.session.scalars(
        select(Hearing)
        .where(
            Hearing.season_id == appeal.season_id,
            Hearing.case_id != appeal.id,
            Hearing.state.in_((HearingState.PLANNED, HearingState.OPEN)),
            Hearing.starts_at < closes,
            Hearing.ends_at > opens,
        )
        .order_by(Hearing.starts_at)
    )
    return [(row.consultation_at or row.starts_at, row.ends_at) for row in rows]

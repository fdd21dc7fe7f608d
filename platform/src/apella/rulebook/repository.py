"""What the rule book reads: the season that runs, who proposed and decided a calendar, what a version moved."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, literal, select
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.appeals.conflicts import closed_cases
from apella.appeals.model import Appeal
from apella.deadlines.model import Deadline
from apella.deadlines.moves import DeadlineMove
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.tenancy.model import Season


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A date that a version of the calendar moved, with the case and the term it belongs to."""

    move: DeadlineMove
    number: str
    title: str


def running_season(session: Session, *, machine_now: datetime, zone: ZoneInfo) -> Season | None:
    """Give the season of the year that it is by the season's own clock; None where there is none, or more than one."""
    here = sql.timezone(zone.key, literal(machine_now) + Season.clock_offset)
    found = session.scalars(select(Season).where(Season.year == sql.extract("year", here)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def people(session: Session, ids: Collection[uuid.UUID | None]) -> Mapping[uuid.UUID, Person]:
    """Give the people of these ids, of whichever season of the tenant."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(wanted)))}


def moved_by(session: Session, reader: Actor, version_id: uuid.UUID, *, limit: int) -> Sequence[MovedClock]:
    """Give what a version moved: dates that came earlier first, then by the new date.

    A case that a conflict of interest closes to this reader is left out.
    """
    rows = session.execute(
        select(DeadlineMove, sql.coalesce(Appeal.journal_number, Appeal.receipt_number), Deadline.title)
        .join(Appeal, and_(Appeal.tenant_id == DeadlineMove.tenant_id, Appeal.id == DeadlineMove.case_id))
        .join(Deadline, and_(Deadline.tenant_id == DeadlineMove.tenant_id, Deadline.id == DeadlineMove.deadline_id))
        .where(DeadlineMove.version_id == version_id, DeadlineMove.case_id.not_in(closed_cases(reader)))
        .order_by(DeadlineMove.due_after > DeadlineMove.due_before, DeadlineMove.due_after, DeadlineMove.id)
        .limit(limit)
    )
    return [MovedClock(move, number, title) for move, number, title in rows]


def count_moved(session: Session, version_id: uuid.UUID) -> int:
    """Say how many dates a version moved."""
    return session.scalar(select(sql.count()).where(DeadlineMove.version_id == version_id)) or 0

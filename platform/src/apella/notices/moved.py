"""Telling of a date that a change of the working calendar has moved: to those who were told the old one, once each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.job_desk import case_of, desk_of
from apella.appeals.model import Appeal
from apella.calendar import store
from apella.calendar.wording import short_date
from apella.deadlines.model import OWED, Deadline
from apella.deadlines.moves import DeadlineMove
from apella.identity.model import Person
from apella.jobs.queue import JobContext, handler
from apella.notices.model import Notice, NoticeState
from apella.notices.service import say, was_told
from apella.notices.wording import values_for
from apella.regions.codes import NoticeEvent

EVENT = NoticeEvent.DEADLINE_MOVED
NAMES_A_LIMIT = frozenset({"due", "moved"})
"""Fields by which a notice's text names the end of a term."""


@dataclass(frozen=True, kw_only=True)
class MovedDate:
    """A clock of the case and its last day as it was told and as it is now: «пт 13.06.2025»."""

    term: str
    title: str
    before: str
    now: str


@dataclass
class Told:
    """One person's old dates, and the ways by which they were told."""

    dates: dict[str, MovedDate] = field(default_factory=dict)
    ways: dict[str, None] = field(default_factory=dict)

    def sentence(self) -> str:
        """Name every date, the new one first."""
        return "; ".join(
            f"{date.title[:1].lower()}{date.title[1:]} – не позднее {date.now} (было {date.before})"
            for date in self.dates.values()
        )


@handler("notices.tell_moved")
def tell_moved(context: JobContext) -> None:
    """Tell everybody who knows an old date of the case the one that holds now; told already is told once.

    What has moved again since is told with its present date; a clock that has ended needs no telling.
    """
    desk, appeal = desk_of(context), case_of(context)
    version = store.version_of(desk.session, uuid.UUID(context.args["version"]))
    occasion, rule = str(version.number), desk.rules.notice(EVENT, kind=appeal.kind)
    if rule is None or was_told(desk, appeal, EVENT, occasion):
        return
    dates = moved_dates(desk, appeal, version.id)
    for person_id, told in _told_of(desk, appeal, dates).items():
        own = {"moved": told.sentence(), "calendar_reason": version.title}
        values = values_for(desk, appeal, rule.fields - own.keys(), event=EVENT)
        say(
            desk,
            appeal,
            desk.session.get_one(Person, (appeal.tenant_id, person_id)),
            event=EVENT,
            occasion=occasion,
            text=rule.render({**values, **own}),
            channels=[way for way in rule.channels if way in told.ways],
        )


def moved_dates(desk: Desk, appeal: Appeal, version_id: uuid.UUID) -> Sequence[MovedDate]:
    """The open clocks of a case that this version moved to another day, the earliest first."""
    rows = desk.session.execute(
        select(DeadlineMove, Deadline)
        .join(Deadline, and_(Deadline.tenant_id == DeadlineMove.tenant_id, Deadline.id == DeadlineMove.deadline_id))
        .where(
            DeadlineMove.version_id == version_id,
            DeadlineMove.case_id == appeal.id,
            Deadline.met_at.is_(None),
            Deadline.state.in_(OWED),
        )
        .order_by(Deadline.due_at, Deadline.term)
    )
    return [
        MovedDate(term=clock.term, title=clock.title, before=before, now=now)
        for move, clock in rows
        if (before := _last_day(move.due_before, desk.rules.zone)) != (now := _last_day(clock.due_at, desk.rules.zone))
    ]


def _told_of(desk: Desk, appeal: Appeal, dates: Sequence[MovedDate]) -> Mapping[uuid.UUID, Told]:
    found: dict[uuid.UUID, Told] = {}
    for notice in _notices(desk, appeal):
        for date in _named(desk, appeal, notice, dates):
            told = found.setdefault(notice.person_id, Told())
            told.dates[date.term] = date
            told.ways[str(notice.channel)] = None
    return found


def _notices(desk: Desk, appeal: Appeal) -> Iterator[Notice]:
    """What went out about the case, or is about to."""
    reached = (NoticeState.SENT, NoticeState.PLANNED)
    query = select(Notice).where(Notice.case_id == appeal.id, Notice.state.in_(reached))
    yield from desk.session.scalars(query.order_by(Notice.planned_at, Notice.id))


def _named(desk: Desk, appeal: Appeal, notice: Notice, dates: Sequence[MovedDate]) -> Sequence[MovedDate]:
    """The old dates that a notice names: of its own term, or of the consideration, before any other's."""
    rule = desk.rules.notice(notice.event, kind=appeal.kind)
    if rule is None or not rule.fields & NAMES_A_LIMIT:
        return ()
    named = [date for date in dates if date.before in notice.text]
    if notice.event == EVENT:
        return named
    meant = [date for date in named if date.term == (rule.term or f"{appeal.kind}.consideration")]
    return meant or named[:1]


def _last_day(due: datetime, zone: ZoneInfo) -> str:
    return short_date((due - timedelta(seconds=1)).astimezone(zone))

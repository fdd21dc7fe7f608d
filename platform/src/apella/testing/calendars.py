"""A season whose tenant's calendar changes: proposing, deciding and looking at what became of clocks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import select

from apella.audit.model import AuditEvent
from apella.calendar import store
from apella.calendar.model import CalendarVersion
from apella.calendar.wording import short_date
from apella.calendar.working import WorkCalendar
from apella.deadlines import change
from apella.deadlines.applying import settle
from apella.deadlines.difference import Difference
from apella.deadlines.model import Deadline
from apella.identity.permissions import require
from apella.notices.model import Notice
from apella.regions.book import rules_of_version
from apella.sweeping import sweep_tenant
from apella.testing.play import Play, Who


def day_off(date: str, *, carry_over: bool = False) -> bytes:
    """An import of one day off, by a made-up act."""
    return f"""
[[day]]
date = {date}
name = "Праздник области"
act = {{ act = "Указ Губернатора", number = "15-УГ", date = 2025-06-01 }}
carry_over = {"true" if carry_over else "false"}
""".encode()


FEAST = day_off("2025-06-06")
"""The day that comes five days ahead, in the middle of running terms; nobody has confirmed it for any region."""


class CalendarPlay:
    """The tenant's calendar as its people change it."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.rules = play.app.regions.get(play.world.rules.slug)

    @property
    def base(self) -> WorkCalendar:
        """What the files say."""
        return self.rules.calendar

    def propose(self, data: bytes = FEAST, *, name: str = "days.toml", who: Who = "secretary") -> CalendarVersion:
        """Hand a file in."""
        return self.play.do(
            who,
            lambda desk: change.propose(
                desk.session,
                actor=desk.actor,
                role=require(desk.actor, "propose_calendar"),
                base=self.base,
                data=data,
                file_name=name,
            ),
        )

    def difference(self, version: CalendarVersion, **wishes: Any) -> Difference:
        """What applying a proposal would do."""
        return self.play.do(
            "secretary",
            lambda desk: change.difference_of(
                desk.session,
                version,
                base=self.base,
                rules_for=partial(rules_of_version, desk.session, self.rules),
                machine_now=desk.machine_now,
                **wishes,
            ),
        )

    def approve(self, version: CalendarVersion, *, who: Who = "chair", **wishes: Any) -> CalendarVersion:
        """Put a proposal in force."""
        return self.play.do(
            who,
            lambda desk: change.approve(
                desk.session,
                actor=desk.actor,
                role=require(desk.actor, "approve_calendar"),
                version_id=version.id,
                base=self.base,
                rules_for=partial(rules_of_version, desk.session, self.rules),
                machine_now=desk.machine_now,
                **wishes,
            ),
        )

    def reject(self, version: CalendarVersion, *, who: Who = "chair", reason: str = "Акт отменён") -> CalendarVersion:
        """Refuse a proposal."""
        return self.play.do(
            who,
            lambda desk: change.reject(
                desk.session,
                actor=desk.actor,
                role=require(desk.actor, "approve_calendar"),
                version_id=version.id,
                machine_now=desk.machine_now,
                reason=reason,
            ),
        )

    def version(self, version: CalendarVersion) -> CalendarVersion:
        """A version as it stands."""
        return self.play.read(lambda session: store.version_of(session, version.id))

    def in_force(self) -> WorkCalendar:
        """The calendar that people's terms are counted by."""
        return self.play.read(lambda session: store.current(session, self.base))

    def settle(self) -> int:
        """Count again what older calendars left behind."""
        return self.play.do(
            "secretary",
            lambda desk: settle(
                desk.session,
                actor=desk.actor,
                base=self.base,
                rules_for=partial(rules_of_version, desk.session, self.rules),
                machine_now=desk.machine_now,
            ),
        )

    def last_day(self, case_id: uuid.UUID, term: str) -> str:
        """The last day of a clock: «пн 16.06.2025»."""
        due = self.clock(case_id, term).due_at - timedelta(seconds=1)
        return short_date(due.astimezone(self.rules.zone))

    def told_by_audit(self, tag: str) -> list[tuple[uuid.UUID | None, dict[str, Any]]]:
        """The cases and contents of the chain's events with this tag, in order."""
        query = select(AuditEvent).where(AuditEvent.tag == tag).order_by(AuditEvent.seq)
        events = self.play.read(lambda session: session.scalars(query).all())
        return [(event.case_id, json.loads(event.changes)["after"]) for event in events]

    def sweep(self) -> int:
        """Look at the clocks."""
        return sweep_tenant(self.play.app, self.rules)

    def clock(self, case_id: uuid.UUID, term: str) -> Deadline:
        """A clock of a case as it stands."""
        return self.play.read(
            lambda session: session.scalars(
                select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
            ).one()
        )

    def notices(self, case_id: uuid.UUID, event: str) -> Sequence[Notice]:
        """What was told of an event of a case."""
        return self.play.read(
            lambda session: session.scalars(
                select(Notice).where(Notice.case_id == case_id, Notice.event == event).order_by(Notice.channel)
            ).all()
        )


class StartCalendar(Protocol):
    """Makes a season on the days of the golden cases, with the results announced on Wednesday 04.06.2025."""

    def __call__(self, now: str = "2025-06-05T09:00", **wishes: Any) -> CalendarPlay: ...

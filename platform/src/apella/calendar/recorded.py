"""The base that an instance counts by: what the files said when the tenant entered, whatever they have become since.

Kept as version 0 of the tenant's calendar. It never changes but for years that only a newer product knows: they are
added when that product starts for the first time, and from then on stay as recorded too.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.calendar.changes import CalendarChange, CalendarContent
from apella.calendar.model import CalendarVersion, VersionState, label_of
from apella.calendar.working import WorkCalendar
from apella.db.ids import new_id

BASE_NUMBER = 0
"""The number of the recorded base among the tenant's versions."""

_BASE = select(CalendarVersion).where(CalendarVersion.number == BASE_NUMBER)


def record_base(session: Session, shipped: WorkCalendar, *, machine_now: datetime) -> None:
    """Keep the calendar of the files for the session's tenant, at its entry; one that is kept only gets new years."""
    content = CalendarContent.of(shipped)
    row = session.scalars(_BASE).one_or_none()
    if row is None:
        session.execute(
            insert(CalendarVersion)
            .values(
                id=new_id(),
                number=BASE_NUMBER,
                state=VersionState.APPLIED,
                made_on=BASE_NUMBER,
                content=content.to_record(),
                change=CalendarChange().to_record(),
                title="календарь из файлов программы и региона",
                file_name="",
                proposed_login="system",
                decided_login="system",
                decided_at=machine_now,
                reopen=[],
                held={},
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "number"])
        )
        return
    known = CalendarContent.from_record(row.content)
    grown = known.with_years_of(content)
    if grown is not known:
        row.content = grown.to_record()
        row.decided_at = machine_now


def recorded_base(session: Session, shipped: WorkCalendar) -> WorkCalendar:
    """Give the base of the session's tenant; `shipped`, the calendar of the files, where nothing was recorded yet."""
    row = session.scalars(_BASE).one_or_none()
    if row is None:
        return shipped
    return CalendarContent.from_record(row.content).calendar(version=label_of(BASE_NUMBER))

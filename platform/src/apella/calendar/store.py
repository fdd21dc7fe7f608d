"""Which calendar is in force for the tenant of a session.

`shipped` is everywhere what the product's and the tenant's files say now. It counts only where nothing was recorded
(`apella.calendar.recorded`): a home that no `apella up` has entered yet.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func as sql
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from apella.calendar.changes import CalendarContent, ChangedDay, changed_days
from apella.calendar.model import CalendarProgress, CalendarVersion, VersionState
from apella.calendar.recorded import BASE_NUMBER, recorded_base
from apella.calendar.working import WorkCalendar
from apella.errors import NotFound

MOST_KEPT = 64
"""How many laid-out calendars a process keeps: one per tenant and product is enough, old ones fall out."""

_APPLIED = CalendarVersion.state == VersionState.APPLIED
_BASE = aliased(CalendarVersion)
_NEWEST = (
    select(
        CalendarVersion.id,
        select(_BASE.decided_at).where(_BASE.number == BASE_NUMBER).scalar_subquery().label("recorded_at"),
    )
    .where(_APPLIED)
    .order_by(CalendarVersion.number.desc())
    .limit(1)
)
# A version is never changed once it is applied, so its id says everything but the years that the base has got since.
_cache: dict[tuple[uuid.UUID, dt.datetime | None], WorkCalendar] = {}


def current(session: Session, shipped: WorkCalendar) -> WorkCalendar:
    """Give the calendar in force: the last applied version of the session's tenant, the recorded base among them.

    A version holds for the years that it was made of; years that the base has got since are taken from there, since
    nothing can have been counted in them. What the files say otherwise by now moves no date: somebody proposes it
    (`behind`). One statement; contents are kept per process.
    """
    newest = session.execute(_NEWEST).one_or_none()
    if newest is None:
        return shipped
    key = (newest.id, newest.recorded_at)
    found = _cache.get(key)
    if found is None:
        version = session.scalars(select(CalendarVersion).where(CalendarVersion.id == newest.id)).one()
        found = calendar_of(session, version, shipped)
        if found == shipped and not found.held:
            # Rules that hold this very value need no copy of themselves for each request.
            found = shipped
        while len(_cache) >= MOST_KEPT:
            _cache.pop(next(iter(_cache)), None)
        _cache[key] = found
    return found


def calendar_of(session: Session, version: CalendarVersion, shipped: WorkCalendar) -> WorkCalendar:
    """Lay out one version, also one that is not in force, with the windows that stay lapsed under it."""
    base = recorded_base(session, shipped)
    if version.number == BASE_NUMBER:
        return base
    content = CalendarContent.from_record(version.content).with_years_of(CalendarContent.of(base))
    return WorkCalendar(
        federal=content.federal,
        regional=content.regional,
        version=version.label,
        held=_held(session, version, base),
    )


def _held(session: Session, version: CalendarVersion, base: WorkCalendar) -> dict[tuple[str, dt.date], WorkCalendar]:
    numbers = set(version.held.values()) - {BASE_NUMBER}
    earlier = session.scalars(select(CalendarVersion).where(CalendarVersion.number.in_(numbers))) if numbers else ()
    by_number = {BASE_NUMBER: base} | {row.number: calendar_of(session, row, base) for row in earlier}
    return {window_of(key): by_number[number] for key, number in version.held.items()}


def window_key(term: str, started: dt.date) -> str:
    """How a window that stays lapsed is written in a version's `held`."""
    return f"{term}|{started.isoformat()}"


def window_of(key: str) -> tuple[str, dt.date]:
    """Read what `window_key` wrote. Raises ValueError for anything else."""
    term, _, day = key.partition("|")
    return term, dt.date.fromisoformat(day)


def in_force(session: Session) -> int:
    """The number of the version in force; 0 is the recorded base."""
    return session.scalar(select(sql.max(CalendarVersion.number)).where(_APPLIED)) or 0


def behind(session: Session, shipped: WorkCalendar) -> tuple[ChangedDay, ...]:
    """Give the days on which the files and the calendar in force differ."""
    return changed_days(current(session, shipped), shipped)


def news(session: Session, shipped: WorkCalendar) -> tuple[dt.date, ...]:
    """Give the days on which the files have changed since they were last taken, and the calendar in force has not.

    A day that only an import has changed is not among them: about that the files bring nothing new.
    """
    query = select(CalendarVersion).where(_APPLIED, CalendarVersion.file_name == "")
    taken = session.scalars(query.order_by(CalendarVersion.number.desc()).limit(1)).one_or_none()
    if taken is None:
        return ()
    differ = {day.date for day in behind(session, shipped)}
    changed = {day.date for day in changed_days(calendar_of(session, taken, shipped), shipped)}
    return tuple(sorted(differ & changed))


def versions(session: Session) -> Sequence[CalendarVersion]:
    """Every change of the tenant's calendar, the newest first; the recorded base is none."""
    query = select(CalendarVersion).where(CalendarVersion.number > BASE_NUMBER)
    return session.scalars(query.order_by(CalendarVersion.number.desc())).all()


def version_number(session: Session, number: int) -> CalendarVersion:
    """The version of this number of the session's tenant. Raises NotFound."""
    found = session.scalars(select(CalendarVersion).where(CalendarVersion.number == number)).one_or_none()
    if found is None:
        raise NotFound("Такого изменения календаря нет.", code="calendar.version")
    return found


def begin_progress(session: Session, version: CalendarVersion, *, total: int) -> None:
    """Say that a job will count so many clocks; a version that was given back begins anew."""
    row = insert(CalendarProgress).values(id=version.id, counted=0, total=total)
    values = {"counted": row.excluded.counted, "total": row.excluded.total}
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=values))


def note_progress(session: Session, version_id: uuid.UUID, *, counted: int, total: int) -> None:
    """Say how far the job is; `session` is another than the job's own, whose work nobody sees before its end."""
    row = update(CalendarProgress).where(CalendarProgress.id == version_id)
    session.execute(row.values(counted=counted, total=total))


def progress_of(session: Session, version_id: uuid.UUID) -> CalendarProgress | None:
    """How far the job is that puts a version in force; None where the version needed no job."""
    return session.scalars(select(CalendarProgress).where(CalendarProgress.id == version_id)).one_or_none()


def version_of(session: Session, version_id: uuid.UUID, *, lock: bool = False) -> CalendarVersion:
    """One version of the session's tenant. Raises NotFound, also for another tenant's."""
    query = select(CalendarVersion).where(CalendarVersion.id == version_id)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NotFound("Такого изменения календаря нет.", code="calendar.version")
    return found

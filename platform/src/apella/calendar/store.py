"""Which calendar is in force for the tenant of a session."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import func as sql
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.calendar.changes import CalendarContent, ChangedDay, changed_days
from apella.calendar.model import CalendarProgress, CalendarVersion, VersionState
from apella.calendar.tables import FederalYear
from apella.calendar.working import WorkCalendar
from apella.errors import NotFound

MOST_KEPT = 64
"""How many laid-out calendars a process keeps: one per tenant and product is enough, old ones fall out."""

_APPLIED = CalendarVersion.state == VersionState.APPLIED
_NEWEST = (
    select(CalendarVersion.id, CalendarVersion.number).where(_APPLIED).order_by(CalendarVersion.number.desc()).limit(1)
)
# A version is never changed once it is applied, so its id says everything but the years that the product adds.
_cache: dict[tuple[uuid.UUID, FederalYear], WorkCalendar] = {}


def current(session: Session, base: WorkCalendar) -> WorkCalendar:
    """Give the calendar in force: the last applied version of the session's tenant, or `base` when there is none.

    `base` is what the tenant's files and the shipped table say. A version holds for the years that it was made of;
    years that only a newer product ships are taken from `base`, since nothing can have been counted in them. Days on
    which the two disagree otherwise stay as the version has them, until somebody proposes the shipped ones
    (`behind`): an upgrade moves no date by itself. One statement; contents are kept per process.
    """
    newest = session.execute(_NEWEST).one_or_none()
    if newest is None:
        return base
    key = (newest.id, base.federal.years[-1])
    found = _cache.get(key)
    if found is None:
        version = session.scalars(select(CalendarVersion).where(CalendarVersion.id == newest.id)).one()
        found = calendar_of(session, version, base)
        while len(_cache) >= MOST_KEPT:
            _cache.pop(next(iter(_cache)), None)
        _cache[key] = found
    return found


def calendar_of(session: Session, version: CalendarVersion, base: WorkCalendar) -> WorkCalendar:
    """Lay out one version, also one that is not in force, with the windows that stay lapsed under it."""
    content = CalendarContent.from_record(version.content)
    federal = content.federal
    last = federal.years[-1].year
    newer = tuple(year for year in base.federal.years if year.year > last)
    if newer and newer[0].year == last + 1:
        federal = federal.model_copy(update={"years": (*federal.years, *newer)})
    return WorkCalendar(
        federal=federal,
        regional=content.regional,
        version=version.label,
        held=_held(session, version, base),
    )


def _held(session: Session, version: CalendarVersion, base: WorkCalendar) -> dict[tuple[str, dt.date], WorkCalendar]:
    numbers = set(version.held.values()) - {0}
    earlier = session.scalars(select(CalendarVersion).where(CalendarVersion.number.in_(numbers))) if numbers else ()
    by_number = {0: base} | {row.number: calendar_of(session, row, base) for row in earlier}
    return {window_of(key): by_number[number] for key, number in version.held.items()}


def window_key(term: str, started: dt.date) -> str:
    """How a window that stays lapsed is written in a version's `held`."""
    return f"{term}|{started.isoformat()}"


def window_of(key: str) -> tuple[str, dt.date]:
    """Read what `window_key` wrote. Raises ValueError for anything else."""
    term, _, day = key.partition("|")
    return term, dt.date.fromisoformat(day)


def in_force(session: Session) -> int:
    """The number of the version in force; 0 means the shipped files alone."""
    return session.scalar(select(sql.max(CalendarVersion.number)).where(_APPLIED)) or 0


def behind(session: Session, base: WorkCalendar) -> tuple[ChangedDay, ...]:
    """Give the days on which the shipped files have changed since the version in force was made."""
    return changed_days(current(session, base), base)


def versions(session: Session) -> Sequence[CalendarVersion]:
    """Every version of the session's tenant, the newest first."""
    return session.scalars(select(CalendarVersion).order_by(CalendarVersion.number.desc())).all()


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

"""Changing a tenant's calendar: a file becomes a proposal, a person applies or refuses it, the clocks follow.

Who may do it stands in identity's table of permissions (`propose_calendar`, `approve_calendar`); the caller asks there
and passes the role that it answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.calendar import store
from apella.calendar.change_file import read_change
from apella.calendar.changes import CalendarChange, CalendarContent, NothingChanges, apply_change, shipped_title
from apella.calendar.model import CalendarVersion, VersionState
from apella.calendar.working import WorkCalendar
from apella.deadlines.applying import CannotApply, Progress, apply, may_run_again
from apella.deadlines.difference import Difference, difference
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.recount import RulesFor
from apella.deadlines.sweep import CLOCKS_LOCK
from apella.errors import Conflict, Forbidden, Malformed
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.jobs.queue import enqueue

AT_ONCE: Final = 5_000
"""Up to so many running clocks a calendar is put in force while the person waits; beyond, by a job."""


class OwnProposal(Forbidden):
    """Who proposed a change of the calendar does not approve it: two people look at what moves other people's dates."""

    code = "calendar.own_proposal"


class AlreadyDecided(Conflict):
    """Somebody has applied or refused this proposal before."""

    code = "calendar.decided"


class StaleProposal(Conflict):
    """Another calendar was put in force after this one was proposed: its difference no longer holds."""

    code = "calendar.stale"


def propose(
    session: Session,
    *,
    actor: Actor,
    role: Role | None,
    base: WorkCalendar,
    data: bytes,
    file_name: str,
    note: str | None = None,
) -> CalendarVersion:
    """Keep a file's change of the calendar in force as a proposal; nothing moves yet.

    `base` is the calendar of the tenant's files, `role` what permits it (None: the operator at the machine). `note`
    stands beside the file's own. Raises ChangeRefused with every fault, NothingChanges.
    """
    change = read_change(data, name=file_name)
    notes = [text for text in (change.note, note) if text]
    return _propose(
        session, actor=actor, role=role, base=base, change=change, file_name=file_name, note="; ".join(notes) or None
    )


def propose_again(
    session: Session, *, actor: Actor, role: Role | None, base: WorkCalendar, version_id: uuid.UUID
) -> CalendarVersion:
    """Propose what an earlier proposal asked for once more, on top of the calendar that is in force now.

    Raises NotFound, ChangeRefused where it no longer fits, NothingChanges where it is in force already.
    """
    earlier = store.version_of(session, version_id)
    if not earlier.file_name:
        return propose_shipped(session, actor=actor, role=role, base=base, note=earlier.note)
    return _propose(
        session,
        actor=actor,
        role=role,
        base=base,
        change=CalendarChange.from_record(earlier.change),
        file_name=earlier.file_name,
        note=earlier.note,
    )


def propose_shipped(
    session: Session, *, actor: Actor, role: Role | None, base: WorkCalendar, note: str | None = None
) -> CalendarVersion:
    """Propose the calendar of the product's and the tenant's files as they are now, after an upgrade has changed them.

    Raises NothingChanges when the calendar in force says the same.
    """
    _lock(session, actor)
    content, before = CalendarContent.of(base), CalendarContent.of(store.current(session, base))
    if content == before:
        raise NothingChanges("Действующий календарь совпадает с тем, что поставляется с программой. Вносить нечего.")
    return _keep(
        session,
        actor=actor,
        role=role,
        content=content,
        change=CalendarChange(),
        title=shipped_title(before, content),
        file_name="",
        note=note,
    )


def difference_of(
    session: Session,
    version: CalendarVersion,
    *,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: datetime,
    limit: int = 500,
) -> Difference:
    """Say what applying a proposal would do now; see `apella.deadlines.difference.difference`."""
    return difference(
        session,
        old=store.current(session, base),
        new=store.calendar_of(session, version, base),
        rules_for=rules_for,
        machine_now=machine_now,
        limit=limit,
    )


def approve(
    session: Session,
    *,
    actor: Actor,
    role: Role | None,
    version_id: uuid.UUID,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: datetime,
    reopen: Collection[uuid.UUID] = (),
    reopen_windows: Collection[str] = (),
    reason: str | None = None,
    entered_by: str | None = None,
    at_once: int = AT_ONCE,
) -> CalendarVersion:
    """Put a proposal in force: in this transaction, or by the job `calendar.apply` where many clocks run.

    `reopen` names clocks, `reopen_windows` filing windows (`WindowMove.key`) that ran out and are to run again: that
    needs a `reason`. Whatever else ran out stays so. `entered_by` names who typed the decision for the actor, where
    that was not the actor; the chain keeps it. The state tells what was done: `applied`, or `approved` while the job
    is at work.
    Raises OwnProposal for the one who proposed it, AlreadyDecided, StaleProposal, CannotApply, Malformed for a
    reopening without a reason; NotFound.
    """
    _lock(session, actor)
    version = _undecided(session, version_id)
    if version.proposed_by is not None and version.proposed_by == actor.person_id:
        raise OwnProposal("Изменение календаря утверждает другой человек, не тот, кто его внёс.")
    if version.made_on != store.in_force(session) or _being_applied(session):
        raise StaleProposal(
            "Пока это изменение ждало решения, вступило в силу другое. Предложите его заново: разница изменилась.",
            version=version.number,
        )
    if (reopen or reopen_windows) and not (reason and reason.strip()):
        raise Malformed(
            "Истёкшие сроки открывают заново только с причиной. Напишите её.",
            code="calendar.reason",
            fields={"reason": "Напишите, почему истёкшие сроки открываются заново."},
        )
    chosen = {*(str(clock) for clock in reopen), *reopen_windows}
    if chosen and chosen - may_run_again(session, version, base=base, rules_for=rules_for, machine_now=machine_now):
        raise CannotApply("Список истёкших сроков изменился, пока вы решали. Обновите страницу и отметьте их заново.")
    version.decided_by = actor.person_id
    version.decided_login = actor.login
    version.decided_at = machine_now
    version.decision_reason = reason.strip() if reason else None
    version.reopen = sorted(chosen)
    version.state = VersionState.APPROVED
    entered = {"entered_by": entered_by} if entered_by else {}
    _record(session, actor, version, "approved", role=role, after={"reopen": len(version.reopen), **entered})
    running = _running(session)
    if running > at_once:
        store.begin_progress(session, version, total=running)
        enqueue(
            session,
            season_id=actor.season_id,
            job="calendar.apply",
            args={"version": str(version.id)},
            dedup_key=f"calendar.apply:{version.id}",
        )
        return version
    apply(session, version, actor=actor, base=base, rules_for=rules_for, machine_now=machine_now)
    return version


def carry_out(
    session: Session,
    *,
    actor: Actor,
    version_id: uuid.UUID,
    base: WorkCalendar,
    rules_for: RulesFor,
    machine_now: datetime,
    progress: Progress,
) -> int:
    """Do what an approval left to the job: put the approved version in force; say how many clocks moved.

    Does nothing where that is done already. Raises CannotApply, after which the caller undoes what was written;
    NotFound.
    """
    _lock(session, actor)
    version = store.version_of(session, version_id, lock=True)
    if version.state is not VersionState.APPROVED:
        return 0
    return apply(
        session, version, actor=actor, base=base, rules_for=rules_for, machine_now=machine_now, progress=progress
    )


def reject(
    session: Session,
    *,
    actor: Actor,
    role: Role | None,
    version_id: uuid.UUID,
    machine_now: datetime,
    reason: str,
) -> CalendarVersion:
    """Refuse a proposal, with a reason; no clock moves. Raises AlreadyDecided, Malformed, NotFound."""
    if not reason.strip():
        raise Malformed(
            "Напишите, почему изменение не принято.",
            code="calendar.reason",
            fields={"reason": "Напишите, почему изменение не принято."},
        )
    _lock(session, actor)
    version = _undecided(session, version_id)
    version.decided_by = actor.person_id
    version.decided_login = actor.login
    version.decided_at = machine_now
    version.decision_reason = reason.strip()
    version.state = VersionState.REJECTED
    _record(session, actor, version, "rejected", role=role, after={})
    return version


def _propose(
    session: Session,
    *,
    actor: Actor,
    role: Role | None,
    base: WorkCalendar,
    change: CalendarChange,
    file_name: str,
    note: str | None,
) -> CalendarVersion:
    _lock(session, actor)
    content = apply_change(CalendarContent.of(store.current(session, base)), change, place=file_name)
    return _keep(
        session,
        actor=actor,
        role=role,
        content=content,
        change=change,
        title=change.title(),
        file_name=file_name,
        note=note,
    )


def _keep(
    session: Session,
    *,
    actor: Actor,
    role: Role | None,
    content: CalendarContent,
    change: CalendarChange,
    title: str,
    file_name: str,
    note: str | None,
) -> CalendarVersion:
    last = session.scalar(select(sql.max(CalendarVersion.number))) or 0
    version = CalendarVersion(
        number=last + 1,
        state=VersionState.PROPOSED,
        made_on=store.in_force(session),
        content=content.to_record(),
        change=change.to_record(),
        title=title,
        note=note,
        file_name=file_name,
        proposed_by=actor.person_id,
        proposed_login=actor.login,
    )
    session.add(version)
    session.flush()
    _record(session, actor, version, "proposed", role=role, after={"made_on": version.made_on})
    return version


def _lock(session: Session, actor: Actor) -> None:
    """Let nobody else change this tenant's calendar, nor the sweep its clocks, until this transaction ends."""
    session.execute(select(sql.pg_advisory_xact_lock(CLOCKS_LOCK, int(actor.tenant_id))))


def _undecided(session: Session, version_id: uuid.UUID) -> CalendarVersion:
    version = store.version_of(session, version_id, lock=True)
    if version.state is VersionState.SUPERSEDED:
        raise StaleProposal(
            "Пока это изменение ждало решения, вступило в силу другое. Предложите его заново: разница изменилась.",
            version=version.number,
        )
    if version.state is not VersionState.PROPOSED:
        raise AlreadyDecided(
            "Это изменение календаря уже рассмотрено: обновите страницу.", version=version.number, state=version.state
        )
    return version


def _being_applied(session: Session) -> bool:
    """Whether a job is still putting another version in force."""
    query = select(CalendarVersion.id).where(CalendarVersion.state == VersionState.APPROVED)
    return session.scalars(query.limit(1)).first() is not None


def _running(session: Session) -> int:
    query = select(sql.count()).where(and_(Deadline.state == DeadlineState.RUNNING, Deadline.met_at.is_(None)))
    return session.scalars(query).one()


def _record(
    session: Session,
    actor: Actor,
    version: CalendarVersion,
    verb: str,
    *,
    role: Role | None,
    after: Mapping[str, object],
) -> None:
    record(
        session,
        actor=actor,
        tag=f"calendar:version:{verb}",
        subject_type="calendar_version",
        subject_id=version.id,
        role=role,
        after={"number": version.number, **after},
    )

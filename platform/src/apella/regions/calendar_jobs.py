"""Putting a calendar in force in the background, where too many clocks run for a person to wait."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial

from apella.audit.trail import record
from apella.calendar import store
from apella.calendar.model import CalendarVersion, VersionState
from apella.deadlines.applying import CannotApply
from apella.deadlines.change import carry_out, difference_of
from apella.deadlines.difference import Failure, Listed
from apella.identity.actor import Actor
from apella.jobs.queue import JobContext, handler
from apella.regions.book import rules_of_version


@handler("calendar.apply")
def apply_calendar(context: JobContext) -> None:
    """Put an approved calendar in force, in the approver's name; one that is decided otherwise is left.

    A calendar that turns out not to fit a clock is given back: it waits for a decision again, and no clock has moved.
    """
    session = context.session
    rules = context.parts.regions.get(context.actor.slug)
    rules_for = partial(rules_of_version, session, rules)
    version = store.version_of(session, uuid.UUID(context.args["version"]))
    if version.state is not VersionState.APPROVED:
        return
    try:
        with session.begin_nested():
            carry_out(
                session,
                actor=_decider(context.actor, version),
                version_id=version.id,
                base=rules.calendar,
                rules_for=rules_for,
                machine_now=context.machine_now,
                progress=partial(_tell_progress, context, version.id),
            )
    except CannotApply:
        found = difference_of(
            session, version, base=rules.calendar, rules_for=rules_for, machine_now=context.machine_now, limit=1
        )
        if not found.failures.total:
            raise
        _give_back(context, version, found.failures)


def _tell_progress(context: JobContext, version_id: uuid.UUID, total: int, counted: int) -> None:
    """Let people see how far the job is, in a transaction of its own: the job's shows nothing before its end."""
    with context.parts.database.unit_of_work(context.actor.tenant_id) as work:
        store.note_progress(work.session, version_id, counted=counted, total=total)


def _give_back(context: JobContext, version: CalendarVersion, failures: Listed[Failure]) -> None:
    first = failures.rows[0]
    version.state = VersionState.PROPOSED
    version.decided_by = version.decided_login = version.decided_at = None
    version.decision_reason = (
        f"Не вступило в силу: срок «{first.clock.title}» по делу {first.clock.number} по этому календарю не считается. "
        f"{first.message}"
    )
    version.reopen = []
    record(
        context.session,
        actor=context.actor,
        tag="calendar:version:given_back",
        subject_type="calendar_version",
        subject_id=version.id,
        after={"number": version.number, "failures": failures.total},
    )


def _decider(system: Actor, version: CalendarVersion) -> Actor:
    """Whoever decided on the version; the platform where nobody is named."""
    login = version.decided_login or system.login
    return replace(system, person_id=version.decided_by, login=login, recorded_as=login)

"""Doing one task: counted before it starts, done in one transaction, tried again later when it fails."""

from __future__ import annotations

import enum
import logging
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.db.unit_of_work import Database
from apella.identity.actor import Actor
from apella.jobs.model import Task, TaskState
from apella.jobs.queue import JobContext, handler_of
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season, Tenant

MAX_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(minutes=5)

log = logging.getLogger(__name__)


class Ran(enum.Enum):
    """How a run ended."""

    DONE = "done"
    NOTHING = "nothing"
    FAILED = "failed"
    PARKED = "parked"


def run_task(database: Database, *, tenant_id: TenantId, task_id: uuid.UUID, parts: Any, wait: bool = False) -> Ran:
    """Do one task.

    A task that is done, unknown, or of another tenant does nothing; the latter two are reported in the log. The
    attempt is counted in a transaction of its own before the work starts, so that a task which kills its worker is
    parked after five tries and not redelivered for ever. A failure is kept on the task and retried after 5 s, growing
    to 5 min. A task that another process is doing is left to it; with `wait` this returns only when that process has
    ended its work on the task.
    """
    started = _start(database, tenant_id, task_id, wait=wait)
    if started is not Ran.DONE:
        return started
    try:
        return _finish(database, tenant_id, task_id, parts, wait=wait)
    except Exception as error:  # whatever a handler raises, its task is kept and tried again
        log.warning("task failed", extra={"task_id": str(task_id), "error": type(error).__name__}, exc_info=error)
        _keep_failure(database, tenant_id, task_id, error)
        return Ran.FAILED


def _start(database: Database, tenant_id: TenantId, task_id: uuid.UUID, *, wait: bool) -> Ran:
    with database.unit_of_work(tenant_id) as work:
        task = _take(work.session, task_id, wait=wait)
        if task is None:
            if work.session.scalar(select(Task.id).where(Task.id == task_id)) is None:
                log.error("no such task in this tenant", extra={"tenant_id": int(tenant_id), "task_id": str(task_id)})
            return Ran.NOTHING
        if task.attempts >= MAX_ATTEMPTS:
            task.state = TaskState.PARKED
            log.error("task parked", extra={"task_id": str(task_id)})
            return Ran.PARKED
        task.attempts += 1
        return Ran.DONE


def _finish(database: Database, tenant_id: TenantId, task_id: uuid.UUID, parts: Any, *, wait: bool) -> Ran:
    with database.unit_of_work(tenant_id) as work:
        task = _take(work.session, task_id, wait=wait)
        if task is None:
            return Ran.NOTHING
        handler = handler_of(task.job)
        if handler is None:
            raise LookupError(f"no handler for the job {task.job}")
        season = work.session.get_one(Season, (tenant_id, task.season_id))
        work.enter_season(season.clock_offset)
        slug = work.session.scalars(select(Tenant.slug).where(Tenant.id == tenant_id)).one()
        handler(
            JobContext(
                session=work.session,
                actor=Actor.system(tenant_id=tenant_id, slug=slug, season_id=season.id),
                now=work.now,
                machine_now=work.machine_now,
                args=task.args,
                parts=parts,
            )
        )
        task.state = TaskState.DONE
        task.done_at = work.machine_now
        task.last_error = None
        return Ran.DONE


def _keep_failure(database: Database, tenant_id: TenantId, task_id: uuid.UUID, error: Exception) -> None:
    with database.unit_of_work(tenant_id) as work:
        task = _take(work.session, task_id)
        if task is None:
            return
        task.last_error = f"{type(error).__module__}.{type(error).__qualname__}"
        if task.attempts >= MAX_ATTEMPTS:
            task.state = TaskState.PARKED
            log.error("task parked", extra={"task_id": str(task_id)})
            return
        wait = min(FIRST_RETRY * 2 ** (task.attempts - 1), LAST_RETRY)
        task.state = TaskState.NEW
        task.next_at = work.machine_now + wait


def _take(session: Session, task_id: uuid.UUID, *, wait: bool = False) -> Task | None:
    return session.scalars(
        select(Task)
        .where(Task.id == task_id, Task.state.in_((TaskState.NEW, TaskState.SENT)))
        .with_for_update(skip_locked=not wait)
    ).one_or_none()


def waiting(session: Session) -> int:
    """How many tasks of this tenant are not finished; parked ones count, since somebody must look at them."""
    return session.scalars(select(sql.count()).select_from(Task).where(Task.state != TaskState.DONE)).one()

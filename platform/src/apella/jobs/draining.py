"""Doing every waiting task of one tenant here and now: the teaching clock needs the world to be at rest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from apella.db.unit_of_work import Database
from apella.jobs.model import Task, TaskState
from apella.jobs.running import run_task
from apella.tenancy.ids import TenantId

MOST_ROUNDS = 1000


def drain(database: Database, *, tenant_id: TenantId, parts: Any) -> int:
    """Run the waiting tasks of a tenant, and those that they ask for, until none is left; say how many ran.

    A task that waits for its next try is tried at once; one that fails is left to the relay.
    Raises RuntimeError when tasks keep making tasks.
    """
    ran = 0
    seen: set[object] = set()
    for _ in range(MOST_ROUNDS):
        with database.unit_of_work(tenant_id) as work:
            ids = work.session.scalars(
                select(Task.id)
                .where(Task.state.in_((TaskState.NEW, TaskState.SENT)), Task.id.not_in(seen))
                .order_by(Task.created_at, Task.id)
                .limit(200)
            ).all()
        if not ids:
            return ran
        for task_id in ids:
            seen.add(task_id)
            run_task(database, tenant_id=tenant_id, task_id=task_id, parts=parts, wait=True)
            ran += 1
    raise RuntimeError("the tasks of this tenant never come to an end")

"""Asking for background work inside a transaction, and the table of what can be asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.db.unit_of_work import before_commit
from apella.identity.actor import Actor
from apella.jobs.model import Task


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """What a job works with: an open transaction, the system as actor, both clocks and the process's parts.

    `parts` is the running `apella.bootstrap.App`; a handler takes its ports (storage, gateways, regions) from it.
    """

    session: Session
    actor: Actor
    now: datetime
    machine_now: datetime
    args: Mapping[str, str]
    parts: Any


Handler = Callable[[JobContext], None]

_BUFFER = "apella.tasks"

_handlers: dict[str, Handler] = {}


def handler(job: str) -> Callable[[Handler], Handler]:
    """Register the function that does `job`; it must be safe to run more than once (one transaction each time)."""

    def register(function: Handler) -> Handler:
        if job in _handlers and _handlers[job] is not function:
            raise RuntimeError(f"two handlers for the job {job}")
        _handlers[job] = function
        return function

    return register


def handler_of(job: str) -> Handler | None:
    """The registered function; None when this process does not know the job (an older or newer release asked)."""
    return _handlers.get(job)


def enqueue(
    session: Session,
    *,
    season_id: uuid.UUID,
    job: str,
    args: Mapping[str, str],
    dedup_key: str,
    legal_due_at: datetime | None = None,
) -> None:
    """Write a task at the end of this transaction: it exists if and only if the business change does.

    `args` are ids, never personal data. A second task with the same `dedup_key` is not written: asking twice for the
    same thing is one thing. `legal_due_at` (case time) is the law's limit, for alarms; the task itself runs at once.
    """
    tasks: list[dict[str, Any]] = session.info.setdefault(_BUFFER, [])
    tasks.append(
        {
            "tenant_id": tenant_of_new_rows(),
            "id": new_id(),
            "season_id": season_id,
            "job": job,
            "args": dict(args),
            "dedup_key": dedup_key,
            "legal_due_at": legal_due_at,
        }
    )
    before_commit(session, _BUFFER, _write)


def _write(session: Session) -> None:
    tasks = session.info.pop(_BUFFER)
    session.execute(insert(Task).on_conflict_do_nothing(index_elements=["tenant_id", "dedup_key"]), tasks)


def registered() -> frozenset[str]:
    """The names of all jobs that this process can do."""
    return frozenset(_handlers)

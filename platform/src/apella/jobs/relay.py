"""The relay: takes due tasks of every tenant out of the table and hands their ids to the broker (reliability.md 8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from apella.tenancy.ids import TenantId

BATCH = 200
LEASE_SECONDS = 60

_CLAIM = text(
    """
    UPDATE task SET state = 'sent', sends = sends + 1, next_at = now() + make_interval(secs => :lease)
    WHERE (tenant_id, id) IN (
        SELECT tenant_id, id FROM task
        WHERE state IN ('new', 'sent') AND next_at <= now()
        ORDER BY next_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING tenant_id, id
    """
)


@dataclass(frozen=True)
class Claimed:
    """One task that must be sent now."""

    tenant_id: TenantId
    task_id: uuid.UUID


def claim(engine: Engine, *, lease_seconds: int = LEASE_SECONDS) -> Sequence[Claimed]:
    """Take a batch of due tasks; they come again after the lease unless a worker finished them. Role: app_relay."""
    with engine.begin() as connection:
        rows = connection.execute(_CLAIM, {"lease": lease_seconds, "batch": BATCH}).all()
    return [Claimed(TenantId(tenant_id), task_id) for tenant_id, task_id in rows]


def relay_once(
    engine: Engine, send: Callable[[TenantId, uuid.UUID], None], *, lease_seconds: int = LEASE_SECONDS
) -> int:
    """Claim one batch and send it; say how many there were. The claim is committed before the first is sent.

    If `send` fails, its error rises; what was not sent comes again after the lease, so a broken broker loses nothing.
    """
    claimed = claim(engine, lease_seconds=lease_seconds)
    for task in claimed:
        send(task.tenant_id, task.task_id)
    return len(claimed)

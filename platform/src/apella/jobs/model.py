"""The queue of record (reliability.md 4)."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class TaskState(enum.StrEnum):
    """new: the relay has not sent it; sent: on its way; done; parked: tried five times, a person must look."""

    NEW = "new"
    SENT = "sent"
    DONE = "done"
    PARKED = "parked"


class Task(TenantRow, Base):
    """One job, written in the transaction that wants it. Times are machine time, but `legal_due_at` (case time)."""

    __tablename__ = "task"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        one_of("state", TaskState),
        UniqueConstraint("tenant_id", "dedup_key"),
        Index("ix_task_waiting", "next_at", postgresql_where=text("state IN ('new', 'sent')")),
        Index(None, "tenant_id", "state", "next_at"),
    )

    season_id: Mapped[uuid.UUID]
    job: Mapped[str]
    args: Mapped[dict[str, Any]]
    dedup_key: Mapped[str]
    state: Mapped[TaskState] = mapped_column(EnumText(TaskState), default=TaskState.NEW)
    sends: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    legal_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

"""What a change of the calendar did: one row for each clock whose date it moved, never changed afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from apella.db.base import Base, TenantRow, tenant_fk


class DeadlineMove(TenantRow, Base):
    """A clock's date before and after one version of the calendar was put in force. Times are case time (UTC).

    `reopened`: the clock had run out, and a person decided that it runs again.
    """

    __tablename__ = "deadline_move"
    __table_args__ = (
        tenant_fk("version_id", "calendar_version"),
        tenant_fk("case_id", "appeal"),
        tenant_fk("deadline_id", "deadline"),
        UniqueConstraint("tenant_id", "version_id", "deadline_id"),
        Index(None, "tenant_id", "case_id"),
    )

    version_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    deadline_id: Mapped[uuid.UUID]
    due_before: Mapped[datetime]
    due_after: Mapped[datetime]
    reopened: Mapped[bool] = mapped_column(default=False)


def moves_of_case(session: Session, *, version_id: uuid.UUID, case_id: uuid.UUID) -> Sequence[DeadlineMove]:
    """What one version of the calendar moved on a case, the earliest date first."""
    return session.scalars(
        select(DeadlineMove)
        .where(DeadlineMove.version_id == version_id, DeadlineMove.case_id == case_id)
        .order_by(DeadlineMove.due_after, DeadlineMove.deadline_id)
    ).all()

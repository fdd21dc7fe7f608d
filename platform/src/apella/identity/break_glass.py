"""Emergency access to one case: a short look by somebody who sees none, with a reason, told to the chair."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, ColumnElement, Index, Select, and_, select
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, Session

from apella.db.base import Base, TenantRow, tenant_fk
from apella.identity.actor import Actor

LIFE: Final = timedelta(minutes=30)
"""How long an emergency access lives (machine time)."""

LEAST_REASON: Final = 20
"""How many characters a reason has at least."""


class BreakGlass(TenantRow, Base):
    """One emergency access: whose, to which case, why. Times are machine time; it opens reading alone, in one session.

    It ends at `expires_at`, or earlier at `closed_at` by its reader or the commission's chair (`closed_by`).
    """

    __tablename__ = "break_glass"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("case_id", "appeal"),
        CheckConstraint(f"length(reason) >= {LEAST_REASON}", name="reason"),
        CheckConstraint("expires_at > opened_at AND expires_at <= opened_at + interval '30 minutes'", name="life"),
        Index(None, "tenant_id", "person_id", "case_id"),
        Index(None, "tenant_id", "season_id", "opened_at"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]

    def lives_at(self, machine_now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.closed_at is None and machine_now < self.expires_at


def living() -> ColumnElement[bool]:
    """The condition that an emergency access lives now."""
    return and_(BreakGlass.closed_at.is_(None), BreakGlass.expires_at > sql.now())


def cases_behind_glass(actor: Actor) -> Select[uuid.UUID]:
    """The cases that this actor may read now by emergency access, in the session where it was opened."""
    return select(BreakGlass.case_id).where(
        BreakGlass.person_id == actor.person_id, BreakGlass.session_id == actor.session_id, living()
    )


def glass_of(session: Session, actor: Actor, case_id: uuid.UUID) -> BreakGlass | None:
    """The emergency access by which this actor reads the case now; None without one."""
    return session.scalars(
        select(BreakGlass)
        .where(
            BreakGlass.person_id == actor.person_id,
            BreakGlass.session_id == actor.session_id,
            BreakGlass.case_id == case_id,
            living(),
        )
        .order_by(BreakGlass.opened_at.desc())
        .limit(1)
    ).one_or_none()

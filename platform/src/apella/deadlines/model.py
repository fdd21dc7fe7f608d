"""The clocks of a case. A running row is also the case's open obligation: who owes which action by when."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.deadlines.terms import Hardness
from apella.identity.roles import Role


class DeadlineState(enum.StrEnum):
    """running: owed; met: done in time; breached: done or noticed after its time; cancelled; suspended.

    passed: the same as breached of what is only advice; it breaks no rule, and nobody reports it.
    """

    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    PASSED = "passed"


OWED = (DeadlineState.RUNNING, DeadlineState.BREACHED, DeadlineState.PASSED)
"""The states of a clock that goes on until it is met; of an obligation: it is owed, in time or not."""


def over_state(hardness: str) -> DeadlineState:
    """What becomes of an obligation that was not met in its time."""
    return DeadlineState.PASSED if hardness == Hardness.ADVICE else DeadlineState.BREACHED


class Deadline(TenantRow, Base):
    """One term at work on one case. Times are case time; `due_at` is exclusive (the next midnight or the hour).

    `owed_by` and `action` say who must do what so that the term is met. `explanation` is what
    `apella.deadlines.explain` wrote when the term was counted; `calendar_version` moves with recomputation.
    `warned` is the last warning step (0, 50, 80, 95, 100 per cent). A breached or passed row with no `met_at` is
    still owed.
    `stood_still` is the time of all its pauses and `suspended_at` the beginning of the present one: a warning's share
    of the term leaves it out. The days of the pauses stand in the explanation.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("case_id", "appeal"),
        one_of("state", DeadlineState),
        one_of("owed_by", Role),
        Index(
            "uq_deadline_open",
            "tenant_id",
            "case_id",
            "term",
            "round",
            unique=True,
            postgresql_where=text("met_at IS NULL AND state IN ('running', 'breached', 'suspended', 'passed')"),
        ),
        Index(
            "ix_deadline_owed",
            "tenant_id",
            "season_id",
            "owed_by",
            "due_at",
            "case_id",
            postgresql_where=text("met_at IS NULL AND state IN ('running', 'breached', 'passed')"),
        ),
        Index(
            "ix_deadline_next",
            "tenant_id",
            "case_id",
            "due_at",
            postgresql_where=text("met_at IS NULL AND state IN ('running', 'breached', 'passed')"),
        ),
        Index(
            "ix_deadline_sweep",
            "tenant_id",
            "season_id",
            "due_at",
            postgresql_where=text("met_at IS NULL AND state = 'running'"),
        ),
        Index(None, "tenant_id", "case_id"),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    term: Mapped[str]
    title: Mapped[str]
    state: Mapped[DeadlineState] = mapped_column(EnumText(DeadlineState), default=DeadlineState.RUNNING)
    owed_by: Mapped[Role] = mapped_column(EnumText(Role))
    action: Mapped[str]
    clauses: Mapped[list[str]]
    hardness: Mapped[str]
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    federal_due_at: Mapped[datetime | None]
    calendar_version: Mapped[str]
    explanation: Mapped[dict[str, Any]]
    warned: Mapped[int] = mapped_column(default=0)
    stood_still: Mapped[timedelta] = mapped_column(default=timedelta(), server_default=text("'0'::interval"))
    suspended_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    met_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]

    def is_passed_advice(self, now: datetime) -> bool:
        """Whether it is advice whose time is over, also where the sweep has not seen that yet: no rule is broken."""
        return self.hardness == Hardness.ADVICE and self.due_at <= now

    @property
    def limit_at(self) -> datetime:
        """The first instant that is too late: a right lasts until the later of the regional and the federal end."""
        if self.hardness != Hardness.REFUSE or self.federal_due_at is None:
            return self.due_at
        return max(self.due_at, self.federal_due_at)

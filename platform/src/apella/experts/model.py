"""The roster of experts, who was assigned to a case, what they concluded."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.registry.model import TaskType


class ExpertStatus(enum.StrEnum):
    """The status awarded to an expert of a subject commission."""

    LEAD = "lead"
    SENIOR = "senior"
    MAIN = "main"


class AssignmentState(enum.StrEnum):
    """assigned: the expert owes a conclusion; concluded; cancelled: another was taken."""

    ASSIGNED = "assigned"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"


class Expert(TenantRow, Base):
    """One person's place in the roster of a subject in a season."""

    __tablename__ = "expert"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        one_of("status", ExpertStatus),
        UniqueConstraint("tenant_id", "season_id", "code"),
        Index(None, "tenant_id", "season_id", "subject_code"),
        Index(None, "tenant_id", "person_id"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    code: Mapped[str]
    subject_code: Mapped[str]
    status: Mapped[ExpertStatus] = mapped_column(EnumText(ExpertStatus))
    status_year: Mapped[int]
    checked_first_second: Mapped[bool]
    checked_third: Mapped[bool]
    subject_chair: Mapped[bool] = mapped_column(default=False)


class Assignment(TenantRow, Base):
    """An expert taken for a case; one at a time. Times are case time."""

    __tablename__ = "assignment"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        tenant_fk("expert_id", "expert"),
        one_of("state", AssignmentState),
        Index(
            "uq_assignment_live",
            "tenant_id",
            "case_id",
            "round",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index(None, "tenant_id", "expert_id", "state"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    expert_id: Mapped[uuid.UUID]
    state: Mapped[AssignmentState] = mapped_column(EnumText(AssignmentState))
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[uuid.UUID | None]
    named_by_subject_chair: Mapped[bool]
    concluded_at: Mapped[datetime | None]


class Conclusion(TenantRow, Base):
    """The expert's written conclusion (federal:101.8); a later version does not overwrite an earlier one."""

    __tablename__ = "conclusion"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        tenant_fk("assignment_id", "assignment"),
        UniqueConstraint("tenant_id", "assignment_id", "version"),
        Index(None, "tenant_id", "case_id"),
    )

    case_id: Mapped[uuid.UUID]
    assignment_id: Mapped[uuid.UUID]
    version: Mapped[int]
    summary: Mapped[str]
    made_at: Mapped[datetime]


class ConclusionLine(TenantRow, Base):
    """The proposed mark of one position with the criterion and the argument."""

    __tablename__ = "conclusion_line"
    __table_args__ = (
        tenant_fk("conclusion_id", "conclusion"),
        one_of("task_type", TaskType),
        UniqueConstraint("tenant_id", "conclusion_id", "task_type", "position"),
        CheckConstraint("proposed >= 0", name="proposed"),
    )

    conclusion_id: Mapped[uuid.UUID]
    task_type: Mapped[TaskType] = mapped_column(EnumText(TaskType))
    position: Mapped[int]
    was: Mapped[int]
    proposed: Mapped[int]
    criterion: Mapped[str | None]
    argument: Mapped[str]

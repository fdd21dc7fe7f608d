"""The commission of a season, its sittings, ballots and decisions."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from apella.appeals.states import Outcome
from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.registry.model import TaskType


class Ballot(enum.StrEnum):
    """How a member voted; a recused member is not counted as present."""

    SATISFY = "satisfy"
    REJECT = "reject"
    RECUSED = "recused"


class ErrorKind(enum.StrEnum):
    """Why a mark changes: the machine read it wrong, or it was scored wrong."""

    TECHNICAL = "technical"
    SCORING = "scoring"


class Sitting(TenantRow, Base):
    """A sitting: several hearings, one minutes. Times are case time."""

    __tablename__ = "sitting"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("commission_id", "commission"),
        UniqueConstraint("tenant_id", "season_id", "commission_id", "number"),
    )

    season_id: Mapped[uuid.UUID]
    commission_id: Mapped[uuid.UUID]
    number: Mapped[int]
    opened_at: Mapped[datetime]
    opened_by: Mapped[uuid.UUID]
    closed_at: Mapped[datetime | None]


class Vote(TenantRow, Base):
    """One member's open ballot on a case; cast once (federal recommendations: open vote)."""

    __tablename__ = "vote"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        tenant_fk("person_id", "person"),
        one_of("ballot", Ballot),
        UniqueConstraint("tenant_id", "case_id", "round", "person_id"),
        CheckConstraint("ballot <> 'recused' OR reason IS NOT NULL", name="reason"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    person_id: Mapped[uuid.UUID]
    ballot: Mapped[Ballot] = mapped_column(EnumText(Ballot))
    reason: Mapped[str | None]
    site_code: Mapped[str | None]
    cast_at: Mapped[datetime]


class Decision(TenantRow, Base):
    """What the commission decided; a later round does not overwrite an earlier one.

    `result_id` is the version of the result that was judged. `primary_after` is what the commission's changes add up
    to; the test score is set by the federal centre alone.
    """

    __tablename__ = "decision"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        one_of("outcome", Outcome),
        UniqueConstraint("tenant_id", "case_id", "round", "version"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[Outcome] = mapped_column(EnumText(Outcome))
    reason: Mapped[str]
    votes_for: Mapped[int]
    votes_against: Mapped[int]
    casting_vote: Mapped[bool]
    result_id: Mapped[uuid.UUID | None]
    primary_before: Mapped[int | None]
    primary_after: Mapped[int | None]
    decided_at: Mapped[datetime]
    chaired_by: Mapped[uuid.UUID]


class DecisionLine(TenantRow, Base):
    """The decided mark of one position, beside the one that stood before."""

    __tablename__ = "decision_line"
    __table_args__ = (
        tenant_fk("decision_id", "decision"),
        one_of("task_type", TaskType),
        one_of("error_kind", ErrorKind),
        UniqueConstraint("tenant_id", "decision_id", "task_type", "position"),
    )

    decision_id: Mapped[uuid.UUID]
    task_type: Mapped[TaskType] = mapped_column(EnumText(TaskType))
    position: Mapped[int]
    was: Mapped[int]
    becomes: Mapped[int]
    error_kind: Mapped[ErrorKind] = mapped_column(EnumText(ErrorKind))
    criterion: Mapped[str | None]
    reason: Mapped[str]

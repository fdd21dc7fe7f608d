"""The season's registry as the data centre keeps it. Results are versioned: a mark is never overwritten."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class OrganisationKind(enum.StrEnum):
    """What an organisation is to the exam."""

    SCHOOL = "school"
    MUNICIPAL_AUTHORITY = "municipal_authority"
    EXAM_POINT = "exam_point"


class TaskType(enum.StrEnum):
    """A: choice, B: short answer (answer form 1), C: extended answer (answer form 2), D: oral."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class ResultSource(enum.StrEnum):
    """Where a version of a result comes from."""

    IMPORT = "import"
    RECALCULATION = "recalculation"


class Organisation(TenantRow, Base):
    """A school, a municipal authority or an exam point. `territory` decides the remote site where there are such."""

    __tablename__ = "organisation"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        one_of("kind", OrganisationKind),
        UniqueConstraint("tenant_id", "season_id", "kind", "code"),
    )

    season_id: Mapped[uuid.UUID]
    kind: Mapped[OrganisationKind] = mapped_column(EnumText(OrganisationKind))
    code: Mapped[str]
    name: Mapped[str]
    territory: Mapped[str]
    address: Mapped[str | None]


class Exam(TenantRow, Base):
    """One subject on one day. `announced_on` is the official day of results (federal:100.2), None until known."""

    __tablename__ = "exam"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        UniqueConstraint("tenant_id", "season_id", "subject_code", "exam_date"),
    )

    season_id: Mapped[uuid.UUID]
    subject_code: Mapped[str]
    exam_date: Mapped[date]
    wave: Mapped[int]
    announced_on: Mapped[date | None]


class Work(TenantRow, Base):
    """The exam work of one participant. `annulled_at` is case time: a procedure appeal was satisfied, by that act."""

    __tablename__ = "work"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("exam_id", "exam"),
        tenant_fk("exam_point_id", "organisation"),
        UniqueConstraint("tenant_id", "season_id", "code"),
        UniqueConstraint("tenant_id", "person_id", "exam_id"),
    )

    season_id: Mapped[uuid.UUID]
    code: Mapped[str]
    person_id: Mapped[uuid.UUID]
    exam_id: Mapped[uuid.UUID]
    exam_point_id: Mapped[uuid.UUID]
    room: Mapped[str]
    variant_code: Mapped[str | None]
    cross_checked: Mapped[bool]
    annulled_at: Mapped[datetime | None]
    annulled_act_number: Mapped[str | None]
    annulled_act_date: Mapped[date | None]


class Result(TenantRow, Base):
    """One version of a work's result; the highest version is in force.

    `rechecked_on` is the day on which the result of a re-check of the work was announced (federal:100.3), None for one
    that was never checked again. A version that follows keeps it, so that the right to appeal is not lost with it.
    """

    __tablename__ = "result"
    __table_args__ = (
        tenant_fk("work_id", "work"),
        tenant_fk("batch_id", "import_batch"),
        one_of("source", ResultSource),
        UniqueConstraint("tenant_id", "work_id", "version"),
        CheckConstraint("version > 0", name="version"),
        # Few results of a season are re-checked, and a change of the calendar asks for them.
        Index("ix_result_rechecked", "tenant_id", "rechecked_on", postgresql_where=text("rechecked_on IS NOT NULL")),
    )

    work_id: Mapped[uuid.UUID]
    version: Mapped[int]
    primary_score: Mapped[int]
    test_score: Mapped[int]
    source: Mapped[ResultSource] = mapped_column(EnumText(ResultSource))
    rechecked_on: Mapped[date | None]
    batch_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class Mark(TenantRow, Base):
    """The mark of one scoring position in one version of a result."""

    __tablename__ = "mark"
    __table_args__ = (
        tenant_fk("result_id", "result"),
        one_of("task_type", TaskType),
        UniqueConstraint("tenant_id", "result_id", "task_type", "position"),
        CheckConstraint("mark >= 0 AND mark <= max_mark", name="mark"),
    )

    result_id: Mapped[uuid.UUID]
    task_type: Mapped[TaskType] = mapped_column(EnumText(TaskType))
    position: Mapped[int]
    task: Mapped[str]
    criterion: Mapped[str | None]
    answer: Mapped[str | None]
    mark: Mapped[int]
    max_mark: Mapped[int]


class WorkCheck(TenantRow, Base):
    """Who checked a work, at which stage (1, 2, 3): such an expert never sees the appeal (federal:98.2)."""

    __tablename__ = "work_check"
    __table_args__ = (
        tenant_fk("work_id", "work"),
        UniqueConstraint("tenant_id", "work_id", "expert_code", "stage"),
    )

    work_id: Mapped[uuid.UUID]
    expert_code: Mapped[str]
    stage: Mapped[int]


class WorkFile(TenantRow, Base):
    """A scan, a recognition result or an audio file of a work."""

    __tablename__ = "work_file"
    __table_args__ = (
        tenant_fk("work_id", "work"),
        tenant_fk("file_id", "stored_file"),
        UniqueConstraint("tenant_id", "work_id", "kind", "page"),
    )

    work_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    page: Mapped[int]
    file_id: Mapped[uuid.UUID]


class ImportBatch(TenantRow, Base):
    """One import of the data centre's tables; the same manifest again changes nothing."""

    __tablename__ = "import_batch"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        UniqueConstraint("tenant_id", "season_id", "manifest_sha256"),
        Index(None, "tenant_id", "season_id", "imported_at"),
    )

    season_id: Mapped[uuid.UUID]
    manifest_sha256: Mapped[bytes]
    counts: Mapped[dict[str, Any]]
    imported_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    imported_by: Mapped[str]

"""The versions of a tenant's calendar: proposed from a file, then applied or rejected by a person."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.calendar.working import BASE_VERSION
from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class VersionState(enum.StrEnum):
    """What became of a proposed calendar.

    proposed: waits for a person; approved: a person agreed and a job is applying it; applied: was put in force (the
    highest number is in force now); rejected: a person refused it; superseded: another one was applied before it was
    decided, so that its difference no longer holds.
    """

    PROPOSED = "proposed"
    APPROVED = "approved"
    APPLIED = "applied"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class CalendarVersion(TenantRow, Base):
    """One calendar of the tenant. Times are machine time: a calendar belongs to no season.

    `number` counts the tenant's proposals from 1; on clocks the version is written `base+<number>`. Number 0, on clocks
    `base`, is nobody's proposal: the calendar of the files as they were when the tenant entered this installation (see
    `apella.calendar.recorded`); its `decided_at` says when that was, or when it last got a further year. `made_on` is
    the number of the version that was in force when it was proposed. `content` is the whole
    calendar, `change` what the file asked for, `title` the same in a Russian sentence. `held` says which windows had
    lapsed when it was applied and stay lapsed: `term|start day` -> the number that they were counted by.
    """

    __tablename__ = "calendar_version"
    __table_args__ = (
        one_of("state", VersionState),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint(
            "made_on >= 0 AND (made_on < number OR number = 0 AND made_on = 0 AND state = 'applied')", name="number"
        ),
        CheckConstraint("state IN ('proposed', 'superseded') OR decided_at IS NOT NULL", name="decided"),
        Index("ix_calendar_version_applied", "tenant_id", "number", postgresql_where=text("state = 'applied'")),
    )

    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(EnumText(VersionState), default=VersionState.PROPOSED)
    made_on: Mapped[int]
    content: Mapped[dict[str, Any]]
    change: Mapped[dict[str, Any]]
    title: Mapped[str]
    note: Mapped[str | None]
    file_name: Mapped[str]
    proposed_by: Mapped[uuid.UUID | None]
    proposed_login: Mapped[str]
    proposed_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    decided_by: Mapped[uuid.UUID | None]
    decided_login: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    reopen: Mapped[list[str]] = mapped_column(default=list)
    held: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def label(self) -> str:
        """How clocks name this version."""
        return label_of(self.number)


class CalendarProgress(TenantRow, Base):
    """How far the job is that puts an approved version in force: of `total` running clocks, `counted`.

    Its id is the version's. The job writes it beside its own transaction, so that people see it before all is done.
    """

    __tablename__ = "calendar_progress"
    __table_args__ = (
        tenant_fk("id", "calendar_version"),
        CheckConstraint("counted >= 0 AND total >= 0", name="counted"),
    )

    counted: Mapped[int]
    total: Mapped[int]


def label_of(number: int) -> str:
    """How clocks name a version; 0 is what the files said when the tenant entered."""
    return f"{BASE_VERSION}+{number}" if number else BASE_VERSION


def number_of(label: str) -> int:
    """Read what `label_of` wrote."""
    return int(label.removeprefix(BASE_VERSION).removeprefix("+") or 0)

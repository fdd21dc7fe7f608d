"""Tenants are global; their seasons are the first of their rows."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, TenantRow, tenant_fk
from apella.tenancy.ids import TenantId


class Tenant(Base):
    """A region's ministry that joined; everything else about it stands in its files."""

    __tablename__ = "tenant"

    id: Mapped[TenantId] = mapped_column(primary_key=True, autoincrement=False)
    slug: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class Season(TenantRow, Base):
    """One year's period of exams in a tenant.

    `clock_offset` is what case time has ahead of machine time: zero and immovable in production, set when a demo
    season is made and then only growing. `timetable_shift_days` moved the demo season's real timetable. `opened_on` is
    the case date of its opening, which says the edition of the rules that it runs under; `rule_version` is the version
    that they had then. A case keeps the version that it was filed under.
    """

    __tablename__ = "season"
    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        UniqueConstraint("tenant_id", "code"),
    )

    code: Mapped[str]
    year: Mapped[int]
    period: Mapped[str]
    title: Mapped[str]
    opened_on: Mapped[date]
    rule_version: Mapped[str]
    demo: Mapped[bool]
    clock_offset: Mapped[timedelta] = mapped_column(default=timedelta(0))
    timetable_shift_days: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class SeasonDecision(TenantRow, Base):
    """A decision of the exam commission that a rule needs: electronic filing, remote hearing (federal:100.7)."""

    __tablename__ = "season_decision"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        UniqueConstraint("tenant_id", "season_id", "code"),
        CheckConstraint("act_number <> ''", name="act_number"),
    )

    season_id: Mapped[uuid.UUID]
    code: Mapped[str]
    act_number: Mapped[str]
    act_date: Mapped[date]
    teaching: Mapped[bool]


class Commission(TenantRow, Base):
    """The appeal commission of a season; its name is the tenant's text."""

    __tablename__ = "commission"
    __table_args__ = (tenant_fk("season_id", "season"), UniqueConstraint("tenant_id", "season_id", "code"))

    season_id: Mapped[uuid.UUID]
    code: Mapped[str]

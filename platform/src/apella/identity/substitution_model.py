"""Who acts in the place of an absent chair or secretary, and until when."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, tenant_fk
from apella.identity.roles import Role

SUBSTITUTED = (Role.CHAIR, Role.SECRETARY)
"""The roles that somebody else can perform for a time."""


class Substitution(TenantRow, Base):
    """An order by which `substitute_id` performs the role of `person_id`; days and times are case time.

    Both days belong to the period. `substitute_role` is the own role by which the substitute may act: without it the
    substitution gives nothing. A row is never deleted; `ended_at` and `ended_by` say that it was ended before its time.
    """

    __tablename__ = "substitution"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("substitute_id", "person"),
        tenant_fk("decided_by", "person"),
        tenant_fk("ended_by", "person"),
        CheckConstraint("role IN ('chair', 'secretary')", name="role"),
        CheckConstraint("last_day >= first_day", name="period"),
        CheckConstraint("substitute_id <> person_id", name="another"),
        CheckConstraint("act_number <> ''", name="act"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index("ix_substitution_substitute", "tenant_id", "substitute_id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "tenant_id", "season_id", "role", "last_day"),
    )

    season_id: Mapped[uuid.UUID]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    person_id: Mapped[uuid.UUID]
    substitute_id: Mapped[uuid.UUID]
    substitute_role: Mapped[Role] = mapped_column(EnumText(Role))
    first_day: Mapped[date]
    last_day: Mapped[date]
    act_number: Mapped[str]
    act_date: Mapped[date]
    reason: Mapped[str | None]
    decided_by: Mapped[uuid.UUID]
    appointed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]

"""The rule sets that cases were opened under, kept so that each can be made again whatever became of the files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, TenantRow


class RuleSet(TenantRow, Base):
    """One version of a tenant's rules. Times are machine time; nothing but `used_at` ever changes.

    `edition` is the day since which these rules are applied (None: from the beginning), `year` the exam year.
    `content` is `RegionRules.content`: json and not jsonb, because the order of keys is the order in which people see
    terms, subjects and forms. `used_at` is when a process last took the version up for a season or a new case.
    """

    __tablename__ = "rule_set"
    __table_args__ = (UniqueConstraint("tenant_id", "version"),)

    version: Mapped[str]
    edition: Mapped[date | None]
    year: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    plugin_version: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    used_at: Mapped[datetime] = mapped_column(server_default=sql.now())

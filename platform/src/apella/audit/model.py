"""The chain of each tenant. The database's trigger fills `seq`, `prev_hash` and `hash`; nothing is ever changed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, TenantRow


class AuditEvent(TenantRow, Base):
    """One event: ids, codes and salted hashes only, never personal data. `changes` is canonical JSON text."""

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("tenant_id", "seq"),
        Index(None, "tenant_id", "case_id", "seq"),
        Index(None, "tenant_id", "subject_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    case_at: Mapped[datetime | None]
    season_id: Mapped[uuid.UUID | None]
    actor_id: Mapped[uuid.UUID | None]
    actor_login: Mapped[str]
    role: Mapped[str | None]
    tag: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None]
    changes: Mapped[str]
    reason: Mapped[str | None]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditHead(TenantRow, Base):
    """The end of a tenant's chain; its `id` is the nil UUID. The trigger locks it, so that the chain cannot fork."""

    __tablename__ = "audit_head"

    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]

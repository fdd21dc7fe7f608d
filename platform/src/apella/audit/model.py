"""The chain of each tenant. The database's trigger fills `seq`, `prev_hash` and `hash`; nothing is ever changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
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


class AuditCheckpoint(TenantRow, Base):
    """A signed end of the chain; `signed` is the file that lies outside the database too, which alone is believed."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[int]
    first: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    at: Mapped[datetime]
    why: Mapped[str]
    signed: Mapped[str]


class AuditCheck(TenantRow, Base):
    """A nightly check of the whole chain, done in parts: how far it is, and what it found.

    Up to `seq` (whose hash is `hash`) and checkpoint `point` everything was looked at; `findings` are the first of
    `faults`, each with code, seq and text.
    """

    __tablename__ = "audit_check"
    __table_args__ = (Index(None, "tenant_id", "started_at"),)

    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    point: Mapped[int]
    faults: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class AuditView(TenantRow, Base):
    """Who looked at what lately, so that one session's looking again within an hour is one event (machine time)."""

    __tablename__ = "audit_view"
    __table_args__ = (
        UniqueConstraint("tenant_id", "viewer_id", "what", "subject_id"),
        Index(None, "tenant_id", "seen_at"),
    )

    viewer_id: Mapped[uuid.UUID]
    what: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    seen_at: Mapped[datetime]

"""Files that were stored: where, how large, with which hash. File names stand here only, never in keys."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class FileState(enum.StrEnum):
    """quarantine: not checked yet, never served; clean: checked; rejected: the check failed; erased: the bytes are
    gone, since the acts no longer ask to keep them."""

    QUARANTINE = "quarantine"
    CLEAN = "clean"
    REJECTED = "rejected"
    ERASED = "erased"


class StoredFile(TenantRow, Base):
    """A file in the object store; `sha256` is of the bytes as stored."""

    __tablename__ = "stored_file"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        one_of("state", FileState),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256"),
        Index(None, "tenant_id", "case_id"),
        Index("ix_stored_file_unchecked", "tenant_id", "created_at", postgresql_where=text("state = 'quarantine'")),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None]
    key: Mapped[str]
    kind: Mapped[str]
    file_name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes]
    state: Mapped[FileState] = mapped_column(EnumText(FileState))
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())
    checked_at: Mapped[datetime | None]

"""Documents of a case: made once, never overwritten; a correction makes the next version."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from apella.db.base import Base, TenantRow, tenant_fk


class Document(TenantRow, Base):
    """A form of a case. `file_id` is None while it is being made; `wanted_at` and `made_at` are case time."""

    __tablename__ = "document"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        tenant_fk("file_id", "stored_file"),
        UniqueConstraint("tenant_id", "case_id", "form", "version"),
        Index(None, "tenant_id", "case_id", "wanted_at"),
    )

    case_id: Mapped[uuid.UUID]
    form: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    wanted_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    file_id: Mapped[uuid.UUID | None]
    sha256: Mapped[bytes | None]

"""The appeal kit: asked for, received, item by item; and the papers that people attach to a case."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class KitState(enum.StrEnum):
    """requested: the data centre owes it; received: it is complete, or what is missing is waived with a reason."""

    REQUESTED = "requested"
    RECEIVED = "received"


class Kit(TenantRow, Base):
    """What a case is heard with (federal:101.1). Times are case time; `route` lists whose hands it goes through."""

    __tablename__ = "kit"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        one_of("state", KitState),
        UniqueConstraint("tenant_id", "case_id", "round"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    state: Mapped[KitState] = mapped_column(EnumText(KitState))
    requested_at: Mapped[datetime]
    requested_by: Mapped[uuid.UUID | None]
    received_at: Mapped[datetime | None]
    received_by: Mapped[uuid.UUID | None]
    route: Mapped[list[str]]


class KitItem(TenantRow, Base):
    """One thing of the kit's checklist; absent only with a reason (cross-checked works have no protocols)."""

    __tablename__ = "kit_item"
    __table_args__ = (
        tenant_fk("kit_id", "kit"),
        tenant_fk("file_id", "stored_file"),
        UniqueConstraint("tenant_id", "kit_id", "kind", "page"),
    )

    kit_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    page: Mapped[int]
    file_id: Mapped[uuid.UUID | None]
    absent_reason: Mapped[str | None]


class AttachmentKind(enum.StrEnum):
    """application: the signed application on paper; authority: what proves a representative's right.

    check: materials of the check of a violation (federal:99.9); other: what else belongs to the case.
    """

    APPLICATION = "application"
    AUTHORITY = "authority"
    CHECK = "check"
    OTHER = "other"


class Attachment(TenantRow, Base):
    """A file that somebody sent for a case, from the moment it was announced.

    Whether it was checked, and may be shown, says the state of its file. `refusal` is the sentence that its sender is
    told about a rejected file; it holds nothing of the file's own. `announced_at` is case time, `sent_at` machine time.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("case_id", "appeal"),
        tenant_fk("file_id", "stored_file"),
        tenant_fk("sender_id", "person"),
        one_of("kind", AttachmentKind),
        UniqueConstraint("tenant_id", "file_id"),
        Index(None, "tenant_id", "case_id"),
        Index(None, "tenant_id", "sender_id"),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    file_id: Mapped[uuid.UUID]
    sender_id: Mapped[uuid.UUID]
    kind: Mapped[AttachmentKind] = mapped_column(EnumText(AttachmentKind))
    announced_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    refusal: Mapped[str | None]

"""What people were told, and the embedded outbox that stands in for SMS and e-mail."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class NoticeChannel(enum.StrEnum):
    """The way a notice goes."""

    CABINET = "cabinet"
    SMS = "sms"
    EMAIL = "email"


class NoticeState(enum.StrEnum):
    """What became of a notice.

    planned: a job will send it; sent: the gateway took it; undeliverable: there is no address, or it was refused for
    good: a person must act; overtaken: what it tells of changed before it went out, and another notice tells of that.
    """

    PLANNED = "planned"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"
    OVERTAKEN = "overtaken"


class Notice(TenantRow, Base):
    """One message about one event of a case to one person by one way. Times are case time."""

    __tablename__ = "notice"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        tenant_fk("person_id", "person"),
        one_of("channel", NoticeChannel),
        one_of("state", NoticeState),
        UniqueConstraint("tenant_id", "case_id", "event", "occasion", "person_id", "channel"),
        Index(None, "tenant_id", "person_id", "planned_at"),
    )

    case_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    event: Mapped[str]
    occasion: Mapped[str]
    channel: Mapped[NoticeChannel] = mapped_column(EnumText(NoticeChannel))
    state: Mapped[NoticeState] = mapped_column(EnumText(NoticeState))
    text: Mapped[str]
    planned_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class OutboxMessage(TenantRow, Base):
    """A message that the embedded gateways took instead of a telephone or a mailbox; text and address are encrypted."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("case_id", "appeal"),
        one_of("channel", NoticeChannel),
        UniqueConstraint("tenant_id", "dedup_key"),
        Index(None, "tenant_id", "season_id", "created_at"),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None]
    channel: Mapped[NoticeChannel] = mapped_column(EnumText(NoticeChannel))
    dedup_key: Mapped[str]
    address_cipher: Mapped[bytes]
    text_cipher: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

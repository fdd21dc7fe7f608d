"""The way of a decision after the commission: data centre, federal centre, exam commission."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class PacketState(enum.StrEnum):
    """handed_over: the data centre owes the entry; entered: it stands in the regional system; dispatched: it went on
    to the federal centre; recalculated: changed results came back; approved: the exam commission approved."""

    HANDED_OVER = "handed_over"
    ENTERED = "entered"
    DISPATCHED = "dispatched"
    RECALCULATED = "recalculated"
    APPROVED = "approved"


class Packet(TenantRow, Base):
    """The protocol of a case with its documents on their way (federal:102.4). Times are case time."""

    __tablename__ = "packet"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        one_of("state", PacketState),
        UniqueConstraint("tenant_id", "case_id", "round"),
        Index(None, "tenant_id", "state", "handed_over_at"),
        CheckConstraint("octet_length(manifest_sha256) = 32", name="manifest_sha256"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    state: Mapped[PacketState] = mapped_column(EnumText(PacketState))
    manifest_sha256: Mapped[bytes]
    handed_over_at: Mapped[datetime]
    handed_over_by: Mapped[uuid.UUID | None]
    entered_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    recalculated_at: Mapped[datetime | None]
    result_id: Mapped[uuid.UUID | None]


class Approval(TenantRow, Base):
    """The exam commission's approval of a changed result, or its act on a satisfied procedure appeal."""

    __tablename__ = "approval"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        UniqueConstraint("tenant_id", "case_id", "round"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    act_number: Mapped[str]
    act_date: Mapped[date]
    approved_at: Mapped[datetime]
    approved_by: Mapped[uuid.UUID]

"""When, where and how a case is heard."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from apella.appeals.model import HearingMode, ProxyIssuer
from apella.appeals.states import Attendance
from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk


class HearingState(enum.StrEnum):
    """planned: told or being told; open: under way; held; replaced: another time was set."""

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    REPLACED = "replaced"


class Hearing(TenantRow, Base):
    """One hearing of one case; a new time makes a new row. Times are case time.

    `consultation_at` is set where the region explains before the hearing; `site_code` names a site of the tenant.
    `proxy_issuer` is who gave the power of attorney of a representative who came; `representation_id` is which recorded
    representative, a parent or a proxy, acts there for the appellant (None: nobody, or somebody who is not recorded).
    `queue_number` is the place in the order of a session that stands for all; those who share it come at one time.
    """

    __tablename__ = "hearing"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("case_id", "appeal"),
        tenant_fk("sitting_id", "sitting"),
        tenant_fk("representation_id", "representation"),
        one_of("mode", HearingMode),
        one_of("state", HearingState),
        one_of("attendance", Attendance),
        one_of("proxy_issuer", ProxyIssuer),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("queue_number >= 1", name="queue_number"),
        Index(None, "tenant_id", "case_id", "starts_at"),
        Index(None, "tenant_id", "season_id", "starts_at"),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    sitting_id: Mapped[uuid.UUID | None]
    state: Mapped[HearingState] = mapped_column(EnumText(HearingState))
    mode: Mapped[HearingMode] = mapped_column(EnumText(HearingMode))
    site_code: Mapped[str | None]
    place: Mapped[str]
    consultation_at: Mapped[datetime | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    queue_number: Mapped[int | None]
    announced_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    attendance: Mapped[Attendance | None] = mapped_column(EnumText(Attendance))
    proxy_issuer: Mapped[ProxyIssuer | None] = mapped_column(EnumText(ProxyIssuer))
    representation_id: Mapped[uuid.UUID | None]
    identity_checked: Mapped[bool] = mapped_column(default=False)
    materials_confirmed: Mapped[bool | None]

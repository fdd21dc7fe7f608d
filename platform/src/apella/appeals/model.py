"""Cases, their moves, the journal's counters, requests that may be repeated, withdrawals on their way."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.appeals.states import Action, AppealKind, Attendance, Outcome, State
from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.identity.model import Category
from apella.identity.roles import Role


class HearingMode(enum.StrEnum):
    """How the appellant takes part, if at all."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    IN_ABSENCE = "in_absence"


class Appeal(TenantRow, Base):
    """A case. Times are case time (UTC) but `created_at`.

    `version` grows with every change and guards against acting on an old page. `commission_id`, `person_id`,
    `season_id` and `rule_version` stand from the first day. `accepted_at` is when a school, authority or exam
    commission's member took it in; `registered_at` is the receipt by the commission (E2 in the list of readings).
    """

    __tablename__ = "appeal"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("commission_id", "commission"),
        tenant_fk("person_id", "person"),
        tenant_fk("exam_id", "exam"),
        tenant_fk("work_id", "work"),
        tenant_fk("filed_by", "person"),
        one_of("kind", AppealKind),
        one_of("category", Category),
        one_of("state", State),
        one_of("returns_to", State),
        one_of("outcome", Outcome),
        one_of("attendance", Attendance),
        one_of("hearing_mode", HearingMode),
        one_of("filer_role", Role),
        UniqueConstraint("tenant_id", "season_id", "receipt_number"),
        UniqueConstraint("tenant_id", "season_id", "kind", "journal_seq"),
        Index(
            "uq_appeal_one_open",
            "tenant_id",
            "person_id",
            "exam_id",
            "kind",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        CheckConstraint("kind <> 'score' OR work_id IS NOT NULL", name="work"),
        CheckConstraint("state <> 'closed' OR (outcome IS NOT NULL AND closed_at IS NOT NULL)", name="closed"),
        Index(None, "tenant_id", "season_id", "filed_at", "id"),
        Index(None, "tenant_id", "season_id", "state", "filed_at", "id"),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "expert_person_id"),
        Index(None, "tenant_id", "accepted_organisation_id", "filed_at", "id"),
        Index(None, "tenant_id", "season_id", "journal_number"),
    )

    season_id: Mapped[uuid.UUID]
    commission_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    exam_id: Mapped[uuid.UUID]
    work_id: Mapped[uuid.UUID | None]
    rule_version: Mapped[str]
    kind: Mapped[AppealKind] = mapped_column(EnumText(AppealKind))
    category: Mapped[Category] = mapped_column(EnumText(Category))
    channel: Mapped[str]
    state: Mapped[State] = mapped_column(EnumText(State))
    returns_to: Mapped[State | None] = mapped_column(EnumText(State))
    round: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    receipt_number: Mapped[str]
    journal_seq: Mapped[int | None]
    journal_number: Mapped[str | None]
    filed_by: Mapped[uuid.UUID]
    filer_role: Mapped[Role] = mapped_column(EnumText(Role))
    filed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[uuid.UUID | None]
    accepted_organisation_id: Mapped[uuid.UUID | None]
    registered_at: Mapped[datetime | None]
    filed_late: Mapped[bool] = mapped_column(default=False)
    admitted_late_reason: Mapped[str | None]
    attends_participant: Mapped[bool]
    attends_parent: Mapped[bool]
    attends_proxy: Mapped[bool]
    hearing_mode: Mapped[HearingMode] = mapped_column(EnumText(HearingMode))
    forms_confirmed: Mapped[bool | None]
    disputed: Mapped[list[str]]
    statement: Mapped[str | None]
    check_conclusion: Mapped[str | None]
    contact_phone_cipher: Mapped[bytes | None]
    contact_email_cipher: Mapped[bytes | None]
    expert_person_id: Mapped[uuid.UUID | None]
    withdrawal_accepted_at: Mapped[datetime | None]
    attendance: Mapped[Attendance | None] = mapped_column(EnumText(Attendance))
    outcome: Mapped[Outcome | None] = mapped_column(EnumText(Outcome))
    close_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class AppealTransition(TenantRow, Base):
    """One move of a case, in order; never changed. `due_at` is the limit that the move had to keep."""

    __tablename__ = "appeal_transition"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        one_of("action", Action),
        one_of("from_state", State),
        one_of("to_state", State),
        UniqueConstraint("tenant_id", "case_id", "seq"),
    )

    case_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    action: Mapped[Action] = mapped_column(EnumText(Action))
    from_state: Mapped[State | None] = mapped_column(EnumText(State))
    to_state: Mapped[State] = mapped_column(EnumText(State))
    actor_id: Mapped[uuid.UUID | None]
    actor_login: Mapped[str]
    role: Mapped[str | None]
    reason: Mapped[str | None]
    act: Mapped[str | None]
    due_at: Mapped[datetime | None]
    case_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(server_default=sql.now())


class NumberSeries(enum.StrEnum):
    """What is counted in a season: receipts, and the journal of each kind of appeal."""

    RECEIPT = "receipt"
    SCORE = "score"
    PROCEDURE = "procedure"


class NumberCounter(TenantRow, Base):
    """The last number of a series: its row is locked late in the work, so that journals have no gaps."""

    __tablename__ = "number_counter"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        one_of("series", NumberSeries),
        UniqueConstraint("tenant_id", "season_id", "series"),
    )

    season_id: Mapped[uuid.UUID]
    series: Mapped[NumberSeries] = mapped_column(EnumText(NumberSeries))
    last: Mapped[int]


class RequestKey(TenantRow, Base):
    """An answered request with an `Idempotency-Key`: the same key and body get the same answer again."""

    __tablename__ = "request_key"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id", "key"), Index(None, "tenant_id", "created_at"))

    person_id: Mapped[uuid.UUID]
    key: Mapped[str]
    body_sha256: Mapped[bytes]
    status: Mapped[int]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

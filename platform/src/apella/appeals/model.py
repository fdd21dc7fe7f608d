"""Cases, their moves, the journal's counters, requests that may be repeated, withdrawals on their way."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.appeals.states import Action, AppealKind, Attendance, Outcome, State, SuspensionReason, consideration_term
from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.identity.model import Category
from apella.identity.roles import Role


class HearingMode(enum.StrEnum):
    """How the appellant takes part, if at all."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    IN_ABSENCE = "in_absence"


class Applicant(enum.StrEnum):
    """Whose will an application states."""

    PARTICIPANT = "participant"
    PARENT = "parent"


class ProxyIssuer(enum.StrEnum):
    """Who gave a representative the power of attorney."""

    APPELLANT = "appellant"
    PARENT = "parent"


class Appeal(TenantRow, Base):
    """A case. Times are case time (UTC) but `created_at`.

    `version` grows with every change and guards against acting on an old page. `commission_id`, `person_id`,
    `season_id` and `rule_version` stand from the first day. `accepted_at` is when a school, authority or exam
    commission's member took it in; `registered_at` is the receipt by the commission (E2 in the list of readings);
    `reopened_at` when it came back for the present round. `suspended_for` says why a suspended case stands still.
    `certified_at`, `certified_by`, `certified_as` and `certified_copies` say when, who and by which role signed how
    many copies of a paper, where the door wants it.
    `rechecked_on` is the day from which its filing window ran where that was a re-check's (federal:100.3), else None.
    `via_organisation_id` is the municipal authority that a paper came to on its way; `outside_number` the number that
    an outside portal gave; `withdrawal_application_date` and `withdrawal_application_by` are those of the paper by
    which a door took in a withdrawal; `proxy_issuer` is who gave the power of attorney, where a representative is to
    come; `wished_site_code` the remote site that the applicant asked for.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("commission_id", "commission"),
        tenant_fk("person_id", "person"),
        tenant_fk("exam_id", "exam"),
        tenant_fk("work_id", "work"),
        tenant_fk("filed_by", "person"),
        tenant_fk("certified_by", "person"),
        # No case without a record of the rules that it was opened under.
        ForeignKeyConstraint(["tenant_id", "rule_version"], ["rule_set.tenant_id", "rule_set.version"]),
        one_of("kind", AppealKind),
        one_of("category", Category),
        one_of("state", State),
        one_of("returns_to", State),
        one_of("suspended_for", SuspensionReason),
        one_of("outcome", Outcome),
        one_of("attendance", Attendance),
        one_of("hearing_mode", HearingMode),
        one_of("proxy_issuer", ProxyIssuer),
        one_of("filer_role", Role),
        one_of("certified_as", Role),
        one_of("withdrawal_application_by", Applicant),
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
        Index(
            "uq_appeal_outside_number",
            "tenant_id",
            "season_id",
            "channel",
            "outside_number",
            unique=True,
            postgresql_where=text("outside_number IS NOT NULL"),
        ),
        CheckConstraint("kind <> 'score' OR work_id IS NOT NULL", name="work"),
        CheckConstraint("state <> 'closed' OR (outcome IS NOT NULL AND closed_at IS NOT NULL)", name="closed"),
        Index(None, "tenant_id", "season_id", "filed_at", "id"),
        Index(None, "tenant_id", "season_id", "state", "filed_at", "id"),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "expert_person_id"),
        Index(None, "tenant_id", "accepted_organisation_id", "filed_at", "id"),
        Index(
            "ix_appeal_via_organisation",
            "tenant_id",
            "via_organisation_id",
            "filed_at",
            "id",
            postgresql_where=text("via_organisation_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "season_id", "journal_number"),
    )

    season_id: Mapped[uuid.UUID]
    commission_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    exam_id: Mapped[uuid.UUID]
    work_id: Mapped[uuid.UUID | None]
    rechecked_on: Mapped[date | None]
    rule_version: Mapped[str]
    kind: Mapped[AppealKind] = mapped_column(EnumText(AppealKind))
    category: Mapped[Category] = mapped_column(EnumText(Category))
    channel: Mapped[str]
    state: Mapped[State] = mapped_column(EnumText(State))
    returns_to: Mapped[State | None] = mapped_column(EnumText(State))
    suspended_for: Mapped[SuspensionReason | None] = mapped_column(EnumText(SuspensionReason))
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
    certified_at: Mapped[datetime | None]
    certified_by: Mapped[uuid.UUID | None]
    certified_as: Mapped[Role | None] = mapped_column(EnumText(Role))
    certified_copies: Mapped[int | None]
    via_organisation_id: Mapped[uuid.UUID | None]
    outside_number: Mapped[str | None]
    registered_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    filed_late: Mapped[bool] = mapped_column(default=False)
    filed_after_regional_limit: Mapped[bool] = mapped_column(default=False)
    admitted_late_reason: Mapped[str | None]
    attends_participant: Mapped[bool]
    attends_parent: Mapped[bool]
    attends_proxy: Mapped[bool]
    proxy_issuer: Mapped[ProxyIssuer | None] = mapped_column(EnumText(ProxyIssuer))
    hearing_mode: Mapped[HearingMode] = mapped_column(EnumText(HearingMode))
    wished_site_code: Mapped[str | None]
    forms_confirmed: Mapped[bool | None]
    disputed: Mapped[list[str]]
    statement: Mapped[str | None]
    check_conclusion: Mapped[str | None]
    contact_phone_cipher: Mapped[bytes | None]
    contact_email_cipher: Mapped[bytes | None]
    expert_person_id: Mapped[uuid.UUID | None]
    withdrawal_accepted_at: Mapped[datetime | None]
    withdrawal_application_date: Mapped[date | None]
    withdrawal_application_by: Mapped[Applicant | None] = mapped_column(EnumText(Applicant))
    attendance: Mapped[Attendance | None] = mapped_column(EnumText(Attendance))
    outcome: Mapped[Outcome | None] = mapped_column(EnumText(Outcome))
    close_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())

    @property
    def received_at(self) -> datetime | None:
        """When the commission got the case for its present round: its receipt, or its return (case time)."""
        return self.reopened_at or self.registered_at

    @property
    def consideration_term(self) -> str:
        """The id of the term by which this round must be decided."""
        return consideration_term(self.kind, self.round)


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


class Suspension(TenantRow, Base):
    """One time that a case stood still: why, by whose act, until when. Times are case time.

    `from_state` is where it was; `documents_requested`: the federal centre waits for papers, given at `answered_at`.
    The act of its end says by what it ended; `outside_told`: who reported the matter knows what was found.
    """

    __tablename__ = "suspension"
    __table_args__ = (
        tenant_fk("case_id", "appeal"),
        one_of("reason", SuspensionReason),
        one_of("from_state", State),
        Index("uq_suspension_open", "tenant_id", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(None, "tenant_id", "case_id", "began_at"),
    )

    case_id: Mapped[uuid.UUID]
    round: Mapped[int]
    reason: Mapped[SuspensionReason] = mapped_column(EnumText(SuspensionReason))
    from_state: Mapped[State] = mapped_column(EnumText(State))
    act_number: Mapped[str]
    act_date: Mapped[date]
    documents_requested: Mapped[bool]
    began_at: Mapped[datetime]
    began_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    end_act_number: Mapped[str | None]
    end_act_date: Mapped[date | None]
    outside_told: Mapped[bool] = mapped_column(default=False)


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

"""Accounts and sessions are global; people, memberships, codes and keys belong to a tenant."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Final

from sqlalchemy import ARRAY, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.db.ids import new_id
from apella.identity.roles import Role


class PersonKind(enum.StrEnum):
    """Whom a person row is about."""

    PARTICIPANT = "participant"
    REPRESENTATIVE = "representative"
    STAFF = "staff"
    PROGRAM = "program"


ERASED: Final = "erased-"
"""The beginning of the login of a person whose personal data were erased; the row's own id follows."""


class Category(enum.StrEnum):
    """Which participant: it decides where a score appeal may be filed (federal:100.4, federal:100.5)."""

    STUDENT = "student"
    EXTERN = "extern"
    EARLIER_GRADUATE = "earlier_graduate"


class Account(Base):
    """A sign-in identity: issuer and subject, kept for ever."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("iss", "sub"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    iss: Mapped[str]
    sub: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql.now())


class AccountTenant(Base):
    """Which tenants an account may open; it says nothing about roles."""

    __tablename__ = "account_tenant"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)


class SignInSession(Base):
    """A server-side session; times are machine time.

    `tenants` are the slugs that it opens: those that the provider confirmed at sign-in and the account may open.
    `loa` is the level of assurance that was reached, `loa_offered` the highest that the provider offers.
    `refresh_cipher` is what the provider is asked with whether it still knows the person, last at `checked_at`.
    `principal_id` is the participant whom a representative of several has chosen to act for.
    """

    __tablename__ = "session"
    __table_args__ = (Index(None, "account_id"), Index(None, "sid"), Index(None, "expires_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    sid: Mapped[str | None]
    tenants: Mapped[list[str]] = mapped_column(ARRAY(Text))
    loa: Mapped[int]
    loa_offered: Mapped[int]
    auth_time: Mapped[datetime]
    refresh_cipher: Mapped[bytes | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    principal_id: Mapped[uuid.UUID | None]


class Person(TenantRow, Base):
    """A person of one season. Names are plain (sorted, searched); document, phone and e-mail are encrypted.

    `login` is the registration code of a participant, the sign-in name of staff; `sort_key` is made by
    `apella.identity.people.sort_key`.
    """

    __tablename__ = "person"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        one_of("kind", PersonKind),
        one_of("category", Category),
        UniqueConstraint("tenant_id", "season_id", "login"),
        UniqueConstraint("tenant_id", "season_id", "document_index"),
        Index(None, "tenant_id", "season_id", "sort_key"),
        Index(None, "tenant_id", "season_id", "phone_index"),
    )

    season_id: Mapped[uuid.UUID]
    kind: Mapped[PersonKind] = mapped_column(EnumText(PersonKind))
    category: Mapped[Category | None] = mapped_column(EnumText(Category))
    login: Mapped[str]
    surname: Mapped[str]
    given_name: Mapped[str]
    patronymic: Mapped[str | None]
    sort_key: Mapped[str]
    organisation_id: Mapped[uuid.UUID | None]
    document_cipher: Mapped[bytes | None]
    document_index: Mapped[bytes | None]
    phone_cipher: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    email_cipher: Mapped[bytes | None]
    email_index: Mapped[bytes | None]

    @property
    def recorded_as(self) -> str:
        """What stands for the person where nothing is ever erased: the sign-in name of staff, of others their kind."""
        return self.login if self.kind in (PersonKind.STAFF, PersonKind.PROGRAM) else str(self.kind)

    @property
    def erased(self) -> bool:
        """Whether the personal data were erased: the row stays, and says nothing of whose it was."""
        return self.login == f"{ERASED}{self.id}"


class Membership(TenantRow, Base):
    """A role of a person in a season: the authority for who may do what. The period is case time, inclusive."""

    __tablename__ = "membership"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        ForeignKeyConstraint(["account_id"], ["account.id"]),
        one_of("role", Role),
        Index(
            "uq_membership_live",
            "tenant_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(None, "tenant_id", "account_id"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    account_id: Mapped[uuid.UUID]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    commission_id: Mapped[uuid.UUID | None]
    organisation_id: Mapped[uuid.UUID | None]
    exam_point_code: Mapped[str | None]
    subject_code: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    revoked_at: Mapped[datetime | None]


class SmsCode(TenantRow, Base):
    """A one-time code for a participant's sign-in; times are machine time.

    `claim_index` is the keyed hash of what the asker is known by (`apella.identity.claims`). `person_id` is None when
    nobody matched: the asker cannot tell. `code_cipher` is wiped once the message has gone.
    """

    __tablename__ = "sms_code"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        Index(None, "tenant_id", "claim_index", "created_at"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID | None]
    claim_index: Mapped[bytes]
    code_hash: Mapped[bytes]
    code_cipher: Mapped[bytes | None]
    phone_cipher: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class UsedLoginCode(TenantRow, Base):
    """A sign-in code of the embedded issuer that was used once; kept until it would have expired anyway."""

    __tablename__ = "used_login_code"
    __table_args__ = (UniqueConstraint("tenant_id", "code_id"),)

    code_id: Mapped[str]
    expires_at: Mapped[datetime]


class DataKey(TenantRow, Base):
    """A random data key wrapped by the master key: one for a season's registry, one for each case that needs one.

    `made_at` is machine time: until every process knows a new key, the one before it is not destroyed.
    """

    __tablename__ = "data_key"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        Index(
            "uq_data_key_season",
            "tenant_id",
            "season_id",
            "key_version",
            unique=True,
            postgresql_where=text("case_id IS NULL"),
        ),
        Index(
            "uq_data_key_case",
            "tenant_id",
            "case_id",
            "key_version",
            unique=True,
            postgresql_where=text("case_id IS NOT NULL"),
        ),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None]
    key_version: Mapped[int]
    wrapped: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(server_default=sql.now())

"""Who acts for a participant: a parent by law, a proxy by a power of attorney."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.identity.mandate import Mandate
from apella.identity.roles import Role


class RepresentationKind(enum.StrEnum):
    """By what right somebody acts for a participant; the value is the role that it gives."""

    PARENT = "parent"
    PROXY = "proxy"

    @property
    def role(self) -> Role:
        """The role that it gives."""
        return Role(self.value)


class Representation(TenantRow, Base):
    """A link between a participant and a representative; days and times are case time, both days included.

    `paper_cipher` is kind and number of the paper that proves it. Of a power of attorney alone: `given_on`, who gave it
    (`issuer`, and `given_by`, the person), the region's `form_code`, `subject_code` and `year` where it names them
    (NULL: any), `powers`. A row is never deleted; `ended_at`, `ended_by` and `end_reason` say that it was ended.
    One that ended because personal data were erased, which is nobody's deed here, names the participant in `ended_by`.
    """

    __tablename__ = "representation"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("participant_id", "person"),
        tenant_fk("representative_id", "person"),
        tenant_fk("given_by", "person"),
        tenant_fk("linked_by", "person"),
        tenant_fk("ended_by", "person"),
        one_of("kind", RepresentationKind),
        CheckConstraint("participant_id <> representative_id", name="another"),
        CheckConstraint("issuer IN ('appellant', 'parent')", name="issuer"),
        CheckConstraint(
            "(kind = 'proxy') = (given_on IS NOT NULL AND issuer IS NOT NULL AND given_by IS NOT NULL)", name="attorney"
        ),
        CheckConstraint("valid_until >= valid_from", name="period"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)", name="ended"
        ),
        Index(
            "uq_representation_parent",
            "tenant_id",
            "participant_id",
            "representative_id",
            unique=True,
            postgresql_where=text("kind = 'parent' AND ended_at IS NULL"),
        ),
        Index(
            "ix_representation_representative",
            "tenant_id",
            "representative_id",
            "kind",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "tenant_id", "participant_id"),
    )

    season_id: Mapped[uuid.UUID]
    participant_id: Mapped[uuid.UUID]
    representative_id: Mapped[uuid.UUID]
    kind: Mapped[RepresentationKind] = mapped_column(EnumText(RepresentationKind))
    paper_cipher: Mapped[bytes | None]
    given_on: Mapped[date | None]
    issuer: Mapped[str | None]
    given_by: Mapped[uuid.UUID | None]
    form_code: Mapped[str | None]
    subject_code: Mapped[str | None]
    year: Mapped[int | None]
    powers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    notarised: Mapped[bool]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    linked_by: Mapped[uuid.UUID]
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    end_reason: Mapped[str | None]

    @property
    def mandate(self) -> Mandate:
        """What it lets the representative do, whether or not it is in force."""
        return Mandate(
            representation_id=self.id,
            participant_id=self.participant_id,
            role=self.kind.role,
            powers=frozenset(self.powers),
            subject_code=self.subject_code,
            year=self.year,
        )

    def in_force_on(self, day: date) -> bool:
        """Whether it is neither ended nor out of its term on this day of the tenant, in case time."""
        return (
            self.ended_at is None and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
        )

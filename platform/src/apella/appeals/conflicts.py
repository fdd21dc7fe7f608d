"""Conflict of interest: who has one in a case does nothing in it and, by most rules, does not see it."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, Index, Select, and_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from apella.db.base import Base, EnumText, TenantRow, one_of, tenant_fk
from apella.errors import Forbidden
from apella.identity.actor import Actor
from apella.identity.model import Person

LEAST_GROUND: Final = 10
"""How many characters a ground has at least."""


class ConflictSource(enum.StrEnum):
    """declared: by the person; allocated: by the commission's secretary or chair for another."""

    DECLARED = "declared"
    ALLOCATED = "allocated"


class ConflictReading(enum.StrEnum):
    """Whether a person with a conflict may still read the case; it is the tenant's rule (commission.toml)."""

    CLOSED = "closed"
    OPEN = "open"


class Excluded(Forbidden):
    """A person with a conflict of interest asks for the case, or acts in it. Nothing was shown or done."""

    code = "conflict.excluded"

    def __init__(self) -> None:
        super().__init__(
            "По этому делу записан ваш конфликт интересов: вы в нём не участвуете. Если это ошибка, обратитесь к "
            "председателю комиссии."
        )


class ConflictOfInterest(TenantRow, Base):
    """One person's conflict of interest in one case. Times are case time; a row is lifted, never removed.

    `ground` is what was written of it: evidence of the case, for the chair and the secretary alone. `reading` is the
    rule of the case's own rule version at that time.
    """

    __tablename__ = "conflict_of_interest"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("case_id", "appeal"),
        tenant_fk("person_id", "person"),
        one_of("source", ConflictSource),
        one_of("reading", ConflictReading),
        CheckConstraint(f"length(ground) >= {LEAST_GROUND}", name="ground"),
        CheckConstraint("(source = 'declared') = (declared_by = person_id)", name="whose"),
        CheckConstraint("num_nulls(lifted_at, lifted_by, lift_reason) IN (0, 3)", name="lifted"),
        Index(
            "uq_conflict_of_interest_standing",
            "tenant_id",
            "person_id",
            "case_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index(None, "tenant_id", "case_id"),
    )

    season_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    source: Mapped[ConflictSource] = mapped_column(EnumText(ConflictSource))
    ground: Mapped[str]
    reading: Mapped[ConflictReading] = mapped_column(EnumText(ConflictReading))
    declared_by: Mapped[uuid.UUID]
    declared_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[uuid.UUID | None]
    lift_reason: Mapped[str | None]


def barred_cases(actor: Actor) -> Select[uuid.UUID]:
    """The cases in which this actor may do nothing."""
    return select(ConflictOfInterest.case_id).where(
        ConflictOfInterest.person_id == actor.person_id, ConflictOfInterest.lifted_at.is_(None)
    )


def closed_cases(actor: Actor) -> Select[uuid.UUID]:
    """The cases that this actor may not even read."""
    return barred_cases(actor).where(ConflictOfInterest.reading == ConflictReading.CLOSED)


def is_barred(session: Session, actor: Actor, case_id: uuid.UUID, *, reading: bool) -> bool:
    """Whether a conflict keeps this actor from the case: from reading it, or from acting in it."""
    cases = closed_cases(actor) if reading else barred_cases(actor)
    return session.scalar(cases.where(ConflictOfInterest.case_id == case_id)) is not None


def people_out_of(session: Session, case_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Those who have a conflict of interest in the case now."""
    return frozenset(
        session.scalars(
            select(ConflictOfInterest.person_id).where(
                ConflictOfInterest.case_id == case_id, ConflictOfInterest.lifted_at.is_(None)
            )
        )
    )


def conflicts_of(session: Session, case_id: uuid.UUID) -> list[tuple[ConflictOfInterest, Person]]:
    """Every conflict of a case with whose it is, those that stand first, then the newest."""
    rows = session.execute(
        select(ConflictOfInterest, Person)
        .join(Person, and_(Person.tenant_id == ConflictOfInterest.tenant_id, Person.id == ConflictOfInterest.person_id))
        .where(ConflictOfInterest.case_id == case_id)
        .order_by(ConflictOfInterest.lifted_at.is_not(None), ConflictOfInterest.declared_at.desc())
    )
    return [(conflict, person) for conflict, person in rows]

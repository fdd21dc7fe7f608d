"""Reading substitutions with the names of those concerned, and who may be named in an order."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from apella.errors import NotFound
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.identity.substitution_model import Substitution

MOST = 500
"""How many substitutions a list shows; a season has a few."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A substitution with the people of its order; `ended_by` is None where nobody ended it before its time.

    `eligible`: the substitute still has the own role by which they may act.
    """

    row: Substitution
    person: Person
    substitute: Person
    decided_by: Person
    ended_by: Person | None
    eligible: bool

    def in_force_on(self, day: date) -> bool:
        """Whether the substitute has the role on this day, the one that the list was read for."""
        return self.eligible and self.row.ended_at is None and self.row.first_day <= day <= self.row.last_day


def live_on(day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a membership in force on this day."""
    return (
        Membership.revoked_at.is_(None),
        or_(Membership.valid_from.is_(None), Membership.valid_from <= day),
        or_(Membership.valid_until.is_(None), Membership.valid_until >= day),
    )


def substitutions(
    session: Session, season_id: uuid.UUID, *, day: date, only: uuid.UUID | None = None
) -> Sequence[Named]:
    """The season's substitutions as they stand on `day`, the latest period first; `only` gives that one."""
    own_role = select(Membership.id).where(
        Membership.tenant_id == Substitution.tenant_id,
        Membership.person_id == Substitution.substitute_id,
        Membership.role == Substitution.substitute_role,
        *live_on(day),
    )
    person, substitute, decided_by, ended_by = (aliased(Person) for _ in range(4))
    query = (
        select(Substitution, person, substitute, decided_by, ended_by, exists(own_role))
        .join(person, and_(person.tenant_id == Substitution.tenant_id, person.id == Substitution.person_id))
        .join(
            substitute,
            and_(substitute.tenant_id == Substitution.tenant_id, substitute.id == Substitution.substitute_id),
        )
        .join(
            decided_by, and_(decided_by.tenant_id == Substitution.tenant_id, decided_by.id == Substitution.decided_by)
        )
        .join(
            ended_by,
            and_(ended_by.tenant_id == Substitution.tenant_id, ended_by.id == Substitution.ended_by),
            isouter=True,
        )
        .where(Substitution.season_id == season_id)
        .order_by(Substitution.first_day.desc(), Substitution.id.desc())
        .limit(MOST)
    )
    if only is not None:
        query = query.where(Substitution.id == only)
    return [
        Named(row=row, person=of, substitute=by, decided_by=decider, ended_by=ender, eligible=eligible)
        for row, of, by, decider, ender, eligible in session.execute(query)
    ]


def substitution_of(session: Session, season_id: uuid.UUID, substitution_id: uuid.UUID, *, day: date) -> Named:
    """One substitution of the season. Raises NotFound."""
    found = substitutions(session, season_id, day=day, only=substitution_id)
    if not found:
        raise NotFound("Такого замещения нет.", code="substitution.unknown")
    return found[0]


def holders(session: Session, season_id: uuid.UUID, roles: Collection[Role]) -> Sequence[tuple[Role, Person]]:
    """Who has one of these roles in the season, by name."""
    rows = session.execute(
        select(Membership.role, Person)
        .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
        .where(Membership.season_id == season_id, Membership.role.in_(roles), Membership.revoked_at.is_(None))
        .order_by(Person.sort_key, Person.id)
    )
    return [(Role(role), person) for role, person in rows]

"""What members of the commission say of their own interests before they take part in it (federal:98.1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Index, and_, select
from sqlalchemy.orm import Mapped, Session, aliased

from apella.appeals.desk import Desk
from apella.audit.trail import record
from apella.db.base import Base, TenantRow, tenant_fk
from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound, RuleViolation
from apella.identity.model import Membership, Person
from apella.identity.permissions import require
from apella.identity.roles import Role


class InterestStatement(TenantRow, Base):
    """One person's word for a season; a later one takes its place, none is changed. `recorded_at` is case time.

    `free`: there is no conflict of interest that keeps the person out of the commission. `stated_on` is the day of the
    word, or of the paper that `recorded_by` entered for the person.
    """

    __tablename__ = "interest_statement"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("recorded_by", "person"),
        Index(None, "tenant_id", "person_id", "recorded_at"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    free: Mapped[bool]
    stated_on: Mapped[date]
    recorded_by: Mapped[uuid.UUID]
    recorded_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Somebody in the commission, with the roles in it and the word that is in force; None where none was given."""

    person: Person
    roles: tuple[Role, ...]
    statement: InterestStatement | None

    @property
    def may_sit(self) -> bool:
        """Whether nothing that the person said, or has yet to say, keeps them from taking part."""
        return self.statement is not None and self.statement.free


def composition(desk: Desk) -> Sequence[Seat]:
    """The commission of the season by name, with each one's word, in one query."""
    said = aliased(InterestStatement)
    newest = (
        select(said.id)
        .where(said.tenant_id == Person.tenant_id, said.person_id == Person.id)
        .order_by(said.recorded_at.desc(), said.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    rows = desk.session.execute(
        select(Person, Membership.role, InterestStatement)
        .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
        .join(
            InterestStatement,
            and_(InterestStatement.tenant_id == Person.tenant_id, InterestStatement.id == newest),
            isouter=True,
        )
        .where(
            Membership.season_id == desk.actor.season_id,
            Membership.role.in_(desk.rules.commission.composition.roles),
            Membership.revoked_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id, Membership.role)
    ).all()
    seats: dict[uuid.UUID, Seat] = {}
    for person, role, statement in rows:
        earlier = seats[person.id].roles if person.id in seats else ()
        seats[person.id] = Seat(person=person, roles=(*earlier, Role(role)), statement=statement)
    return list(seats.values())


def state(desk: Desk, *, person_id: uuid.UUID | None, free: bool, stated_on: date | None) -> InterestStatement:
    """Record what a member says: the actor of oneself, or the secretary of another by a paper of that day.

    Raises Conflict where this tenant asks for no such word or the same one stands, NotFound for somebody who is not in
    the commission, Malformed for a day that is yet to come.
    """
    subject = person_id or desk.actor.person_id
    own = subject == desk.actor.person_id
    role = require(desk.actor, "state_interests") if own else require(desk.actor, "record_interests")
    if subject is None or desk.actor.person_id is None:
        raise RuntimeError("the system has no interests")
    if not desk.rules.commission.composition.statement:
        raise Conflict("В этом регионе такое заявление не подают.", code="statement.not_asked")
    seat = next((one for one in composition(desk) if one.person.id == subject), None)
    if seat is None:
        raise NotFound("В составе комиссии такого человека нет.", code="statement.person")
    today = desk.now.astimezone(desk.rules.zone).date()
    day = stated_on or today
    if day > today:
        raise Malformed(
            "Этот день ещё не наступил.", code="statement.day", fields={"stated_on": "Укажите день заявления"}
        )
    if seat.statement is not None and seat.statement.free == free:
        raise Conflict("Такое заявление этого человека уже записано.", code="statement.standing")
    made = InterestStatement(
        id=new_id(),
        season_id=desk.actor.season_id,
        person_id=subject,
        free=free,
        stated_on=day,
        recorded_by=desk.actor.person_id,
        recorded_at=desk.now,
    )
    desk.session.add(made)
    record(
        desk.session,
        actor=desk.actor,
        tag="commission:interests:stated",
        subject_type="person",
        subject_id=subject,
        case_at=desk.now,
        role=role,
        after={"interests": "none" if free else "conflict", "stated_on": day.isoformat()},
    )
    return made


def require_statement(desk: Desk) -> None:
    """Let nobody take part who has not said that no interest keeps them out, where the tenant's rules ask for it.

    Raises RuleViolation (`statement.missing`, `statement.conflict`).
    """
    rule = desk.rules.commission.composition
    if not rule.statement:
        return
    free = desk.session.scalar(
        select(InterestStatement.free)
        .where(InterestStatement.season_id == desk.actor.season_id, InterestStatement.person_id == desk.actor.person_id)
        .order_by(InterestStatement.recorded_at.desc(), InterestStatement.id.desc())
        .limit(1)
    )
    if free is None:
        raise RuleViolation(
            "Вы ещё не заявили, что у вас нет конфликта интересов. Сделайте это на странице «Состав комиссии» или "
            "передайте заявление секретарю.",
            code="statement.missing",
            clauses=rule.clauses,
        )
    if not free:
        raise RuleViolation(
            "Вы заявили о конфликте интересов, поэтому в работе комиссии не участвуете. Если его больше нет, заявите "
            "об этом на странице «Состав комиссии».",
            code="statement.conflict",
            clauses=rule.clauses,
        )


def state_for_all(session: Session, *, season_id: uuid.UUID, roles: Sequence[Role], on: date, at: datetime) -> None:
    """Say for everybody of a made-up season's commission who has said nothing yet that there is no conflict."""
    people = session.scalars(
        select(Membership.person_id)
        .where(
            Membership.season_id == season_id,
            Membership.role.in_(roles),
            Membership.revoked_at.is_(None),
            Membership.person_id.not_in(select(InterestStatement.person_id)),
        )
        .distinct()
    )
    session.add_all(
        InterestStatement(
            season_id=season_id, person_id=person, free=True, stated_on=on, recorded_by=person, recorded_at=at
        )
        for person in people.all()
    )
    session.flush()

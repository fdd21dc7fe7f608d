"""People who act for an absent chair or secretary, and who somebody is at the door at this moment."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from apella.identity import substitution
from apella.identity.actor import Actor
from apella.identity.actors import admit
from apella.identity.model import Membership
from apella.identity.roles import Role
from apella.identity.substitution import Order
from apella.identity.substitution_model import Substitution
from apella.testing.play import Play, Who


class Substitutes:
    """The orders of a season; `deputy` is its deputy chair, hired when nobody is named."""

    def __init__(self, play: Play, *, deputy: Actor | None = None) -> None:
        self.play = play
        self.deputy = deputy or play.hire(Role.DEPUTY_CHAIR, commission_id=play.world.commission_id)

    def today(self, **later: int) -> date:
        """The season's day, or one some days later."""
        return self.play.now().astimezone(self.play.world.rules.zone).date() + timedelta(**later)

    def order(self, role: Role = Role.CHAIR, **wishes: Any) -> Order:
        """An order of today for today and tomorrow: the deputy for the chair, the first member for the secretary."""
        usual: Mapping[Role, tuple[Who, Who]] = {
            Role.CHAIR: ("chair", self.deputy),
            Role.SECRETARY: ("secretary", "member-1"),
        }
        absent, substitute = usual.get(role, ("chair", self.deputy))
        given = {
            "person_id": self.id_of(absent),
            "substitute_id": self.id_of(substitute),
            "first_day": self.today(),
            "last_day": self.today(days=1),
            "act_number": "уч-12",
            "act_date": self.today(),
        }
        return Order(role=role, **{**given, **wishes})

    def id_of(self, who: Who) -> uuid.UUID:
        """The person's id."""
        found = self.play.actor(who).person_id
        if found is None:
            raise LookupError("the system is nobody")
        return found

    def appoint(self, order: Order | None = None, *, who: Who = "chair") -> Substitution:
        """Appoint by an order, by default the chair's own of today for the deputy."""
        wanted = order or self.order()
        return self.play.do(
            who,
            lambda desk: substitution.appoint(
                desk.session,
                wanted,
                actor=desk.actor,
                rules=desk.rules.commission.substitution,
                zone=desk.rules.zone,
                now=desk.now,
            ),
        )

    def end(self, substitution_id: uuid.UUID, *, who: Who = "chair") -> Substitution:
        """End it before its time."""
        return self.play.do(
            who,
            lambda desk: substitution.end(
                desk.session, substitution_id, actor=desk.actor, zone=desk.rules.zone, now=desk.now
            ),
        )

    def admitted(self, who: Who, *, principal_id: uuid.UUID | None = None) -> Actor:
        """Who this person is at the door now: with the roles that the memberships and the orders give.

        `principal_id` is the participant whom they chose to stand for. Raises LookupError.
        """
        person, world = self.id_of(who), self.play.world
        with self.play.app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
            account_id = work.session.scalars(
                select(Membership.account_id).where(Membership.person_id == person).limit(1)
            ).one()
            found = admit(
                work,
                tenant_id=world.rules.tenant.tenant_id,
                slug=world.rules.slug,
                zone=world.rules.zone,
                account_id=account_id,
                principal_id=principal_id,
            )
        if found is None:
            raise LookupError("nobody is let in")
        return found.actor

    def dismiss(self, who: Who, role: Role) -> None:
        """Take a role away from somebody."""
        gone = update(Membership).where(Membership.person_id == self.id_of(who), Membership.role == role)
        self.play.read(lambda session: session.execute(gone.values(revoked_at=self.play.now())))

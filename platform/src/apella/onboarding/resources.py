"""The API of substitutions: who acts for an absent chair or secretary."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from apella.appeals.desk import Desk
from apella.identity import substitution
from apella.identity.model import Person
from apella.identity.permissions import require
from apella.identity.substitution import Order
from apella.identity.substitution_model import Substitution
from apella.identity.substitution_reading import Named, substitution_of, substitutions
from apella.onboarding.schemas import OrderSchema, SubstitutionSchema
from apella.web.api import blueprint
from apella.web.requests import desk, require_fresh

api = blueprint("substitutions", __name__, "Substitution: who acts for an absent chair or secretary")


@api.route("/substitutions")
@api.response(200, SubstitutionSchema(many=True))
def show(tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """Every substitution of the season, the latest period first."""
    at = desk()
    require(at.actor, "appoint_substitute")
    return [_document(at, one) for one in substitutions(at.session, at.actor.season_id, day=_today(at))]


@api.route("/substitutions", methods=["POST"])
@api.arguments(OrderSchema)
@api.response(201, SubstitutionSchema)
def appoint(body: dict[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Appoint who performs a role, by an order; needs a fresh sign-in."""
    at = desk()
    require(at.actor, "appoint_substitute")
    require_fresh()
    made = substitution.appoint(
        at.session,
        Order(**body),
        actor=at.actor,
        rules=at.rules.commission.substitution,
        zone=at.rules.zone,
        now=at.now,
    )
    return _answer(at, made)


@api.route("/substitutions/<uuid:substitution_id>/end", methods=["POST"])
@api.response(200, SubstitutionSchema)
def end(tenant: str, substitution_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """End a substitution before its time; needs a fresh sign-in."""
    at = desk()
    require(at.actor, "end_substitute")
    require_fresh()
    ended = substitution.end(at.session, substitution_id, actor=at.actor, zone=at.rules.zone, now=at.now)
    return _answer(at, ended)


def _answer(at: Desk, row: Substitution) -> dict[str, Any]:
    return _document(at, substitution_of(at.session, at.actor.season_id, row.id, day=_today(at)))


def _today(at: Desk) -> date:
    return at.now.astimezone(at.rules.zone).date()


def _document(at: Desk, found: Named) -> dict[str, Any]:
    row = found.row
    plain = (
        "id", "role", "substitute_role", "first_day", "last_day", "act_number", "act_date", "reason", "appointed_at",
        "ended_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "person": _officer(found.person),
        "substitute": _officer(found.substitute),
        "decided_by": _officer(found.decided_by),
        "ended_by": None if found.ended_by is None else _officer(found.ended_by),
        "in_force": found.in_force_on(_today(at)),
    }


def _officer(person: Person) -> dict[str, Any]:
    name = " ".join(part for part in (person.surname, person.given_name, person.patronymic) if part)
    return {"id": person.id, "login": person.login, "name": name}

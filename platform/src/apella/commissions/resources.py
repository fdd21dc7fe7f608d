"""The API of the commission's composition: who is in it, and what each has said of the own interests."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from apella.appeals.schemas import Strict
from apella.commissions import statements
from apella.commissions.statements import InterestStatement, Seat
from apella.identity.permissions import require
from apella.identity.roles import Role
from apella.web.api import blueprint
from apella.web.requests import desk

api = blueprint("commission", __name__, "The commission: its composition, statements of interests")


class OwnStatementSchema(Strict):
    """`free`: no conflict of interest keeps the caller out of the commission."""

    free = fields.Boolean(required=True, truthy={True}, falsy={False})


class PaperStatementSchema(OwnStatementSchema):
    """The same of another member, whose paper bears this day."""

    stated_on = fields.Date(required=True)


class StatementSchema(ma.Schema):
    """A member's word on the own interests; `recorded_at` is case time."""

    person_id = fields.UUID(required=True)
    free = fields.Boolean(required=True)
    stated_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)


class SeatSchema(ma.Schema):
    """Somebody in the commission; `may_sit` is null where this tenant asks for no statement."""

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    may_sit = fields.Boolean(required=True, allow_none=True)
    statement = fields.Nested(StatementSchema, required=True, allow_none=True)


@api.route("/commission")
@api.response(200, SeatSchema(many=True))
def show(tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The composition of the commission in this season, by name."""
    at = desk()
    require(at.actor, "see_commission")
    asked = at.rules.commission.composition.statement
    return [_document(seat, asked=asked) for seat in statements.composition(at)]


@api.route("/commission/statements", methods=["POST"])
@api.arguments(OwnStatementSchema)
@api.response(201, StatementSchema)
def state(body: dict[str, Any], tenant: str) -> InterestStatement:  # noqa: ARG001 the address names the tenant
    """Say of oneself whether a conflict of interest keeps one out of the commission."""
    return statements.state(desk(), person_id=None, free=body["free"], stated_on=None)


@api.route("/commission/members/<uuid:person_id>/statements", methods=["POST"])
@api.arguments(PaperStatementSchema)
@api.response(201, StatementSchema)
def enter(body: dict[str, Any], tenant: str, person_id: uuid.UUID) -> InterestStatement:  # noqa: ARG001 the same
    """Enter another member's paper on a conflict of interest."""
    at = desk()
    require(at.actor, "record_interests")
    return statements.state(at, person_id=person_id, **body)


def _document(seat: Seat, *, asked: bool) -> dict[str, Any]:
    person = seat.person
    return {
        "person_id": person.id,
        "name": " ".join(part for part in (person.surname, person.given_name, person.patronymic) if part),
        "roles": seat.roles,
        "may_sit": seat.may_sit if asked else None,
        "statement": seat.statement,
    }

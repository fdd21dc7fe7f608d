"""The API of emergency access: one case, for reading, for half an hour."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, fields

from apella.appeals import emergency
from apella.appeals.emergency import LONGEST_REASON, NUMBER_LENGTH, glasses
from apella.appeals.schemas import Strict, text
from apella.identity.break_glass import BreakGlass
from apella.identity.permissions import require
from apella.web.api import blueprint
from apella.web.requests import desk, require_fresh

api = blueprint("emergency", __name__, "Emergency access to one case")
MOST = 200


class NewGlassSchema(Strict):
    """Which case, by its number in the journal or on the receipt, and what has happened."""

    number = text(NUMBER_LENGTH, required=True)
    reason = text(LONGEST_REASON, required=True)


class GlassSchema(Schema):
    """An emergency access; times are machine time. It lives until `expires_at`, or `closed_at` if that is set."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


@api.route("/break-glass")
@api.response(200, GlassSchema(many=True))
def listed(tenant: str) -> list[BreakGlass]:  # noqa: ARG001 the address names the tenant
    """Emergency access of the season, the newest first: the chair sees all of it, others their own."""
    return [glass.row for glass in glasses(desk(), limit=MOST)]


@api.route("/break-glass", methods=["POST"])
@api.arguments(NewGlassSchema)
@api.response(201, GlassSchema)
def open_(body: dict[str, Any], tenant: str) -> BreakGlass:  # noqa: ARG001 the same
    """Open a case for reading for 30 minutes; the chair is told at once."""
    at = desk()
    require(at.actor, "break_glass")
    require_fresh()
    return emergency.break_glass(at, number=body["number"], reason=body["reason"])


@api.route("/break-glass/<uuid:glass_id>/close", methods=["POST"])
@api.response(200, GlassSchema)
def close(tenant: str, glass_id: uuid.UUID) -> BreakGlass:  # noqa: ARG001 the same
    """End an emergency access before its time."""
    return emergency.close_glass(desk(), glass_id=glass_id)

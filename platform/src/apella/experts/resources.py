"""The API of conflicts of interest: saying that there is one, reading who is out of a case, lifting it."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, fields

from apella.appeals.conflicts import ConflictOfInterest, ConflictReading, ConflictSource, conflicts_of
from apella.appeals.looks import record_look
from apella.appeals.repository import case_or_refusal
from apella.appeals.schemas import VersionSchema, text
from apella.experts import conflicts
from apella.identity.permissions import require
from apella.web.api import blueprint
from apella.web.requests import desk

api = blueprint("conflicts", __name__, "Conflicts of interest: who is out of which case")
LONGEST = 2000


class NewConflictSchema(VersionSchema):
    """What the conflict consists in; `person_id` names another person, without it the caller speaks of oneself."""

    ground = text(LONGEST, required=True)
    person_id = fields.UUID(load_default=None, allow_none=True)


class LiftSchema(VersionSchema):
    """Why there is no conflict of interest after all."""

    reason = text(LONGEST, required=True)


class ConflictSchema(Schema):
    """A conflict of interest; `reading` says whether the person may still read the case."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    source = fields.Enum(ConflictSource, by_value=True, required=True)
    reading = fields.Enum(ConflictReading, by_value=True, required=True)
    ground = fields.String(required=True)
    declared_at = fields.AwareDateTime(required=True)
    lifted_at = fields.AwareDateTime(required=True, allow_none=True)
    lift_reason = fields.String(required=True, allow_none=True)


@api.route("/appeals/<uuid:case_id>/conflicts")
@api.response(200, ConflictSchema(many=True))
def of_case(tenant: str, case_id: uuid.UUID) -> list[ConflictOfInterest]:  # noqa: ARG001 the address names the tenant
    """Who is out of a case and why, for the chair and the secretary."""
    at = desk()
    require(at.actor, "allocate_conflict")
    appeal = case_or_refusal(at.session, at.actor, case_id)
    record_look(at, appeal.id)
    return [conflict for conflict, _ in conflicts_of(at.session, appeal.id)]


@api.route("/appeals/<uuid:case_id>/conflicts", methods=["POST"])
@api.arguments(NewConflictSchema)
@api.response(201, ConflictSchema)
def add(body: dict[str, Any], tenant: str, case_id: uuid.UUID) -> ConflictOfInterest:  # noqa: ARG001 the same
    """Say that the caller, or another person, has a conflict of interest in a case."""
    at, person_id = desk(), body["person_id"]
    if person_id is None:
        return conflicts.declare(at, case_id=case_id, version=body["version"], ground=body["ground"])
    return conflicts.allocate(at, case_id=case_id, version=body["version"], person_id=person_id, ground=body["ground"])


@api.route("/appeals/<uuid:case_id>/conflicts/<uuid:conflict_id>/lift", methods=["POST"])
@api.arguments(LiftSchema)
@api.response(200, ConflictSchema)
def lift(body: dict[str, Any], tenant: str, case_id: uuid.UUID, conflict_id: uuid.UUID) -> ConflictOfInterest:  # noqa: ARG001 the same
    """Lift a conflict of interest: the person takes part in the case again."""
    return conflicts.lift(
        desk(), case_id=case_id, version=body["version"], conflict_id=conflict_id, reason=body["reason"]
    )

"""The API of those who serve participants and representatives in person: a new phone, a code on paper."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from apella.appeals.desk import Desk
from apella.appeals.schemas import NO_NUL
from apella.errors import ApellaError
from apella.reception import service
from apella.reception.service import Visitor
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import app_of, desk, require_fresh

api = blueprint("reception_api", __name__, "Participants in person: a new phone, a code on paper")


class VisitorSearchSchema(Schema):
    """Whom to find: the registration code, or a representative's number."""

    participant = fields.String(required=True, validate=[validate.Length(min=1, max=64), NO_NUL])


class VisitorSchema(Schema):
    """A participant or a representative as staff may see them, document and phone masked. `code_until` is machine time.

    `represents` are the ids of the participants for whom a representative acts; a participant has none.
    """

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    represents = fields.List(fields.UUID(), required=True)
    document = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    code_id = fields.UUID(required=True, allow_none=True)
    code_until = fields.AwareDateTime(required=True, allow_none=True)


class NewPhoneSchema(Schema):
    """The new phone of somebody whose document was seen."""

    phone = fields.String(required=True, validate=validate.Length(max=64))


class BindingSchema(Schema):
    """A code is on its way to the new phone; it may be entered until `expires_at` (machine time)."""

    binding_id = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True)


class BindingCodeSchema(Schema):
    """The code that its owner read off the new phone."""

    code = fields.String(required=True, validate=validate.Length(max=32))


class BoundSchema(Schema):
    """The phone was changed: both masked, and how many of its owner's sessions ended."""

    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True)
    ended_sessions = fields.Integer(required=True)


class IssuedCodeSchema(Schema):
    """A code on paper; its text is given here and never again. `expires_at` is machine time."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


@api.post("/participants/search")
@api.arguments(VisitorSearchSchema)
@api.response(200, VisitorSchema)
def search(body: Mapping[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Find a participant, or a representative, whom this member of staff serves. Changes nothing.

    A representative is served by whoever serves all whom they represent (else 403 `reception.shared_representative`).
    """
    at = desk()
    return _seen(at, service.visitor_by_code(at, "bind_phone", " ".join(body["participant"].split())))


@api.post("/participants/<uuid:person_id>/phone-bindings")
@api.arguments(NewPhoneSchema)
@api.response(201, BindingSchema)
@api.alt_response(429, response=PROBLEM)
def ask(body: Mapping[str, Any], tenant: str, person_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 as above
    """Send a code to the new phone of somebody whose document was seen; nothing changes yet.

    At most three codes in ten minutes (429 with Retry-After).
    """
    at = desk()
    visitor = service.visitor_by_id(at, "bind_phone", person_id)
    require_fresh()
    asked = service.ask_to_bind(at, visitor, phone=body["phone"])
    return {"binding_id": asked.id, "expires_at": asked.expires_at}


@api.post("/participants/<uuid:person_id>/phone-bindings/<uuid:binding_id>/code")
@api.arguments(BindingCodeSchema)
@api.response(200, BoundSchema)
@api.alt_response(429, response=PROBLEM)
def bind(body: Mapping[str, Any], tenant: str, person_id: uuid.UUID, binding_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 as above
    """Enter the code from the new phone: it becomes the phone on record.

    Its owner's sessions end, and the old phone is told. A code works once, for five minutes and five tries (422
    with `phone.code_wrong` or `phone.code_over`).
    """
    at = desk()
    visitor = service.visitor_by_id(at, "bind_phone", person_id)
    require_fresh()
    bound = service.bind_phone(
        at,
        visitor,
        database=app_of().database,
        binding_id=binding_id,
        code=body["code"],
    )
    if isinstance(bound, ApellaError):
        raise bound
    return {"before": bound.before, "after": bound.after, "ended_sessions": bound.ended_sessions}


@api.post("/participants/<uuid:person_id>/school-codes")
@api.response(201, IssuedCodeSchema)
def issue(tenant: str, person_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Issue a code on paper to somebody whose document was seen, where participants sign in so (else 409).

    An earlier code of the same person ends.
    """
    at = desk()
    visitor = service.visitor_by_id(at, "issue_school_code", person_id)
    require_fresh()
    issued = service.issue_code(at, visitor)
    return {"id": issued.id, "code": issued.code, "expires_at": issued.expires_at}


@api.post("/participants/<uuid:person_id>/school-codes/<uuid:code_id>/revoke")
@api.response(200, VisitorSchema)
def revoke(tenant: str, person_id: uuid.UUID, code_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 as above
    """End a code on paper that nobody has used (409 for one that has ended)."""
    at = desk()
    visitor = service.visitor_by_id(at, "issue_school_code", person_id)
    require_fresh()
    service.revoke_code(at, visitor, code_id)
    return _seen(at, visitor)


def _seen(at: Desk, visitor: Visitor) -> dict[str, Any]:
    seen = service.shown(at, visitor)
    return {
        "id": visitor.person.id,
        "name": seen.name,
        "represents": [one.id for one in visitor.represents],
        "document": seen.document,
        "phone": seen.phone,
        "code_id": seen.code_id,
        "code_until": seen.code_until,
    }

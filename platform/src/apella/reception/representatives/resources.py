"""The API of those who link participants with parents and proxies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from apella.errors import Malformed
from apella.identity.attorney import STATED, PowerOfAttorney
from apella.identity.model import Person
from apella.identity.representation import MOST_REASON, Newcomer, representations_of, whole_name
from apella.identity.representation_model import Representation, RepresentationKind
from apella.reception.representatives import service as representing
from apella.reception.service import visitor_by_id
from apella.regions.codes import PowerCode
from apella.web.api import blueprint
from apella.web.requests import desk, require_fresh

api = blueprint("representatives_api", __name__, "Parents and proxies of a participant")

_LONGEST = 500


_FIELDS = validate.OneOf(list(STATED))


def _text(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=_LONGEST), **more)


class AttorneySchema(Schema):
    """A power of attorney as staff read it; see the region's rules for what it must state.

    `principal` and `attorney` are what a form of the region states of the two people; they are compared, not kept.
    """

    number = _text(required=True)
    given_on = fields.Date(required=True)
    issuer = _text(required=True)
    given_by = fields.UUID(allow_none=True)
    form_code = _text(allow_none=True)
    subject_code = _text(allow_none=True)
    year = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=2000, max=2200))
    powers = fields.List(fields.Enum(PowerCode, by_value=True), load_default=list)
    notarised = fields.Boolean(load_default=False)
    valid_until = fields.Date(allow_none=True)
    place = _text(load_default="")
    signed = fields.Boolean(load_default=False)
    principal = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(STATED))), values=_text(), load_default=dict
    )
    attorney = fields.Dict(keys=fields.String(validate=_FIELDS), values=_text(), load_default=dict)
    child = _text(load_default="")


class NewRepresentativeSchema(Schema):
    """Who acts for the participant: a parent with `proof`, or a proxy with `attorney`."""

    kind = fields.Enum(RepresentationKind, by_value=True, required=True)
    surname = _text(required=True)
    given_name = _text(required=True)
    patronymic = _text(allow_none=True)
    document = _text(required=True)
    phone = _text(required=True)
    proof = _text(load_default="")
    attorney = fields.Nested(AttorneySchema)


class RepresentativeSchema(Schema):
    """A link; `number` is what the representative signs in with, where participants sign in by one."""

    id = fields.UUID(required=True)
    kind = fields.Enum(RepresentationKind, by_value=True, required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    issuer = fields.String(required=True, allow_none=True)
    form_code = fields.String(required=True, allow_none=True)
    subject_code = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    powers = fields.List(fields.String(), required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class EndedRepresentationsSchema(Schema):
    """How many links ended: with a parent's, those of the proxies whom this parent had named."""

    ended = fields.Integer(required=True)


class EndRepresentationSchema(Schema):
    """Why a link is ended."""

    reason = fields.String(required=True, validate=validate.Length(max=MOST_REASON))


@api.route("/participants/<uuid:person_id>/representatives")
@api.response(200, RepresentativeSchema(many=True))
def of_participant(tenant: str, person_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """Everybody who acts for a participant, or did."""
    at = desk()
    visitor = visitor_by_id(at, "link_representative", person_id)
    return [_document(row, person) for row, person in representations_of(at.session, visitor.person.id)]


@api.post("/participants/<uuid:person_id>/representatives")
@api.arguments(NewRepresentativeSchema)
@api.response(201, RepresentativeSchema)
def link(body: Mapping[str, Any], tenant: str, person_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 as above
    """Link a participant with a parent or a proxy whose papers were seen."""
    at = desk()
    visitor = visitor_by_id(at, "link_representative", person_id)
    require_fresh()
    newcomer = Newcomer(
        surname=body["surname"],
        given_name=body["given_name"],
        patronymic=body.get("patronymic"),
        document=body["document"],
        phone=body["phone"],
    )
    if body["kind"] is RepresentationKind.PARENT:
        made = representing.link_parent(at, visitor, newcomer=newcomer, proof=body["proof"])
    else:
        stated = body.get("attorney")
        if stated is None:
            raise Malformed(
                "Представителю нужна доверенность.",
                code="representation.attorney",
                fields={"attorney": "Укажите сведения доверенности"},
            )
        paper = PowerOfAttorney(**{**stated, "powers": frozenset(stated["powers"])})
        made = representing.link_proxy(at, visitor, newcomer=newcomer, paper=paper)
    return _document(made, at.session.get_one(Person, (made.tenant_id, made.representative_id)))


@api.post("/participants/<uuid:person_id>/representatives/<uuid:representation_id>/end")
@api.arguments(EndRepresentationSchema)
@api.response(200, EndedRepresentationsSchema)
def end(body: Mapping[str, Any], tenant: str, person_id: uuid.UUID, representation_id: uuid.UUID) -> dict[str, int]:  # noqa: ARG001 as above
    """End a link at once (409 for one that has ended)."""
    at = desk()
    visitor = visitor_by_id(at, "link_representative", person_id)
    require_fresh()
    return {"ended": representing.end(at, visitor, representation_id=representation_id, reason=body["reason"])}


def _document(row: Representation, person: Person) -> dict[str, Any]:
    names = (
        "id", "kind", "issuer", "form_code", "subject_code", "year", "powers", "valid_from", "valid_until", "ended_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "name": whole_name(person),
        "number": person.login,
    }

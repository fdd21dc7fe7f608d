"""Sign-in of participants for programs: the same steps as on the pages, and the same session cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import jsonify, make_response, request
from werkzeug.wrappers import Response

from apella.errors import ApellaError
from apella.identity.claims import ApplicationClaim, Claim, DocumentClaim
from apella.identity.pages.base import put_session
from apella.identity.people import normal_document
from apella.identity.proof import Proof
from apella.identity.sessions import ABSOLUTE, NewSession
from apella.identity.sign_in import require_scheme, sign_in_by_code, sign_in_by_school_code
from apella.identity.sms_codes import request_code
from apella.regions.codes import SignInScheme
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import app_of, rules, unit_of_work

api = blueprint("sign_in_api", __name__, "Sign-in of participants by the tenant's scheme")

_LONGEST_TICKET = 2048
_MOST_PARTS = 64


class ProofSchema(ma.Schema):
    """The answer to a `challenge` (428): its ticket, and for each part the number that was found.

    Part `i` is solved by a number whose SHA-256 of `<salt>:<i>:<number>` begins with `bits` zero bits. Without answers
    the ticket is good after `wait_seconds`.
    """

    ticket = ma.fields.String(required=True, validate=ma.validate.Length(max=_LONGEST_TICKET))
    answers = ma.fields.List(
        ma.fields.Integer(strict=True, validate=ma.validate.Range(min=0, max=10**15)),
        validate=ma.validate.Length(max=_MOST_PARTS),
    )


class CodeRequestSchema(ma.Schema):
    """Whose code is asked for: as given at the registration for the exam."""

    document = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    phone = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    proof = ma.fields.Nested(ProofSchema)


class ApplicationCodeRequestSchema(ma.Schema):
    """Whose code is asked for: surname and the number of the application, which is the registration code."""

    surname = ma.fields.String(required=True, validate=ma.validate.Length(max=200))
    application = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    proof = ma.fields.Nested(ProofSchema)


class CodeRequestedSchema(ma.Schema):
    """The request; the answer is the same when nobody is registered so. `expires_at` is machine time."""

    request_id = ma.fields.UUID(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class CodeSchema(ma.Schema):
    """The code from the message, at its request."""

    request_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, validate=ma.validate.Length(max=32))


class SchoolCodeSchema(ma.Schema):
    """A document's number and the code on paper that was issued for it."""

    document = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    code = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    proof = ma.fields.Nested(ProofSchema)


class SessionSchema(ma.Schema):
    """The session that the cookie `apella_session` opens; it ends earlier after half an hour without use."""

    expires_at = ma.fields.AwareDateTime(required=True)


class SchemeSchema(ma.Schema):
    """How participants of this tenant sign in."""

    participants = ma.fields.Enum(SignInScheme, by_value=True, required=True)


@api.route("/sign-in")
@api.doc(security=[])
@api.response(200, SchemeSchema)
def scheme(tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Which way in participants of this tenant have: the other ones answer 409 with `sign_in.scheme`."""
    return {"participants": rules().tenant.sign_in.participants}


@api.post("/sign-in/code-requests")
@api.doc(security=[])
@api.arguments(CodeRequestSchema)
@api.response(201, CodeRequestedSchema)
@api.alt_response(428, response=PROBLEM)
@api.alt_response(429, response=PROBLEM)
def ask_code(body: dict[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Ask for a one-time code by SMS, where participants sign in by document and phone.

    The code goes to the phone on record, if document and phone are those of one participant. At most three requests in
    ten minutes (429 with Retry-After). From an address that asks very often 428 comes with a `challenge`: send the same
    body again with `proof`.
    """
    require_scheme(rules().tenant.sign_in.participants, SignInScheme.DOCUMENT_SMS)
    return _ask(DocumentClaim.read(document=body["document"], phone=body["phone"]), body)


@api.post("/sign-in/application-code-requests")
@api.doc(security=[])
@api.arguments(ApplicationCodeRequestSchema)
@api.response(201, CodeRequestedSchema)
@api.alt_response(428, response=PROBLEM)
@api.alt_response(429, response=PROBLEM)
def ask_code_for_application(body: dict[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 as above
    """Ask for a one-time code by SMS, where participants sign in by surname and number of the application.

    The code goes to the phone on record. Limits and `proof` are those of `code-requests`.
    """
    require_scheme(rules().tenant.sign_in.participants, SignInScheme.APPLICATION_SMS)
    return _ask(ApplicationClaim.read(surname=body["surname"], application=body["application"]), body)


@api.post("/sign-in/codes")
@api.doc(security=[])
@api.arguments(CodeSchema)
@api.response(200, SessionSchema)
@api.alt_response(429, response=PROBLEM)
def enter_code(body: dict[str, Any], tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Enter the code and get the session cookie.

    A code works once, for five minutes and five tries (422 with `sign_in.code_wrong` or `sign_in.code_over`).
    """
    region = rules()
    # Not the request's own transaction: the try that a refusal counts stays when the answer is 422.
    with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
        begun = sign_in_by_code(
            work,
            tenant_id=region.tenant.tenant_id,
            slug=region.slug,
            zone=region.zone,
            vaults=app_of().vaults,
            request_id=body["request_id"],
            code=body["code"],
        )
        expires_at = work.machine_now + ABSOLUTE
    return _session(begun, expires_at.isoformat())


@api.post("/sign-in/school-codes")
@api.doc(security=[])
@api.arguments(SchoolCodeSchema)
@api.response(200, SessionSchema)
@api.alt_response(428, response=PROBLEM)
@api.alt_response(429, response=PROBLEM)
def enter_school_code(body: dict[str, Any], tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Enter a code on paper and get the session cookie, where participants sign in so.

    A code works once and for five tries; every refusal reads the same (422 with `sign_in.school_code_wrong`), after ten
    in an hour 429 with Retry-After. `proof` is that of `code-requests`.
    """
    region = rules()
    require_scheme(region.tenant.sign_in.participants, SignInScheme.SCHOOL_CODE)
    normal_document(body["document"])
    _pass_gate(body)
    with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
        begun = sign_in_by_school_code(
            work,
            tenant_id=region.tenant.tenant_id,
            slug=region.slug,
            zone=region.zone,
            vaults=app_of().vaults,
            document=body["document"],
            code=body["code"],
        )
        expires_at = work.machine_now + ABSOLUTE
    return _session(begun, expires_at.isoformat())


def _ask(claim: Claim, body: Mapping[str, Any]) -> dict[str, Any]:
    _pass_gate(body)
    work = unit_of_work()
    asked = request_code(
        work.session,
        tenant_id=rules().tenant.tenant_id,
        vaults=app_of().vaults,
        claim=claim,
        machine_now=work.machine_now,
    )
    return {"request_id": asked.id, "expires_at": asked.expires_at}


def _pass_gate(body: Mapping[str, Any]) -> None:
    given = body.get("proof")
    region = rules()
    app_of().sign_in_gate.pass_by(
        tenant_id=region.tenant.tenant_id,
        slug=region.slug,
        address=request.remote_addr or "",
        proof=None if given is None else Proof(ticket=given["ticket"], answers=given.get("answers", [])),
    )


def _session(begun: NewSession | ApellaError, expires_at: str) -> Response:
    if isinstance(begun, ApellaError):
        raise begun
    return put_session(make_response(jsonify(expires_at=expires_at)), begun)

"""Sign-in of participants for programs: the same two steps as on the pages, and the same session cookie."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import jsonify, make_response
from werkzeug.wrappers import Response

from apella.errors import ApellaError
from apella.identity.pages import put_session
from apella.identity.sessions import ABSOLUTE
from apella.identity.sign_in import sign_in_by_code
from apella.identity.sms_codes import request_code
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import app_of, rules, unit_of_work

api = blueprint("sign_in_api", __name__, "Sign-in of participants by document and one-time code")


class CodeRequestSchema(ma.Schema):
    """Whose code is asked for: as given at the registration for the exam."""

    document = ma.fields.String(required=True, validate=ma.validate.Length(max=64))
    phone = ma.fields.String(required=True, validate=ma.validate.Length(max=64))


class CodeRequestedSchema(ma.Schema):
    """The request; the answer is the same when nobody is registered so. `expires_at` is machine time."""

    request_id = ma.fields.UUID(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class CodeSchema(ma.Schema):
    """The code from the message, at its request."""

    request_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, validate=ma.validate.Length(max=32))


class SessionSchema(ma.Schema):
    """The session that the cookie `apella_session` opens; it ends earlier after half an hour without use."""

    expires_at = ma.fields.AwareDateTime(required=True)


@api.post("/sign-in/code-requests")
@api.doc(security=[])
@api.arguments(CodeRequestSchema)
@api.response(201, CodeRequestedSchema)
@api.alt_response(429, response=PROBLEM)
def ask_code(body: dict[str, Any], tenant: str) -> dict[str, Any]:
    """Ask for a one-time code by SMS.

    The code goes to the phone on record, if document and phone are those of one participant. At most three requests in
    ten minutes (429 with Retry-After).
    """
    del tenant
    work = unit_of_work()
    asked = request_code(
        work.session,
        tenant_id=rules().tenant.tenant_id,
        vaults=app_of().vaults,
        document=body["document"],
        phone=body["phone"],
        machine_now=work.machine_now,
    )
    return {"request_id": asked.id, "expires_at": asked.expires_at}


@api.post("/sign-in/codes")
@api.doc(security=[])
@api.arguments(CodeSchema)
@api.response(200, SessionSchema)
@api.alt_response(429, response=PROBLEM)
def enter_code(body: dict[str, Any], tenant: str) -> Response:
    """Enter the code and get the session cookie.

    A code works once, for five minutes and five tries (422 with `sign_in.code_wrong` or `sign_in.code_over`).
    """
    del tenant
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
    if isinstance(begun, ApellaError):
        raise begun
    return put_session(make_response(jsonify(expires_at=expires_at.isoformat())), begun)

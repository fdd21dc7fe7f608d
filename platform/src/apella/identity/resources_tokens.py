"""The token endpoint of programs: client credentials as RFC 6749 section 4.4 says, refusals as its section 5.2."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_plus

import marshmallow as ma
from flask import Response, jsonify, request
from flask_smorest import Blueprint

from apella.identity.api_tokens import ClientRefusal, Refused, issue_token
from apella.web.api import PROBLEM
from apella.web.refusals import note_refused_sign_in
from apella.web.requests import app_of, rules

FORM: Final = "application/x-www-form-urlencoded"
CHALLENGE: Final = 'Basic realm="apella", charset="UTF-8"'

# What the grammar of RFC 6749 (appendix A) lets ids and secrets be made of.
_VISIBLE = re.compile(r"[\x20-\x7e]{1,200}")
_FIELDS: Final = ("grant_type", "scope", "client_id", "client_secret")

blueprint = Blueprint(
    "api_tokens", __name__, url_prefix="/api/v1/<tenant>", description="Access tokens of programs (OAuth 2.0)"
)


class TokenSchema(ma.Schema):
    """An access token; it goes into `Authorization: Bearer` and ends after `expires_in` seconds."""

    access_token = ma.fields.String(required=True)
    token_type = ma.fields.String(required=True, validate=ma.validate.OneOf(["Bearer"]))
    expires_in = ma.fields.Integer(required=True)


class TokenErrorSchema(ma.Schema):
    """A refusal of RFC 6749 section 5.2."""

    error = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]),
    )
    error_description = ma.fields.String(required=True)


@dataclass(kw_only=True)
class _Wrong(Exception):
    """A request that gets no token: the code of section 5.2, and a sentence in ASCII as it demands."""

    status: int
    error: str
    description: str
    headers: dict[str, str] = field(default_factory=dict)
    refused: Refused | None = None


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": TokenErrorSchema}}}


_BODY: Final = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": ["client_credentials"]},
                    "client_id": {"type": "string", "maxLength": 200},
                    "client_secret": {"type": "string", "maxLength": 200},
                },
            }
        }
    },
}


@blueprint.post("/token")  # type: ignore[untyped-decorator]  # flask-smorest has no types
@blueprint.doc(  # type: ignore[untyped-decorator]  # the same
    security=[],
    requestBody=_BODY,
    responses={
        "200": {
            "description": "The token",
            "headers": {"Cache-Control": {"schema": {"type": "string", "enum": ["no-store"]}}},
            "content": {"application/json": {"schema": TokenSchema}},
        },
        "400": _refusal("The request is not one of section 4.4"),
        "401": _refusal("Unknown client, wrong secret or a client that was disabled: all told the same"),
        "429": _refusal("Too many wrong secrets; see Retry-After"),
        **{str(status): {"$ref": f"#/components/responses/{PROBLEM}"} for status in (403, 404, 413, 503)},
    },
)
def issue(tenant: str) -> Response:
    """Get an access token for a program's id and secret.

    They come by HTTP Basic or in the form, never in both. Wrong secrets are counted; the right one never waits.
    """
    region = rules()
    try:
        client_id, secret = _credentials()
        # Not the request's own transaction: the try that a refusal counts stays when the answer is 401.
        with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
            given = issue_token(
                work, tenant_id=region.tenant.tenant_id, slug=tenant, client_id=client_id, secret=secret
            )
        if isinstance(given, Refused):
            raise _not_this_client(given)
    except _Wrong as wrong:
        if wrong.refused is not None:
            who = wrong.refused.person_id
            whose = {} if who is None else {"person_id": who}
            note_refused_sign_in(f"sign_in.program_{wrong.refused.why}", wrong.status, whose=whose)
        answer = jsonify(error=wrong.error, error_description=wrong.description)
        answer.status_code = wrong.status
        answer.headers.update(wrong.headers)
    else:
        answer = jsonify(access_token=given.token, token_type="Bearer", expires_in=given.seconds)  # noqa: S106 its kind
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Pragma"] = "no-cache"
    return answer


def _credentials() -> tuple[str, str]:
    """The id and the secret of a right request. Raises _Wrong."""
    if request.mimetype != FORM:
        raise _bad(f"the body must be {FORM}")
    if any(len(request.form.getlist(name)) > 1 for name in _FIELDS):
        raise _bad("a parameter is given more than once")
    grant = request.form.get("grant_type", "")
    if not grant:
        raise _bad("grant_type is missing")
    if grant != "client_credentials":
        raise _Wrong(status=400, error="unsupported_grant_type", description="only client_credentials is supported")
    if request.form.get("scope"):
        raise _Wrong(status=400, error="invalid_scope", description="scopes are not used: leave the parameter out")
    header = request.headers.get("Authorization")
    in_form = (request.form.get("client_id", ""), request.form.get("client_secret", ""))
    if header is not None and in_form[1]:
        raise _bad("the secret is given both by HTTP Basic and in the form")
    found = in_form if header is None else _basic(header)
    if header is not None and in_form[0] not in {"", found[0]}:
        raise _bad("client_id is another one than in HTTP Basic")
    if not all(_VISIBLE.fullmatch(part) for part in found):
        raise _not_this_client(Refused(why=ClientRefusal.WRONG))
    return found


def _basic(header: str) -> tuple[str, str]:
    """What HTTP Basic carries; both parts are form-encoded in it (section 2.3.1). Raises _Wrong."""
    scheme, _, text = header.partition(" ")
    try:
        client_id, colon, secret = base64.b64decode(text.strip(), validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise _not_this_client(Refused(why=ClientRefusal.WRONG)) from error
    if scheme.lower() != "basic" or not colon:
        raise _not_this_client(Refused(why=ClientRefusal.WRONG))
    return unquote_plus(client_id), unquote_plus(secret)


def _bad(description: str) -> _Wrong:
    return _Wrong(status=400, error="invalid_request", description=description)


def _not_this_client(refused: Refused) -> _Wrong:
    if refused.why is ClientRefusal.TOO_OFTEN:
        return _Wrong(
            status=429,
            error="invalid_client",
            description="too many wrong secrets: try again later",
            headers={"Retry-After": str(refused.retry_after)},
            refused=refused,
        )
    return _Wrong(
        status=401,
        error="invalid_client",
        description="unknown client, wrong secret or disabled client",
        headers={"WWW-Authenticate": CHALLENGE},
        refused=refused,
    )

"""The REST API's frame: OpenAPI 3.1, problem documents on every route, cursors of our own."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import marshmallow as ma
from flask import Flask, Request, Response
from flask_smorest import Api, Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from apella.errors import Malformed
from apella.web import errors


class ProblemSchema(ma.Schema):
    """A problem document (RFC 9457); `code` is stable, `title` a Russian sentence for people."""

    class Meta:
        """A refusal may name more: the state of a case, its new version, the count of a date."""

        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    # marshmallow's own attribute has this name, so the field is declared under another one.
    by_field = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), data_key="fields")
    clauses = ma.fields.List(ma.fields.String())
    incident = ma.fields.String()


PROBLEM = "PROBLEM"
"""The name of the response that every refusal has; a route that refuses in a way of its own adds it by this name."""

_READING = (401, 403, 404, 422, 503)
_CHANGING = (400, *_READING, 409, 413, 415)


class ApellaApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest with our errors instead of its own."""

    ERROR_SCHEMA = ProblemSchema
    # Each route says which statuses it refuses with: a default would promise nothing.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer as everything else answers."""
        return errors.answer_http(error)


class JsonBody(FlaskParser):
    """Reads bodies of requests; one of another kind than JSON is refused, not taken for an empty one."""

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Give the body's JSON.

        Raises UnsupportedMediaType, and BadRequest for text that no encoding can carry, for values nested so deep or
        numbers so long that nobody can have meant them.
        """
        if not req.is_json and req.get_data(cache=True):
            raise UnsupportedMediaType
        try:
            body = super().load_json(req, schema)
            # JSON's escapes can write half of a surrogate pair, which neither UTF-8 nor PostgreSQL can hold.
            json.dumps(body, ensure_ascii=False, default=str).encode()
        except (ValueError, RecursionError) as error:
            raise BadRequest from error
        return body


class ApellaBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A part of the API; every route's document names the refusals that any route may give."""

    ARGUMENTS_PARSER = JsonBody()

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any) -> None:
        """Register a view with the refusals of its method."""
        statuses = _CHANGING if set(options.get("methods") or ()) - {"GET", "HEAD"} else _READING
        refusals = {str(status): {"$ref": f"#/components/responses/{PROBLEM}"} for status in statuses}
        super().add_url_rule(rule, endpoint, self.doc(responses=refusals)(view_func), **options)


def make_api(app: Flask) -> ApellaApi:
    """Put the API's document and error schema on an application."""
    app.config.update(
        API_TITLE="Apella",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Appeals of state exam results: filing, hearing, decision, exchange."},
            "components": {
                "securitySchemes": {
                    "session": {"type": "apiKey", "in": "cookie", "name": "apella_session"},
                    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
                    "program": {
                        "type": "oauth2",
                        "description": "A program of the tenant: Authorization: Bearer, without cookies",
                        "flows": {"clientCredentials": {"tokenUrl": "/api/v1/{tenant}/token", "scopes": {}}},
                    },
                }
            },
            "security": [{"session": [], "csrf": []}, {"program": []}],
        },
    )
    api = ApellaApi(app)
    api.spec.components.response(
        PROBLEM,
        {
            "description": "A refusal (RFC 9457); `code` says which",
            "content": {errors.PROBLEM_TYPE: {"schema": ProblemSchema}},
        },
    )
    return api


def blueprint(name: str, import_name: str, description: str) -> ApellaBlueprint:
    """A part of the API under a tenant's address."""
    return ApellaBlueprint(name, import_name, url_prefix="/api/v1/<tenant>", description=description)


def encode_cursor(values: dict[str, Any]) -> str:
    """Give the place of a page as a text for a URL."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> dict[str, Any]:
    """Read a cursor. Raises Malformed for a text that no page gave."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _bad_cursor() from error
    if not isinstance(found, dict):
        raise _bad_cursor()
    return found


def _bad_cursor() -> Malformed:
    return Malformed(
        "Эта ссылка на страницу списка неверна: откройте список сначала.",
        code="cursor",
        fields={"cursor": "Возьмите курсор из предыдущего ответа"},
    )

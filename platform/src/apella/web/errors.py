"""Errors on their way out: RFC 9457 problem documents for programs, calm pages for people."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from apella import errors
from apella.audit.trail import record_attempt
from apella.identity.api_tokens import TokenRefused
from apella.identity.proof import ProofNeeded
from apella.identity.step_up import StepUpRequired
from apella.web import security
from apella.web.error_pages import error_page
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame
from apella.web.refusals import note_refusal, request_id
from apella.web.requests import actor, app_of, slug

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
"""The media type of a problem document."""

STATUS: dict[type[errors.ApellaError], int] = {
    errors.Malformed: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    ProofNeeded: 428,
}
"""Which HTTP status each branch of the tree answers; the nearest parent counts, anything else is 500."""

_HTTP_CODES = {
    400: ("request.malformed", "Запрос не понят: проверьте его адрес и тело."),
    404: ("not_found", "По этому адресу ничего нет."),
    405: ("request.method", "Так к этому адресу не обращаются."),
    406: ("request.not_acceptable", "Ответ такого вида не готовится."),
    413: ("too_large", "Файл или запрос слишком большой."),
    415: ("request.media_type", "Тело запроса должно быть в формате JSON."),
    422: ("malformed", "Проверьте поля запроса."),
}


def status_of(error: errors.ApellaError) -> int:
    """The HTTP status of an error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(
    status: int, *, code: str, title: str, extra: dict[str, Any] | None = None, retry_after: int | None = None
) -> Response:
    """A problem document (RFC 9457): `code` is stable, `title` is for people."""
    body = {"type": f"urn:apella:problem:{code}", "title": title, "status": status, "code": code, **(extra or {})}
    response = jsonify(body)
    response.status_code = status
    response.mimetype = PROBLEM_TYPE
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def init_app(app: Flask) -> None:
    """Answer every error that leaves a view."""
    app.register_error_handler(errors.ApellaError, _apella)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def wants_problem() -> bool:
    """Whether the caller is a program: it is under /api, or asks for JSON."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _apella(error: errors.ApellaError) -> Response:
    if error.attempt is not None:
        with app_of().database.unit_of_work(error.attempt.actor.tenant_id) as work:
            record_attempt(work.session, error.attempt)
    status = status_of(error)
    note_refusal(error, status)
    retry_after = getattr(error, "retry_after", None)
    if status >= 500 and not isinstance(error, errors.Unavailable):
        log.error("failed", extra={"code": error.error_code, "request_id": request_id()}, exc_info=error)
    if wants_problem():
        answer = problem(
            status, code=error.error_code, title=error.message, extra=_extra(error), retry_after=retry_after
        )
        if isinstance(error, TokenRefused):
            answer.headers["WWW-Authenticate"] = error.challenge
        return answer
    tenant = (request.view_args or {}).get("tenant")
    if isinstance(error, StepUpRequired):
        page = render_template(
            "signin/step_up.html",
            frame=plain_frame(_("Подтвердите вход")),
            message=error.message,
            again=fresh_sign_in(),
            held=_held_form(),
        )
        return make_response(page, status)
    if isinstance(error, errors.Unauthenticated) and request.method == "GET" and tenant is not None:
        # A page that needs a session sends to the sign-in and comes back; a form that was sent keeps its answer.
        here = request.full_path if request.query_string else request.path
        return make_response(redirect(url_for("sign_in.choose", tenant=tenant, next=here), code=303))
    response = make_response(error_page(status, message=error.message, retry_after=retry_after), status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _extra(error: errors.ApellaError) -> dict[str, Any]:
    extra: dict[str, Any] = {key: str(value) for key, value in error.details.items()}
    if isinstance(error, errors.Malformed) and error.fields:
        extra["fields"] = dict(error.fields)
    if isinstance(error, errors.RuleViolation) and error.clauses:
        extra["clauses"] = list(error.clauses)
    explanation = getattr(error, "explanation", None)
    if explanation is not None:
        extra["explanation"] = explanation.as_json()
    if isinstance(error, ProofNeeded):
        extra["challenge"] = error.challenge.as_json()
    if isinstance(error, StepUpRequired):
        extra["sign_in"] = fresh_sign_in()
    return extra


def _held_form() -> list[tuple[str, str]] | None:
    """What was typed into the form that was sent; None where nothing was sent. Files do not travel twice."""
    if request.method == "GET":
        return None
    return [(name, value) for name, value in request.form.items(multi=True) if name != security.FORM_FIELD]


def fresh_sign_in(*, back_to: str | None = None) -> str:
    """Where a person of this request signs in once more; the way back is the page, never a call of the API.

    From a form that was sent there is no way back: it is kept on the page that says so, and sent again from there.
    """
    tenant = slug()
    page = request.path if request.method == "GET" and not request.path.startswith("/api/") else f"/{tenant}/"
    here = back_to or page
    who = actor()
    if who.recorded_as != who.login:
        # Participants and those who act for them: not the provider's, they sign in by a code.
        return url_for("sign_in.choose", tenant=tenant, next=here)
    return url_for("sign_in.begin", tenant=tenant, fresh=1, login_hint=who.login, next=here)


def answer_http(error: HTTPException) -> Response:
    """Answer an error of werkzeug, flask or webargs in our form."""
    status = error.code or 500
    if status < 400:
        # A redirect that werkzeug raises is an answer, not an error.
        return make_response(error.get_response(request.environ))
    code, title = _HTTP_CODES.get(status, ("error", "Запрос не выполнен."))
    fields = _fields_of(error)
    if wants_problem():
        response = problem(status, code=code, title=title, extra={"fields": fields} if fields else None)
    else:
        response = make_response(error_page(status), status)
    allow = error.get_headers()
    for name, value in allow:
        if name.lower() == "allow":
            response.headers["Allow"] = value
    return response


def _fields_of(error: HTTPException) -> dict[str, str]:
    """What webargs found, field by field, in one level: `changes.0.was` names a field of a list."""
    messages = getattr(error, "data", {}).get("messages") if isinstance(getattr(error, "data", None), dict) else None
    found: dict[str, str] = {}

    def walk(prefix: str, node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(f"{prefix}.{key}" if prefix else str(key), value)
        elif isinstance(node, list):
            found[prefix] = " ".join(str(item) for item in node)

    for part in (messages or {}).values():
        walk("", part)
    return found


def _database(error: Exception) -> Response:
    incident = str(uuid.uuid4())
    extra = {"incident": incident, "error": type(error).__name__, "request_id": request_id()}
    log.error("database", extra=extra, exc_info=error)
    lost = isinstance(error, PoolTimeout | OperationalError) or getattr(error, "connection_invalidated", False)
    if not lost:
        return _answer_500(incident)
    title = "База данных не отвечает. Ничего не потеряно: повторите через несколько секунд."
    if wants_problem():
        return problem(503, code="unavailable.database", title=title, retry_after=5)
    response = make_response(error_page(503, message=title, retry_after=5), 503)
    response.headers["Retry-After"] = "5"
    return response


def _unexpected(error: Exception) -> Response:
    incident = str(uuid.uuid4())
    extra = {"incident": incident, "error": type(error).__name__, "request_id": request_id()}
    log.error("unexpected", extra=extra, exc_info=error)
    return _answer_500(incident)


def _answer_500(incident: str) -> Response:
    if wants_problem():
        return problem(
            500,
            code="internal",
            title="Ошибка на нашей стороне. Ничего не сохранено; сообщите номер обращения.",
            extra={"incident": incident},
        )
    return make_response(error_page(500, incident=incident), 500)

"""What the pages of sign-in share: the frame, refusals, the cookie of a session, the way on."""

from __future__ import annotations

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from apella.db.unit_of_work import UnitOfWork
from apella.errors import ApellaError, Malformed, TooMany, Unavailable
from apella.identity import sessions
from apella.identity.oidc_provider import is_loopback
from apella.identity.sessions import NewSession
from apella.web.components import Alert, FieldError
from apella.web.errors import status_of
from apella.web.formatting import count
from apella.web.i18n import gettext as _
from apella.web.layout import PageFrame, plain_frame
from apella.web.preferences import local_path
from apella.web.refusals import note_refusal
from apella.web.requests import app_of, rules, session_token
from apella.web.security import cookie_options

blueprint = Blueprint("sign_in", __name__)


def put_session(answer: Response, begun: NewSession) -> Response:
    """Give the browser the token of a session just begun."""
    answer.set_cookie(sessions.COOKIE, begun.token, **cookie_options(secure=is_secure()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def end_present_session(work: UnitOfWork) -> None:
    """End the session of this browser: a new sign-in replaces the old one, which would else live on unseen."""
    if token := session_token():
        sessions.revoke_session(work.session, token=token, machine_now=work.machine_now)


def is_secure() -> bool:
    """Cookies go over HTTPS only, but for an embedded instance on this very machine."""
    return not (app_of().settings.embedded and is_loopback(request.host_url))


def next_path(tenant: str) -> str:
    """Where to go after signing in: a path of this site that the request names, else the tenant's start."""
    return local_path(request.values.get("next"), otherwise=f"/{tenant}/")


def frame_of(title: str, error: ApellaError | None = None, *, notices: tuple[Alert, ...] = ()) -> PageFrame:
    """The frame of a page before sign-in; an error stands in its summary, by field where it names fields."""
    region = rules()
    errors: tuple[FieldError, ...] = ()
    if error is not None:
        fields = error.fields if isinstance(error, Malformed) else {}
        errors = tuple(FieldError(name=name, message=message) for name, message in fields.items())
        errors = errors or (FieldError(name="", message=_with_wait(error)),)
    return plain_frame(
        title,
        commission_name=str(region.bodies.commission.full),
        errors=errors,
        notices=notices,
    )


def _with_wait(error: ApellaError) -> str:
    if not isinstance(error, TooMany):
        return error.message
    minutes = -(-error.retry_after // 60)
    wait = count(minutes, _("минуту"), _("минуты"), _("минут"))
    return _("%(refusal)s Повторить можно через %(wait)s.", refusal=error.message, wait=wait)


def refusal(error: ApellaError, page: str, *, tenant: str | None = None) -> Response:
    """Answer with a page that says why not; `tenant` is whose sign-in it was where the address does not say."""
    status = status_of(error)
    note_refusal(error, status, tenant=tenant)
    answer = make_response(page, status)
    if isinstance(error, TooMany | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer

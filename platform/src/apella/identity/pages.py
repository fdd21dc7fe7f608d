"""Sign-in and sign-out for people: who are you, the way to the provider and back, the code from the message."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.db.unit_of_work import UnitOfWork
from apella.errors import ApellaError, Forbidden, Malformed, NotFound, TooMany, Unauthenticated, Unavailable
from apella.identity import sessions
from apella.identity.back_channel import Logout, end_sessions
from apella.identity.login_states import COOKIE as STATE_COOKIE
from apella.identity.oidc import STATE_LIFE
from apella.identity.oidc_provider import is_loopback
from apella.identity.sessions import NewSession
from apella.identity.sign_in import sign_in_by_code, sign_in_staff, sign_out
from apella.identity.sms_codes import request_code
from apella.web.components import Alert, FieldError, Tone
from apella.web.errors import status_of
from apella.web.formatting import count
from apella.web.i18n import gettext as _
from apella.web.layout import PageFrame, plain_frame
from apella.web.preferences import local_path
from apella.web.requests import admitted, app_of, rules, session_token, slug, unit_of_work
from apella.web.security import cookie_options

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/<tenant>/sign-in")
def choose(tenant: str) -> str:
    """Ask who is signing in: a participant types document and phone, staff go to their provider."""
    return _choose_page(_frame(_("Вход")), next_path=_next(tenant))


@blueprint.get("/<tenant>/sign-in/staff")
def begin(tenant: str) -> Response:
    """Send a member of staff to the provider.

    `login_hint` and `prompt` go along: with `prompt=none` the embedded issuer signs the named demo person in at once,
    so that a program follows the redirects and has a session. `fresh=1` asks for a sign-in now (`step_up`).
    """
    rules()
    with app_of().database.unit_of_work(None) as work:
        now = work.machine_now
    url, state = app_of().oidc.begin(
        redirect_uri=url_for("sign_in.come_back", _external=True),
        slug=tenant,
        return_to=_next(tenant),
        now=now,
        login_hint=request.args.get("login_hint"),
        prompt=request.args.get("prompt"),
        fresh=request.args.get("fresh") == "1",
    )
    answer = redirect(url, code=303)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        STATE_COOKIE,
        app_of().login_states.ticket(state),
        **cookie_options(secure=_secure(), lifetime=STATE_LIFE),
    )
    return answer


@blueprint.get("/sign-in/callback")
def come_back() -> Response:
    """Finish what `begin` began: nothing is held open while the provider is asked."""
    again = "/"
    try:
        state = app_of().login_states.read(request.cookies.get(STATE_COOKIE))
        again = url_for("sign_in.choose", tenant=state.slug, next=state.return_to)
        with app_of().database.unit_of_work(None) as work:
            now = work.machine_now
        identity = app_of().oidc.finish(state, request.args, now=now)
        region = app_of().regions.get(state.slug)
        with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
            _end_present_session(work)
            begun = sign_in_staff(
                work,
                tenant_id=region.tenant.tenant_id,
                slug=region.slug,
                zone=region.zone,
                state=state,
                identity=identity,
                refresh_cipher=app_of().provider_sessions.keep(identity),
            )
    except (Forbidden, Unauthenticated, Unavailable) as error:
        page = render_template(
            "signin/failed.html", frame=plain_frame(_("Вход не выполнен")), message=error.message, again=again
        )
        return _refusal(error, page)
    answer = redirect(state.return_to, code=303)
    answer.delete_cookie(STATE_COOKIE)
    return put_session(answer, begun)


@blueprint.post("/sign-in/back-channel-logout")
def ended_by_provider() -> Response:
    """End the sessions that the provider's logout token names. The token is the permission."""
    with app_of().database.unit_of_work(None) as work:
        now = work.machine_now
    try:
        claims = app_of().oidc.check_logout_token(request.form.get("logout_token", ""), now=now)
    except Unauthenticated:
        return make_response({"error": "invalid_request"}, 400, {"Cache-Control": "no-store"})
    logout = Logout(
        iss=claims["iss"],
        sub=claims.get("sub"),
        sid=claims.get("sid"),
        issued_at=datetime.fromtimestamp(claims["iat"], tz=UTC),
    )
    known = {region.slug: region.tenant.tenant_id for region in app_of().regions}
    end_sessions(app_of().database, logout, tenant_id_of=known.get)
    return make_response("", 200, {"Cache-Control": "no-store"})


@blueprint.post("/<tenant>/sign-in/code")
def ask_code(tenant: str) -> Response:
    """Send a code to the phone on record; the answer is the same when nobody is registered so."""
    work = unit_of_work()
    try:
        asked = request_code(
            work.session,
            tenant_id=rules().tenant.tenant_id,
            vaults=app_of().vaults,
            document=request.form.get("document", ""),
            phone=request.form.get("phone", ""),
            machine_now=work.machine_now,
        )
    except (Malformed, TooMany) as error:
        return _refusal(error, _choose_page(_frame(_("Вход"), error), next_path=_next(tenant)))
    return redirect(url_for("sign_in.show_code", tenant=tenant, request_id=asked.id, next=_next(tenant)), code=303)


@blueprint.get("/<tenant>/sign-in/code/<uuid:request_id>")
def show_code(tenant: str, request_id: uuid.UUID) -> str:
    """Ask for the code from the message."""
    sent = Alert(
        title=_("Мы отправили код"),
        text=_(
            "Если документ и телефон совпадают с данными регистрации на экзамен, сообщение придёт в течение минуты. "
            "Код действует 5 минут."
        ),
        tone=Tone.OK,
    )
    return _code_page(_frame(_("Код из сообщения"), notices=(sent,)), request_id, next_path=_next(tenant))


@blueprint.post("/<tenant>/sign-in/code/<uuid:request_id>")
def enter_code(tenant: str, request_id: uuid.UUID) -> Response:
    """Try the code, in a transaction of its own: the try that a refusal counts stays when the answer is 422."""
    region = rules()
    with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
        begun = sign_in_by_code(
            work,
            tenant_id=region.tenant.tenant_id,
            slug=region.slug,
            zone=region.zone,
            vaults=app_of().vaults,
            request_id=request_id,
            code=request.form.get("code", ""),
        )
        if isinstance(begun, NewSession):
            _end_present_session(work)
    if isinstance(begun, NewSession):
        return put_session(redirect(_next(tenant), code=303), begun)
    return _refusal(begun, _code_page(_frame(_("Код из сообщения"), begun), request_id, next_path=_next(tenant)))


@blueprint.post("/<tenant>/sign-out")
def leave(tenant: str) -> Response:
    """End the session here and, for staff, go on to end it at the provider."""
    back_to = url_for("sign_in.choose", tenant=tenant, _external=True)
    token = session_token()
    if token is None:
        return redirect(back_to, code=303)
    try:
        who = admitted()
    except (NotFound, Unauthenticated):
        who = None
    by_provider = sign_out(unit_of_work(), token=token, admitted=who)
    provider = app_of().oidc.end_session_url(back_to=back_to) if by_provider else None
    answer = redirect(provider or back_to, code=303)
    answer.delete_cookie(sessions.COOKIE)
    return answer


def put_session(answer: Response, begun: NewSession) -> Response:
    """Give the browser the token of a session just begun."""
    answer.set_cookie(sessions.COOKIE, begun.token, **cookie_options(secure=_secure()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _end_present_session(work: UnitOfWork) -> None:
    """A new sign-in in this browser replaces the old one, which would else live on unseen."""
    if token := session_token():
        sessions.revoke_session(work.session, token=token, machine_now=work.machine_now)


def _secure() -> bool:
    """Cookies go over HTTPS only, but for an embedded instance on this very machine."""
    return not (app_of().settings.embedded and is_loopback(request.host_url))


def _next(tenant: str) -> str:
    return local_path(request.values.get("next"), otherwise=f"/{tenant}/")


def _frame(title: str, error: ApellaError | None = None, *, notices: tuple[Alert, ...] = ()) -> PageFrame:
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


def _choose_page(frame: PageFrame, *, next_path: str) -> str:
    return render_template("signin/choose.html", frame=frame, slug=slug(), next_path=next_path, typed=request.form)


def _code_page(frame: PageFrame, request_id: uuid.UUID, *, next_path: str) -> str:
    return render_template("signin/code.html", frame=frame, slug=slug(), request_id=request_id, next_path=next_path)


def _refusal(error: ApellaError, page: str) -> Response:
    answer = make_response(page, status_of(error))
    if isinstance(error, TooMany | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer

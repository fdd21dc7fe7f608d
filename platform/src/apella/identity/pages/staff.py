"""Sign-in of staff for people: the way to the provider and back; sign-out of everybody."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from apella.identity import sessions
from apella.identity.back_channel import Logout, end_sessions
from apella.identity.login_states import COOKIE as STATE_COOKIE
from apella.identity.oidc import STATE_LIFE
from apella.identity.pages.base import blueprint, is_secure, next_path, put_session, refusal
from apella.identity.sign_in import sign_in_staff, sign_out
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame
from apella.web.requests import admitted, app_of, rules, session_token, unit_of_work
from apella.web.security import cookie_options


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
        return_to=next_path(tenant),
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
        **cookie_options(secure=is_secure(), lifetime=STATE_LIFE),
    )
    return answer


@blueprint.get("/sign-in/callback")
def come_back() -> Response:
    """Finish what `begin` began: nothing is held open while the provider is asked."""
    again, tenant = "/", None
    try:
        state = app_of().login_states.read(request.cookies.get(STATE_COOKIE))
        tenant = state.slug
        again = url_for("sign_in.choose", tenant=state.slug, next=state.return_to)
        with app_of().database.unit_of_work(None) as work:
            now = work.machine_now
        identity = app_of().oidc.finish(state, request.args, now=now)
        region = app_of().regions.get(state.slug)
        with app_of().database.unit_of_work(region.tenant.tenant_id) as work:
            begun = sign_in_staff(
                work,
                tenant_id=region.tenant.tenant_id,
                slug=region.slug,
                zone=region.zone,
                state=state,
                identity=identity,
                refresh_cipher=app_of().provider_sessions.keep(identity),
                present=session_token(),
            )
    except (Forbidden, Unauthenticated, Unavailable) as error:
        page = render_template(
            "signin/failed.html", frame=plain_frame(_("Вход не выполнен")), message=error.message, again=again
        )
        return refusal(error, page, tenant=tenant)
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

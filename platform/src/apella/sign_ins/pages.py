"""«Мои входы»: where somebody is signed in; for an administrator, the end of all sign-ins of one person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.casework.pages.frame import SELF_SERVICE, console_frame, full_name
from apella.errors import ApellaError, Conflict, Malformed
from apella.identity.model import Person, PersonKind, SignInSession
from apella.identity.own_sessions import live_sessions, member_of, sessions_of_member
from apella.identity.permissions import require, role_for
from apella.identity.step_up import is_fresh
from apella.portal.pages.site import portal_frame
from apella.sign_ins import service
from apella.web import formatting
from apella.web.components import Alert, Column, Fact, FieldError, Link, Tag, Tone
from apella.web.concealed import conceal, reveal
from apella.web.errors import fresh_sign_in, status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb, PageFrame
from apella.web.requests import desk, own_session, require_fresh

blueprint = Blueprint("sign_ins", __name__)

LONGEST: Final = 200
DONE: Final[Mapping[str, str]] = {
    "one": _("Вход завершён. С того устройства придётся войти заново."),
    "others": _("Все остальные входы завершены."),
    "none": _("Других входов не было: завершать нечего."),
    "member": _("Все входы этого человека завершены."),
    "nobody": _("Этот человек сейчас нигде не вошёл: завершать нечего."),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A sign-in in the list; `id` is empty for the present one, which is ended by signing out."""

    id: str
    began: str
    seen: str
    until: str
    how: str
    tag: Tag | None


@blueprint.get("/<tenant>/sessions")
def show(tenant: str) -> str:  # noqa: ARG001 the address names the tenant
    """Show where the person is signed in."""
    return _own_page(desk())


@blueprint.post("/<tenant>/sessions/end")
def end(tenant: str) -> Response:
    """End one of the own sign-ins, or all but this one."""
    at, present = desk(), own_session()
    require_fresh()
    others = request.form.get("others") == "1"
    try:
        ended = service.end_own(at, present, session_id=_session_id(), others=others)
    except (Conflict, Malformed) as error:
        return make_response(_own_page(at, error), status_of(error))
    done = "none" if not ended else "others" if others else "one"
    return redirect(url_for(".show", tenant=tenant, done=done), code=303)


@blueprint.get("/<tenant>/sessions/of-members")
def find(tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Ask whose sign-ins are to end; once somebody was looked for, show how many there are."""
    at = desk()
    require(at.actor, "end_sessions")
    login = reveal(request.args.get("who", ""))
    if not login:
        return make_response(_member_page(at, ""))
    try:
        return make_response(_member_page(at, login, member_of(at.session, login, actor=at.actor)))
    except Malformed as error:
        return make_response(_member_page(at, login, error=error), status_of(error))


@blueprint.post("/<tenant>/sessions/of-members")
def search(tenant: str) -> Response:
    """Lead to the address of somebody, whose name in it is concealed."""
    at = desk()
    require(at.actor, "end_sessions")
    login = _login(request.form)
    try:
        member_of(at.session, login, actor=at.actor)
    except Malformed as error:
        return make_response(_member_page(at, login, error=error), status_of(error))
    return redirect(url_for(".find", tenant=tenant, who=conceal(login)), code=303)


@blueprint.post("/<tenant>/sessions/of-members/end")
def end_of_member(tenant: str) -> Response:
    """End every sign-in of one person."""
    at = desk()
    require(at.actor, "end_sessions")
    require_fresh()
    login = _login(request.form)
    try:
        ended = service.end_of_member(at, login=login)
    except (Conflict, Malformed) as error:
        return make_response(_member_page(at, login, error=error), status_of(error))
    done = "member" if ended else "nobody"
    return redirect(url_for(".find", tenant=tenant, who=conceal(login), done=done), code=303)


# --- What was sent ----------------------------------------------------------------------------------------------------


def _session_id() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.form.get("session", ""))
    except ValueError:
        return None


def _login(sent: Mapping[str, str]) -> str:
    return " ".join(sent.get("login", "").replace("\0", "").split())[:LONGEST]


# --- The pages --------------------------------------------------------------------------------------------------------


def _own_page(at: Desk, error: ApellaError | None = None) -> str:
    present = own_session()
    found = live_sessions(at.session, account_id=present.account_id, machine_now=at.machine_now)
    lines = [_line(at, row, present) for row in found]
    own_side = at.actor.roles <= SELF_SERVICE
    return render_template(
        "sign_ins/own.html",
        layout="layout/portal.html" if own_side else "layout/console.html",
        frame=_frame(_("Мои входы"), own_side=own_side, error=error),
        lines=lines,
        columns=[
            Column(label=_("Вход")),
            Column(label=_("Последнее действие")),
            Column(label=_("Как вошли")),
            Column(label=_("Что сделать")),
        ],
        others=len(lines) > 1,
        confirm="" if is_fresh(present, machine_now=at.machine_now) else _confirm(at),
        end_url=url_for(".end", tenant=at.rules.slug),
        of_members=(
            Link(label=_("Завершить входы другого человека"), url=url_for(".find", tenant=at.rules.slug))
            if role_for(at.actor, "end_sessions") is not None
            else None
        ),
    )


def _confirm(at: Desk) -> str:
    """Where to sign in once more, with the way back to the list."""
    here = url_for(".show", tenant=at.rules.slug)
    return fresh_sign_in(back_to=here)


def _frame(title: str, *, own_side: bool, error: ApellaError | None) -> PageFrame:
    notices: tuple[Alert, ...] = ()
    if error is not None:
        notices = (Alert(title=error.message, tone=Tone.BAD),)
    elif done := DONE.get(request.args.get("done", "")):
        notices = (Alert(title=done, tone=Tone.OK),)
    here = url_for(".show", tenant=desk().rules.slug)
    if own_side:
        return portal_frame(title, notices=notices, here=here)
    return console_frame(title, section="sessions", notices=notices, here=here)


def _member_page(at: Desk, login: str, person: Person | None = None, *, error: ApellaError | None = None) -> str:
    title = _("Входы другого человека")
    more: dict[str, Any] = {}
    if isinstance(error, Malformed):
        more["errors"] = tuple(FieldError(name=name, message=text) for name, text in error.fields.items())
    elif error is not None:
        more["notices"] = (Alert(title=error.message, tone=Tone.BAD),)
    elif done := DONE.get(request.args.get("done", "")):
        more["notices"] = (Alert(title=done, tone=Tone.OK),)
    found: Sequence[SignInSession] = ()
    if person is not None:
        found = sessions_of_member(at.session, person, actor=at.actor, machine_now=at.machine_now)
    return render_template(
        "sign_ins/of_member.html",
        frame=console_frame(
            title,
            section="sessions",
            crumbs=(Crumb(label=_("Мои входы"), url=url_for(".show", tenant=at.rules.slug)), Crumb(label=title)),
            here=url_for(".find", tenant=at.rules.slug),
            **more,
        ),
        login=login,
        facts=[] if person is None else _facts(at, person, found),
        live=len(found),
        find_url=url_for(".find", tenant=at.rules.slug),
        end_url=url_for(".end_of_member", tenant=at.rules.slug),
    )


def _facts(at: Desk, person: Person, found: Sequence[SignInSession]) -> list[Fact]:
    """Whom it is about: staff by their name; of a participant an administrator knows the code alone."""
    who = full_name(person) if person.kind is PersonKind.STAFF else _("код регистрации %(code)s", code=person.login)
    facts = [
        Fact(name=_("Чьи входы"), value=who),
        Fact(name=_("Открыто сейчас"), value=formatting.count(len(found), _("вход"), _("входа"), _("входов"))),
    ]
    if found:
        last = formatting.moment(found[0].last_seen_at, zone=at.rules.zone)
        facts.append(Fact(name=_("Последнее действие"), value=last))
    return facts


def _line(at: Desk, row: SignInSession, present: SignInSession) -> Line:
    here = row.id == present.id
    return Line(
        id="" if here else str(row.id),
        began=formatting.moment(row.created_at, zone=at.rules.zone),
        seen=formatting.moment(row.last_seen_at, zone=at.rules.zone),
        until=_("до %(when)s", when=formatting.moment(row.expires_at, zone=at.rules.zone)),
        how=_how(row),
        tag=Tag(text=_("Вы здесь"), tone=Tone.OK, icon="check") if here else None,
    )


def _how(row: SignInSession) -> str:
    """By which proof: the provider's own name of its session tells who came from there."""
    if row.sid is None:
        return _("по коду")
    return _("через службу входа, с усиленной проверкой") if row.loa > 1 else _("через службу входа")

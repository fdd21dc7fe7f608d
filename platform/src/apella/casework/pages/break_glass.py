"""The pages of emergency access: opening it, what lives and what was, closing it before its time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals import emergency
from apella.appeals.desk import Desk
from apella.appeals.emergency import TO_WATCH, Glass, glasses, living_glasses
from apella.appeals.model import Appeal
from apella.casework.pages import labels
from apella.casework.pages.done import done_notice
from apella.casework.pages.frame import console_frame, short_name, staff_desk
from apella.errors import Malformed
from apella.identity.permissions import require, role_for
from apella.web import formatting
from apella.web.components import Alert, Column, FieldError, Link, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.requests import require_fresh

MOST = 200

blueprint = Blueprint("console_break_glass", __name__)


@dataclass(frozen=True, kw_only=True)
class GlassLine:
    """One emergency access in a list; `close_url` stands while it lives, `left` then says how long."""

    who: str
    number: str
    case_url: str
    opened: str
    ended: str
    left: str
    reason: str
    close_url: str


@blueprint.get("/<tenant>/break-glass")
def show(tenant: str) -> str:  # noqa: ARG001 the address names the tenant
    """Show what lives and what was: the chair all of the season's, others their own."""
    at = staff_desk()
    lines = [_line(at, glass) for glass in glasses(at, limit=MOST)]
    closed = (Alert(title=_("Аварийный доступ закрыт"), tone=Tone.OK),)
    return render_template(
        "casework/break_glass.html",
        frame=console_frame(
            _("Аварийный доступ"),
            section="break_glass",
            notices=closed if request.args.get("done") == "close" else done_notice(at.rules.bodies),
        ),
        open_url=_url("ask", at) if role_for(at.actor, "break_glass") is not None else "",
        living=[line for line in lines if line.close_url],
        past=[line for line in lines if not line.close_url],
        columns=[Column(label=label) for label in (_("Дело"), _("Кто"), _("Открыт"), _("Закрыт"), _("Причина"))],
        whose=_("Весь аварийный доступ сезона") if at.actor.roles & TO_WATCH else _("Ваш аварийный доступ"),
    )


@blueprint.get("/<tenant>/break-glass/open")
def ask(tenant: str) -> str:  # noqa: ARG001 the same
    """Ask for the case and the reason, and say what will follow."""
    at = staff_desk()
    require(at.actor, "break_glass")
    require_fresh()
    return _form(at)


@blueprint.post("/<tenant>/break-glass/open")
def open_(tenant: str) -> Response:
    """Open the case for reading and lead to it."""
    at = staff_desk()
    require(at.actor, "break_glass")
    require_fresh()
    number, reason = (request.form.get(name, "").replace("\0", "").strip() for name in ("number", "reason"))
    try:
        glass = emergency.break_glass(at, number=number, reason=reason)
    except Malformed as error:
        errors = tuple(FieldError(name=name, message=message) for name, message in error.fields.items())
        return make_response(_form(at, errors=errors), status_of(error))
    return redirect(url_for("console_case.show", tenant=tenant, case_id=glass.case_id), code=303)


@blueprint.post("/<tenant>/break-glass/<uuid:glass_id>/close")
def close(tenant: str, glass_id: uuid.UUID) -> Response:
    """End an emergency access before its time."""
    emergency.close_glass(staff_desk(), glass_id=glass_id)
    return redirect(url_for(".show", tenant=tenant, done="close"), code=303)


def glass_alerts(at: Desk, *, appeal: Appeal | None = None) -> tuple[Alert, ...]:
    """Say who reads a case by emergency access now, until when and why; without a case, any case of the season."""
    found = living_glasses(at, case_id=None if appeal is None else appeal.id)
    return tuple(_alert(at, glass, here=appeal is not None) for glass in found)


def watches(at: Desk) -> bool:
    """Whether this person is told of everybody's emergency access."""
    return bool(at.actor.roles & TO_WATCH)


def _alert(at: Desk, glass: Glass, *, here: bool) -> Alert:
    own = glass.row.person_id == at.actor.person_id
    until = formatting.clock(glass.row.expires_at, zone=at.rules.zone)
    actions = []
    if not here:
        url = url_for("console_case.show", tenant=at.rules.slug, case_id=glass.appeal.id)
        actions.append(Link(label=_("Открыть дело"), url=url))
    if role_for(at.actor, "see_break_glass") is not None:
        actions.append(Link(label=_("Закрыть доступ") if own else _("Аварийный доступ"), url=_url("show", at)))
    number = labels.case_number(glass.appeal)
    if own:
        title = _("Аварийный доступ до %(until)s, осталось %(left)s", until=until, left=_left(at, glass))
        text = _("Только чтение. Каждый просмотр записан, председатель знает. Причина: %(why)s", why=glass.row.reason)
    else:
        title = _("Аварийный доступ до %(until)s: дело %(number)s", until=until, number=number)
        text = _("Дело читает %(who)s. Причина: %(why)s", who=short_name(glass.reader), why=glass.row.reason)
    return Alert(title=title, text=text, tone=Tone.WARN, actions=tuple(actions), live=False)


def _left(at: Desk, glass: Glass) -> str:
    seconds = (glass.row.expires_at - at.machine_now).total_seconds()
    return formatting.count(max(1, -int(-seconds // 60)), _("минута"), _("минуты"), _("минут"))


def _line(at: Desk, glass: Glass) -> GlassLine:
    row, zone = glass.row, at.rules.zone
    lives = row.lives_at(at.machine_now)
    readable = role_for(at.actor, "see_case") is not None or (lives and row.session_id == at.actor.session_id)
    return GlassLine(
        who=short_name(glass.reader),
        number=labels.case_number(glass.appeal),
        case_url=url_for("console_case.show", tenant=at.rules.slug, case_id=glass.appeal.id) if readable else "",
        opened=formatting.moment(row.opened_at, zone=zone),
        ended=formatting.moment(row.closed_at or row.expires_at, zone=zone),
        left=_("осталось %(left)s", left=_left(at, glass)) if lives else "",
        reason=row.reason,
        close_url=url_for("console_break_glass.close", tenant=at.rules.slug, glass_id=row.id) if lives else "",
    )


def _form(at: Desk, *, errors: tuple[FieldError, ...] = ()) -> str:
    title = _("Открыть дело в аварийном порядке")
    return render_template(
        "casework/break_glass_open.html",
        frame=console_frame(
            title,
            section="break_glass",
            crumbs=(Crumb(label=_("Аварийный доступ"), url=_url("show", at)), Crumb(label=title)),
            errors=errors,
        ),
        number=request.form.get("number", ""),
        reason=request.form.get("reason", ""),
        action_url=_url("open_", at),
        cancel=Link(label=_("Отмена"), url=_url("show", at)),
    )


def _url(view: str, at: Desk) -> str:
    return url_for(f"console_break_glass.{view}", tenant=at.rules.slug)

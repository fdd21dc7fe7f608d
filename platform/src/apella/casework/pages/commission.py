"""The composition of the commission: who is in it, and what each has said of a conflict of interest."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.casework.pages import labels
from apella.casework.pages.frame import console_frame, full_name, staff_desk
from apella.commissions import statements
from apella.commissions.statements import InterestStatement, Seat
from apella.errors import Conflict, Malformed
from apella.identity.permissions import require, role_for
from apella.web import formatting
from apella.web.components import Alert, Choice, Column, FieldError, Tag, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _

blueprint = Blueprint("console_commission", __name__)

NONE: Final = "none"
ANSWERS: Final = (
    Choice(value=NONE, label=_("Конфликта интересов, который не даёт быть в комиссии, нет")),
    Choice(value="conflict", label=_("Конфликт интересов есть")),
)
LONGEST: Final = 40


@dataclass(frozen=True, kw_only=True)
class Line:
    """Somebody of the commission, as the table shows them."""

    name: str
    roles: str
    state: Tag | None
    said: str


@blueprint.get("/<tenant>/commission")
def show(tenant: str) -> str:
    """Show who is in the commission, and ask for what is not said yet."""
    at = staff_desk()
    require(at.actor, "see_commission")
    done = request.args.get("done") == "stated"
    alert = Alert(title=_("Заявление записано."), tone=Tone.OK) if done else None
    return _page(at, alert=alert, here=url_for(".show", tenant=tenant))


@blueprint.post("/<tenant>/commission/statements")
def state(tenant: str) -> Response:
    """Record one's own word, or the paper of another."""
    at = staff_desk()
    require(at.actor, "state_interests")
    try:
        person_id, stated_on = _whose(at)
        if person_id != at.actor.person_id:
            require(at.actor, "record_interests")
        free = _answer() == NONE
        with at.session.begin_nested():
            statements.state(at, person_id=person_id, free=free, stated_on=stated_on)
    except Malformed as error:
        errors = [FieldError(name=name, message=text) for name, text in error.fields.items()]
        return make_response(_page(at, errors=errors), status_of(error))
    except Conflict as error:
        return make_response(_page(at, alert=Alert(title=error.message, tone=Tone.BAD)), status_of(error))
    return redirect(url_for(".show", tenant=tenant, done="stated"), code=303)


def _answer() -> str:
    """What is said of the conflict. Raises Malformed."""
    typed = request.form.get("interests", "")
    if typed not in {choice.value for choice in ANSWERS}:
        faults = {"interests": _("Выберите, есть ли конфликт интересов")}
        raise Malformed(_("Заявление не записано: проверьте поля."), code="form.fields", fields=faults)
    return typed


def _whose(at: Desk) -> tuple[uuid.UUID | None, date | None]:
    """Whose word it is and of which day; one's own is of today. Raises Malformed."""
    typed = request.form.get("person_id", "")
    if not typed or typed == str(at.actor.person_id):
        return at.actor.person_id, None
    faults: dict[str, str] = {}
    person_id = stated_on = None
    try:
        person_id = uuid.UUID(typed)
    except ValueError:
        faults["person_id"] = _("Выберите человека из списка")
    try:
        stated_on = formatting.parse_day(request.form.get("stated_on", "")[:LONGEST])
    except ValueError as error:
        faults["stated_on"] = str(error)
    if faults:
        raise Malformed(_("Заявление не записано: проверьте поля."), code="form.fields", fields=faults)
    return person_id, stated_on


def _page(at: Desk, *, errors: Sequence[FieldError] = (), alert: Alert | None = None, here: str | None = None) -> str:
    seats = statements.composition(at)
    asked = at.rules.commission.composition.statement
    enters = asked and role_for(at.actor, "record_interests") is not None
    own = next((seat for seat in seats if seat.person.id == at.actor.person_id), None)
    people = [Choice(value=str(seat.person.id), label=full_name(seat.person)) for seat in seats]
    return render_template(
        "casework/commission.html",
        frame=console_frame(
            _("Состав комиссии"),
            section="commission",
            errors=errors,
            notices=() if alert is None else (alert,),
            here=here,
        ),
        asked=asked,
        lines=[_line(at, seat, asked=asked) for seat in seats],
        columns=[Column(label=_("Кто")), *([Column(label=_("Конфликт интересов"))] if asked else [])],
        action_url=url_for(".state", tenant=at.rules.slug),
        states=asked and (own is not None or enters),
        people=people if enters else [],
        whose=request.form.get("person_id", "" if own is None else str(own.person.id)),
        stated_on=request.form.get("stated_on", f"{at.now.astimezone(at.rules.zone).date():%d.%m.%Y}"),
        answers=ANSWERS,
        answer=request.form.get("interests", ""),
    )


def _line(at: Desk, seat: Seat, *, asked: bool) -> Line:
    state = said = None
    if asked:
        state, said = _state(seat), _said(at, seat.statement)
    return Line(
        name=full_name(seat.person),
        roles=", ".join(labels.role_name(role, at.rules.bodies) for role in seat.roles),
        state=state,
        said=said or "",
    )


def _state(seat: Seat) -> Tag:
    if seat.statement is None:
        return Tag(text=_("Не заявлено: в работе не участвует"), tone=Tone.WARN, icon="alert")
    if not seat.statement.free:
        return Tag(text=_("Есть: в работе не участвует"), tone=Tone.BAD, icon="alert")
    return Tag(text=_("Нет"), tone=Tone.OK, icon="check")


def _said(at: Desk, statement: InterestStatement | None) -> str:
    if statement is None:
        return ""
    day = formatting.day(statement.stated_on)
    if statement.recorded_by == statement.person_id:
        return _("Заявлено лично %(day)s", day=day)
    entered = formatting.day(statement.recorded_at.astimezone(at.rules.zone).date())
    return _("Заявление на бумаге от %(day)s, внесено %(entered)s", day=day, entered=entered)

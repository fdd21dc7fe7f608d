"""Why nothing was filed: a page of its own with the count of days and with what can be done, answered 409."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.filing import FilingRefused
from apella.audit.trail import Attempt, record_attempt
from apella.portal.doors import DoorState
from apella.portal.pages.cabinet import closed_door_note, desk_lines, door_note, limit_text
from apella.portal.pages.counting import Counted, counted
from apella.portal.pages.site import portal_frame
from apella.portal.results import OwnResult
from apella.web.i18n import gettext as _
from apella.web.layout import PageFrame
from apella.web.requests import app_of

CONFLICT = 409


def by_door(at: Desk, result: OwnResult, *, attempt: Attempt | None = None) -> Response:
    """Say why this result cannot be appealed here now; `attempt` is kept in the audit."""
    door = result.door
    if door.case_id is not None:
        return already_filed(result, door.case_id)
    _keep(attempt)
    timed = door.state in (DoorState.NOT_YET, DoorState.OVER, DoorState.DESK)
    at_a_desk = door.state is DoorState.DESK
    due = door.due if at_a_desk else None
    return _page(
        _frame(result),
        lead=closed_door_note(door) if at_a_desk else door_note(at, door),
        limit="" if due is None else limit_text(at, due),
        why=counted(door.window, rules=at.rules, rechecked_on=result.rechecked_on) if timed else None,
        desks=desk_lines(door.desks) if at_a_desk else (),
    )


def by_rule(at: Desk, result: OwnResult, refusal: FilingRefused) -> Response:
    """Say what the rule said, with its own count."""
    _keep(refusal.attempt)
    return _page(
        _frame(result),
        lead=door_note(at, result.door) or refusal.message,
        why=counted(refusal.explanation, rules=at.rules, rechecked_on=result.rechecked_on),
    )


def already_filed(result: OwnResult, case_id: uuid.UUID) -> Response:
    """Say that there is an appeal already, and where."""
    return _page(
        _frame(result),
        lead=_("По этому экзамену апелляция уже подана. Вторую подать нельзя."),
        case_url=url_for("portal.appeal", case_id=case_id),
    )


def prepared(result: OwnResult) -> Callable[[str], Response]:
    """Get the page ready that says a sentence which is not known yet; it reads no row any more."""
    frame = _frame(result)
    return lambda lead: _page(frame, lead=lead)


def _frame(result: OwnResult) -> PageFrame:
    return portal_frame(_("Апелляция не подана"), here=url_for("portal.fill_in", work_id=result.work_id))


def _page(
    frame: PageFrame,
    *,
    lead: str,
    limit: str = "",
    why: Counted | None = None,
    desks: tuple[str, ...] = (),
    case_url: str | None = None,
) -> Response:
    page = render_template(
        "portal/refused.html", frame=frame, lead=lead, limit=limit, why=why, desks=desks, case_url=case_url
    )
    return make_response(page, CONFLICT)


def _keep(attempt: Attempt | None) -> None:
    """Write a refused deed in a transaction of its own: the request's is undone with the answer 409."""
    if attempt is None:
        return
    with app_of().database.unit_of_work(attempt.actor.tenant_id) as work:
        record_attempt(work.session, attempt)

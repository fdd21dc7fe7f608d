"""A change of the calendar: what it would move, before a person lets it, and what it did once it is in force."""

from __future__ import annotations

import uuid
from functools import cache

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.calendar import store
from apella.calendar.changes import ChangeRefused, NothingChanges
from apella.calendar.model import CalendarVersion, VersionState
from apella.casework.pages.frame import console_frame, staff_desk
from apella.deadlines import change
from apella.deadlines.difference import Difference
from apella.deadlines.recount import CountingRules, RulesFor
from apella.errors import Conflict, Malformed
from apella.identity.permissions import require, role_for
from apella.regions.book import rules_of_version
from apella.rulebook import repository
from apella.rulebook.pages import moves
from apella.rulebook.pages.versions import base_calendar, may_see_changes, version_lines
from apella.web.components import Alert, Column, FieldError, Job, Link, Tone
from apella.web.errors import status_of
from apella.web.formatting import whole
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb, PageFrame

blueprint = Blueprint("rulebook_changes", __name__)

ROWS = 200
"""How many rows of each list a page shows; the heading says how many there are."""
MOST_REASON = 1000


@blueprint.get("/<tenant>/calendar/changes/<uuid:change_id>")
def show(tenant: str, change_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show what a change would move, or has moved."""
    at = _reader()
    return _page(at, store.version_of(at.session, change_id), done=request.args.get("done", ""))


@blueprint.get("/<tenant>/calendar/changes/<uuid:change_id>/approve")
def ask_approval(tenant: str, change_id: uuid.UUID) -> str | Response:
    """Show what approving means for the expired terms that were ticked, and ask for it once more."""
    at = _reader()
    require(at.actor, "approve_calendar")
    version = store.version_of(at.session, change_id)
    if not _undecided(at, version):
        return redirect(url_for(".show", tenant=tenant, change_id=change_id), code=303)
    return _approval(at, version, moves.chosen(request.args))


@blueprint.post("/<tenant>/calendar/changes/<uuid:change_id>/approve")
def approve(tenant: str, change_id: uuid.UUID) -> Response:
    """Put the calendar in force; a refusal shows the form, or the change as it stands now."""
    at = _reader()
    role = require(at.actor, "approve_calendar")
    version = store.version_of(at.session, change_id)
    chosen = moves.chosen(request.form)
    reason = request.form.get("reason", "").strip()
    errors = _approval_errors(chosen, reason)
    if errors:
        return make_response(_approval(at, version, chosen, reason=reason, errors=errors), 422)
    try:
        with at.session.begin_nested():
            change.approve(
                at.session,
                actor=at.actor,
                role=role,
                version_id=change_id,
                base=base_calendar(at),
                rules_for=_rules_for(at),
                machine_now=at.machine_now,
                reopen=chosen.clocks,
                reopen_windows=chosen.windows,
                reason=reason or None,
            )
            at.session.flush()
    except Conflict as error:
        return _refused(at, change_id, error)
    return redirect(url_for(".show", tenant=tenant, change_id=change_id, done="approved"), code=303)


@blueprint.get("/<tenant>/calendar/changes/<uuid:change_id>/reject")
def ask_rejection(tenant: str, change_id: uuid.UUID) -> str | Response:
    """Ask why the change is not taken."""
    at = _reader()
    require(at.actor, "approve_calendar")
    version = store.version_of(at.session, change_id)
    if not _undecided(at, version):
        return redirect(url_for(".show", tenant=tenant, change_id=change_id), code=303)
    return _rejection(at, version)


@blueprint.post("/<tenant>/calendar/changes/<uuid:change_id>/reject")
def reject(tenant: str, change_id: uuid.UUID) -> Response:
    """Refuse the change with a reason; nothing moves."""
    at = _reader()
    role = require(at.actor, "approve_calendar")
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > MOST_REASON:
        error = _too_long() if reason else FieldError(name="reason", message=_("Напишите, почему изменение не принято"))
        version = store.version_of(at.session, change_id)
        return make_response(_rejection(at, version, reason=reason, errors=[error]), 422)
    try:
        with at.session.begin_nested():
            change.reject(
                at.session, actor=at.actor, role=role, version_id=change_id, machine_now=at.machine_now, reason=reason
            )
            at.session.flush()
    except Conflict as error:
        return _refused(at, change_id, error)
    return redirect(url_for(".show", tenant=tenant, change_id=change_id, done="rejected"), code=303)


@blueprint.post("/<tenant>/calendar/changes/<uuid:change_id>/again")
def again(tenant: str, change_id: uuid.UUID) -> Response:
    """Propose the same change on top of the calendar that is in force now."""
    at = _reader()
    role = require(at.actor, "propose_calendar")
    try:
        with at.session.begin_nested():
            made = change.propose_again(
                at.session, actor=at.actor, role=role, base=base_calendar(at), version_id=change_id
            )
    except (ChangeRefused, NothingChanges) as error:
        return _refused(at, change_id, error)
    return redirect(url_for(".show", tenant=tenant, change_id=made.id), code=303)


# --- Reading ----------------------------------------------------------------------------------------------------------


def _reader() -> Desk:
    """The desk of somebody who proposes or approves; raises Forbidden for anybody else."""
    at = staff_desk()
    if not may_see_changes(at):
        require(at.actor, "approve_calendar")
    return at


def _undecided(at: Desk, version: CalendarVersion) -> bool:
    """Whether it waits for a decision and its difference still holds."""
    return version.state is VersionState.PROPOSED and version.made_on == store.in_force(at.session)


def _rules_for(at: Desk) -> RulesFor:
    @cache
    def rules_for(version: str) -> CountingRules:
        return rules_of_version(at.session, at.rules, version)

    return rules_for


def _difference(at: Desk, version: CalendarVersion) -> Difference:
    return change.difference_of(
        at.session,
        version,
        base=base_calendar(at),
        rules_for=_rules_for(at),
        machine_now=at.machine_now,
        limit=ROWS,
    )


# --- Pages ------------------------------------------------------------------------------------------------------------


def _page(at: Desk, version: CalendarVersion, *, done: str = "", refusal: str = "") -> str:
    undecided = _undecided(at, version)
    found = _difference(at, version) if undecided else None
    calendar = store.calendar_of(at.session, version, base_calendar(at))
    own = version.proposed_by is not None and version.proposed_by == at.actor.person_id
    decides = role_for(at.actor, "approve_calendar") is not None and not own
    (line,) = version_lines(at, [version])
    notices = [Alert(title=refusal, tone=Tone.BAD)] if refusal else list(_notices(version, done))
    return render_template(
        "rulebook/change.html",
        frame=_frame(at, line.title, notices=notices),
        line=line,
        given_back=line.reason if version.state is VersionState.PROPOSED else "",
        waiting=version.state is VersionState.APPROVED,
        progress=_progress(at, version) if version.state is VersionState.APPROVED else None,
        here=_url(at, "show", version),
        stale=_is_stale(at, version),
        again_url=_url(at, "again", version) if role_for(at.actor, "propose_calendar") else "",
        difference=found is not None,
        facts=moves.facts(found) if found else [],
        days=moves.changed_days(found) if found else [],
        shortened=moves.shortened(store.current(at.session, base_calendar(at)), calendar) if found else [],
        example=moves.example(found, calendar, _rules_for(at)) if found else None,
        groups=moves.groups(found, at) if found else [],
        windows=moves.windows(found, at) if found else [],
        expired=moves.expired(found, at) if found else [],
        failures=moves.failures(found, at) if found else [],
        columns=_columns(),
        decides=decides and found is not None and not found.failures.total,
        blocked=decides and found is not None and bool(found.failures.total),
        approve_url=_url(at, "ask_approval", version),
        reject_url=_url(at, "ask_rejection", version) if decides else "",
        moved=moves.moved_lines(at, version, limit=ROWS) if version.state is VersionState.APPLIED else [],
        moved_total=repository.count_moved(at.session, version.id),
    )


def _progress(at: Desk, version: CalendarVersion) -> Job | None:
    """How far the job is that counts the clocks again."""
    found = store.progress_of(at.session, version.id)
    if found is None or not found.total:
        return None
    return Job(
        id="progress",
        title=_("Пересчитываем сроки"),
        done=found.counted,
        total=found.total,
        note=_("%(done)s из %(total)s. Можно уйти со страницы.", done=whole(found.counted), total=whole(found.total)),
    )


def _is_stale(at: Desk, version: CalendarVersion) -> bool:
    superseded = version.state is VersionState.SUPERSEDED
    return superseded or (version.state is VersionState.PROPOSED and not _undecided(at, version))


def _approval(
    at: Desk,
    version: CalendarVersion,
    chosen: moves.Chosen,
    *,
    reason: str = "",
    errors: list[FieldError] | None = None,
) -> str:
    found = _difference(at, version)
    (line,) = version_lines(at, [version])
    return render_template(
        "rulebook/change_approve.html",
        frame=_frame(at, _("Утвердить изменение календаря"), under=version, errors=errors or []),
        line=line,
        facts=moves.facts(found),
        days=moves.changed_days(found),
        reopened=moves.named(found, at, chosen),
        action_url=_url(at, "approve", version),
        hidden=chosen,
        consequences=moves.consequences(found),
        verb=moves.verb(found),
        reason=reason,
        checked="checked" in request.form,
        cancel=Link(label=_("Вернуться к изменению"), url=_url(at, "show", version)),
    )


def _approval_errors(chosen: moves.Chosen, reason: str) -> list[FieldError]:
    errors = []
    if chosen and not reason:
        errors.append(FieldError(name="reason", message=_("Напишите, почему истёкшие сроки открываются заново")))
    if len(reason) > MOST_REASON:
        errors.append(_too_long())
    if "checked" not in request.form:
        errors.append(FieldError(name="checked", message=_("Сверьте дни с текстом акта и отметьте это")))
    return errors


def _too_long() -> FieldError:
    return FieldError(name="reason", message=_("Сократите причину до %(most)s знаков", most=MOST_REASON))


def _rejection(at: Desk, version: CalendarVersion, *, reason: str = "", errors: list[FieldError] | None = None) -> str:
    (line,) = version_lines(at, [version])
    return render_template(
        "rulebook/change_reject.html",
        frame=_frame(at, _("Отклонить изменение календаря"), under=version, errors=errors or []),
        line=line,
        action_url=_url(at, "reject", version),
        reason=reason,
        cancel=Link(label=_("Вернуться к изменению"), url=_url(at, "show", version)),
    )


def _refused(at: Desk, change_id: uuid.UUID, error: Conflict | Malformed) -> Response:
    """Show the change as it stands now, with what forbade the act: it was decided in another tab, or is out of date."""
    return make_response(_page(at, store.version_of(at.session, change_id), refusal=error.message), status_of(error))


def _notices(version: CalendarVersion, done: str) -> list[Alert]:
    if done == "approved" and version.state is VersionState.APPLIED:
        return [Alert(title=_("Календарь введён в действие, сроки пересчитаны"), tone=Tone.OK)]
    if done == "rejected" and version.state is VersionState.REJECTED:
        return [Alert(title=_("Изменение отклонено, сроки остались прежними"), tone=Tone.OK)]
    return []


def _frame(
    at: Desk,
    title: str,
    *,
    under: CalendarVersion | None = None,
    errors: list[FieldError] | None = None,
    notices: list[Alert] | None = None,
) -> PageFrame:
    crumbs = [Crumb(label=_("Календарь"), url=url_for("rulebook_calendar.show", tenant=at.rules.slug))]
    if under is not None:
        crumbs.append(Crumb(label=under.label, url=_url(at, "show", under)))
    return console_frame(
        title,
        section="calendar",
        crumbs=(*crumbs, Crumb(label=title)),
        errors=errors or (),
        notices=notices or (),
    )


def _columns() -> list[Column]:
    return [
        Column(label=_("Дело")),
        Column(label=_("Срок")),
        Column(label=_("Было и станет")),
        Column(label=_("Сдвиг")),
    ]


def _url(at: Desk, endpoint: str, version: CalendarVersion) -> str:
    return url_for(f"rulebook_changes.{endpoint}", tenant=at.rules.slug, change_id=version.id)

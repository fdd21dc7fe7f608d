"""The page of a verb: what it will do, what it needs, the button. Nothing is done in one click."""

from __future__ import annotations

import uuid

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.model import Appeal
from apella.appeals.verb import Verb
from apella.casework import reading
from apella.casework.offers import VERBS
from apella.casework.pages import labels
from apella.casework.pages.acts.base import Act, ActForm, Raw, field_errors, load, typed_version
from apella.casework.pages.acts.registry import form_of
from apella.casework.pages.case import case_title
from apella.casework.pages.counting import clause_names, due_of
from apella.casework.pages.course import CLOSING
from apella.casework.pages.frame import console_frame, full_name, staff_desk
from apella.casework.timeline import case_head
from apella.deadlines import service as deadlines
from apella.errors import Conflict, Malformed, NotFound, RuleViolation
from apella.identity.permissions import may_ever, require
from apella.identity.step_up import DEEDS
from apella.web import formatting
from apella.web.components import Alert, FieldError, Link, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.requests import require_fresh

blueprint = Blueprint("console_act", __name__)


@blueprint.get("/<tenant>/cases/<uuid:case_id>/do/<action>")
def show(tenant: str, case_id: uuid.UUID, action: str) -> str:  # noqa: ARG001 the address names the tenant
    """Show what a verb will do, and ask for what it needs."""
    at, verb = staff_desk(), _verb(action)
    appeal = reading.case_to_read(at, case_id)
    require(at.actor, verb.action, str(appeal.state))
    if verb.action in DEEDS:
        require_fresh()
    return _page(Act(desk=at, appeal=appeal, verb=verb), form_of(verb.action), version=str(appeal.version))


@blueprint.post("/<tenant>/cases/<uuid:case_id>/do/<action>")
def do(tenant: str, case_id: uuid.UUID, action: str) -> Response:
    """Do it and go back to the case; a refusal shows the form again with all that was typed."""
    at, verb = staff_desk(), _verb(action)
    if not may_ever(at.actor, verb.action):
        require(at.actor, verb.action)
    if verb.action in DEEDS:
        require_fresh()
    act = Act(desk=at, appeal=reading.case_for(at, case_id), verb=verb, typed=request.form)
    form = form_of(verb.action)
    raw: Raw | None = None
    try:
        version = typed_version(request.form)
        body, raw = load(form, act, version)
        # What was read so far was read without a lock: the verb must see the case as it is once it holds it.
        at.session.expire_all()
        with at.session.begin_nested():
            verb.call(at, case_id, version, body)
            at.session.flush()
    except (Malformed, Conflict) as error:
        return make_response(_refused(act, form, error, raw), status_of(error))
    return redirect(url_for("console_case.show", tenant=tenant, case_id=case_id, done=verb.action), code=303)


def _verb(path: str) -> Verb:
    found = next((verb for verb in VERBS.values() if verb.path == path), None)
    if found is None:
        raise NotFound(_("По этому адресу ничего нет."), code="not_found")
    return found


def _refused(act: Act, form: ActForm, error: Malformed | Conflict, raw: Raw | None) -> str:
    """Draw the form again: a malformed one with a sentence for each field, a refused one with the reason."""
    version = request.form.get("version", "")
    if isinstance(error, Malformed):
        return _page(act, form, version=version, errors=field_errors(error, form, raw))
    text = ""
    if isinstance(error, RuleViolation) and error.clauses:
        text = clause_names(error.clauses, act.desk.rules.sources)
    actions = [Link(label=_("Открыть дело"), url=_case_url(act))]
    if isinstance(error, StaleVersion):
        text = _("Всё, что вы ввели, осталось на этой странице. Откройте форму заново и сверьте с нынешним делом.")
        actions.append(Link(label=_("Открыть форму заново"), url=_act_url(act)))
    alert = Alert(title=error.message, text=text, tone=Tone.BAD, actions=tuple(actions))
    return _page(act, form, version=version, alert=alert)


def _page(
    act: Act,
    form: ActForm,
    *,
    version: str,
    errors: tuple[FieldError, ...] = (),
    alert: Alert | None = None,
) -> str:
    at, appeal, verb = act.desk, act.appeal, act.verb
    head = case_head(at, appeal)
    number = labels.case_number(appeal)
    return render_template(
        form.template,
        frame=console_frame(
            verb.title,
            section="journal",
            crumbs=(
                Crumb(label=_("Журнал"), url=url_for("console_journal.show", tenant=at.rules.slug)),
                Crumb(label=number, url=_case_url(act)),
                Crumb(label=verb.title),
            ),
            errors=errors,
            notices=() if alert is None else (alert,),
        ),
        action_url=_act_url(act),
        number=number,
        appellant=full_name(head.person),
        about=case_title(at, head),
        due=_due(at, appeal, verb),
        verb=verb,
        consequences=verb.warning or _("Проверьте, то ли это дело, и подтвердите действие."),
        danger=verb.action in CLOSING,
        hidden={"version": version},
        cancel=Link(label=_("Вернуться к делу"), url=_case_url(act)),
        **form.values(act),
    )


def _due(at: Desk, appeal: Appeal, verb: Verb) -> str:
    """Say until when this should be done, where a term asks for it."""
    clock = next((one for one in deadlines.open_terms(at.session, case_id=appeal.id) if one.term in verb.terms), None)
    if clock is None:
        return ""
    left = due_of(clock, rules=at.rules, now=at.now).left_text
    return _("Срок: %(when)s, %(left)s", when=formatting.deadline(clock.due_at, zone=at.rules.zone), left=left)


def _case_url(act: Act) -> str:
    return url_for("console_case.show", tenant=act.desk.rules.slug, case_id=act.appeal.id)


def _act_url(act: Act) -> str:
    return url_for(".show", tenant=act.desk.rules.slug, case_id=act.appeal.id, action=act.verb.path)

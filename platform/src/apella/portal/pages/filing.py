"""Filing in two steps that keep nothing on the server: a form, then the answers to check and the button that files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.filing import Application, FilingRefused, file_appeal
from apella.appeals.mandates import require_power
from apella.appeals.states import AppealKind
from apella.audit.trail import Attempt
from apella.casework.idempotency import KeyReused, answered_before, remember
from apella.errors import Conflict, Malformed, NotFound
from apella.portal import repository
from apella.portal.doors import DoorState
from apella.portal.draft import Draft, WrongAnswers, application_of, digest_of, new_draft, read_draft
from apella.portal.pages import answers, refusals
from apella.portal.pages.cabinet import left_text, limit_text, recheck_note
from apella.portal.pages.counting import counted
from apella.portal.pages.site import blueprint, cabinet_desk, portal_frame
from apella.portal.pages.words import title_of
from apella.portal.results import OwnResult, own_results
from apella.portal.sheet import Sheet, sheet_of
from apella.regions.codes import PowerCode
from apella.registry.model import Exam
from apella.web import formatting
from apella.web.components import FieldError
from apella.web.i18n import gettext as _

AGREED = "agreed"


@blueprint.get("/file/<uuid:work_id>")
def fill_in(tenant: str, work_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """Show the form, or why there is none now."""
    at = cabinet_desk()
    result = _result(at, work_id)
    if result.door.state is not DoorState.OPEN or result.door.channel is None:
        return refusals.by_door(at, result)
    sheet = sheet_of(at, result, result.door.channel)
    return _form_page(at, sheet, new_draft(sheet))


@blueprint.post("/file/<uuid:work_id>")
def check_answers(tenant: str, work_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """Show the answers to check; from there (`step` is `edit`) come back to the form with everything still in it."""
    at = cabinet_desk()
    result = _result(at, work_id)
    if result.door.state is not DoorState.OPEN or result.door.channel is None:
        return refusals.by_door(at, result, attempt=_attempt(at, result))
    sheet, draft = sheet_of(at, result, result.door.channel), read_draft(request.form)
    if request.form.get("step") == "edit":
        return _form_page(at, sheet, draft)
    try:
        application_of(draft, sheet)
    except WrongAnswers as wrong:
        return _form_page(at, sheet, draft, wrong.fields)
    return _check_page(at, sheet, draft)


@blueprint.post("/file/<uuid:work_id>/send")
def send(tenant: str, work_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """File the appeal once, however often the button is pressed."""
    at = cabinet_desk()
    result = _result(at, work_id)
    if result.door.channel is None:
        return refusals.by_door(at, result)
    sheet, draft = sheet_of(at, result, result.door.channel), read_draft(request.form)
    try:
        application = application_of(draft, sheet)
        earlier = answered_before(at, key=draft.key, digest=digest_of(application))
    except WrongAnswers as wrong:
        return _form_page(at, sheet, draft, wrong.fields)
    except KeyReused as reused:
        return refusals.already_filed(result, uuid.UUID(reused.earlier["id"]))
    if earlier is not None:
        return _filed(uuid.UUID(earlier.answer["id"]))
    if result.door.case_id is not None:
        return refusals.already_filed(result, result.door.case_id)
    if request.form.get(AGREED) != "yes":
        return _check_page(at, sheet, draft, agree=False)
    return _file(at, sheet, draft, application)


def _file(at: Desk, sheet: Sheet, draft: Draft, application: Application) -> Response:
    # A refusal by the database ends the transaction: the page for it must not need another row.
    refused = refusals.prepared(sheet.result)
    try:
        appeal = file_appeal(at, application)
    except FilingRefused as refusal:
        return refusals.by_rule(at, sheet.result, refusal)
    except Malformed as wrong:
        return _form_page(at, sheet, draft, wrong.fields)
    except Conflict as conflict:
        return refused(conflict.message)
    remember(at, key=draft.key, digest=digest_of(application), status=201, answer={"id": str(appeal.id)})
    return _filed(appeal.id)


def _filed(case_id: uuid.UUID) -> Response:
    return redirect(url_for("portal.appeal", case_id=case_id, done="filed"), code=303)


def _result(at: Desk, work_id: uuid.UUID) -> OwnResult:
    results = own_results(at, repository.own_cases(at.session, at.actor))
    found = next((result for result in results if result.work_id == work_id), None)
    if found is None:
        raise NotFound("Такой экзаменационной работы нет, или она не ваша.", code="filing.work")
    exam = at.session.get_one(Exam, (at.actor.tenant_id, found.exam_id)) if at.actor.is_proxy else None
    if exam is not None:
        require_power(at.actor, PowerCode.FILE, exam, rules=at.rules)
    return found


def _attempt(at: Desk, result: OwnResult) -> Attempt | None:
    """What the audit keeps of a form that came outside the window, as `file_appeal` would."""
    codes = {DoorState.NOT_YET: "filing.too_early", DoorState.OVER: "filing.too_late"}
    code = codes.get(result.door.state)
    if code is None:
        return None
    return Attempt(
        actor=at.actor,
        tag="appeal:filing:refused",
        subject_type="exam",
        subject_id=result.exam_id,
        case_at=at.now,
        code=code,
    )


def _form_page(at: Desk, sheet: Sheet, draft: Draft, wrong: Mapping[str, str] | None = None) -> Response:
    here = url_for("portal.fill_in", work_id=sheet.work_id)
    page = render_template(
        "portal/fill_in.html",
        frame=portal_frame(_title(sheet), errors=answers.errors_of(wrong or {}), here=here),
        form_url=here,
        key=draft.key,
        draft=draft,
        facts=answers.exam_facts(sheet),
        questions=answers.questions_of(sheet, draft, results_sites=at.rules.tenant.links.results),
        not_considered=at.rules.admission.not_considered("score"),
        **_limit(at, sheet),
    )
    return make_response(page, 422 if wrong else 200)


def _check_page(at: Desk, sheet: Sheet, draft: Draft, *, agree: bool = True) -> Response:
    here = url_for("portal.fill_in", work_id=sheet.work_id)
    missing = FieldError(name=AGREED, message=_("Отметьте: вы понимаете, что балл может снизиться"))
    person, exam = answers.answers_of(sheet, draft)
    page = render_template(
        "portal/check.html",
        frame=portal_frame(_("Проверьте и подайте"), errors=() if agree else (missing,), here=here),
        form_url=here,
        send_url=url_for("portal.send", work_id=sheet.work_id),
        hidden=draft.fields(),
        person=person,
        exam=exam,
        ahead=_ahead(at, sheet),
        **_limit(at, sheet),
    )
    return make_response(page, 200 if agree else 422)


def _title(sheet: Sheet) -> str:
    return title_of(AppealKind.SCORE, sheet.result.subject.name)


def _limit(at: Desk, sheet: Sheet) -> dict[str, object]:
    door = sheet.result.door
    return {
        "limit_title": "" if door.due is None else limit_text(at, door.due),
        "limit_left": "" if door.due is None else left_text(at, door.due),
        "recheck": recheck_note(at, sheet.result),
        "why": counted(door.window, rules=at.rules, rechecked_on=sheet.result.rechecked_on),
        "zone_note": at.rules.tenant.time_caption,
    }


def _ahead(at: Desk, sheet: Sheet) -> tuple[str, ...]:
    """What follows the filing, in sentences."""
    zone = at.rules.zone
    sentences = [_("Время рассмотрения сообщат не позже чем за один рабочий день.")]
    if sheet.decided_by is not None:
        due = formatting.portal_day(formatting.last_minute(sheet.decided_by, zone=zone).date())
        sentences.insert(0, _("Комиссия рассмотрит апелляцию не позже этого дня: %(due)s.", due=due))
    if sheet.withdrawn_by is not None:
        due = formatting.portal_deadline(sheet.withdrawn_by, zone=zone)
        sentences.append(_("Отозвать апелляцию можно до %(due)s, пока комиссия не начала её рассматривать.", due=due))
    return tuple(sentences)

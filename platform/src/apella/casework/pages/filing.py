"""The desk where papers are taken in: whose work, which door, what the paper states, the receipt."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.filing import decisions_of, file_appeal
from apella.appeals.states import AppealKind
from apella.audit.trail import record_attempt
from apella.casework import reading
from apella.casework.forms_filing import (
    YES,
    DeskDoor,
    Paper,
    application_of,
    asks,
    asks_site,
    digest_of,
    doors_for,
    modes_for,
    open_appeals,
    work_at_desk,
)
from apella.casework.idempotency import KeyReused, answered_before, remember
from apella.casework.pages import labels
from apella.casework.pages.acts.base import typed_moment
from apella.casework.pages.counting import clause_names
from apella.casework.pages.frame import console_frame, full_name
from apella.casework.reading import WorkView
from apella.errors import ApellaError, Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.model import Person
from apella.regions.codes import ApplicationField, ChannelCode
from apella.web import formatting
from apella.web.components import Alert, Choice, Fact, FieldError, Link, Tone
from apella.web.errors import status_of
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.refusals import note_refusal
from apella.web.requests import app_of, desk

FIELDS = (
    "arrived_day",
    "arrived_hour",
    "outside_number",
    "phone",
    "email",
    "presence",
    "comes",
    "proxy_issuer",
    "hearing_mode",
    "remote_site",
    "forms_confirmed",
    "disputed",
    "statement",
)
"""Names of the form's fields in their order on the page: the summary of errors follows it."""

blueprint = Blueprint("console_filing", __name__)


@dataclass(frozen=True, kw_only=True)
class WorkLine:
    """A work of the participant with the doors that this person keeps."""

    subject: str
    exam_day: str
    score: str
    doors: tuple[Link, ...]
    notes: tuple[str, ...]


@blueprint.get("/<tenant>/file")
def choose(tenant: str) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the registration code."""
    return _choose_page(_at_a_door())


@blueprint.post("/<tenant>/file")
def search(tenant: str) -> Response:
    """Lead to the works of the participant whose registration code was typed."""
    at = _at_a_door()
    code = " ".join(request.form.get("participant", "").replace("\0", "").split())
    if not code:
        return make_response(_choose_page(at, wrong=_("Введите код регистрации")), 422)
    try:
        found = reading.participant_by_code(at, code)
    except NotFound as error:
        note_refusal(error, status_of(error))
        return make_response(_choose_page(at, code=code, wrong=error.message), status_of(error))
    return redirect(_works_url(tenant, found), code=303)


@blueprint.get("/<tenant>/participants/<uuid:person_id>/file")
def works(tenant: str, person_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """List the works of a participant."""
    at = _at_a_door()
    return _choose_page(at, reading.participant_by_id(at, person_id))


@blueprint.get("/<tenant>/file/<uuid:work_id>")
def fill_in(tenant: str, work_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show the form of a door for one work."""
    at = _at_a_door()
    view, door = _door(at, work_id)
    asked = asks(door.channel, ApplicationField.HEARING_MODE)
    # A door that does not ask takes the region's usual way, which can still be changed.
    usual = "" if asked else modes_for(at, door.kind, view.exam.subject_code)[0]
    return _form_page(at, view, door, Paper(hearing_mode=usual), key=str(uuid.uuid4()))


@blueprint.post("/<tenant>/file/<uuid:work_id>")
def take_in(tenant: str, work_id: uuid.UUID) -> Response:
    """Take the paper in, once however often the button is pressed."""
    at = _at_a_door()
    view, door = _door(at, work_id)
    paper, key = _paper(), _key()
    try:
        arrived_at, wrong = _arrival(at, door, paper)
        application = application_of(at, door, view, paper, arrived_at=arrived_at, wrong=wrong)
        digest = digest_of(application)
        earlier = answered_before(at, key=key, digest=digest)
        if earlier is not None:
            return _receipt(tenant, earlier.answer["id"])
        with at.session.begin_nested():
            appeal = file_appeal(at, application)
            at.session.flush()
    except KeyReused as reused:
        return _refused(at, view, door, paper, reused, case_id=reused.earlier["id"])
    except (Malformed, Conflict) as error:
        return _refused(at, view, door, paper, error)
    remember(at, key=key, digest=digest, status=201, answer={"id": str(appeal.id)})
    return _receipt(tenant, str(appeal.id))


def _at_a_door() -> Desk:
    """The desk of somebody who takes papers in. Raises Forbidden."""
    at = desk()
    if not at.actor.roles & at.rules.door_keepers:
        raise Forbidden(
            _("Апелляции принимают там, где по правилам региона их подают. У вас такого места нет."),
            code="filing.operator",
        )
    return at


def _door(at: Desk, work_id: uuid.UUID) -> tuple[WorkView, DeskDoor]:
    """The work and the door that the address names. Raises NotFound."""
    view = work_at_desk(at, work_id)
    wanted = (request.args.get("kind", ""), request.args.get("channel", ""))
    kept = doors_for(at, view, decisions=decisions_of(at), appealed=())
    door = next((one for one in kept if (str(one.kind), str(one.channel.code)) == wanted), None)
    if door is None:
        raise NotFound(_("Такого способа подачи у вас нет: начните с кода регистрации."), code="filing.channel")
    return view, door


def _paper() -> Paper:
    form = request.form
    return Paper(
        disputed=tuple(dict.fromkeys(form.getlist("disputed"))),
        forms_confirmed=form.get("forms_confirmed", ""),
        presence=form.get("presence", ""),
        comes=tuple(form.getlist("comes")),
        proxy_issuer=form.get("proxy_issuer", ""),
        hearing_mode=form.get("hearing_mode", ""),
        phone=form.get("phone", "").strip(),
        email=form.get("email", "").strip(),
        statement=form.get("statement", "").strip(),
        arrived_day=form.get("arrived_day", "").strip(),
        arrived_hour=form.get("arrived_hour", "").strip(),
        outside_number=form.get("outside_number", "").strip(),
        remote_site=form.get("remote_site", ""),
    )


def _arrival(at: Desk, door: DeskDoor, paper: Paper) -> tuple[datetime | None, Mapping[str, str]]:
    """When it arrived, at a door with arrivals; else what could not be read."""
    if not door.channel.dated:
        return None, {}
    fields = ("arrived_day", "arrived_hour")
    try:
        return typed_moment(paper.arrived_day, paper.arrived_hour, fields=fields, zone=at.rules.zone), {}
    except Malformed as error:
        return None, error.fields


def _key() -> str:
    """The key that the form was opened with. Raises Malformed for a form that is none of ours."""
    try:
        return str(uuid.UUID(request.form.get("key", "")))
    except ValueError as error:
        raise Malformed(_("Форма открыта неправильно: начните с кода регистрации."), code="form.key") from error


def _receipt(tenant: str, case_id: str) -> Response:
    return redirect(url_for("console_receipt.show", tenant=tenant, case_id=case_id), code=303)


def _refused(
    at: Desk, view: WorkView, door: DeskDoor, paper: Paper, error: ApellaError, *, case_id: str | None = None
) -> Response:
    """Show the form again with all that was typed and what to mend, or why the paper is not taken."""
    if error.attempt is not None:
        # The request's own transaction is undone with the answer; what was tried stays in the audit.
        with app_of().database.unit_of_work(error.attempt.actor.tenant_id) as work:
            record_attempt(work.session, error.attempt)
    key = request.form.get("key", "")
    if isinstance(error, Malformed):
        ordered = sorted(error.fields.items(), key=lambda item: FIELDS.index(item[0]) if item[0] in FIELDS else 0)
        errors = tuple(FieldError(name=name, message=text) for name, text in ordered)
        page = _form_page(
            at, view, door, paper, key=key, errors=errors or (FieldError(name="", message=error.message),)
        )
        return make_response(page, status_of(error))
    text = clause_names(error.clauses, at.rules.sources) if isinstance(error, RuleViolation) else ""
    actions = []
    if case_id is not None:
        url = url_for("console_receipt.show", tenant=at.rules.slug, case_id=case_id)
        actions.append(Link(label=_("Открыть принятую апелляцию"), url=url))
    alert = Alert(title=error.message, text=text, tone=Tone.BAD, actions=tuple(actions))
    return make_response(_form_page(at, view, door, paper, key=key, alert=alert), status_of(error))


# --- Pages ------------------------------------------------------------------------------------------------------------


def _choose_page(at: Desk, found: Person | None = None, *, code: str = "", wrong: str = "") -> str:
    errors = (FieldError(name="participant", message=wrong),) if wrong else ()
    return render_template(
        "casework/file_choose.html",
        frame=console_frame(_("Принять апелляцию"), section="file", errors=errors),
        url=url_for(".search", tenant=at.rules.slug),
        code=code if found is None else found.login,
        participant=None if found is None else full_name(found),
        works=[] if found is None else _work_lines(at, found),
    )


def _works_url(tenant: str, person: Person) -> str:
    return url_for("console_filing.works", tenant=tenant, person_id=person.id)


def _work_lines(at: Desk, person: Person) -> list[WorkLine]:
    decisions, appealed = decisions_of(at), open_appeals(at, person.id)
    return [
        _work_line(at, view, doors_for(at, view, decisions=decisions, appealed=appealed))
        for view in reading.works_of_person(at, person)
    ]


def _work_line(at: Desk, view: WorkView, kept: Sequence[DeskDoor]) -> WorkLine:
    doors: list[Link] = []
    notes: list[str] = []
    several = len({door.kind for door in kept}) < len(kept)
    for door in kept:
        kind = labels.KINDS[door.kind]
        if door.filed:
            note = _("%(kind)s: уже подана", kind=capital(kind))
        elif door.closed:
            note = _("%(kind)s: подать пока нельзя", kind=capital(kind))
        elif door.late:
            note = _("%(kind)s: срок истёк, апелляция будет принята с отметкой", kind=capital(kind))
        else:
            when = "" if door.due is None else formatting.deadline(door.due, zone=at.rules.zone)
            note = _("%(kind)s: до %(when)s", kind=capital(kind), when=when)
        if note not in notes:
            notes.append(note)
        if door.filed or door.closed:
            continue
        url = url_for(
            ".fill_in",
            tenant=at.rules.slug,
            work_id=view.work.id,
            kind=str(door.kind),
            channel=str(door.channel.code),
        )
        where = labels.CHANNELS[door.channel.code]
        label = _("Принять: %(where)s", where=where) if several else _("Принять")
        doors.append(Link(label=label, hidden=kind, url=url))
    return WorkLine(
        subject=at.rules.subjects[view.exam.subject_code].name,
        exam_day=formatting.day(view.exam.exam_date),
        score=_score(view),
        doors=tuple(doors),
        notes=tuple(notes),
    )


def _score(view: WorkView) -> str:
    if not view.shows_score:
        return _("вам не показан")
    if view.result is None:
        return _("результата ещё нет")
    return _("%(test)s, первичный %(primary)s", test=view.result.test_score, primary=view.result.primary_score)


def _form_page(
    at: Desk,
    view: WorkView,
    door: DeskDoor,
    paper: Paper,
    *,
    key: str,
    errors: Sequence[FieldError] = (),
    alert: Alert | None = None,
) -> str:
    slug, rules = at.rules.slug, at.rules
    subject = rules.subjects[view.exam.subject_code]
    back = _works_url(slug, view.person)
    title = _("Апелляция %(kind)s", kind=labels.KINDS[door.kind])
    return render_template(
        "casework/file_form.html",
        frame=console_frame(
            title,
            section="file",
            crumbs=(
                Crumb(label=_("Принять апелляцию"), url=url_for(".choose", tenant=slug)),
                Crumb(label=full_name(view.person), url=back),
                Crumb(label=subject.name),
            ),
            errors=errors,
            notices=() if alert is None else (alert,),
            here=back,
        ),
        url=url_for(".take_in", tenant=slug, work_id=view.work.id, kind=str(door.kind), channel=str(door.channel.code)),
        hidden={"key": key},
        facts=_facts(at, view, door),
        late=door.late,
        window=capital(f"{door.window.summary()}."),
        paper=paper,
        back=Link(label=_("Другая работа или участник"), url=back),
        channel=door.channel,
        not_considered=at.rules.admission.not_considered(door.kind),
        **_questions(at, view, door),
    )


def _facts(at: Desk, view: WorkView, door: DeskDoor) -> tuple[Fact, ...]:
    subject = at.rules.subjects[view.exam.subject_code]
    facts = [
        Fact(name=_("Участник"), value=full_name(view.person)),
        Fact(name=_("Экзамен"), value=f"{subject.name}, {formatting.day(view.exam.exam_date)}"),
    ]
    if view.result is not None and door.kind is AppealKind.SCORE:
        facts.append(Fact(name=_("Тестовый балл"), value=_score(view)))
    if door.due is not None:
        facts.append(Fact(name=_("Подать до"), value=formatting.deadline(door.due, zone=at.rules.zone)))
    return tuple(facts)


def _questions(at: Desk, view: WorkView, door: DeskDoor) -> Mapping[str, object]:
    """What the door's rules ask for; an empty list for what they do not."""
    channel, presence = door.channel, at.rules.presence
    subject = at.rules.subjects[view.exam.subject_code]
    modes = modes_for(at, door.kind, view.exam.subject_code)
    remote_sites = at.rules.sites.remote if asks_site(at.rules, channel) else ()
    return {
        # A mail may not say everything; what it says is taken down.
        "asks_phone": asks(channel, ApplicationField.PHONE) or channel.dated,
        "asks_arrival": channel.dated,
        "asks_outside_number": channel.code is ChannelCode.EXTERNAL_PORTAL,
        "time_caption": at.rules.tenant.time_caption,
        "remote_sites": [Choice(value=str(site.code), label=f"{site.name}, {site.address}") for site in remote_sites],
        "asks_email": asks(channel, ApplicationField.EMAIL),
        "asks_statement": door.kind is AppealKind.PROCEDURE,
        "presence_modes": [Choice(value=mode.code, label=mode.label) for mode in presence.modes],
        "people": [Choice(value=mark.person, label=mark.with_label) for mark in presence.marks],
        "proxy_issuers": labels.issuer_choices(presence.proxy),
        "hearing_modes": [Choice(value=mode, label=capital(labels.MODES[mode])) for mode in modes]  # type: ignore[index]  # modes are HearingMode's values
        if len(modes) > 1
        else [],
        "forms_choices": [
            Choice(value=YES, label=_("Да, бланки его")),
            Choice(value="no", label=_("Нет, что-то чужое или не хватает страниц")),
        ]
        if asks(channel, ApplicationField.FORMS_CONFIRMED)
        else [],
        "positions": [
            Choice(
                value=f"{position.task_type}{position.number}", label=_position_name(position.task, position.criterion)
            )
            for position in subject.positions
        ]
        if asks(channel, ApplicationField.POSITIONS)
        else [],
    }


def _position_name(task: str, criterion: str | None) -> str:
    name = _("Задание %(task)s", task=task)
    return f"{name}, {criterion}" if criterion else name

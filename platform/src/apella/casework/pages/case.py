"""The page of a case: the next step first, then the course, scores, deadlines, documents and history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, HearingMode
from apella.appeals.route import Place, channel_of, place_of
from apella.appeals.states import AppealKind
from apella.casework import reading
from apella.casework.forms import ScoresView, scores_of
from apella.casework.pages import labels
from apella.casework.pages.break_glass import glass_alerts
from apella.casework.pages.chain import questions
from apella.casework.pages.counting import deadline_of, runs
from apella.casework.pages.course import closing, course, offer, standing
from apella.casework.pages.done import done_notice
from apella.casework.pages.exclusions import conflict_lines, conflict_links
from apella.casework.pages.frame import SELF_SERVICE, console_frame, full_name, short_name, staff_desk
from apella.casework.pages.history import history
from apella.casework.pages.plan import plan_block
from apella.casework.pages.scores import score_table
from apella.casework.pages.steps import steps
from apella.casework.planning import plan_of
from apella.casework.resources import link_to_document
from apella.casework.timeline import CaseFile, CaseHead, case_file
from apella.deadlines.model import DeadlineState
from apella.errors import NotFound
from apella.hearings.attending import attendant_of
from apella.hearings.model import HearingState
from apella.identity.model import Person
from apella.identity.permissions import role_for
from apella.regions.codes import ChannelCode
from apella.web import formatting
from apella.web.components import Deadline, Fact, Tag, Tone
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.requests import desk

RECENT = 10
"""How many of the newest deeds stand open; the earlier ones are folded."""

blueprint = Blueprint("console_case", __name__)


@dataclass(frozen=True, kw_only=True)
class DocumentLine:
    """A document of the case; `url` is where a form asks for a link to it."""

    title: str
    note: str
    url: str


@dataclass(frozen=True, kw_only=True)
class DocumentNumber:
    """The appellant's document: masked, with the form's address, or in full once somebody asked."""

    text: str
    ask_url: str | None


@blueprint.get("/<tenant>/cases/<uuid:case_id>")
def show(tenant: str, case_id: uuid.UUID) -> str | Response:
    """Show a case."""
    at = desk()
    if at.actor.roles <= SELF_SERVICE:
        return redirect(f"/{tenant}/cabinet", code=303)
    return _page(at, case_id)


@blueprint.post("/<tenant>/cases/<uuid:case_id>/document-number")
def show_document_number(tenant: str, case_id: uuid.UUID) -> Response:  # noqa: ARG001 the address names the tenant
    """Show the appellant's document in full, this once; that it was seen stands in the audit."""
    at = staff_desk()
    number = reading.document_number_of(at, reading.case_for(at, case_id))
    # No redirect: the number must not lie in an address, nor be kept anywhere for the next page.
    return make_response(_page(at, case_id, document=number))


@blueprint.post("/<tenant>/cases/<uuid:case_id>/documents/<uuid:document_id>/open")
def open_document(tenant: str, case_id: uuid.UUID, document_id: uuid.UUID) -> Response:  # noqa: ARG001 the same
    """Make a link to a document and go there; whose it was made for stands in the audit."""
    staff_desk()
    return redirect(link_to_document(case_id, document_id)[0], code=303)


def case_title(at: Desk, head: CaseHead) -> str:
    """Return what a case is about: «химия, экзамен пт 23.05.2025, о несогласии с баллами»."""
    subject = at.rules.subjects[head.exam.subject_code].name.lower()
    day = formatting.day(head.exam.exam_date)
    return _("%(subject)s, экзамен %(day)s, %(kind)s", subject=subject, day=day, kind=labels.KINDS[head.appeal.kind])


def _page(at: Desk, case_id: uuid.UUID, *, document: str | None = None) -> str:
    appeal = reading.case_to_read(at, case_id)
    slug = at.rules.slug
    file = case_file(at, appeal)
    scores = scores_of(at, appeal)
    words = steps(at.rules.bodies)
    found = offer(at, file, words)
    number = labels.case_number(appeal)
    here = url_for(".show", tenant=slug, case_id=appeal.id)
    closed = closing(at, appeal)
    entries = history(at, file, scores)
    terms: list[Deadline] = []
    past: list[Deadline] = []
    for clock in file.clocks:
        lasts = runs(clock, at.now) or clock.state is DeadlineState.SUSPENDED
        (terms if lasts else past).append(deadline_of(clock, words, rules=at.rules, now=at.now))
    may_read_journal = role_for(at.actor, "see_journal") is not None
    return render_template(
        "casework/case.html",
        frame=console_frame(
            _("Дело %(number)s", number=number),
            section="journal",
            heading=full_name(file.person),
            crumbs=(
                *((Crumb(label=_("Журнал"), url=url_for("console_journal.show", tenant=slug)),) * may_read_journal),
                Crumb(label=number),
            ),
            notices=(
                *done_notice(at.rules.bodies),
                *glass_alerts(at, appeal=appeal),
                *(one for one in (closed, standing(at, appeal)) if one is not None),
            ),
            here=here,
        ),
        number=number,
        about=case_title(at, file),
        tags=_tags(file),
        next=found.step,
        others=found.others,
        plan=plan_block(at, plan_of(at, appeal, clocks=file.clocks), words),
        facts=_facts(at, file, scores),
        document=_document_number(at, file, document),
        statement=appeal.statement,
        statement_title=_("Что случилось") if appeal.kind is AppealKind.PROCEDURE else _("Что пишет апеллянт"),
        check_conclusion=appeal.check_conclusion,
        course=course(at, file, words),
        scores=score_table(at, file.exam.subject_code, scores),
        conclusion=scores.conclusion,
        expert=None if scores.expert is None else short_name(scores.expert[1]),
        decision=scores.decision,
        deadlines=terms,
        past_deadlines=past,
        past_title=_past_title(past),
        time_caption=at.rules.tenant.time_caption,
        documents=document_lines(at, file),
        conflicts=conflict_lines(at, appeal),
        conflict_links=conflict_links(at, appeal),
        entries=entries[:RECENT],
        questions=() if role_for(at.actor, "see_audit") is None else questions(slug, appeal.id),
        earlier=entries[RECENT:],
        earlier_title=_(
            "Раньше: %(number)s", number=formatting.count(len(entries) - RECENT, _("запись"), _("записи"), _("записей"))
        ),
    )


def _tags(file: CaseFile) -> tuple[Tag, ...]:
    appeal = file.appeal
    tags = list(labels.case_tags(appeal.state, appeal.outcome))
    if appeal.closed_at is None and appeal.withdrawal_accepted_at is not None:
        tags.append(Tag(text=_("Отзыв в пути"), tone=Tone.WARN, icon="back"))
    if appeal.filed_late:
        admitted = appeal.admitted_late_reason is not None
        text = _("Подана поздно, допущена") if admitted else _("Подана поздно")
        tags.append(Tag(text=text, tone=Tone.NEUTRAL if admitted else Tone.WARN, icon="alert"))
    if appeal.filed_after_regional_limit:
        tags.append(labels.AFTER_REGIONAL_LIMIT)
    return tuple(tags)


def _facts(at: Desk, file: CaseFile, scores: ScoresView) -> tuple[Fact, ...]:
    appeal, zone = file.appeal, at.rules.zone
    channel = labels.CHANNELS[ChannelCode(appeal.channel)]
    facts = [Fact(name=_("Подана"), value=f"{formatting.moment(appeal.filed_at, zone=zone)}, {channel}")]
    if appeal.outside_number is not None:
        facts.append(Fact(name=_("Номер на внешнем портале"), value=appeal.outside_number))
    certified = _certified(at, appeal)
    if certified is not None:
        facts.append(Fact(name=_("Подпись на апелляции"), value=certified))
    place = place_of(at, appeal)
    if place is not None:
        facts.append(Fact(name=_("Где апелляция"), value=_place(at, place)))
    hearing = file.hearing
    if hearing is not None:
        held = hearing.state in (HearingState.OPEN, HearingState.HELD)
        when = formatting.moment(hearing.opened_at or hearing.starts_at, zone=zone)
        facts.append(
            Fact(
                name=_("Рассмотрена") if held else _("Рассмотрение"),
                value=f"{when}, {labels.MODES[HearingMode(hearing.mode)]}",
            )
        )
        if hearing.consultation_at is not None and not held:
            value = formatting.moment(hearing.consultation_at, zone=zone)
            facts.append(Fact(name=_("Разъяснения эксперта"), value=value))
        facts.append(Fact(name=_("Место"), value=hearing.place))
    facts.append(Fact(name=_("Участие"), value=_presence(at, file)))
    stood = attendant_of(at, hearing, appeal)
    if stood is not None:
        facts.append(Fact(name=_("За апеллянта"), value=labels.attendant_line(stood)))
    issuer = appeal.proxy_issuer if hearing is None or hearing.proxy_issuer is None else hearing.proxy_issuer
    if issuer is not None:
        facts.append(Fact(name=_("Кто выдал доверенность"), value=labels.ISSUERS[issuer]))
    if scores.expert is not None:
        facts.append(Fact(name=_("Эксперт"), value=short_name(scores.expert[1])))
    if file.school is not None:
        facts.append(Fact(name=_("Школа"), value=file.school.name))
    if file.exam_point is not None and file.work is not None:
        facts.append(Fact(name=_("Пункт экзамена, аудитория"), value=f"{file.exam_point.code}, {file.work.room}"))
    return tuple(facts)


def _certified(at: Desk, appeal: Appeal) -> str | None:
    """Say who signed how many copies of the paper, and when; None for a paper without such a signature."""
    if appeal.certified_at is None or appeal.certified_copies is None:
        return None
    rule = channel_of(at, appeal).certification
    return ", ".join(
        (
            formatting.count(appeal.certified_copies, _("экземпляр"), _("экземпляра"), _("экземпляров")),
            short_name(at.session.get_one(Person, (appeal.tenant_id, appeal.certified_by))),
            *(() if rule is None else (rule.post,)),
            formatting.moment(appeal.certified_at, zone=at.rules.zone),
        )
    )


def _place(at: Desk, place: Place) -> str:
    """Say in whose hands a paper on its way is."""
    if place.role is None:
        return _("передана в комиссию, в журнал ещё не внесена")
    return place.organisation.name if place.organisation is not None else labels.role_name(place.role, at.rules.bodies)


def _presence(at: Desk, file: CaseFile) -> str:
    appeal = file.appeal
    if appeal.attendance is not None:
        return labels.ATTENDANCE[appeal.attendance]
    wanted = {
        "participant": appeal.attends_participant,
        "parent": appeal.attends_parent,
        "proxy": appeal.attends_proxy,
    }
    people = ", ".join(labels.SIDE[who] for who, comes in wanted.items() if comes)
    if not people:
        return _("без участия")
    text = _("%(people)s: %(mode)s", people=people, mode=labels.MODES[appeal.hearing_mode])
    site = at.rules.sites.get(appeal.wished_site_code or "")
    if site is None:
        return text
    return _("%(side)s; просят пункт: %(site)s", side=text, site=f"{site.name}, {site.address}")


def _document_number(at: Desk, file: CaseFile, shown: str | None) -> DocumentNumber | None:
    """The document's line, for those who may see it at all."""
    person = file.person
    if role_for(at.actor, "see_document_number") is None or person.document_cipher is None:
        return None
    if shown is not None:
        return DocumentNumber(text=_grouped(shown), ask_url=None)
    number = at.vault.open("person.document", person.id, person.document_cipher)
    url = url_for(".show_document_number", tenant=at.rules.slug, case_id=file.appeal.id)
    return DocumentNumber(text=formatting.masked_document(number), ask_url=url)


def _grouped(number: str) -> str:
    return f"{number[:4]}{formatting.NBSP}{number[4:]}" if len(number) == 10 else number


def _past_title(past: Sequence[Deadline]) -> str:
    number = formatting.count(len(past), _("срок"), _("срока"), _("сроков"))
    late = sum(one.tag.tone is Tone.BAD for one in past)
    return (
        _("Ещё %(number)s: нарушено %(late)s", number=number, late=late) if late else _("Ещё %(number)s", number=number)
    )


def document_lines(at: Desk, file: CaseFile) -> list[DocumentLine]:
    """Return the documents that are made, each with the address that asks for a link to it."""
    lines = []
    for document, stored in file.documents:
        if document.made_at is None:
            raise NotFound(_("Документ ещё готовится."), code="document.unknown")
        made = formatting.moment(document.made_at, zone=at.rules.zone, year=False)
        size = formatting.count(max(1, round(stored.size / 1024)), _("КБ"), _("КБ"), _("КБ"))
        lines.append(
            DocumentLine(
                title=capital(document.title),
                note=_(
                    "%(form)s, PDF, %(size)s, %(made)s", form=stored.file_name.partition(" ")[0], size=size, made=made
                ),
                url=url_for(
                    "console_case.open_document", tenant=at.rules.slug, case_id=file.appeal.id, document_id=document.id
                ),
            )
        )
    return lines

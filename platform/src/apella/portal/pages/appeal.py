"""The page of one appeal: when and where it is heard, what is done, what was decided, its papers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, HearingMode
from apella.casework.resources import link_to_document
from apella.documents.model import Document
from apella.exchange.service import CHANGING
from apella.hearings.model import Hearing, HearingState
from apella.portal.case import OwnCase, own_case
from apella.portal.course import course
from apella.portal.pages import words
from apella.portal.pages.counting import Counted, counted
from apella.portal.pages.site import blueprint, cabinet_desk, portal_frame
from apella.portal.voice import Voice, voice_of
from apella.portal.withdrawals import Withdrawal, WithdrawalState, is_withdrawn
from apella.registry.model import Mark
from apella.storage.model import StoredFile
from apella.web import formatting
from apella.web.components import Alert, Fact, Tone
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

KILOBYTE = 1024


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """The hearing as the participant prepares for it."""

    title: str
    when: str
    iso: str
    left: str
    lines: tuple[str, ...]
    bring: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document: `open_url` takes a POST, None while it is being made or is not to be seen yet."""

    title: str
    note: str
    open_url: str | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A position with its marks: `becomes` None where it stays. `why` are the words of who says so."""

    position: str
    was: int
    becomes: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the commission decided. `sums` are the scores before and after, with the word «предварительно» in need."""

    text: str
    when: str
    reason: str
    lines: tuple[Line, ...]
    sums: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """The expert's conclusion."""

    summary: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class WithdrawalNote:
    """Whether the appeal can be taken back: a sentence, the count, and the page where it is done."""

    text: str
    why: Counted | None
    url: str | None


@blueprint.get("/appeals/<uuid:case_id>")
def appeal(tenant: str, case_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show one appeal; `done` says what its participant has just done."""
    at = cabinet_desk()
    case = own_case(at, case_id)
    subject = at.rules.subjects[case.exam.subject_code].name
    done = request.args.get("done")
    filed = done == "filed" and case.appeal.outcome is None
    return render_template(
        "portal/appeal.html",
        frame=portal_frame(words.title_of(case.appeal.kind, subject), notices=_notices(case.appeal, done)),
        filed=_filed_note(at, case.appeal) if filed else "",
        number=case.appeal.receipt_number,
        journal_number=case.appeal.journal_number or "",
        filed_at=formatting.portal_moment(case.appeal.filed_at, zone=at.rules.zone, short=True, year=True),
        zone_note=at.rules.tenant.time_caption,
        tag_value=words.state_tag(case.appeal, hidden=case.hides_decision),
        refusal="" if case.hides_decision else words.refusal_text(case.appeal),
        meeting=_meeting(at, case),
        wish=_wish(at, case),
        steps=()
        if case.hides_decision
        else words.timeline(
            course(case.milestones), appeal=case.appeal, actor=at.actor, now=at.now, zone=at.rules.zone
        ),
        verdict=_verdict(at, case),
        opinion=_opinion(case),
        scores=_score_facts(case),
        papers=_papers(at, case),
        withdrawal=_withdrawal_note(at, case.appeal, case.withdrawal) if case.may_withdraw else None,
    )


@blueprint.post("/appeals/<uuid:case_id>/documents/<uuid:document_id>")
def document(tenant: str, case_id: uuid.UUID, document_id: uuid.UUID) -> Response:  # noqa: ARG001 the same
    """Open a document by a short-lived link of its own."""
    own_case(cabinet_desk(), case_id)
    url, _expires_at = link_to_document(case_id, document_id)
    return redirect(url, code=303)


def _notices(appeal: Appeal, done: str | None) -> tuple[Alert, ...]:
    if done == "withdrawn" and is_withdrawn(appeal):
        text = _("Комиссия не будет её рассматривать. Баллы остались прежними.")
        return (Alert(title=_("Апелляция отозвана"), text=text, tone=Tone.OK),)
    return ()


def _filed_note(at: Desk, appeal: Appeal) -> str:
    """What to do with the number, and whether it comes in a message as well."""
    rule = at.rules.notice("appeal_filed", kind=appeal.kind)
    told = rule is not None and "participant" in rule.recipients
    if told and rule is not None and "sms" in rule.channels:
        return _("Запишите номер. Мы отправим его и в СМС на указанный вами телефон.")
    return _("Запишите номер: по нему апелляцию найдут в комиссии.")


# --- Hearing ----------------------------------------------------------------------------------------------------------


def _meeting(at: Desk, case: OwnCase) -> Meeting | None:
    hearing = case.hearing
    if hearing is None or hearing.state not in (HearingState.PLANNED, HearingState.OPEN) or case.appeal.closed_at:
        return None
    zone = at.rules.zone
    begins = hearing.consultation_at or hearing.starts_at
    running = hearing.state is HearingState.OPEN or at.now >= begins
    return Meeting(
        title=_meeting_title(hearing.mode, voice_of(at.actor)),
        when=formatting.portal_moment(begins, zone=zone),
        iso=begins.astimezone(zone).isoformat(timespec="minutes"),
        left=_("Комиссия рассматривает апелляцию.") if running else capital(_left(at, hearing)) + ".",
        lines=tuple(line for line in _meeting_lines(at, hearing) if line),
        bring=() if hearing.mode is HearingMode.IN_ABSENCE else _bring(at, case.appeal),
    )


def _wish(at: Desk, case: OwnCase) -> str:
    """The site that the participant asked for, until there is a time and a place."""
    site = at.rules.sites.get(case.appeal.wished_site_code or "")
    return "" if site is None or case.hearing is not None else words.site_text(site)


def _meeting_title(mode: HearingMode, voice: Voice) -> str:
    titles = {
        HearingMode.ON_SITE: _("Рассмотрение на месте"),
        HearingMode.REMOTE: _("Рассмотрение по видеосвязи"),
        HearingMode.IN_ABSENCE: voice.say(_("Рассмотрение без вас"), _("Рассмотрение без участника")),
    }
    return titles[mode]


def _left(at: Desk, hearing: Hearing) -> str:
    return formatting.time_left(hearing.consultation_at or hearing.starts_at, now=at.now, zone=at.rules.zone)


def _meeting_lines(at: Desk, hearing: Hearing) -> tuple[str, ...]:
    if hearing.mode is HearingMode.IN_ABSENCE:
        return (_("Приходить и подключаться не нужно. Решение появится здесь."),)
    rules = at.rules
    remote = hearing.mode is HearingMode.REMOTE
    parts = ""
    if hearing.consultation_at is not None:
        parts = _(
            "Сначала консультация с экспертом, рассмотрение начнётся в %(hour)s.",
            hour=formatting.clock(hearing.starts_at, zone=rules.zone),
        )
    place = _("Место: %(place)s.", place=hearing.place) if hearing.site_code is not None else ""
    link = ""
    if remote and hearing.site_code is None:
        before = formatting.count(rules.durations.link.before, _("минуту"), _("минуты"), _("минут"))
        link = _(
            "Связь: %(system)s. Подключиться можно за %(before)s до начала.",
            system=rules.hearing.video_system,
            before=before,
        )
    recorded = _("Заседание записывают.") if remote and rules.hearing.recorded else ""
    alone = voice_of(at.actor).say(
        _("Если вас не будет, комиссия рассмотрит апелляцию без вас."),
        _("Если никого не будет, комиссия рассмотрит апелляцию без участника и его представителей."),
    )
    return (parts, place, link, recorded, alone)


def _bring(at: Desk, appeal: Appeal) -> tuple[str, ...]:
    """What each person of the appellant's side shows (federal:100.10 and the region's rules of presence)."""
    presence, voice = at.rules.presence, voice_of(at.actor)
    lines = []
    if appeal.attends_participant:
        lines.append(
            voice.say(
                _("Вам: документ, удостоверяющий личность, например паспорт."),
                _("Участнику: документ, удостоверяющий личность, например паспорт."),
            )
        )
    if appeal.attends_parent:
        lines.append(
            voice.say(
                _("Родителю или законному представителю: свой документ и документ о том, что он вас представляет."),
                _("Родителю или законному представителю: свой документ и документ о праве представлять участника."),
            )
            if presence.parent_proof_required
            else _("Родителю или законному представителю: свой документ, удостоверяющий личность.")
        )
    if appeal.attends_proxy:
        lines.append(
            _("Представителю: свой документ и доверенность, заверенная нотариусом.")
            if presence.proxy.notary_required
            else _("Представителю: свой документ и доверенность.")
        )
        if appeal.proxy_issuer is not None:
            who = words.issuer_text(appeal.proxy_issuer, voice).lower()
            lines.append(_("Кто выдаёт доверенность, как в заявлении: %(who)s.", who=who))
    return tuple(lines)


# --- Decision ---------------------------------------------------------------------------------------------------------


def _verdict(at: Desk, case: OwnCase) -> Verdict | None:
    decision = case.decision
    if decision is None:
        return None
    return Verdict(
        text=words.outcome_text(decision.outcome),
        when=formatting.portal_moment(decision.decided_at, zone=at.rules.zone, short=True),
        reason=decision.reason,
        lines=tuple(
            Line(
                position=_position(line.task_type, line.position, case.marks),
                was=line.was,
                becomes=line.becomes,
                why=line.reason,
            )
            for line in case.changes
        ),
        sums=_sums(case),
    )


def _sums(case: OwnCase) -> tuple[str, ...]:
    """The scores before and after the decision; a score that is not approved says so."""
    decision, scores = case.decision, case.scores
    if decision is None or scores is None or decision.outcome not in CHANGING:
        return ()
    approved = case.milestones.approved_at is not None
    primary = _("Первичный балл: был %(was)s, стал %(now)s", was=decision.primary_before, now=decision.primary_after)
    if scores.now.id == scores.before.id:
        test = _("Тестовый балл %(was)s пересчитает федеральный центр.", was=scores.before.test_score)
    else:
        now = _("Тестовый балл: был %(was)s, стал %(now)s", was=scores.before.test_score, now=scores.now.test_score)
        test = _as_known(now, approved=approved)
    return (_as_known(primary, approved=approved), test)


def _as_known(text: str, *, approved: bool) -> str:
    return f"{text}." if approved else _("%(score)s (предварительно, до утверждения).", score=text)


def _opinion(case: OwnCase) -> Opinion | None:
    if case.conclusion is None:
        return None
    conclusion, lines = case.conclusion
    return Opinion(
        summary=conclusion.summary,
        lines=tuple(
            Line(
                position=_position(line.task_type, line.position, case.marks),
                was=line.was,
                becomes=line.proposed,
                why=line.argument,
            )
            for line in lines
        ),
    )


def _position(task_type: str, number: int, marks: Mapping[str, Mark]) -> str:
    mark = marks.get(f"{task_type}{number}")
    if mark is None:
        return _("Позиция %(number)s", number=number)
    task = _("Задание %(task)s", task=mark.task)
    return f"{task}, {mark.criterion}" if mark.criterion else task


def _score_facts(case: OwnCase) -> tuple[Fact, ...]:
    scores = case.scores
    if scores is None:
        return ()
    word = _(" (предварительно)") if scores.preliminary else ""
    return (
        Fact(name=_("Тестовый балл") + word, value=str(scores.now.test_score)),
        Fact(name=_("Первичный балл") + word, value=str(scores.now.primary_score)),
    )


# --- Papers, withdrawal -----------------------------------------------------------------------------------------------


def _papers(at: Desk, case: OwnCase) -> tuple[Paper, ...]:
    papers = [_paper(at, case.appeal, document, file) for document, file in case.papers]
    if case.decision is None and case.has_conclusion and not case.hides_decision:
        papers.append(Paper(title=_("Заключение эксперта"), note=_("Откроется после решения"), open_url=None))
    return tuple(papers)


def _paper(at: Desk, appeal: Appeal, document: Document, file: StoredFile | None) -> Paper:
    if file is None or document.made_at is None:
        return Paper(title=document.title, note=_("Готовится. Обновите страницу через минуту"), open_url=None)
    note = _(
        "PDF, %(size)s КБ, %(day)s",
        size=formatting.whole(max(1, round(file.size / KILOBYTE))),
        day=formatting.portal_day(document.made_at.astimezone(at.rules.zone).date(), short=True),
    )
    url = url_for("portal.document", case_id=appeal.id, document_id=document.id)
    return Paper(title=document.title, note=note, open_url=url)


def _withdrawal_note(at: Desk, appeal: Appeal, withdrawal: Withdrawal) -> WithdrawalNote | None:
    due = "" if withdrawal.due is None else formatting.portal_deadline(withdrawal.due, zone=at.rules.zone)
    left = "" if withdrawal.due is None else capital(_left_to(at, withdrawal))
    texts: Mapping[WithdrawalState, str] = {
        WithdrawalState.HERE: _(
            "Отозвать апелляцию можно до %(due)s, пока комиссия не начала её рассматривать. %(left)s.",
            due=due,
            left=left,
        ),
        WithdrawalState.DESK: _(
            "Отозвать апелляцию можно до %(due)s, пока комиссия не начала её рассматривать. %(left)s. "
            "Через личный кабинет отзыв не принимают: "
            "подайте письменное заявление туда, где подавали апелляцию: %(desk)s.",
            due=due,
            left=left,
            desk=words.subject_in_title(withdrawal.desk or _("в школу")),
        ),
        WithdrawalState.ACCEPTED: _("Заявление об отзыве приняли. Рассматривать апелляцию не будут."),
        WithdrawalState.BEGUN: words.begun_text(withdrawal, zone=at.rules.zone),
        WithdrawalState.OVER: _("Отозвать апелляцию можно было до %(due)s.", due=due)
        if due
        else _("Отозвать апелляцию уже нельзя."),
        WithdrawalState.NEVER: _("В регионе апелляции не отзывают."),
    }
    if withdrawal.state not in texts:
        return None
    here = withdrawal.state is WithdrawalState.HERE
    running = withdrawal.state in (WithdrawalState.HERE, WithdrawalState.DESK)
    return WithdrawalNote(
        text=texts[withdrawal.state],
        why=counted(withdrawal.window, rules=at.rules) if running and withdrawal.window is not None else None,
        url=url_for("portal.ask_withdrawal", case_id=appeal.id) if here else None,
    )


def _left_to(at: Desk, withdrawal: Withdrawal) -> str:
    return "" if withdrawal.due is None else formatting.time_left(withdrawal.due, now=at.now, zone=at.rules.zone)

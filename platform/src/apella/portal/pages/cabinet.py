"""The first page of the cabinet: the participant's appeals, results and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.mandates import has_power, may_file_through
from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.deadlines.model import Deadline
from apella.exchange.service import CHANGING
from apella.hearings.model import Hearing, HearingState
from apella.identity.representation import whole_name
from apella.portal import repository
from apella.portal.doors import Door, DoorState
from apella.portal.pages import words
from apella.portal.pages.counting import Counted, counted
from apella.portal.pages.site import blueprint, cabinet_desk, office_hours, own_side_desk, owner, portal_frame
from apella.portal.results import OwnResult, own_results
from apella.portal.voice import voice_of
from apella.regions.codes import PowerCode
from apella.regions.values.filing import Channel
from apella.registry.model import Exam
from apella.web import formatting
from apella.web.components import Tag
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

UNFOLDED_MESSAGES = 5


@dataclass(frozen=True, kw_only=True)
class ResultCard:
    """A result. `limit` and `left` stand while it may be appealed; `note` says why it may not.

    `recheck` says of the result of a re-check that it is one.
    """

    title: str
    day: str
    scores: str
    preliminary: bool
    recheck: str = ""
    note: str = ""
    limit: str = ""
    left: str = ""
    why: Counted | None = None
    file_url: str | None = None
    case_url: str | None = None
    first: bool = False
    desks: tuple[str, ...] = ()
    desks_note: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseCard:
    """An appeal: where it is and what comes next."""

    title: str
    number: str
    tag: Tag
    next_text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """A notice as it was sent."""

    title: str
    text: str
    when: str
    url: str


@blueprint.get("")
def cabinet(tenant: str) -> str | Response:  # noqa: ARG001 the address names the tenant
    """Show what the participant has: appeals first, since something may be due there."""
    if own_side_desk().actor.own_id is None:
        return redirect(url_for("portal.choose"), code=303)
    at = cabinet_desk()
    cases = repository.own_cases(at.session, at.actor)
    ids = [appeal.id for appeal, _exam in cases]
    hearings = repository.standing_hearings(at.session, ids)
    clocks = repository.open_clocks(at.session, ids)
    name, voice = whole_name(owner()), voice_of(at.actor)
    messages = _messages(at)
    return render_template(
        "portal/cabinet.html",
        frame=portal_frame(_("Личный кабинет")),
        full_name=name,
        cases_title=voice.say(_("Мои апелляции"), _("Апелляции: %(name)s", name=name)),
        results_title=voice.say(_("Мои результаты"), _("Результаты: %(name)s", name=name)),
        zone_note=at.rules.tenant.time_caption,
        cases=[
            _case_card(at, appeal, exam, hearings.get(appeal.id), clocks.get(appeal.id, {})) for appeal, exam in cases
        ],
        results=result_cards(at, own_results(at, cases)),
        messages=messages[:UNFOLDED_MESSAGES],
        older=messages[UNFOLDED_MESSAGES:],
        no_messages=_where_messages_come(at),
    )


# --- Results ----------------------------------------------------------------------------------------------------------


def result_cards(at: Desk, results: Sequence[OwnResult]) -> list[ResultCard]:
    """The results that may be appealed first; one primary button a page, on the first that may be filed here."""
    results = sorted(results, key=lambda result: result.door.state not in (DoorState.OPEN, DoorState.DESK))
    first = next((result.work_id for result in results if result.door.state is DoorState.OPEN), None)
    return [_result_card(at, result, first=result.work_id == first) for result in results]


def _result_card(at: Desk, result: OwnResult, *, first: bool) -> ResultCard:
    door, barred = result.door, _barred(at, result)
    fileable = door.due if door.state in (DoorState.OPEN, DoorState.DESK) and not at.actor.is_proxy else None
    desks = door.state is DoorState.DESK and not barred
    return ResultCard(
        title=result.subject.name,
        day=formatting.portal_day(result.exam_date),
        scores=score_text(result),
        preliminary=result.preliminary,
        recheck=recheck_note(at, result),
        note=barred or door_note(at, door),
        limit="" if fileable is None else limit_text(at, fileable),
        left="" if fileable is None else left_text(at, fileable),
        why=counted(door.window, rules=at.rules, rechecked_on=result.rechecked_on)
        if fileable or door.state is DoorState.OVER
        else None,
        file_url=url_for("portal.fill_in", work_id=result.work_id)
        if door.state is DoorState.OPEN and not barred
        else None,
        case_url=None if door.case_id is None else url_for("portal.appeal", case_id=door.case_id),
        first=first,
        desks=desk_lines(door.desks) if desks else (),
        desks_note=closed_door_note(door) if desks else "",
    )


def _barred(at: Desk, result: OwnResult) -> str:
    """Why a representative does not file where the participant could; empty where they do, and for the participant."""
    door, subject, year = result.door, result.subject_code, result.exam_date.year
    if at.actor.is_proxy and door.state in (DoorState.OPEN, DoorState.DESK):
        if at.actor.has_power(PowerCode.FILE, subject_code=subject, year=year):
            return ""
        return _("Доверенность не даёт вам права подать апелляцию: это делает сам участник или его родитель.")
    if door.state is not DoorState.OPEN or door.channel is None:
        return ""
    if may_file_through(at.actor, door.channel, subject_code=subject, year=year):
        return ""
    return _("Через личный кабинет апелляцию подаёт сам участник.")


def score_text(result: OwnResult) -> str:
    """Both scores in a line: «тестовый балл 71, первичный 40 из 56»."""
    if result.test_score is None or result.primary_score is None:
        return _("Результата пока нет")
    return _(
        "Тестовый балл %(test)s, первичный %(primary)s из %(most)s",
        test=result.test_score,
        primary=result.primary_score,
        most=result.subject.max_primary,
    )


def recheck_note(at: Desk, result: OwnResult) -> str:
    """That the result is one of a re-check, and until when it may be appealed (federal:100.3); else empty."""
    door = result.door
    if result.rechecked_on is None or door.due is None:
        return ""
    due = formatting.portal_deadline(door.due, zone=at.rules.zone)
    what = voice_of(at.actor).say(
        _("Это результат после перепроверки вашей работы"), _("Это результат после перепроверки работы участника")
    )
    if door.state in (DoorState.OPEN, DoorState.DESK):
        return _("%(what)s, апелляцию о нём можно подать до %(due)s.", what=what, due=due)
    if door.state is DoorState.OVER:
        return _("%(what)s, апелляцию о нём принимали до %(due)s.", what=what, due=due)
    return f"{what}."


def door_note(at: Desk, door: Door) -> str:
    """Why nothing can be filed here, in a sentence; empty where something can."""
    if door.state is DoorState.OVER and door.due is not None:
        return _(
            "Срок подачи апелляции закончился: %(due)s.", due=formatting.portal_deadline(door.due, zone=at.rules.zone)
        )
    if door.state is DoorState.NOT_YET and door.window.first_opens is not None:
        opens = formatting.portal_day(door.window.first_opens.astimezone(at.rules.zone).date())
        return _("Подать апелляцию можно будет, когда результаты объявят официально: %(day)s.", day=opens)
    texts: Mapping[DoorState, str] = {
        DoorState.NOT_YET: _("Результаты ещё не объявили официально. Когда объявят, можно будет подать апелляцию."),
        DoorState.APPEALED: _("По этому экзамену апелляция уже подана."),
        DoorState.ANNULLED: _("Результат этого экзамена аннулирован, оспорить его баллы нельзя."),
        DoorState.SHUT: _("Приём апелляций по этому экзамену не открыт. Спросите в комиссии: телефон внизу страницы."),
    }
    return texts.get(door.state, "")


def closed_door_note(door: Door) -> str:
    """Why the cabinet does not take this appeal although it has a form; empty where the region has no such form."""
    if door.channel is not None and not door.decided:
        return _("Через личный кабинет в этом сезоне апелляции не принимают: нет решения экзаменационной комиссии.")
    return _("В вашем регионе апелляции через личный кабинет не принимают.")


def desk_lines(desks: Sequence[Channel]) -> tuple[str, ...]:
    """Where else to file, each door with its hours."""
    return tuple(
        _("%(door)s. Часы работы: %(hours)s", door=channel.title, hours=office_hours())
        if channel.closes_with_office
        else channel.title
        for channel in desks
    )


def limit_text(at: Desk, due: datetime) -> str:
    """Until when an appeal may be filed; `due` is the exclusive end."""
    return _("Подать апелляцию можно до %(due)s", due=formatting.portal_deadline(due, zone=at.rules.zone))


def left_text(at: Desk, due: datetime) -> str:
    """What is left until then."""
    if at.now >= due:
        return _("Сегодня приём уже закончен. Позвоните в комиссию: телефон внизу страницы.")
    return capital(formatting.time_left(due, now=at.now, zone=at.rules.zone)) + "."


# --- Appeals ----------------------------------------------------------------------------------------------------------


def _case_card(
    at: Desk, appeal: Appeal, exam: Exam, hearing: Hearing | None, clocks: Mapping[str, Deadline]
) -> CaseCard:
    return CaseCard(
        title=words.title_of(appeal.kind, at.rules.subjects[exam.subject_code].name),
        number=appeal.receipt_number,
        tag=words.state_tag(appeal, hidden=not has_power(at.actor, PowerCode.READ_DECISION, exam)),
        next_text=_next_text(at, appeal, hearing, clocks),
        url=url_for("portal.appeal", case_id=appeal.id),
    )


def _next_text(at: Desk, appeal: Appeal, hearing: Hearing | None, clocks: Mapping[str, Deadline]) -> str:
    """The next date of a case for its participant; empty for a closed one."""
    if appeal.state is State.CLOSED:
        return ""
    if hearing is not None and hearing.state is HearingState.PLANNED:
        return _("Рассмотрение: %(when)s", when=formatting.portal_moment(hearing.starts_at, zone=at.rules.zone))
    for term, text in _awaited(appeal).items():
        clock = clocks.get(term)
        if clock is not None:
            if clock.is_passed_advice(at.now):
                return text
            return f"{text} {words.until(clock.due_at, now=at.now, zone=at.rules.zone)}"
    return ""


def _awaited(appeal: Appeal) -> Mapping[str, str]:
    """What a participant waits for, the nearest first: a term and the beginning of its sentence."""
    kind = str(appeal.kind)
    waits = {
        f"{kind}.forwarding": _("Апелляцию передадут в комиссию"),
        f"{kind}.registration": _("Апелляцию внесут в журнал комиссии"),
        f"{kind}.consideration": _("Комиссия рассмотрит апелляцию"),
        "reopened.consideration": _("Комиссия рассмотрит апелляцию заново"),
    }
    if appeal.outcome in CHANGING:
        waits["recalculation.federal"] = _("Федеральный центр пересчитает баллы")
    waits["approval"] = _("Экзаменационная комиссия утвердит результат")
    waits["decision.notice"] = _("Уведомление о решении придёт")
    return waits


# --- Messages ---------------------------------------------------------------------------------------------------------


def _messages(at: Desk) -> list[Message]:
    found = []
    for notice, appeal in repository.cabinet_notices(at.session, at.actor):
        rule = at.rules.notice(notice.event, kind=appeal.kind)
        found.append(
            Message(
                title=_("Сообщение") if rule is None else rule.title,
                text=notice.text,
                when=formatting.portal_moment(notice.sent_at or notice.planned_at, zone=at.rules.zone, short=True),
                url=url_for("portal.appeal", case_id=appeal.id),
            )
        )
    return found


def _where_messages_come(at: Desk) -> str:
    """What stands in place of messages: by which ways the region tells participants."""
    voice = voice_of(at.actor)
    ways = {channel for rule in at.rules.notices if "participant" in rule.recipients for channel in rule.channels}
    names = [name for code, name in (("sms", _("в СМС")), ("email", _("на электронную почту"))) if code in ways]
    if "cabinet" in ways:
        return voice.say(
            _("Здесь появятся сообщения о ваших апелляциях."), _("Здесь появятся сообщения об апелляциях участника.")
        )
    told = _(" и ").join(names)
    return voice.say(
        _("О ваших апелляциях сообщат %(ways)s.", ways=told),
        _("Участнику о его апелляциях сообщат %(ways)s.", ways=told),
    )

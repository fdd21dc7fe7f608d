"""The history of a case: plain sentences with who and when, the newest first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from apella.appeals.desk import Desk
from apella.appeals.journal import REFUSAL_GROUNDS
from apella.appeals.model import Appeal
from apella.appeals.route import channel_of
from apella.appeals.states import Action, Outcome
from apella.appeals.suspension import CAUSES
from apella.audit.words import words_of
from apella.calendar import store
from apella.casework.forms import ScoresView
from apella.casework.pages import labels
from apella.casework.pages.frame import short_name
from apella.casework.pages.scores import position_name
from apella.casework.timeline import MOVE, CaseFile, Deed
from apella.commissions.model import Ballot
from apella.documents.forms import FormCode
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.notices.sending import BREAK_GLASS
from apella.notices.wording import OUTCOMES
from apella.regions.codes import ChannelCode, NoticeEvent
from apella.web import formatting
from apella.web.components import LogEntry
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

NOTICE = "notice:person:"


def history(at: Desk, file: CaseFile, scores: ScoresView) -> tuple[LogEntry, ...]:
    """Tell what was done with a case."""
    entries = []
    for __, group in groupby(file.deeds, key=_told_together):
        deeds = list(group)
        text = (
            _notices(deeds, file.appeal) if deeds[0].tag.startswith(NOTICE) else _sentence(deeds[0], at, file, scores)
        )
        if text:
            entries.append(_entry(at, deeds[0], text))
    return tuple(entries)


def _told_together(deed: Deed) -> tuple[object, ...]:
    """Notices of one event to one person are one line; everything else stands alone."""
    if deed.tag.startswith(NOTICE):
        return (NOTICE, deed.at, deed.after.get("event"), deed.after.get("person"))
    return (id(deed),)


def _entry(at: Desk, deed: Deed, text: str) -> LogEntry:
    local = deed.at.astimezone(at.rules.zone)
    return LogEntry(
        day_text=formatting.day(local.date(), year=False),
        time_text=formatting.clock(local, zone=at.rules.zone),
        text=text,
        who=_who(at, deed),
    )


def _who(at: Desk, deed: Deed) -> str:
    if deed.person is None:
        return _("Система")
    if deed.person.erased:
        return _("Участник")
    name = short_name(deed.person)
    if deed.role is None or deed.role == Role.PARTICIPANT:
        return name
    if deed.acting is not None:
        return f"{name} ({labels.acting(Role(deed.role), number=deed.acting.number, day=deed.acting.day)})"
    return f"{capital(labels.role_name(Role(deed.role), at.rules.bodies))} {name}"


def _sentence(deed: Deed, at: Desk, file: CaseFile, scores: ScoresView) -> str:
    if deed.tag.startswith(MOVE):
        return _move(Action(deed.tag.removeprefix(MOVE)), deed, at, file, scores)
    centre, federal = at.rules.bodies.data_centre.short, at.rules.bodies.federal_centre.short
    after = deed.after
    match deed.tag:
        case "appeal:kit:requested":
            return _("Апелляционный комплект запрошен.")
        case "appeal:kit:received":
            return _kit(after)
        case "appeal:expert:assigned":
            return _assigned(after, scores)
        case "appeal:expert:concluded":
            return _concluded(after, scores)
        case "appeal:vote:cast":
            return _("Подан голос: %(ballot)s.", ballot=labels.BALLOTS[Ballot(after["ballot"])].lower())
        case "appeal:representative:came":
            return _came(at, after)
        case "appeal:withdrawal:accepted":
            return _withdrawal(after)
        case "appeal:withdrawal:forwarded":
            return _("Отзыв передан дальше.")
        case "appeal:paper:certified":
            number = formatting.count(after["copies"], _("экземпляр"), _("экземпляра"), _("экземпляров"))
            return _("Апелляция заверена подписью, %(number)s.", number=number)
        case "appeal:arrival:entered":
            arrived = formatting.moment(datetime.fromisoformat(after["arrived"]), zone=at.rules.zone)
            return _("Апелляция поступила %(arrived)s, внесена позже.", arrived=arrived)
        case "appeal:filing:after_regional_limit":
            return _("Апелляция подана после регионального срока, но в федеральный.")
        case "appeal:packet:entered":
            return _("%(body)s внёс протокол в РИС.", body=centre)
        case "appeal:packet:dispatched":
            return _("Протокол отправлен в %(body)s.", body=federal)
        case "appeal:result:recalculated":
            return _(
                "Внесён результат пересчёта: первичный балл %(primary)s, тестовый %(test)s.",
                primary=after["primary"],
                test=after["test"],
            )
        case "appeal:result:approved":
            return _("Результат утверждён, протокол № %(act)s.", act=after["act"])
        case "deadline:calendar:moved" | "deadline:calendar:reopened":
            return _calendar(deed, at)
        case "document:form:made":
            return _("Готов документ %(form)s.", form=FormCode(after["form"]).label)
        case "appeal:federal_request:answered":
            return _("Документы, которые запросил %(body)s, переданы в %(centre)s.", body=federal, centre=centre)
        case "appeal:suspension:reviewed":
            return _("Приостановленное дело проверено: оно ждёт дальше.")
        case "person:document:seen":
            return _("Открыт номер документа апеллянта.")
    return f"{words_of(deed.tag).text}."


def _move(action: Action, deed: Deed, at: Desk, file: CaseFile, scores: ScoresView) -> str:
    appeal = file.appeal
    reason = _(" Причина: %(reason)s", reason=deed.reason) if deed.reason else ""
    ground = REFUSAL_GROUNDS.get(deed.reason or "")
    act = _(" Документ %(act)s.", act=deed.act) if deed.act else ""
    said: Mapping[Action, str] = {
        Action.FILE: _("Апелляция подана: %(channel)s.", channel=labels.CHANNELS[ChannelCode(appeal.channel)]),
        Action.FORWARD: _forwarded(deed, at, appeal),
        Action.REGISTER: _("Апелляция внесена в журнал: %(number)s.", number=labels.case_number(appeal)),
        Action.ASK_COMPLETION: _("Апеллянта попросили дополнить апелляцию.") + reason,
        Action.COMPLETE: _("Апелляция дополнена."),
        Action.ADMIT_LATE: _("Апелляция, поданная поздно, допущена к рассмотрению.") + reason,
        Action.SCHEDULE: _("Назначено время рассмотрения.") + reason,
        Action.RESCHEDULE: _("Рассмотрение перенесено.") + reason,
        Action.OPEN_HEARING: _opened(appeal),
        Action.ADJOURN: _("Рассмотрение прервано из-за сбоя.") + reason,
        Action.DECIDE: _decided(deed, scores),
        Action.HAND_OVER: _("Протокол передан в %(body)s.", body=at.rules.bodies.data_centre.short),
        Action.CLOSE: _("Дело закрыто."),
        Action.WITHDRAW: _("Апелляция отозвана."),
        Action.REFUSE: _("В рассмотрении отказано: %(ground)s.", ground="–" if ground is None else ground.label),
        Action.DECLARE_MOOT: _("Дело прекращено: результат экзамена аннулирован.") + act,
        Action.SUSPEND: _("Дело приостановлено: %(cause)s.", cause=_cause(deed)) + act,
        Action.RESUME: _("Дело возобновлено. Приостановлено оно было так: %(cause)s.", cause=_cause(deed)) + act,
        Action.REOPEN: _("Дело вернули на новое рассмотрение, прежнее решение осталось в деле.") + act,
        Action.CORRECT: _("Исправлена ошибка.") + reason,
    }
    return said[action]


def _forwarded(deed: Deed, at: Desk, appeal: Appeal) -> str:
    """Say where a paper went: to the next hand of its way, or to the commission."""
    roles = [step.role for step in channel_of(at, appeal).forwarding]
    following = roles.index(Role(deed.role)) + 1 if deed.role in roles else len(roles)
    if following >= len(roles):
        return _("Апелляция передана в комиссию.")
    who = labels.role_name(roles[following], at.rules.bodies)
    return _("Апелляция передана дальше: %(who)s.", who=who)


def _calendar(deed: Deed, at: Desk) -> str:
    """Say which dates a change of the working calendar moved, from when to when and why."""
    version = store.version_number(at.session, deed.after["calendar"])
    moves = [
        _(
            "«%(term)s» – до %(now)s вместо %(before)s",
            term=at.rules.terms[move["term"]].title if move["term"] in at.rules.terms else move["term"],
            now=formatting.deadline(datetime.fromisoformat(move["to"]), zone=at.rules.zone),
            before=formatting.deadline(datetime.fromisoformat(move["from"]), zone=at.rules.zone),
        )
        for move in deed.after["moves"]
    ]
    again = deed.tag == "deadline:calendar:reopened"
    what = _("Истёкший срок открыт заново") if again else _("Срок изменился")
    said = _("%(what)s: %(moves)s. Рабочий календарь: %(why)s.", what=what, moves="; ".join(moves), why=version.title)
    reason = version.decision_reason if again else None
    return said + (_(" Причина: %(reason)s", reason=reason) if reason else "")


def _opened(appeal: Appeal) -> str:
    if appeal.attendance is None:
        return _("Рассмотрение открыто.")
    return _("Рассмотрение открыто: %(who)s.", who=labels.ATTENDANCE[appeal.attendance])


def _came(at: Desk, after: Mapping[str, str]) -> str:
    person = at.session.get_one(Person, (at.actor.tenant_id, uuid.UUID(after["representative"])))
    return _("За апеллянта действует %(name)s, %(side)s.", name=short_name(person), side=labels.SIDE[after["kind"]])


def _decided(deed: Deed, scores: ScoresView) -> str:
    decision = scores.decision
    if decision is None or deed.after.get("round") != decision.round:
        return _("Комиссия приняла решение.")
    said = [_("Апелляция %(outcome)s.", outcome=OUTCOMES[Outcome(decision.outcome)])]
    if decision.primary_before is not None and decision.primary_after != decision.primary_before:
        said.append(
            _(
                "Первичный балл %(before)s, стал %(after)s.",
                before=decision.primary_before,
                after=decision.primary_after,
            )
        )
    votes = _("За %(yes)s, против %(no)s.", yes=decision.votes_for, no=decision.votes_against)
    said.append(votes)
    if decision.casting_vote:
        said.append(_("Голоса разделились поровну, решил голос председателя."))
    return " ".join(said)


def _withdrawal(after: Mapping[str, str]) -> str:
    if "application" not in after:
        return _("Принято заявление об отзыве апелляции.")
    return _(
        "Принято письменное заявление об отзыве от %(day)s, подписал %(who)s.",
        day=formatting.day(date.fromisoformat(after["application"])),
        who=labels.SIDE[after["by"]],
    )


def _cause(deed: Deed) -> str:
    known = {str(reason): cause.label for reason, cause in CAUSES.items()}
    return known.get(deed.reason or "", "–")


def _kit(after: Mapping[str, object]) -> str:
    absent = after.get("absent")
    text = _("Апелляционный комплект получен, файлов: %(number)s.", number=after.get("items", 0))
    return text + (_(" Нет материалов: %(number)s, причина указана.", number=absent) if absent else "")


def _assigned(after: Mapping[str, object], scores: ScoresView) -> str:
    if scores.expert is not None and scores.expert[0].code == after.get("expert"):
        name = short_name(scores.expert[1])
        return _("Назначен эксперт, который не проверял эту работу: %(name)s", name=name)
    return _("Назначен эксперт %(code)s.", code=after.get("expert", ""))


def _concluded(after: Mapping[str, object], scores: ScoresView) -> str:
    marks = {position.code: position.mark for position in scores.positions}
    changes = after.get("changes")
    proposed = changes if isinstance(changes, dict) else {}
    said = [
        f"{position_name(marks[code]).lower()} {formatting.signed(value - marks[code].mark)}"
        for code, value in proposed.items()
        if code in marks and value != marks[code].mark
    ]
    if not said:
        return _("Эксперт сдал заключение: баллы менять не предложено.")
    return _("Эксперт предложил: %(changes)s.", changes=", ".join(said))


def _notices(deeds: Sequence[Deed], appeal: Appeal) -> str:
    """Tell of one event's messages to one person: what reached, and what did not."""
    after = deeds[0].after
    whom = _("Апеллянту сообщено") if after.get("person") == str(appeal.person_id) else _("Участнику дела сообщено")
    if after["event"] == BREAK_GLASS:
        whom, event = _("Председателю сообщено"), _("открыт аварийный доступ")
    else:
        event = labels.NOTICES[NoticeEvent(after["event"])]
    ways = {
        tag: ", ".join(labels.NOTICE_WAYS[str(deed.after["channel"])] for deed in reversed(deeds) if deed.tag == tag)
        for tag in (f"{NOTICE}sent", f"{NOTICE}undeliverable", f"{NOTICE}overtaken")
    }
    said = [f"{whom}: {event}. {capital(ways[f'{NOTICE}sent'])}."] if ways[f"{NOTICE}sent"] else []
    if ways[f"{NOTICE}undeliverable"]:
        said.append(
            _(
                "Не доставлено (%(event)s), адреса нет или он неверен: %(ways)s.",
                event=event,
                ways=ways[f"{NOTICE}undeliverable"],
            )
        )
    if ways[f"{NOTICE}overtaken"]:
        said.append(
            _("Не отправлено (%(event)s), время изменилось: %(ways)s.", event=event, ways=ways[f"{NOTICE}overtaken"])
        )
    return " ".join(said)

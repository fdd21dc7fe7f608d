"""Words for the core's codes, the same on every page. Names of bodies are the tenant's and are passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from apella.appeals.mandates import DEEDS
from apella.appeals.model import Appeal, HearingMode, ProxyIssuer
from apella.appeals.states import AppealKind, Attendance, Outcome, State
from apella.commissions.model import Ballot, ErrorKind
from apella.hearings.attending import Attendant
from apella.identity.representation import whole_name
from apella.identity.roles import Role
from apella.regions.codes import ChannelCode, NoticeEvent
from apella.regions.values.filing import ProxyRules
from apella.regions.values.tenant import Bodies
from apella.web import formatting
from apella.web.components import Choice, Tag, Tone
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

STATES: Mapping[State, Tag] = {
    State.IN_TRANSIT: Tag(text=_("В пути в комиссию"), icon="clock"),
    State.REGISTERED: Tag(text=_("В журнале"), icon="list"),
    State.INCOMPLETE: Tag(text=_("Ждёт дополнения"), tone=Tone.WARN, icon="alert"),
    State.SCHEDULED: Tag(text=_("В графике"), tone=Tone.INFO, icon="calendar"),
    State.HEARING: Tag(text=_("Рассматривается"), tone=Tone.INFO, icon="scales"),
    State.DECIDED: Tag(text=_("Протокол не передан"), tone=Tone.INFO, icon="clock"),
    State.IN_EXCHANGE: Tag(text=_("Протокол передан"), tone=Tone.INFO, icon="swap"),
    State.SUSPENDED: Tag(text=_("Приостановлено"), tone=Tone.WARN, icon="alert"),
    State.CLOSED: Tag(text=_("Закрыто"), icon="lock"),
}
OUTCOMES: Mapping[Outcome, Tag] = {
    Outcome.REJECTED: Tag(text=_("Отклонена"), icon="minus"),
    Outcome.SATISFIED_UP: Tag(text=_("Удовлетворена, балл выше"), tone=Tone.OK, icon="check"),
    Outcome.SATISFIED_DOWN: Tag(text=_("Удовлетворена, балл ниже"), tone=Tone.OK, icon="check"),
    Outcome.SATISFIED_UNCHANGED: Tag(text=_("Удовлетворена, балл тот же"), tone=Tone.OK, icon="check"),
    Outcome.SATISFIED: Tag(text=_("Удовлетворена"), tone=Tone.OK, icon="check"),
    Outcome.REFERRED: Tag(text=_("Удовлетворена, передана дальше"), tone=Tone.OK, icon="check"),
    Outcome.WITHDRAWN: Tag(text=_("Отозвана"), icon="back"),
    Outcome.INADMISSIBLE: Tag(text=_("Не рассматривается"), icon="minus"),
    Outcome.MOOT: Tag(text=_("Потеряла предмет"), icon="minus"),
}
KINDS: Mapping[AppealKind, str] = {
    AppealKind.SCORE: _("о несогласии с баллами"),
    AppealKind.PROCEDURE: _("о нарушении Порядка"),
}
KINDS_SHORT: Mapping[AppealKind, str] = {
    AppealKind.SCORE: _("О баллах"),
    AppealKind.PROCEDURE: _("О нарушении Порядка"),
}
MODES: Mapping[HearingMode, str] = {
    HearingMode.ON_SITE: _("очно"),
    HearingMode.REMOTE: _("видеосвязь"),
    HearingMode.IN_ABSENCE: _("без участия"),
}
MODE_ICONS: Mapping[HearingMode, str] = {
    HearingMode.ON_SITE: "building",
    HearingMode.REMOTE: "video",
    HearingMode.IN_ABSENCE: "absent",
}
ATTENDANCE: Mapping[Attendance, str] = {
    Attendance.PRESENT: _("апеллянт был на рассмотрении"),
    Attendance.REPRESENTED: _("за апеллянта был представитель"),
    Attendance.ABSENT_BY_CHOICE: _("без апеллянта, по его выбору"),
    Attendance.NO_SHOW: _("апеллянт не явился"),
}
SIDE: Mapping[str, str] = {
    "participant": _("апеллянт"),
    "parent": _("родитель (законный представитель)"),
    "proxy": _("представитель по доверенности"),
}
ISSUERS: Mapping[str, str] = {
    ProxyIssuer.APPELLANT: _("апеллянт"),
    ProxyIssuer.PARENT: _("родитель (законный представитель)"),
}
CHANNELS: Mapping[ChannelCode, str] = {
    ChannelCode.PORTAL: _("личный кабинет"),
    ChannelCode.SCHOOL_DESK: _("школа"),
    ChannelCode.MUNICIPAL_DESK: _("орган управления образованием"),
    ChannelCode.QUEUE_CLERK: _("электронная очередь"),
    ChannelCode.EXAM_POINT: _("пункт проведения экзамена"),
    ChannelCode.COMMISSION_DESK: _("приёмная комиссии"),
    ChannelCode.SECRETARY_DESK: _("с помощью секретаря"),
    ChannelCode.EMAIL: _("электронная почта"),
    ChannelCode.EXTERNAL_PORTAL: _("внешний портал"),
}
BALLOTS: Mapping[Ballot, str] = {
    Ballot.SATISFY: _("Удовлетворить апелляцию"),
    Ballot.REJECT: _("Отклонить апелляцию"),
    Ballot.RECUSED: _("Взять самоотвод"),
}
ERROR_KINDS: Mapping[ErrorKind, str] = {
    ErrorKind.SCORING: _("ошибка оценивания"),
    ErrorKind.TECHNICAL: _("техническая ошибка"),
}
NOTICES: Mapping[NoticeEvent, str] = {
    NoticeEvent.APPEAL_FILED: _("апелляция принята"),
    NoticeEvent.APPEAL_REGISTERED: _("апелляция внесена в журнал"),
    NoticeEvent.HEARING_SCHEDULED: _("назначено время рассмотрения"),
    NoticeEvent.HEARING_MOVED: _("рассмотрение перенесено"),
    NoticeEvent.EXPERT_ASSIGNED: _("назначен эксперт"),
    NoticeEvent.DECISION_MADE: _("решение принято"),
    NoticeEvent.RESULT_APPROVED: _("результат утверждён"),
    NoticeEvent.APPEAL_WITHDRAWN: _("апелляция отозвана"),
    NoticeEvent.APPEAL_REFUSED: _("в рассмотрении отказано"),
    NoticeEvent.APPEAL_SUSPENDED: _("дело приостановлено"),
    NoticeEvent.APPEAL_RESUMED: _("дело возобновлено"),
    NoticeEvent.APPEAL_REOPENED: _("апелляцию рассмотрят заново"),
    NoticeEvent.APPEAL_MOOT: _("дело прекращено"),
    NoticeEvent.HEARING_REMINDER: _("напоминание о рассмотрении"),
    NoticeEvent.DEADLINE_MOVED: _("срок изменился"),
}
NOTICE_WAYS: Mapping[str, str] = {"cabinet": _("кабинет"), "sms": _("СМС"), "email": _("электронная почта")}


def role_name(role: Role, bodies: Bodies) -> str:
    """Return who somebody is: «ответственный секретарь», «специалист» of the region's data centre."""
    names: Mapping[Role, str] = {
        Role.PARTICIPANT: _("участник"),
        Role.PARENT: _("родитель (законный представитель)"),
        Role.PROXY: _("представитель по доверенности"),
        Role.SCHOOL_OPERATOR: _("ответственный в школе"),
        Role.MUNICIPAL_OPERATOR: _("специалист, %(body)s", body=bodies.municipal_authority.short),
        Role.QUEUE_CLERK: _("ответственный за приём апелляций"),
        Role.EXAM_COMMISSION_MEMBER: _("член %(body)s", body=bodies.exam_commission.short),
        Role.EXAM_COMMISSION_CHAIR: _("председатель %(body)s", body=bodies.exam_commission.short),
        Role.SECRETARY: _("ответственный секретарь"),
        Role.CHAIR: _("председатель комиссии"),
        Role.DEPUTY_CHAIR: _("заместитель председателя"),
        Role.MEMBER: _("член комиссии"),
        Role.SUBJECT_CHAIR: _("председатель предметной комиссии"),
        Role.EXPERT: _("эксперт"),
        Role.DATA_CENTRE_OPERATOR: _("специалист %(body)s", body=bodies.data_centre.short),
        Role.SITE_SPECIALIST: _("специалист пункта рассмотрения"),
        Role.SITE_TECHNICIAN: _("технический специалист пункта"),
        Role.OBSERVER: _("наблюдатель"),
        Role.TENANT_ADMIN: _("администратор"),
        Role.FEDERAL_OBSERVER: _("федеральный наблюдатель"),
        Role.FEDERAL_ANALYST: _("федеральный аналитик"),
        Role.PLATFORM_ADMIN: _("администратор платформы"),
    }
    return names[role]


ACTING: Mapping[Role, str] = {
    Role.CHAIR: _("исполняет обязанности председателя"),
    Role.SECRETARY: _("исполняет обязанности секретаря"),
}
"""What is said of somebody who performs a role for its absent holder."""


def acting(role: Role, *, number: str, day: date) -> str:
    """Return «исполняет обязанности председателя, распоряжение № 12-р от пт 12.06.2026»."""
    return _(
        "%(what)s, распоряжение № %(number)s от %(day)s",
        what=ACTING[role],
        number=number,
        day=formatting.day(day),
    )


def case_number(appeal: Appeal) -> str:
    """Return the number that people call a case by: the journal's, else the receipt's."""
    return appeal.journal_number or appeal.receipt_number


AFTER_REGIONAL_LIMIT = Tag(
    text=_("Подана после регионального срока, но в федеральный"), tone=Tone.NEUTRAL, icon="alert"
)
"""Said of a case that was filed between the two limits."""


def case_tags(state: State, outcome: Outcome | None, *, brief: bool = False) -> tuple[Tag, ...]:
    """Return what to say of a case: the outcome once there is one, and where the case is.

    `brief` leaves out which way the scores went, for a column of a list.
    """
    if outcome is None:
        return (STATES[state],)
    tag = OUTCOMES[outcome]
    if brief:
        tag = replace(tag, text=tag.text.partition(",")[0])
    return (tag,) if state is State.CLOSED else (tag, STATES[state])


def issuer_choices(rules: ProxyRules) -> tuple[Choice, ...]:
    """Return who may give a power of attorney, to choose from; nothing where the region does not ask."""
    return tuple(Choice(value=code, label=capital(ISSUERS[code])) for code in rules.issuers)


def limits_of(attendant: Attendant) -> str:
    """Return what a power of attorney does not give of what a hearing uses; empty where it gives everything."""
    if not attendant.lacks:
        return ""
    return _("доверенность не даёт права: %(deeds)s", deeds="; ".join(DEEDS[power] for power in attendant.lacks))


def attendant_line(attendant: Attendant) -> str:
    """Return «Примерова Ольга Тестовна, родитель (законный представитель)», with what the link does not give."""
    limits = limits_of(attendant)
    line = f"{whole_name(attendant.person)}, {SIDE[attendant.kind]}"
    return f"{line}; {limits}" if limits else line

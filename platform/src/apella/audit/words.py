"""Every tag of the chain in plain Russian, and the question that each group answers."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from apella.audit.model import AuditEvent
from apella.identity.actor import SYSTEM_LOGIN


class Group(enum.StrEnum):
    """What people look for in the chain."""

    VIEWS = "views"
    MARKS = "marks"
    DATES = "dates"
    COURSE = "course"
    PAPERS = "papers"
    NOTICES = "notices"
    ACCESS = "access"
    SERVICE = "service"


GROUPS: Final[Mapping[Group, str]] = {
    Group.VIEWS: "Кто смотрел личные данные и работы",
    Group.MARKS: "Кто менял баллы и решал",
    Group.DATES: "Почему такие даты",
    Group.COURSE: "Ход дела",
    Group.PAPERS: "Документы",
    Group.NOTICES: "Сообщения людям",
    Group.ACCESS: "Вход и права",
    Group.SERVICE: "Служебное",
}


class Words(NamedTuple):
    """What a tag means, and which group it belongs to."""

    text: str
    group: Group


TAGS: Final[Mapping[str, Words]] = {
    "appeal:state:file": Words("Апелляция подана", Group.COURSE),
    "appeal:state:forward": Words("Апелляция передана дальше", Group.COURSE),
    "appeal:state:register": Words("Апелляция внесена в журнал", Group.COURSE),
    "appeal:state:ask_completion": Words("Апеллянта попросили дополнить апелляцию", Group.COURSE),
    "appeal:state:complete": Words("Апелляция дополнена", Group.COURSE),
    "appeal:state:admit_late": Words("Апелляция, поданная поздно, допущена к рассмотрению", Group.COURSE),
    "appeal:state:schedule": Words("Назначено время рассмотрения", Group.DATES),
    "appeal:state:reschedule": Words("Рассмотрение перенесено", Group.DATES),
    "appeal:state:open_hearing": Words("Рассмотрение открыто", Group.COURSE),
    "appeal:state:adjourn": Words("Рассмотрение прервано из-за сбоя", Group.DATES),
    "appeal:state:decide": Words("Комиссия приняла решение", Group.MARKS),
    "appeal:state:hand_over": Words("Протокол передан в центр обработки информации", Group.COURSE),
    "appeal:state:close": Words("Дело закрыто", Group.COURSE),
    "appeal:state:withdraw": Words("Апелляция отозвана", Group.COURSE),
    "appeal:state:refuse": Words("В рассмотрении отказано", Group.COURSE),
    "appeal:state:declare_moot": Words("Дело прекращено: результат экзамена аннулирован", Group.COURSE),
    "appeal:state:suspend": Words("Дело приостановлено", Group.DATES),
    "appeal:state:resume": Words("Дело возобновлено", Group.DATES),
    "appeal:state:reopen": Words("Дело вернули на новое рассмотрение", Group.DATES),
    "appeal:state:correct": Words("Исправлена ошибка", Group.COURSE),
    "appeal:arrival:entered": Words("Внесена апелляция, поступившая раньше", Group.DATES),
    "appeal:filing:after_regional_limit": Words("Апелляция подана после регионального срока", Group.DATES),
    "appeal:filing:refused": Words("В приёме апелляции отказано", Group.COURSE),
    "appeal:paper:certified": Words("Апелляция заверена подписью", Group.COURSE),
    "commission:interests:stated": Words("Записано заявление члена комиссии о конфликте интересов", Group.ACCESS),
    "attachment:file:announced": Words("К делу прилагают файл", Group.PAPERS),
    "attachment:file:sent": Words("Файл к делу загружен и проверяется", Group.PAPERS),
    "attachment:file:accepted": Words("Файл к делу проверен и принят", Group.PAPERS),
    "attachment:file:rejected": Words("Файл к делу не принят: проверка его не пропустила", Group.PAPERS),
    "attachment:file:opened": Words("Открыт файл, приложенный к делу", Group.VIEWS),
    "appeal:representative:came": Words("Отмечено, кто из записанных представителей пришёл", Group.COURSE),
    "appeal:kit:requested": Words("Запрошен апелляционный комплект", Group.COURSE),
    "appeal:kit:received": Words("Получен апелляционный комплект", Group.COURSE),
    "appeal:expert:assigned": Words("Назначен эксперт", Group.MARKS),
    "appeal:expert:concluded": Words("Эксперт сдал заключение", Group.MARKS),
    "appeal:expert:cancelled": Words("Назначение эксперта отменено из-за конфликта интересов", Group.MARKS),
    "appeal:conflict:declared": Words("Участник рассмотрения сообщил о своём конфликте интересов", Group.MARKS),
    "appeal:conflict:allocated": Words("Комиссия отстранила от дела из-за конфликта интересов", Group.MARKS),
    "appeal:conflict:lifted": Words("Председатель снял конфликт интересов", Group.MARKS),
    "appeal:vote:cast": Words("Подан голос", Group.MARKS),
    "appeal:packet:entered": Words("Протокол внесён в региональную информационную систему", Group.COURSE),
    "appeal:packet:dispatched": Words("Протокол отправлен в федеральный центр", Group.COURSE),
    "appeal:result:recalculated": Words("Внесён результат пересчёта", Group.MARKS),
    "appeal:result:approved": Words("Результат утверждён", Group.MARKS),
    "appeal:withdrawal:accepted": Words("Принято заявление об отзыве апелляции", Group.COURSE),
    "appeal:withdrawal:forwarded": Words("Отзыв передан дальше", Group.COURSE),
    "appeal:federal_request:answered": Words("Переданы документы, которые запросил федеральный центр", Group.COURSE),
    "appeal:suspension:reviewed": Words("Приостановленное дело проверено", Group.DATES),
    "deadline:calendar:moved": Words("Срок изменился из-за рабочего календаря", Group.DATES),
    "deadline:calendar:reopened": Words("Истёкший срок открыт заново", Group.DATES),
    "deadline:term:recounted": Words("Срок пересчитан", Group.DATES),
    "deadline:term:breached": Words("Срок истёк", Group.DATES),
    "deadline:advice:passed": Words("Прошло время, которое советует платформа: нарушения нет", Group.DATES),
    "calendar:version:proposed": Words("Предложено изменение рабочего календаря", Group.DATES),
    "calendar:version:approved": Words("Изменение рабочего календаря утверждено", Group.DATES),
    "calendar:version:rejected": Words("Изменение рабочего календаря отклонено", Group.DATES),
    "calendar:version:applied": Words("Изменение рабочего календаря введено в действие", Group.DATES),
    "calendar:version:given_back": Words("Изменение рабочего календаря вернули: пересчитать не удалось", Group.DATES),
    "document:form:made": Words("Готов документ", Group.PAPERS),
    "case:record:seen": Words("Дело открыто для чтения", Group.VIEWS),
    "document:link:issued": Words("Выдана ссылка на документ дела", Group.VIEWS),
    "person:document:seen": Words("Открыты личные данные участника", Group.VIEWS),
    "person:record:seen": Words("Найден участник или его представитель: открыты имя и сведения для входа", Group.VIEWS),
    "person:works:seen": Words("Найден участник: открыты его имя и экзаменационные работы", Group.VIEWS),
    "person:phone:asked": Words("На новый телефон участника отправлен код", Group.ACCESS),
    "person:phone:code_wrong": Words("Код с нового телефона участника введён неверно", Group.ACCESS),
    "person:phone:bound": Words("Телефон участника изменён после проверки документа", Group.ACCESS),
    "person:code:issued": Words("Участнику выдан код для входа на бумаге", Group.ACCESS),
    "person:code:revoked": Words("Код для входа на бумаге отозван", Group.ACCESS),
    "work:marks:seen": Words("Открыты баллы за задания экзаменационной работы", Group.VIEWS),
    "notice:person:sent": Words("Сообщение отправлено", Group.NOTICES),
    "notice:person:undeliverable": Words("Сообщение не доставлено", Group.NOTICES),
    "notice:person:overtaken": Words("Сообщение не отправлено: время изменилось", Group.NOTICES),
    "registry:import:done": Words("Загружены сведения из центра обработки информации", Group.MARKS),
    "session:person:signed_in": Words("Вход в систему", Group.ACCESS),
    "session:person:signed_out": Words("Выход из системы", Group.ACCESS),
    "session:person:ended": Words("Завершён свой вход на другом устройстве", Group.ACCESS),
    "session:member:ended": Words("Администратор завершил все входы человека", Group.ACCESS),
    "membership:account:bound": Words("Роль сотрудника связана с учётной записью для входа", Group.ACCESS),
    "program:client:created": Words("Заведена программа для обмена данными", Group.ACCESS),
    "program:client:disabled": Words("Программа отключена", Group.ACCESS),
    "program:secret:rotated": Words("Сменён секрет программы", Group.ACCESS),
    "program:token:issued": Words("Программе выдан токен доступа", Group.ACCESS),
    "program:token:used": Words("Программа начала работу с токеном", Group.ACCESS),
    "session:principal:chosen": Words("Выбран участник, за которого действует представитель", Group.ACCESS),
    "representation:parent:linked": Words("Родитель связан с участником", Group.ACCESS),
    "representation:proxy:linked": Words("Внесена доверенность представителя", Group.ACCESS),
    "representation:link:ended": Words("Представительство прекращено", Group.ACCESS),
    "substitution:role:appointed": Words("Назначено замещение", Group.ACCESS),
    "substitution:role:ended": Words("Замещение завершено раньше срока", Group.ACCESS),
    "access:break_glass:opened": Words("Открыт аварийный доступ к делу", Group.VIEWS),
    "access:break_glass:seen": Words("Дело просмотрено по аварийному доступу", Group.VIEWS),
    "access:break_glass:closed": Words("Аварийный доступ закрыт раньше срока", Group.VIEWS),
    "audit:journal:exported": Words("Сделана выписка из журнала действий", Group.VIEWS),
    "tenant:data:exported": Words("Все данные региона выгружены в папку", Group.VIEWS),
    "tenant:data:restored": Words("Данные региона восстановлены из выгрузки", Group.SERVICE),
    "audit:chain:restored": Words("База данных возвращена из копии", Group.SERVICE),
    "key:season:made": Words("Сделан новый ключ личных данных сезона", Group.SERVICE),
    "key:season:destroyed": Words("Уничтожен ключ личных данных сезона", Group.SERVICE),
    "key:master:changed": Words("Сменён главный ключ", Group.SERVICE),
    "season:personal_data:erased": Words("Личные данные сезона стёрты", Group.SERVICE),
    "person:personal_data:erased": Words("Личные данные человека стёрты", Group.SERVICE),
}
"""Tag -> its words. A tag without words fails a test: add a line here with the deed."""


_OUTSIDERS = {"participant": "участник", "representative": "представитель участника"}


def words_of(tag: str) -> Words:
    """The words of a tag; one that a later release wrote is named by itself."""
    return TAGS.get(tag, Words(f"Событие «{tag}»", Group.SERVICE))


def who_did(event: AuditEvent) -> str:
    """Who did it, as far as the chain itself says: a sign-in name, or a kind of person and the end of a row's id.

    The end, since ids of one moment begin alike; it tells people of one case apart after their names were erased.
    """
    if event.actor_id is None and event.actor_login == SYSTEM_LOGIN:
        return "Система"
    kind = _OUTSIDERS.get(event.actor_login)
    return event.actor_login if kind is None or event.actor_id is None else f"{kind} {event.actor_id.hex[-8:]}"


def tags_of(group: Group) -> list[str]:
    """The tags of a group."""
    return [tag for tag, words in TAGS.items() if words.group is group]


COUNTS: Final[Mapping[str, str]] = {
    "organisations_added": "организаций добавлено",
    "organisations_changed": "организаций изменено",
    "exams_added": "экзаменов добавлено",
    "exams_changed": "экзаменов изменено",
    "participants_added": "участников добавлено",
    "participants_changed": "участников изменено",
    "works_added": "работ добавлено",
    "works_changed": "работ изменено",
    "results_added": "результатов добавлено",
    "results_changed": "результатов изменено",
    "marks_added": "баллов по позициям добавлено",
    "checks_added": "сведений о проверке добавлено",
    "files_added": "файлов добавлено",
    "experts_added": "экспертов добавлено",
    "experts_changed": "экспертов изменено",
    "cases_open": "открытых дел с изменённым результатом",
    "cases_decided": "решённых дел с изменённым результатом",
}
"""What an import counts; none of a kind goes without saying."""
_FIELDS: Final[Mapping[str, str]] = {
    **COUNTS,
    "state": "состояние",
    "round": "круг рассмотрения",
    "ballot": "голос",
    "interests": "конфликт интересов",
    "stated_on": "день заявления",
    "primary": "первичный балл",
    "test": "тестовый балл",
    "changes": "предложенные баллы",
    "expert": "эксперт",
    "form": "форма",
    "channel": "способ",
    "event": "о чём",
    "term": "срок",
    "due": "последний момент",
    "moves": "перенос сроков",
    "copies": "экземпляров",
    "items": "файлов",
    "absent": "нет материалов",
    "act": "акт",
    "act_date": "дата акта",
    "acting": "по замещению",
    "refused": "причина отказа",
    "key_versions": "номера ключей",
    "field": "что открыто",
    "way": "способ входа",
    "reason": "основание",
    "reading": "чтение дела",
    "sha256": "отпечаток файла",
    "from": "с",
    "to": "на",
    "until": "действует по",
    "format": "вид выписки",
    "phone": "телефон",
    "sessions": "завершено входов",
    "try": "попытка",
    "days": "действует суток",
    "role": "роль",
    "client": "программа",
    "made_at": "сделана",
    "at": "когда",
    "application": "заявление от",
    "by": "кто",
    "kind": "вид",
    "issuer": "кто выдал",
    "subject": "код предмета",
    "year": "год экзамена",
    "powers": "полномочия",
    "overlap_hours": "прежний секрет действует ещё, часов",
}
_ROLES: Final = frozenset({"role", "by"})
_UNSAID: Final = frozenset({"version"})
_VALUES: Final[Mapping[str, Mapping[object, str]]] = {
    "state": {
        "in_transit": "в пути в комиссию",
        "registered": "в журнале",
        "incomplete": "ждёт дополнения",
        "scheduled": "в графике",
        "hearing": "рассматривается",
        "decided": "протокол не передан",
        "in_exchange": "протокол передан",
        "suspended": "приостановлено",
        "closed": "закрыто",
    },
    "kind": {
        "parent": "родитель (законный представитель)",
        "proxy": "представитель по доверенности",
        "application": "заявление на бумаге",
        "authority": "подтверждение полномочий",
        "check": "материалы проверки",
        "other": "другое",
    },
    "issuer": {"appellant": "участник", "parent": "родитель"},
    "powers": {
        "materials": "знакомиться с материалами",
        "confirm_ownership": "подтверждать, чьи материалы",
        "explanation": "получать разъяснения",
        "read_decision": "знакомиться с решением",
        "receive_notice": "получать уведомление",
        "sign_papers": "подписывать документы",
        "file": "подавать апелляцию",
        "withdraw": "отзывать апелляцию",
    },
    "reason": {
        "investigation": "проверка ГЭК",
        "federal_centre": "обращение федерального центра",
        "annulment": "результат аннулирован",
    },
    "interests": {"none": "нет", "conflict": "есть"},
    "ballot": {"satisfy": "удовлетворить", "reject": "отклонить", "recused": "самоотвод"},
    "field": {"document": "номер документа", "phone": "телефон", "email": "адрес почты"},
    "channel": {"sms": "СМС", "email": "письмо"},
    "way": {"oidc": "учётная запись ведомства", "sms": "код в СМС", "school_code": "код на бумаге"},
    "reading": {"closed": "закрыто", "open": "открыто"},
}
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How a tenant's people read what is no text: instants and days, and the names of terms and roles by their ids."""

    moment: Callable[[datetime], str]
    day: Callable[[date], str]
    terms: Mapping[str, str]
    roles: Mapping[str, str]


def details_of(changes: str, wording: Wording) -> str:
    """What an event's `changes` say, in a line: «круг рассмотрения: 1; состояние: в журнале → в графике».

    Ids of rows say nothing to people and are left out, as is what is empty.
    """
    said = json.loads(changes)
    before, after = said.get("before", {}), said.get("after", {})
    parts = []
    for name in sorted({*before, *after} - _UNSAID):
        given = [side[name] for side in (before, after) if side.get(name) is not None]
        if name in COUNTS:
            given = [count for count in given if count]
        values = [_worded(name, one, wording) for one in given if one != [] and not _is_id(one)]
        if values:
            parts.append(f"{_FIELDS.get(name, name)}: {' → '.join(values)}")
    return "; ".join(parts)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _worded(name: str, value: Any, wording: Wording) -> str:
    if isinstance(value, list):
        return ", ".join(_worded(name, one, wording) for one in value)
    if isinstance(value, dict):
        said = (
            f"{_FIELDS.get(key, key)} {_worded(key, one, wording)}" for key, one in value.items() if not _is_id(one)
        )
        return " ".join(said)
    if not isinstance(value, str):
        return str(value)
    if name == "term":
        return wording.terms.get(value, value)
    if name in _ROLES:
        return wording.roles.get(value, value)
    known = _VALUES.get(name, {}).get(value)
    if known is not None:
        return known
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return wording.day(at.date()) if at.tzinfo is None else wording.moment(at)

"""Codes of a rule set in Russian words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role

KINDS: Final[Mapping[str, str]] = {"score": "о несогласии с баллами", "procedure": "о нарушении Порядка"}
CATEGORIES: Final[Mapping[str, str]] = {
    "student": "выпускник этого года",
    "extern": "экстерн",
    "earlier_graduate": "выпускник прошлых лет",
}
PERSONS: Final[Mapping[str, str]] = {
    "participant": "участник",
    "parent": "родитель (законный представитель)",
    "proxy": "представитель по доверенности",
}
ISSUERS: Final[Mapping[str, str]] = {"appellant": "апеллянт", "parent": "родитель (законный представитель)"}
MODES: Final[Mapping[str, str]] = {"on_site": "очно", "remote": "дистанционно", "in_absence": "без участия"}
OUTCOMES: Final[Mapping[str, str]] = {
    "rejected": "отклонить",
    "satisfied_up": "удовлетворить, балл выше",
    "satisfied_down": "удовлетворить, балл ниже",
    "satisfied_unchanged": "удовлетворить, балл тот же",
    "satisfied": "удовлетворить",
    "referred": "удовлетворить, передать сведения о сбое",
}
FIELDS: Final[Mapping[str, str]] = {
    "phone": "мобильный телефон",
    "email": "адрес электронной почты",
    "presence": "чьё участие",
    "hearing_mode": "форма рассмотрения",
    "exam_point": "пункт экзамена",
    "score": "полученные баллы",
    "positions": "оспариваемые позиции",
    "forms_confirmed": "подтверждение бланков",
    "statement": "что нарушено",
    "remote_site": "удалённый пункт",
}
DECISIONS: Final[Mapping[str, str]] = {
    "electronic_filing": "об электронной подаче",
    "remote_hearing": "о дистанционном рассмотрении",
}
DOORS: Final[Mapping[str, str]] = {
    "portal": "личный кабинет",
    "school_desk": "школа",
    "municipal_desk": "орган управления образованием",
    "queue_clerk": "электронная очередь",
    "exam_point": "пункт экзамена",
    "commission_desk": "приёмная комиссии",
    "secretary_desk": "помощь секретаря",
    "email": "электронная почта",
    "external_portal": "внешний портал",
}
WAYS: Final[Mapping[str, str]] = {
    "cabinet": "кабинет",
    "sms": "СМС",
    "email": "электронная почта",
    "phone": "телефон",
}
CONFIRMED: Final[Mapping[str, str]] = {
    "at_filing": "при подаче",
    "before_hearing": "до рассмотрения, по изображениям на сайтах",
    "at_hearing": "на рассмотрении, письменно",
}
NEEDS: Final[Mapping[str, str]] = {"always": "всегда", "if_any": "если есть", "on_need": "по необходимости"}
ITEM_FORMS: Final[Mapping[str, str]] = {"printed": "на бумаге", "electronic": "в электронном виде"}
MEDIA: Final[Mapping[str, str]] = {
    "printed": "на бумаге",
    "screen": "на экране",
    "results_site": "заранее на сайтах с результатами",
    "encrypted_mail": "зашифрованной почтой в удалённый пункт",
}
PLAN_ITEMS: Final[Mapping[str, str]] = {
    "date": "дата",
    "time": "время",
    "place": "место",
    "link": "ссылка",
    "consultation_time": "время консультации",
}
STATUSES: Final[Mapping[str, str]] = {"lead": "ведущий", "senior": "старший", "main": "основной"}
EXPERIENCE: Final[Mapping[str, str]] = {
    "first_second": "опыт первой и второй проверки",
    "third": "опыт третьей проверки",
}
EXPLANATION: Final[Mapping[str, str]] = {
    "within": "на заседании, внутри времени рассмотрения",
    "before": "до заседания, на отдельной консультации",
    "on_request": "на заседании, по запросу",
}
STRATEGY: Final[Mapping[str, str]] = {
    "slot": "у каждой апелляции своё время",
    "session": "все приходят к началу заседания",
    "queue": "своё время, а среди пришедших – порядок электронной очереди",
}
REMOTE_PLACE: Final[Mapping[str, str]] = {
    "link": "где угодно, по личной ссылке",
    "territory": "в удалённом пункте своей территории",
    "secretary": "в пункте, который назовёт секретарь",
    "request": "в пункте, который попросил апеллянт",
}
ROOMS: Final[Mapping[str, str]] = {
    "none": "не требуется",
    "working_hours": "всё время работы комиссии",
    "during_sitting": "во время заседания, отдельно от записи связи",
}
SIGN_IN: Final[Mapping[str, str]] = {
    "document_sms": "номер документа и одноразовый код в СМС",
    "application_sms": "фамилия, номер заявления и одноразовый код в СМС",
    "school_code": "номер документа и одноразовый код на бумаге, выданный школой",
}
TOPICS: Final[Mapping[str, str]] = {
    "acts": "Об актах",
    "names": "Названия и понятия",
    "premises": "Помещения и оборудование",
    "sites": "Площадки",
    "duties": "Ответственность",
    "not_applied": "Не применяется",
}
WEEKDAYS: Final = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")


def listed(codes: Iterable[str], words: Mapping[str, str], *, empty: str = "нет") -> str:
    """Several codes in words, one after another; `empty` for none."""
    return ", ".join(words[code] for code in codes) or empty


def roles(codes: Iterable[str], *, empty: str = "никто") -> str:
    """Several roles in words."""
    return ", ".join(ROLE_NAMES[Role(code)] for code in codes) or empty


def yes(value: bool) -> str:
    """«Да» or «нет»."""
    return "да" if value else "нет"


def sentence(*parts: str) -> str:
    """Parts that say something, after each other; empty ones fall away."""
    return "; ".join(part for part in parts if part)

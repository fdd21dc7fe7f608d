"""A term of the law as data: what starts it, how long it runs, in which week, and what happens when it is missed."""

from __future__ import annotations

import datetime as dt
import difflib
import enum
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from apella.calendar.reading import Row
from apella.calendar.tables import LegalAct
from apella.calendar.wording import plural
from apella.errors import NotFound

Code = Annotated[StrictStr, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
ClauseId = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_-]*:\S+$")]

PARTICIPANT_ROLES = frozenset({"participant", "parent", "proxy"})
"""Those whose term is a right: for them a longer term is the kinder one (glossary, roles)."""


LAW = "federal:"
"""How statements of the Procedure begin. A federal term without one is a reading of the platform: it limits nobody."""


class StartEvent(enum.StrEnum):
    """What a term counts from, or back from."""

    FIRST_EXAM = "first_exam"
    EXAM_YEAR = "exam_year"
    RESULTS_ANNOUNCED = "results_announced"
    EXAM_DAY = "exam_day"
    FILED = "filed"
    FILING_CLOSED = "filing_closed"
    ACCEPTED = "accepted"
    WITHDRAWAL_ACCEPTED = "withdrawal_accepted"
    REGISTERED = "registered"
    DECIDED = "decided"
    APPEALS_HANDED_OVER = "appeals_handed_over"
    HANDED_OVER = "handed_over"
    RIS_ENTERED = "ris_entered"
    RIS_CHANGED = "ris_changed"
    DISPATCHED = "dispatched"
    RECALCULATED = "recalculated"
    APPROVAL_SUBMITTED = "approval_submitted"
    HEARING_DAY = "hearing_day"
    HEARING_TIME = "hearing_time"
    HEARING_OPENED = "hearing_opened"
    KIT_REQUESTED = "kit_requested"
    KIT_RECEIVED = "kit_received"
    KIM_REQUESTED = "kim_requested"
    EXPERT_ASSIGNED = "expert_assigned"
    EXPERT_CONCLUDED = "expert_concluded"
    CLARIFICATION_REQUESTED = "clarification_requested"
    FEDERAL_REQUEST_RECEIVED = "federal_request_received"
    SCHEDULED = "scheduled"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    REOPENED = "reopened"

    @property
    def label(self) -> str:
        """The event in Russian, without the names of bodies, which are a tenant's text."""
        return _EVENT_TITLES[self]


_EVENT_TITLES: Mapping[StartEvent, str] = {
    StartEvent.FIRST_EXAM: "первый экзамен года",
    StartEvent.EXAM_YEAR: "год экзамена",
    StartEvent.RESULTS_ANNOUNCED: "официальное объявление результатов",
    StartEvent.EXAM_DAY: "день экзамена",
    StartEvent.FILED: "подача апелляции",
    StartEvent.FILING_CLOSED: "окончание приёма апелляций",
    StartEvent.ACCEPTED: "приём апелляции для передачи в комиссию",
    StartEvent.WITHDRAWAL_ACCEPTED: "приём отзыва",
    StartEvent.REGISTERED: "поступление апелляции в комиссию",
    StartEvent.DECIDED: "решение комиссии",
    StartEvent.APPEALS_HANDED_OVER: "передача сведений о поданных апелляциях",
    StartEvent.HANDED_OVER: "передача протокола",
    StartEvent.RIS_ENTERED: "внесение решения в информационную систему",
    StartEvent.RIS_CHANGED: "изменение результата в информационной системе",
    StartEvent.DISPATCHED: "отправка протокола на пересчёт",
    StartEvent.RECALCULATED: "получение пересчитанных результатов",
    StartEvent.APPROVAL_SUBMITTED: "представление результатов на утверждение",
    StartEvent.HEARING_DAY: "рассмотрение апелляции",
    StartEvent.HEARING_TIME: "назначенное время рассмотрения",
    StartEvent.HEARING_OPENED: "начало рассмотрения этой апелляции",
    StartEvent.KIT_REQUESTED: "запрос апелляционного комплекта",
    StartEvent.KIT_RECEIVED: "получение апелляционного комплекта",
    StartEvent.KIM_REQUESTED: "запрос заданий экзамена",
    StartEvent.EXPERT_ASSIGNED: "назначение эксперта",
    StartEvent.EXPERT_CONCLUDED: "заключение эксперта",
    StartEvent.CLARIFICATION_REQUESTED: "запрос о разъяснении критериев",
    StartEvent.FEDERAL_REQUEST_RECEIVED: "запрос федерального центра",
    StartEvent.SCHEDULED: "назначение времени рассмотрения",
    StartEvent.APPROVED: "утверждение результатов",
    StartEvent.SUSPENDED: "приостановка дела",
    StartEvent.REOPENED: "возвращение дела на новое рассмотрение",
}


class Unit(enum.StrEnum):
    """What a term is counted in. `DATE` is the start event itself: its instant, or the end of its day."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    HOUR = "hour"
    MINUTE = "minute"
    DATE = "date"


class Direction(enum.StrEnum):
    """Whether the term runs after its event, or has to end a given time before it."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Hardness(enum.StrEnum):
    """What a missed term means: the act is refused, a breach is recorded, or nobody is to blame."""

    REFUSE = "refuse"
    BREACH = "breach"
    ADVICE = "advice"


_LONGEST: Mapping[Unit, int] = {
    Unit.WORKING_DAY: 366,
    Unit.CALENDAR_DAY: 366,
    Unit.MONTH: 12,
    Unit.HOUR: 366 * 24,
    Unit.MINUTE: 366 * 24 * 60,
}
"""A year in each unit: a longer term leaves the calendars, and what lasts for years is named by `years`."""


class Combine(enum.StrEnum):
    """Which of the parts binds."""

    EARLIEST = "earliest"
    LATEST = "latest"


class Term(Row):
    """One term, as a region applies it. Validated when the tables are loaded, so the engine trusts it.

    A combined term has `combine` and `parts` and no counting of its own: its start event is that of the first part.
    `clauses` set the term; `sources` say where its reading comes from (a resolution, a default).
    `owed_by` and `action` are the role and the verb that meet the term: a case's open obligation. Where a body
    outside owes it, the role is the one that watches for the answer and enters it.
    `month_day` with `years` ends a term of unit "date" with that day of the event's year plus so many.
    `event_from` names the term whose last moment is the start event as long as the event itself was not given.
    `deviation` is the act that lets a region be weaker than the Procedure.
    `minimum` is the Procedure's own word for a term that may end later but not earlier: papers are kept at least so
    long.
    """

    id: Annotated[StrictStr, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")] = Field(
        description='строчные латинские слова через точку, например "score.filing"'
    )
    title: Annotated[StrictStr, Field(min_length=1)] = Field(description="название срока по-русски")
    clauses: tuple[ClauseId, ...] = Field(default=(), description='список пунктов, например ["federal:100.1"]')
    sources: tuple[ClauseId, ...] = Field(default=(), description='список источников, например ["core:E25"]')
    start_event: StartEvent = Field(description=f"одно из событий: {', '.join(StartEvent)}")
    length: Annotated[StrictInt, Field(ge=0)] | None = Field(
        default=None, description="целое число от 0; 0 – тот же день"
    )
    unit: Unit = Field(description=f"одна из единиц: {', '.join(Unit)}")
    direction: Direction = Field(
        default=Direction.FORWARD, description='"forward" – после события, "backward" – до него'
    )
    week: Literal[5, 6] | None = Field(default=None, description="5 или 6, только для рабочих дней")
    following_day: StrictBool = Field(
        default=True, description="true – счёт со следующего дня, false – с самого дня события"
    )
    month_day: Annotated[StrictStr, Field(pattern=r"^\d\d-\d\d$")] | None = Field(
        default=None, description='день года "ММ-ДД", только вместе с years'
    )
    years: Annotated[StrictInt, Field(ge=0, le=100)] | None = Field(
        default=None, description="через сколько лет после года события, целое число от 0; только вместе с month_day"
    )
    event_from: Annotated[StrictStr, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")] | None = Field(
        default=None, description='идентификатор другого срока в этом же файле, например "score.filing"'
    )
    cutoff: Annotated[StrictStr, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None, description='час дня "ЧЧ:ММ"; для конца дня ключ не нужен'
    )
    hardness: Hardness = Field(description='"refuse" – отказать, "breach" – отметить нарушение, "advice" – напомнить')
    combine: Combine | None = Field(default=None, description='"earliest" или "latest", только вместе с parts')
    parts: tuple[Term, ...] = Field(default=(), description="список из двух или более частей")
    owed_by: Code = Field(description='код роли, от которой ждут действия, например "secretary"')
    action: Code = Field(description='код действия, которым срок выполняется, например "register"')
    minimum: StrictBool = Field(
        default=False, description="true – наименьший срок: он может истечь позже, но не раньше; ключ федеральный"
    )
    deviation: LegalAct | None = Field(
        default=None, description='таблица { act = "вид акта", number = "номер", date = ГГГГ-ММ-ДД }'
    )

    @property
    def grounds(self) -> tuple[str, ...]:
        """What the term rests on: its clauses, or its sources where no clause sets it. Never empty."""
        return self.clauses or self.sources

    @property
    def is_law(self) -> bool:
        """Whether the Procedure itself sets the term."""
        return any(clause.startswith(LAW) for clause in self.grounds)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Refuse what cannot be counted; every message names its key."""
        for wrong, sentence in (
            (not self.grounds, "clauses: укажите пункт, который задаёт срок, или источник в sources"),
            (bool(self.parts) != (self.combine is not None), "combine: ключи combine и parts указывают вместе"),
            (len(self.parts) == 1, "parts: нужно не меньше двух частей, а указана одна"),
            (self.cutoff == "00:00", "cutoff: конец дня подразумевается сам; укажите другой час или уберите ключ"),
            (
                self.unit is Unit.WORKING_DAY and self.week is None,
                "week: для рабочих дней укажите неделю, 5 или 6",
            ),
            (
                self.unit is not Unit.WORKING_DAY and self.week is not None,
                "week: неделя бывает только у рабочих дней; уберите ключ",
            ),
            (
                self.unit is not Unit.DATE and self.length is None,
                "length: укажите длину срока целым числом; 0 – тот же день",
            ),
            (self.unit is Unit.DATE and self.length is not None, "length: у срока-даты длины нет; уберите ключ"),
            (
                (self.length or 0) > _LONGEST.get(self.unit, 0) and self.unit is not Unit.DATE,
                f"length: {self.length} – срок длиннее года; в этой единице не больше {_LONGEST.get(self.unit)}",
            ),
            (
                self.unit is Unit.DATE and not self.parts and self.direction is Direction.BACKWARD,
                "direction: срок-дата не считается назад; уберите ключ",
            ),
            (
                self.unit in (Unit.HOUR, Unit.MINUTE) and self.cutoff is not None,
                "cutoff: у срока в часах и минутах час дня получается сам; уберите ключ",
            ),
            (
                not self.following_day and not self._counts_days_forward,
                "following_day: false бывает только у срока в днях, который считают вперёд; уберите ключ",
            ),
            (
                (self.month_day is None) != (self.years is None),
                "month_day: ключи month_day и years указывают вместе",
            ),
            (
                self.month_day is not None and (self.unit is not Unit.DATE or bool(self.parts)),
                'month_day: день года бывает только у срока с unit = "date"; уберите ключ',
            ),
            (
                self.month_day is not None and not _in_every_year(self.month_day),
                f"month_day: дня {self.month_day} нет в каждом году; укажите другой",
            ),
        ):
            if wrong:
                raise ValueError(sentence)
        return self

    @property
    def _counts_days_forward(self) -> bool:
        return self.unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY) and self.direction is Direction.FORWARD


def _in_every_year(month_day: str) -> bool:
    try:
        return dt.date.fromisoformat(f"2001-{month_day}").year == 2001
    except ValueError:
        return False


class UnknownTerm(NotFound):
    """No term has this id."""

    code = "deadline.term"


def find_term(terms: Mapping[str, Term], term_id: str) -> Term:
    """Give the term of this id. Raises UnknownTerm, which names the ids that look like it."""
    term = terms.get(term_id)
    if term is None:
        raise UnknownTerm(f"Срока {term_id} нет; {near_ids(terms, term_id)}.", term=term_id)
    return term


def near_ids(terms: Mapping[str, Term], term_id: str) -> str:
    """Say in Russian which ids look like a misspelt one, or all of them where none does."""
    near = difflib.get_close_matches(term_id, terms, n=3, cutoff=0.5)
    return f"похожие: {', '.join(near)}" if near else f"есть {', '.join(terms)}"


def length_phrase(*, length: int | None, unit: Unit, week: int | None) -> str:
    """Say a length in Russian, in the accusative that «за» asks for: «4 рабочих дня (шестидневная неделя)»."""
    number = length or 0
    if unit is Unit.WORKING_DAY:
        name = plural(number, "рабочий день", "рабочих дня", "рабочих дней")
        return f"{number} {name} ({'шестидневная' if week == 6 else 'пятидневная'} неделя)"
    if unit is Unit.CALENDAR_DAY:
        return f"{number} {plural(number, 'календарный день', 'календарных дня', 'календарных дней')}"
    if unit is Unit.MONTH:
        return f"{number} {plural(number, 'месяц', 'месяца', 'месяцев')}"
    if unit is Unit.HOUR:
        return f"{number} {plural(number, 'час', 'часа', 'часов')}"
    return f"{number} {plural(number, 'минуту', 'минуты', 'минут')}"


_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября"),
    "декабря",
)


def named_day_phrase(month_day: str, years: int | None) -> str:
    """Say a day of the year in Russian, in the genitive: «1 марта через 1 год»."""
    number = years or 0
    month, day = month_day.split("-")
    name = f"{int(day)} {_MONTHS[int(month) - 1]}"
    return f"{name} через {number} {plural(number, 'год', 'года', 'лет')}" if number else f"{name} того же года"

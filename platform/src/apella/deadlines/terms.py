"""A term of the law as data: what starts it, how long it runs, in which week, and what happens when it is missed."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from apella.calendar.reading import Row, TableError, read_row
from apella.calendar.wording import plural

Code = Annotated[StrictStr, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
ClauseId = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_-]*:\S+$")]

PARTICIPANT_ROLES = frozenset({"participant", "parent", "proxy"})
"""Those whose term is a right: for them a longer term is the kinder one (glossary, roles)."""


class StartEvent(enum.StrEnum):
    """What a term counts from, or back from."""

    RESULTS_ANNOUNCED = "results_announced"
    EXAM_DAY = "exam_day"
    FILED = "filed"
    FILING_CLOSED = "filing_closed"
    ACCEPTED = "accepted"
    REGISTERED = "registered"
    DECIDED = "decided"
    HANDED_OVER = "handed_over"
    DISPATCHED = "dispatched"
    RECALCULATED = "recalculated"
    APPROVAL_SUBMITTED = "approval_submitted"
    HEARING_DAY = "hearing_day"
    KIT_REQUESTED = "kit_requested"
    KIT_RECEIVED = "kit_received"
    EXPERT_ASSIGNED = "expert_assigned"
    EXPERT_CONCLUDED = "expert_concluded"
    SCHEDULED = "scheduled"
    APPROVED = "approved"

    @property
    def label(self) -> str:
        """The event in Russian, without the names of bodies, which are a tenant's text."""
        return _EVENT_TITLES[self]


_EVENT_TITLES: Mapping[StartEvent, str] = {
    StartEvent.RESULTS_ANNOUNCED: "официальное объявление результатов",
    StartEvent.EXAM_DAY: "день экзамена",
    StartEvent.FILED: "подача апелляции",
    StartEvent.FILING_CLOSED: "окончание приёма апелляций",
    StartEvent.ACCEPTED: "приём апелляции для передачи в комиссию",
    StartEvent.REGISTERED: "поступление апелляции в комиссию",
    StartEvent.DECIDED: "решение комиссии",
    StartEvent.HANDED_OVER: "передача протокола",
    StartEvent.DISPATCHED: "отправка протокола на пересчёт",
    StartEvent.RECALCULATED: "получение пересчитанных результатов",
    StartEvent.APPROVAL_SUBMITTED: "представление результатов на утверждение",
    StartEvent.HEARING_DAY: "рассмотрение апелляции",
    StartEvent.KIT_REQUESTED: "запрос апелляционного комплекта",
    StartEvent.KIT_RECEIVED: "получение апелляционного комплекта",
    StartEvent.EXPERT_ASSIGNED: "назначение эксперта",
    StartEvent.EXPERT_CONCLUDED: "заключение эксперта",
    StartEvent.SCHEDULED: "назначение времени рассмотрения",
    StartEvent.APPROVED: "утверждение результатов",
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
    cutoff: Annotated[StrictStr, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None, description='час дня "ЧЧ:ММ"; для конца дня ключ не нужен'
    )
    hardness: Hardness = Field(description='"refuse" – отказать, "breach" – отметить нарушение, "advice" – напомнить')
    combine: Combine | None = Field(default=None, description='"earliest" или "latest", только вместе с parts')
    parts: tuple[Term, ...] = Field(default=(), description="список из двух или более частей")
    owed_by: Code = Field(description='код роли, от которой ждут действия, например "secretary"')
    action: Code = Field(description='код действия, которым срок выполняется, например "register"')

    @property
    def grounds(self) -> tuple[str, ...]:
        """What the term rests on: its clauses, or its sources where no clause sets it. Never empty."""
        return self.clauses or self.sources

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
        ):
            if wrong:
                raise ValueError(sentence)
        return self

    @property
    def _counts_days_forward(self) -> bool:
        return self.unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY) and self.direction is Direction.FORWARD


_COUNTING = ("start_event", "length", "unit", "direction", "week", "following_day", "cutoff")
_INHERITED = ("title", "clauses", "sources", "hardness", "owed_by", "action")


def load_terms(table: Mapping[str, object], *, source: str = "terms.toml") -> dict[str, Term]:
    """Read a table `id -> term` (in TOML: `["score.filing"]`, the id quoted); `source` names the file in messages.

    A part of a combined term is named by its own `id`, a word, and takes title, clauses, sources, hardness, owed_by
    and action of the whole unless it has its own.
    Raises TableError with a Russian sentence for every fault of every term.
    """
    terms: dict[str, Term] = {}
    problems: list[str] = []
    for term_id, row in table.items():
        try:
            terms[term_id] = _read_term(term_id, row, source)
        except TableError as error:
            problems.extend(error.problems)
    if problems:
        raise TableError(tuple(problems), code="configuration.terms")
    return terms


def _read_term(term_id: str, row: object, source: str) -> Term:
    place = f"{source}: {term_id}"
    if not isinstance(row, Mapping):
        raise TableError((f"{place}: здесь нужна таблица срока, а стоит {row!r}.",))
    if row and all(isinstance(value, Mapping) for value in row.values()):
        inner = next(iter(row))
        raise TableError((f'{place}: возьмите идентификатор в кавычки: ["{term_id}.{inner}"].',))
    values: dict[str, Any] = dict(row)
    if "id" in values:
        raise TableError((f"{place}: ключ id лишний: идентификатором служит имя таблицы.",))
    values["id"] = term_id
    if "parts" in values:
        own = [key for key in _COUNTING if key in values]
        if own:
            raise TableError((f"{place}: у составного срока счёт задают части; уберите {', '.join(own)}.",))
        parts = _read_parts(term_id, values, source)
        values["parts"] = parts
        values["start_event"] = parts[0].start_event
        values["unit"] = Unit.DATE
        values["direction"] = parts[0].direction
    return read_row(Term, values, place=place)


def _read_parts(term_id: str, whole: Mapping[str, Any], source: str) -> tuple[Term, ...]:
    place = f"{source}: {term_id}.parts"
    rows = whole["parts"]
    if not isinstance(rows, list) or not rows:
        raise TableError((f"{place}: здесь нужен список из двух или более таблиц.",))
    inherited = {key: whole[key] for key in _INHERITED if key in whole}
    parts: dict[str, Term] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
            problems.append(f'{place}: у части {number} нет ключа id; нужно слово, например "next_day".')
            continue
        values = {key: value for key, value in row.items() if key != "id"}
        grounds = {"clauses", "sources"}
        dropped = grounds if grounds & values.keys() else set()
        base = {key: value for key, value in inherited.items() if key not in dropped}
        part_id = f"{term_id}.{row['id']}"
        if part_id in parts:
            problems.append(f"{place}: часть {row['id']} повторяется; дайте частям разные id.")
        try:
            parts[part_id] = _read_term(part_id, {**base, **values}, source)
        except TableError as error:
            problems.extend(error.problems)
    if problems:
        raise TableError(tuple(problems))
    return tuple(parts.values())


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


_HARDNESS_RANK = {Hardness.ADVICE: 0, Hardness.BREACH: 1, Hardness.REFUSE: 2}


def federal_lock_violations(federal: Term, regional: Term) -> tuple[str, ...]:
    """Say in Russian where a regional term is weaker than the federal one; empty when it is not.

    A term of the participant may only end later, a term of an authority only earlier (contradictions, general rule).
    What cannot be proved from the data alone, such as hours against days, counts as weaker: it needs an act.
    """
    limit = f"{_rule(federal)} ({', '.join(federal.grounds)})"
    problems: list[str] = []
    if federal.owed_by in PARTICIPANT_ROLES:
        if not _never_later(federal, regional):
            problems.append(
                f"{regional.id}: {_rule(regional)} – может истечь раньше федерального срока участника: {limit}. "
                "Укажите срок не короче федерального."
            )
        return tuple(problems)
    if not _never_later(regional, federal):
        problems.append(
            f"{regional.id}: {_rule(regional)} – может истечь позже федерального предела: {limit}. "
            "Укажите срок не длиннее федерального."
        )
    if _HARDNESS_RANK[regional.hardness] < _HARDNESS_RANK[federal.hardness]:
        problems.append(
            f'{regional.id}: hardness = "{regional.hardness}" мягче федерального "{federal.hardness}"; '
            "укажите не мягче федерального."
        )
    return tuple(problems)


def _rule(term: Term) -> str:
    if term.combine is not None:
        which = "ранний из сроков" if term.combine is Combine.EARLIEST else "поздний из сроков"
        return f"{which}: {'; '.join(map(_rule, term.parts))}"
    hour = f", до {term.cutoff}" if term.cutoff else ""
    side = "после события" if term.direction is Direction.FORWARD else "до события"
    start = f"{side} «{term.start_event.label}»"
    if term.unit is Unit.DATE:
        return f"не позднее события «{term.start_event.label}»{hour}"
    if not term.following_day:
        start = f"считая со дня события «{term.start_event.label}»"
    return f"{length_phrase(length=term.length, unit=term.unit, week=term.week)} {start}{hour}"


def _never_later(one: Term, other: Term) -> bool:
    """Whether `one` is sure to end no later than `other` in any calendar, started by the same events."""
    if other.combine is Combine.EARLIEST:
        return all(_never_later(one, part) for part in other.parts)
    if one.combine is Combine.LATEST:
        return all(_never_later(part, other) for part in one.parts)
    if one.combine is Combine.EARLIEST:
        return any(_never_later(part, other) for part in one.parts)
    if other.combine is Combine.LATEST:
        return any(_never_later(one, part) for part in other.parts)
    if (one.start_event, one.direction) != (other.start_event, other.direction):
        return False
    if (one.cutoff or "24:00") > (other.cutoff or "24:00"):
        return False
    short, long = (one, other) if one.direction is Direction.FORWARD else (other, one)
    if short.length == 0 and long.unit in _DAY_UNITS and short.unit in _DAY_UNITS:
        return True
    if (short.length or 0) > (long.length or 0) or (short.following_day and not long.following_day):
        return False
    return _density(short) <= _density(long) if {short.unit, long.unit} <= _DAY_UNITS else short.unit is long.unit


_DAY_UNITS = frozenset({Unit.WORKING_DAY, Unit.CALENDAR_DAY})


def _density(term: Term) -> int:
    """Rank the days a term counts by how thinly they are sown: every day, six of a week, five of a week."""
    return {None: 0, 6: 1, 5: 2}[term.week]

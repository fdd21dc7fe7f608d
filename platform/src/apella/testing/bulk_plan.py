"""The plan of a large season: who its people are, how far each case has come, which clocks it has.

What differs between rows is drawn here; `bulk.sql` multiplies the rest.
"""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from apella.appeals.desk import Desk
from apella.db.encryption import normal_email
from apella.db.ids import new_id
from apella.deadlines import service as deadlines
from apella.identity.people import normal_document, normal_phone, sort_key
from apella.regions.values.exams import ExamDay
from apella.testing.factories import World

_SURNAMES: Final = tuple(
    f"{first}{middle}{last}"
    for first in ("Ак", "Бел", "Вол", "Гор", "Дар", "Ел", "Жар", "Зим", "Кор", "Лес", "Мир", "Ряб", "Сол", "Тих", "Яс")
    for middle in ("ав", "ен", "ин", "ол", "ут")
    for last in ("ин", "ов", "ский")
)
_RANKS: Final = {"registered": 0, "scheduled": 1, "hearing": 2, "decided": 3, "in_exchange": 4, "closed": 5}

# (term, hours after filing when it starts, when it is met, rank that starts it, rank that ends it)
_TERMS: Final[tuple[tuple[str, float, float | None, int, int], ...]] = (
    ("score.filing", 0, 0, 0, 0),
    ("score.withdrawal", 0, None, 0, 2),
    ("score.consideration", 0, 72.2, 0, 3),
    ("kit.request", 0, 2, 0, 1),
    ("kit.receipt", 2, 5, 1, 1),
    ("expert.assignment", 0, 6, 0, 1),
    ("expert.conclusion", 6, 24, 1, 1),
    ("hearing.schedule", 0, 7, 0, 1),
    ("hearing.announcement", 7, 8, 1, 1),
    ("protocol.handover", 72.2, 90, 3, 4),
    ("decision.notice", 72.2, 80, 3, 4),
    ("ris.entry", 90, 92, 4, 5),
    ("recalculation.dispatch", 90, 93, 4, 5),
    ("case.close", 200, 215, 5, 5),
)

# Exams from the oldest on: the share of all cases in per cent, and how far they have come, in per cent.
_PROGRESS: Final[tuple[tuple[int, Mapping[str, int]], ...]] = (
    (25, {"closed": 95, "in_exchange": 5}),
    (25, {"closed": 30, "in_exchange": 60, "decided": 10}),
    (20, {"closed": 30, "in_exchange": 60, "decided": 10}),
    (25, {"registered": 40, "scheduled": 50, "hearing": 5, "decided": 5}),
    (5, {"registered": 100}),
)
_OUTCOMES: Final = {"rejected": 70, "satisfied_up": 30}


@dataclass(frozen=True, kw_only=True)
class PlannedExam:
    """An exam of the season; only the newest one's window for filing is open."""

    id: uuid.UUID
    subject_code: str
    exam_date: date
    announced_on: date
    primary_score: int


@dataclass(frozen=True, kw_only=True)
class PlannedPerson:
    """A participant; `token` opens a session of the few who are signed in."""

    id: uuid.UUID
    account_id: uuid.UUID
    token: str | None
    login: str
    surname: str
    given_name: str
    patronymic: str
    sort_key: str
    document_cipher: bytes
    document_index: bytes
    phone_cipher: bytes
    phone_index: bytes
    email_cipher: bytes
    email_index: bytes


@dataclass(frozen=True, kw_only=True)
class PlannedWork:
    """A participant's work with its one result."""

    n: int
    id: uuid.UUID
    result_id: uuid.UUID
    person_id: uuid.UUID
    exam_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PlannedCase:
    """A score appeal; cases of one `grp` have the same clocks, `rank` says how far it has come."""

    id: uuid.UUID
    grp: int
    person_id: uuid.UUID
    work_id: uuid.UUID
    exam_id: uuid.UUID
    kind: str
    state: str
    rank: int
    outcome: str | None
    filed_at: datetime
    receipt_number: str
    journal_seq: int
    journal_number: str


@dataclass(frozen=True, kw_only=True)
class PlannedClock:
    """A clock that every case of a group has."""

    grp: int
    term: str
    title: str
    owed_by: str
    action: str
    clauses: list[str]
    hardness: str
    starts_after: timedelta
    due_at: datetime | None
    federal_due_at: datetime | None
    calendar_version: str
    explanation: Jsonb
    met_after: timedelta | None
    cancelled: bool


class Plan:
    """The rows that differ. `filers` are people with a work of the newest exam that nobody has appealed about."""

    def __init__(self, desk: Desk, world: World, chance: random.Random) -> None:
        self._desk = desk
        self._rules = world.rules
        self._chance = chance
        self.exams = self._choose_exams(world)
        self.people: list[PlannedPerson] = []
        self.works: list[PlannedWork] = []
        self.cases: list[PlannedCase] = []
        self.clocks: list[PlannedClock] = []
        self.filers: list[tuple[PlannedPerson, PlannedWork]] = []

    def make(self, *, cases: int, filers: int) -> None:
        """Plan the cases in the order of their filing, their people and works, and those who are about to file."""
        groups: dict[tuple[uuid.UUID, str, date], int] = {}
        drawn = sorted(self._drawn(cases), key=lambda case: case[0])
        for number, (filed_at, exam, state, person) in enumerate(drawn, 1):
            place = (exam.id, state, filed_at.date())
            if place not in groups:
                groups[place] = len(groups)
                self.clocks += self._clocks_of(groups[place], exam, _RANKS[state], filed_at)
            self.cases.append(self._case(number, groups[place], person, exam, state, filed_at))
        for _ in range(filers):
            person = self._person(signed_in=True)
            self.filers.append((person, self._work(person, self.exams[-1])))

    def _choose_exams(self, world: World) -> list[PlannedExam]:
        """The first exams of the timetable whose results came out before the world's own exam's, and that one."""
        earlier = [day for day in self._rules.exams if day.wave == 2 and day.results_on < world.announced_on]
        earlier.sort(key=lambda day: (day.results_on, day.date))
        own = next(day for day in self._rules.exams if day.date == world.exam_day and day.wave == 2)
        exams = [self._exam(day, new_id()) for day in earlier[: len(_PROGRESS) - 1]]
        return [*exams, self._exam(own, world.exam)]

    def _exam(self, day: ExamDay, exam_id: uuid.UUID) -> PlannedExam:
        code = next(code for code in day.subjects if self._rules.subjects[code].has_extended)
        return PlannedExam(
            id=exam_id,
            subject_code=code,
            exam_date=day.date,
            announced_on=day.results_on,
            primary_score=sum(position.max_mark // 2 for position in self._rules.subjects[code].positions),
        )

    def _drawn(self, count: int) -> Iterator[tuple[datetime, PlannedExam, str, PlannedPerson]]:
        for exam, (share, states) in zip(self.exams, _PROGRESS, strict=True):
            earlier = list(self.people)
            for number in range(count * share // 100):
                state = self._chance.choices(list(states), list(states.values()))[0]
                # Of three people two appeal against another exam too.
                person = earlier.pop() if earlier and number % 3 else self._person()
                yield self._filed_at(exam, state), exam, state, person

    def _filed_at(self, exam: PlannedExam, state: str) -> datetime:
        """Draw a moment of the window's two working days; cases that came far quickly were filed on the first.

        The newest exam's results came out yesterday: its cases were filed this morning.
        """
        calendar = self._rules.calendar
        days = (exam.announced_on + timedelta(days=ahead) for ahead in range(1, 15))
        first, second = [day for day in days if calendar.is_working(day, 5)][:2]
        newest = exam is self.exams[-1]
        day = first if newest or state in ("hearing", "decided") else self._chance.choice((first, second))
        hour = self._chance.uniform(0, 8) if newest else self._chance.uniform(8, 20)
        return datetime.combine(day, datetime.min.time(), tzinfo=self._rules.zone) + timedelta(hours=hour)

    def _person(self, *, signed_in: bool = False) -> PlannedPerson:
        number, row_id, vault = len(self.people), new_id(), self._desk.vault
        name = (self._chance.choice(_SURNAMES), "Тест", "Тестович")
        sealed: dict[str, bytes] = {}
        for field, normal in (
            ("document", normal_document(f"98 {number // 10**6:02d} {number % 10**6:06d}")),
            ("phone", normal_phone(f"+7 900 {number:07d}")),
            ("email", normal_email(f"p{number}@example.ru")),
        ):
            sealed[f"{field}_cipher"] = vault.seal(f"person.{field}", row_id, normal)
            sealed[f"{field}_index"] = vault.index(f"person.{field}", normal)
        person = PlannedPerson(
            id=row_id,
            account_id=new_id(),
            token=secrets.token_urlsafe(32) if signed_in else None,
            login=f"{number:08d}",
            surname=name[0],
            given_name=name[1],
            patronymic=name[2],
            sort_key=sort_key(*name),
            **sealed,
        )
        self.people.append(person)
        return person

    def _work(self, person: PlannedPerson, exam: PlannedExam) -> PlannedWork:
        work = PlannedWork(n=len(self.works), id=new_id(), result_id=new_id(), person_id=person.id, exam_id=exam.id)
        self.works.append(work)
        return work

    def _case(
        self, number: int, group: int, person: PlannedPerson, exam: PlannedExam, state: str, filed_at: datetime
    ) -> PlannedCase:
        decided = _RANKS[state] >= _RANKS["decided"]
        return PlannedCase(
            id=new_id(),
            grp=group,
            person_id=person.id,
            work_id=self._work(person, exam).id,
            exam_id=exam.id,
            kind="score",
            state=state,
            rank=_RANKS[state],
            outcome=self._chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0] if decided else None,
            filed_at=filed_at,
            receipt_number=self._rules.receipt_number(subject_code=exam.subject_code, number=number),
            journal_seq=number,
            journal_number=self._rules.journal_number(kind="score", subject_code=exam.subject_code, number=number),
        )

    def _clocks_of(self, group: int, exam: PlannedExam, rank: int, filed_at: datetime) -> Iterator[PlannedClock]:
        events = self._events(exam, filed_at)
        for term_id, starts, met, begins, ends in _TERMS:
            if rank < begins:
                continue
            term = self._rules.terms[term_id]
            count = deadlines.explain(self._rules, term_id, events)
            over = rank >= ends
            yield PlannedClock(
                grp=group,
                term=term_id,
                title=term.title,
                owed_by=str(term.owed_by),
                action=str(term.action),
                clauses=list(count.clauses),
                hardness=str(term.hardness),
                starts_after=timedelta(hours=starts),
                due_at=count.due,
                federal_due_at=count.federal_due,
                calendar_version=count.calendar_version,
                explanation=Jsonb(count.to_record()),
                met_after=timedelta(hours=met) if over and met is not None else None,
                cancelled=over and met is None,
            )

    @staticmethod
    def _events(exam: PlannedExam, filed_at: datetime) -> Mapping[str, Any]:
        hours: Mapping[str, float] = {
            "filed": 0, "accepted": 0, "registered": 0, "kit_requested": 2, "kit_received": 5, "expert_assigned": 6,
            "scheduled": 7, "expert_concluded": 24, "hearing_day": 72, "decided": 72.2, "handed_over": 90,
            "dispatched": 93, "recalculated": 150, "approval_submitted": 160, "approved": 200,
        }  # fmt: skip
        return {
            "results_announced": exam.announced_on,
            "exam_day": exam.exam_date,
            "filing_closed": filed_at,
            **{name: filed_at + timedelta(hours=after) for name, after in hours.items()},
        }

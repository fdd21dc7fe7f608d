"""A season of the size of a large region, made at once: what takes a commission weeks takes the database seconds.

The rows are what the services would have written: people with encrypted documents, works with marks, cases in every
state with their history, clocks, kits, conclusions, votes, decisions, papers, an audit chain and counters that go on
where the cases end. People and times are made up; nobody here is real.
"""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from apella.appeals.desk import Desk
from apella.bootstrap import App
from apella.db.encryption import normal_email
from apella.db.ids import new_id
from apella.deadlines import service as deadlines
from apella.identity.people import normal_document, normal_phone, sort_key
from apella.regions.rules import RegionRules
from apella.testing.chain import append_plan, start_plan
from apella.testing.factories import World, desk_for, make_world
from apella.testing.tenants import NORTH

_EXPAND = Path(__file__).with_name("bulk.sql").read_text(encoding="utf-8")
_CHANNEL: Final = "portal"
_NEWEST: Final = "06"
"""The subject whose results came out on the eve: its window for filing is open."""
_SURNAMES: Final = tuple(
    f"{first}{middle}{last}"
    for first in ("Ак", "Бел", "Вол", "Гор", "Дар", "Ел", "Жар", "Зим", "Кор", "Лес", "Мир", "Ряб", "Сол", "Тих", "Яс")
    for middle in ("ав", "ен", "ин", "ол", "ут")
    for last in ("ин", "ов", "ский")
)
_RANKS: Final = {"registered": 0, "scheduled": 1, "hearing": 2, "decided": 3, "in_exchange": 4, "closed": 5}
_CLOSES_AFTER: Final = timedelta(hours=215)

# (rank reached, hours after filing, tag, action, from, to, role, who): what is done to a case on its way.
_STEPS: Final[tuple[tuple[int, float, str, str | None, str | None, str | None, str | None, str | None], ...]] = (
    (0, 0, "appeal:state:file", "file", None, "registered", "participant", None),
    (0, 0.02, "document:form:made", None, None, None, None, "system"),
    (0, 0.03, "notice:person:sent", None, None, None, None, "system"),
    (1, 2, "appeal:kit:requested", None, None, None, "secretary", "secretary"),
    (1, 5, "appeal:kit:received", None, None, None, "data_centre_operator", "data-centre-operator"),
    (1, 6, "appeal:expert:assigned", None, None, None, "secretary", "secretary"),
    (1, 7, "appeal:state:schedule", "schedule", "registered", "scheduled", "secretary", "secretary"),
    (1, 8, "notice:person:sent", None, None, None, None, "system"),
    (1, 24, "appeal:expert:concluded", None, None, None, "expert", "expert-2"),
    (2, 72, "appeal:state:open_hearing", "open_hearing", "scheduled", "hearing", "secretary", "secretary"),
    (3, 72.1, "appeal:vote:cast", None, None, None, "chair", "chair"),
    (3, 72.1, "appeal:vote:cast", None, None, None, "member", "member-1"),
    (3, 72.1, "appeal:vote:cast", None, None, None, "member", "member-2"),
    (3, 72.2, "appeal:state:decide", "decide", "hearing", "decided", "chair", "chair"),
    (3, 73, "document:form:made", None, None, None, None, "system"),
    (4, 90, "appeal:state:hand_over", "hand_over", "decided", "in_exchange", "secretary", "secretary"),
    (5, 92, "appeal:packet:entered", None, None, None, "data_centre_operator", "data-centre-operator"),
    (5, 215, "appeal:state:close", "close", "in_exchange", "closed", "secretary", "secretary"),
)

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

# Exams from the oldest on: the share of all cases, and how far they have come, in per cent.
_PROGRESS: Final[tuple[tuple[float, Mapping[str, int]], ...]] = (
    (0.25, {"closed": 95, "in_exchange": 5}),
    (0.25, {"closed": 30, "in_exchange": 60, "decided": 10}),
    (0.20, {"closed": 30, "in_exchange": 60, "decided": 10}),
    (0.25, {"registered": 40, "scheduled": 50, "hearing": 5, "decided": 5}),
    (0.05, {"registered": 100}),
)
_OUTCOMES: Final = {"rejected": 65, "satisfied_up": 25, "withdrawn": 10}


@dataclass(frozen=True, kw_only=True)
class Filer:
    """A participant who is signed in by `token` and has not filed on the work yet."""

    token: str
    person_id: uuid.UUID
    work_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class BulkSeason:
    """The season's people and works beside its many cases; the newest are filed first by `filers`."""

    world: World
    filers: Sequence[Filer]
    case_ids: Sequence[uuid.UUID]

    def application(self, filer: Filer) -> dict[str, Any]:
        """What a participant sends to the API to file a score appeal."""
        return {
            "kind": "score",
            "channel": _CHANNEL,
            "work_id": str(filer.work_id),
            "presence": {"participant": True},
            "forms_confirmed": True,
            "disputed": ["C1"],
            "phone": "+7 900 000-00-00",
            "email": "p@example.ru",
        }


@dataclass(frozen=True, kw_only=True)
class _Exam:
    id: uuid.UUID
    subject_code: str
    exam_date: date
    announced_on: date
    primary_score: int


@dataclass(frozen=True, kw_only=True)
class _Person:
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
class _Work:
    n: int
    id: uuid.UUID
    result_id: uuid.UUID
    person_id: uuid.UUID
    exam_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class _Case:
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


def make_bulk_season(
    app: App, connection: Connection[Any], *, cases: int, filers: int, slug: str = NORTH, seed: int = 7
) -> BulkSeason:
    """Make a season of the tenant with so many cases and people who are about to file.

    `connection` is a superuser's, in autocommit. `slug` names a tenant with the door «portal» for score appeals.
    """
    world = make_world(app, slug, participants=0, subject_code=_NEWEST)
    with app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
        plan = _Plan(desk_for(app, work, world, world.staff["secretary"]), world, random.Random(seed))
        plan.make(cases=cases, filers=filers)
    with connection.transaction():
        plan.load(connection)
        connection.execute(_EXPAND.encode())
    if cases:
        append_plan(connection)
    else:
        connection.execute("DROP TABLE planned_event")
    connection.execute("ANALYZE")
    return BulkSeason(world=world, filers=plan.filers, case_ids=[case.id for case in plan.cases])


class _Plan:
    """Everything that differs between the rows; the SQL beside this file multiplies the rest."""

    def __init__(self, desk: Desk, world: World, chance: random.Random) -> None:
        self._desk = desk
        self._world = world
        self._rules = world.rules
        self._chance = chance
        self.exams = self._exams()
        self.people: list[_Person] = []
        self.works: list[_Work] = []
        self.cases: list[_Case] = []
        self.filers: list[Filer] = []
        self._clocks: list[tuple[Any, ...]] = []

    def make(self, *, cases: int, filers: int) -> None:
        """Plan the people, their works and the cases about them."""
        drawn = sorted(self._draw_cases(cases), key=lambda case: case[0])
        groups: dict[tuple[int, str, date], int] = {}
        taken: dict[int, list[_Person]] = {}
        for number, (filed_at, exam_number, state) in enumerate(drawn, 1):
            exam = self.exams[exam_number]
            # Two exams in three are appealed by somebody who appeals against another one too.
            pool = taken.setdefault(exam_number - 1, [])
            person = pool.pop() if pool and number % 3 else self._person()
            taken.setdefault(exam_number, []).append(person)
            day = filed_at.astimezone(self._rules.zone).date()
            group = groups.setdefault((exam_number, state, day), len(groups))
            if group == len(self._clocks_groups):
                self._clocks_groups.append(group)
                self._clocks += self._clocks_of(group, exam, state, filed_at)
            self.cases.append(self._case(number, group, person, exam, state, filed_at))
        for _ in range(filers):
            person = self._person(signed_in=True)
            work = self._work(person, self.exams[-1])
            self.filers.append(Filer(token=person.token or "", person_id=person.id, work_id=work.id))

    _clocks_groups: list[int]

    # --- Drawing ------------------------------------------------------------------------------------------------------

    def _exams(self) -> list[_Exam]:
        days = [day for day in self._rules.exams if day.wave == 2 and day.results_on < self._world.announced_on]
        chosen = [
            (new_id(), next(code for code in day.subjects if self._rules.subjects[code].has_extended), day)
            for day in sorted(days, key=lambda day: (day.results_on, day.date))[: len(_PROGRESS) - 1]
        ]
        exams = [
            _Exam(
                id=exam_id,
                subject_code=code,
                exam_date=day.date,
                announced_on=day.results_on,
                primary_score=self._primary(code),
            )
            for exam_id, code, day in chosen
        ]
        newest = _Exam(
            id=self._world.exam,
            subject_code=_NEWEST,
            exam_date=self._world.exam_day,
            announced_on=self._world.announced_on,
            primary_score=self._primary(_NEWEST),
        )
        return [*exams, newest]

    def _primary(self, subject_code: str) -> int:
        return sum(position.max_mark // 2 for position in self._rules.subjects[subject_code].positions)

    def _draw_cases(self, count: int) -> Iterator[tuple[datetime, int, str]]:
        for number in range(count):
            share = number / count
            exam_number = 0
            while share >= _PROGRESS[exam_number][0]:
                share -= _PROGRESS[exam_number][0]
                exam_number += 1
            states = _PROGRESS[exam_number][1]
            state = self._chance.choices(list(states), list(states.values()))[0]
            yield self._filed_at(self.exams[exam_number], state), exam_number, state

    def _filed_at(self, exam: _Exam, state: str) -> datetime:
        """Draw a moment of the window: one of its two working days, from eight to eight; the first one's morning for
        an exam whose window is open now, and the first day for cases that have come far."""
        calendar, zone = self._rules.calendar, self._rules.zone
        first = exam.announced_on + timedelta(days=1)
        while not calendar.is_working(first, 5):
            first += timedelta(days=1)
        second = first + timedelta(days=1)
        while not calendar.is_working(second, 5):
            second += timedelta(days=1)
        newest = exam is self.exams[-1]
        day = first if newest or state in ("hearing", "decided") else self._chance.choice((first, second))
        moment = datetime.combine(day, datetime.min.time(), tzinfo=zone)
        return moment + timedelta(hours=self._chance.uniform(0, 8) if newest else self._chance.uniform(8, 20))

    def _person(self, *, signed_in: bool = False) -> _Person:
        number = len(self.people)
        vault, row_id = self._desk.vault, new_id()
        name = (self._chance.choice(_SURNAMES), "Тест", "Тестович")
        sealed: dict[str, bytes] = {}
        for column, normal in (
            ("document", normal_document(f"98 {number // 10**6:02d} {number % 10**6:06d}")),
            ("phone", normal_phone(f"+7 900 {number:07d}")),
            ("email", normal_email(f"p{number}@example.ru")),
        ):
            sealed[f"{column}_cipher"] = vault.seal(f"person.{column}", row_id, normal)
            sealed[f"{column}_index"] = vault.index(f"person.{column}", normal)
        person = _Person(
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

    def _work(self, person: _Person, exam: _Exam) -> _Work:
        work = _Work(n=len(self.works), id=new_id(), result_id=new_id(), person_id=person.id, exam_id=exam.id)
        self.works.append(work)
        return work

    def _case(
        self, number: int, group: int, person: _Person, exam: _Exam, state: str, filed_at: datetime
    ) -> _Case:
        outcome = None
        if _RANKS[state] >= _RANKS["decided"]:
            outcome = self._chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
            outcome = "rejected" if outcome == "withdrawn" and state != "closed" else outcome
        return _Case(
            id=new_id(),
            grp=group,
            person_id=person.id,
            work_id=self._work(person, exam).id,
            exam_id=exam.id,
            kind="score",
            state=state,
            rank=_RANKS[state],
            outcome=outcome,
            filed_at=filed_at,
            receipt_number=self._rules.receipt_number(subject_code=exam.subject_code, number=number),
            journal_seq=number,
            journal_number=self._rules.journal_number(kind="score", subject_code=exam.subject_code, number=number),
        )

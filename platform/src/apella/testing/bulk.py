"""A season of the size of a large region, made at once: what takes a commission weeks takes the database seconds.

The rows are what the services would have written: people with encrypted documents, works with marks, cases in every
state with their history, clocks, kits, conclusions, votes, decisions, papers, an audit chain, and counters that go on
where the cases end. People and times are made up; nobody here is real.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from psycopg import Connection, sql

from apella.audit.trail import canonical
from apella.bootstrap import App
from apella.testing.bulk_plan import Plan, PlannedExam
from apella.testing.factories import World, desk_for, make_world
from apella.testing.long_chain import append_plan, start_plan
from apella.testing.tenants import NORTH

_TABLES = Path(__file__).with_name("bulk_tables.sql").read_text(encoding="utf-8")
_EXPAND = Path(__file__).with_name("bulk.sql").read_text(encoding="utf-8")
_CHANNEL: Final = "portal"
_NEWEST_SUBJECT: Final = "06"
"""The subject of the fifth exam by the day of its results: its window for filing is open."""
_CLOSES_AFTER: Final = timedelta(hours=215)

_PERSON: Final = "$person"
"""Stands in an event for the id of the case's participant."""


@dataclass(frozen=True)
class _Step:
    """What is done to every case that has come to `rank`, so many hours after filing.

    `login` is the staff's, "system", or None for the participant; `move` is (action, state before, state after).
    """

    rank: int
    hours: float
    tag: str
    role: str | None
    login: str | None
    after: Mapping[str, Any] = field(default_factory=dict)
    move: tuple[str, str | None, str] | None = None


def _moved(rank: int, hours: float, role: str, login: str | None, move: tuple[str, str | None, str]) -> _Step:
    after = {"state": move[2], "round": 1, "version": rank + 1}
    return _Step(rank, hours, f"appeal:state:{move[0]}", role, login, after, move)


def _told(rank: int, hours: float, event: str) -> _Step:
    return _Step(
        rank, hours, "notice:person:sent", None, "system", {"event": event, "channel": "sms", "person": _PERSON}
    )


_STEPS: Final = (
    _moved(0, 0, "participant", None, ("file", None, "registered")),
    _Step(0, 0.02, "document:form:made", None, "system", {"form": "1-AP"}),
    _told(0, 0.03, "appeal_filed"),
    _Step(1, 2, "appeal:kit:requested", "secretary", "secretary"),
    _Step(1, 5, "appeal:kit:received", "data_centre_operator", "data-centre-operator", {"items": 4, "absent": 0}),
    _Step(1, 6, "appeal:expert:assigned", "secretary", "secretary", {"expert": f"E{_NEWEST_SUBJECT}2"}),
    _moved(1, 7, "secretary", "secretary", ("schedule", "registered", "scheduled")),
    _told(1, 8, "hearing_scheduled"),
    _Step(1, 24, "appeal:expert:concluded", "expert", "expert-2", {"changes": {"C1": 1}}),
    _moved(2, 72, "secretary", "secretary", ("open_hearing", "scheduled", "hearing")),
    *(
        _Step(3, 72.1, "appeal:vote:cast", login.partition("-")[0], login, {"ballot": "reject"})
        for login in ("chair", "member-1", "member-2")
    ),
    _moved(3, 72.2, "chair", "chair", ("decide", "hearing", "decided")),
    _Step(3, 73, "document:form:made", None, "system", {"form": "2-AP"}),
    _moved(4, 90, "secretary", "secretary", ("hand_over", "decided", "in_exchange")),
    _Step(5, 92, "appeal:packet:entered", "data_centre_operator", "data-centre-operator"),
    _moved(5, 215, "secretary", "secretary", ("close", "in_exchange", "closed")),
)


@dataclass(frozen=True, kw_only=True)
class Filer:
    """A participant who is signed in by `token` and has not filed on the work yet."""

    token: str
    person_id: uuid.UUID
    work_id: uuid.UUID

    def application(self) -> dict[str, Any]:
        """What the participant sends to the API to file a score appeal."""
        return {
            "kind": "score",
            "channel": _CHANNEL,
            "work_id": str(self.work_id),
            "presence": {"participant": True},
            "forms_confirmed": True,
            "disputed": ["C1"],
            "phone": "+7 900 000-00-00",
            "email": "p@example.ru",
        }


@dataclass(frozen=True, kw_only=True)
class BulkSeason:
    """The season's staff, those who are about to file, and the cases with their moments, in the order of filing."""

    world: World
    filers: Sequence[Filer]
    cases: Sequence[tuple[uuid.UUID, datetime]]


def make_bulk_season(
    app: App, connection: Connection[Any], *, cases: int, filers: int, slug: str = NORTH, seed: int = 7
) -> BulkSeason:
    """Make a season of the tenant with so many cases, and people who are about to file.

    `connection` is a superuser's, in autocommit. `slug` names a tenant with the door «portal» for score appeals.
    """
    world = make_world(app, slug, participants=0, subject_code=_NEWEST_SUBJECT)
    with app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
        desk = desk_for(app, work, world, world.staff["secretary"])
        plan = Plan(desk, world, random.Random(seed))  # noqa: S311 the plan must come out the same each time
        plan.make(cases=cases, filers=filers)
        case_now = desk.now
    start_plan(connection)
    with connection.transaction():
        connection.execute(_TABLES.encode())
        _load(connection, "planned_season", [_season(world, case_now)])
        _load(connection, "planned_position", _positions(world, plan.exams))
        _load(connection, "planned_step", _steps(world))
        rows: Mapping[str, Sequence[object]] = {
            "planned_exam": plan.exams,
            "planned_person": plan.people,
            "planned_work": plan.works,
            "planned_case": plan.cases,
            "planned_clock": plan.clocks,
        }
        for table, planned in rows.items():
            _load(connection, table, (tuple(vars(row).values()) for row in planned))
        connection.execute(_EXPAND.encode())
    append_plan(connection)
    connection.execute("ANALYZE")
    return BulkSeason(
        world=world,
        filers=[
            Filer(token=person.token or "", person_id=person.id, work_id=written.id) for person, written in plan.filers
        ],
        cases=[(case.id, case.filed_at) for case in plan.cases],
    )


def _load(connection: Connection[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
        for row in rows:
            copy.write_row(row)


def _season(world: World, case_now: datetime) -> tuple[Any, ...]:
    staff = world.staff
    voters = [staff[login].person_id for login in ("chair", "member-1", "member-2")]
    return (
        int(world.rules.tenant.tenant_id),
        world.rules.slug,
        world.season_id,
        world.commission_id,
        world.rules.version,
        _CHANNEL,
        case_now,
        _CLOSES_AFTER,
        world.school,
        world.point,
        staff["secretary"].person_id,
        staff["data-centre-operator"].person_id,
        world.experts[1],
        voters,
    )


def _positions(world: World, exams: Sequence[PlannedExam]) -> list[tuple[Any, ...]]:
    return [
        (exam.id, place.task_type, place.number, place.task, place.criterion, place.max_mark)
        for exam in exams
        for place in world.rules.subjects[exam.subject_code].positions
    ]


def _steps(world: World) -> list[tuple[Any, ...]]:
    rows = []
    for number, step in enumerate(_STEPS):
        actor = None if step.login is None else world.staff.get(step.login)
        action, before, after = step.move or (None, None, None)
        rows.append(
            (
                number,
                step.rank,
                timedelta(hours=step.hours),
                step.tag,
                step.role,
                step.login == "system",
                None if actor is None else actor.person_id,
                step.login if actor is None else actor.login,
                action,
                before,
                after,
                canonical({"before": {"state": before} if step.move else {}, "after": step.after}),
            )
        )
    return rows

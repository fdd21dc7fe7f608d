"""The last days of a published график on the clocks of a case: who is shown them, and what they do not bind."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from apella.bootstrap import App
from apella.deadlines.explain import Explanation
from apella.deadlines.model import Deadline, DeadlineState
from apella.testing.factories import make_world
from apella.testing.pauses import go_on, stop
from apella.testing.play import Play

Restart = Callable[..., App]
Scheduled = Callable[[str], Play]

pytestmark = pytest.mark.usefixtures("paperless")

SOURCES = '[[act]]\nprefix = "north"\ntitle = "Учебный график"\napproved = "приказ от 30.01.2026 № 00-УГ"\n'
ROW = """
[[exam]]
date = 2026-06-01
subjects = ["04"]
results_on = 2026-06-11
intake = [
    {{ date = 2026-06-15, opens = "00:00", closes = "24:00" }},
    {{ date = 2026-06-16, opens = "00:00", closes = "24:00" }},
]
{ends}
clauses = ["north:1"]
"""


@pytest.fixture
def scheduled(restart: Restart, fresh_database: str) -> Scheduled:
    """A season of an instance whose tenant has this график; case time is Fri 12.06.2026, a holiday."""

    def begin(ends: str) -> Play:
        tables = {"north/sources.toml": SOURCES, "north/2026/schedule.toml": ROW.format(ends=ends)}
        begun = restart(tables, database_url=fresh_database)
        return Play(begun, make_world(begun, "north"))

    return begin


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def due(play: Play, case_id: uuid.UUID, term: str) -> str:
    """The last day of a clock in the tenant's zone."""
    last = clock(play, case_id, term).due_at.astimezone(play.world.rules.zone) - timedelta(seconds=1)
    return f"{last:%d.%m %H:%M}"


@pytest.mark.clause("federal:102.3", "federal:102.4", "federal:102.6", "federal:102.8")
def test_the_stages_of_a_case_end_no_later_than_the_schedule_says(scheduled: Scheduled) -> None:
    north = scheduled("regional_until = 2026-06-17\nfederal_until = 2026-06-19\napproval_until = 2026-06-30")
    case_id = north.file()
    assert due(north, case_id, "score.consideration") == "17.06 23:59"
    counted = Explanation.from_record(clock(north, case_id, "score.consideration").explanation)
    assert counted.summary() == (
        "по графику: не позднее ср 17.06.2026, 23:59 (Учебный график, приказ от 30.01.2026 № 00-УГ); "
        "федеральный предел чт 18.06.2026"
    )
    assert counted.clauses == ("north:1", "federal:102.3")
    north.walk(case_id, "decided", outcome="up")
    assert due(north, case_id, "protocol.handover") == "17.06 23:59"
    north.drain()
    north.walk(case_id, "entered", after="decided", outcome="up")
    assert due(north, case_id, "recalculation.dispatch") == "17.06 23:59"
    north.walk(case_id, "dispatched", after="entered", outcome="up")
    assert due(north, case_id, "recalculation.federal") == "19.06 23:59"
    assert due(north, case_id, "recalculation.reminder") == "22.06 23:59", "a reminder ends no stage"
    north.walk(case_id, "recalculated", after="dispatched", outcome="up")
    assert due(north, case_id, "approval") == "30.06 23:59", "the law has no term for it: the act's day stands alone"
    assert "федеральный предел" not in Explanation.from_record(clock(north, case_id, "approval").explanation).summary()


@pytest.mark.clause("federal:102.4")
def test_what_begins_when_the_published_day_is_over_is_counted(scheduled: Scheduled) -> None:
    """The decision is late and broken; the hand-over that follows it has its own day of the law."""
    north = scheduled("regional_until = 2026-06-17")
    case_id = north.walk(north.file(), "concluded")
    north.schedule(case_id, starts_at=datetime(2026, 6, 18, 10, tzinfo=north.world.rules.zone), reason="учебная")
    north.walk(case_id, "decided", after="scheduled")
    assert clock(north, case_id, "score.consideration").state is DeadlineState.BREACHED
    assert due(north, case_id, "protocol.handover") == "19.06 23:59"


@pytest.mark.clause("federal:99.13")
def test_the_schedule_of_score_appeals_says_nothing_of_others(scheduled: Scheduled) -> None:
    north = scheduled("regional_until = 2026-06-17")
    procedure = north.walk(north.file(1, channel="exam_point"), "registered")
    assert due(north, procedure, "procedure.consideration") == "16.06 23:59"
    assert Explanation.from_record(clock(north, procedure, "procedure.consideration").explanation).published is None


@pytest.mark.clause("federal:102.3", "core:A41")
def test_a_case_that_stood_still_has_left_the_schedule(scheduled: Scheduled) -> None:
    north = scheduled("regional_until = 2026-06-17")
    case_id = north.file()
    stop(north, case_id)
    assert Explanation.from_record(clock(north, case_id, "score.consideration").explanation).stands_still
    north.clock(days=3)
    go_on(north, case_id)
    counted = Explanation.from_record(clock(north, case_id, "score.consideration").explanation)
    assert (counted.is_published, due(north, case_id, "score.consideration")) == (False, "18.06 23:59")

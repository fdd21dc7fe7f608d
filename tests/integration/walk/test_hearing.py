"""Giving a case its time, moving it, and beginning the hearing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from apella.appeals.application import Presence
from apella.appeals.model import HearingMode
from apella.appeals.states import Attendance, IllegalTransition, State
from apella.audit.model import AuditEvent
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, RuleViolation
from apella.hearings import service as hearings
from apella.hearings.model import Hearing, HearingState
from apella.jobs.model import Task
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay


def clocks(play: Play, case_id: uuid.UUID, term: str) -> list[Deadline]:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term).order_by(Deadline.starts_at)
    return play.read(lambda session: list(session.scalars(query)))


def hearings_of(play: Play, case_id: uuid.UUID) -> list[Hearing]:
    query = select(Hearing).where(Hearing.case_id == case_id).order_by(Hearing.starts_at)
    return play.read(lambda session: list(session.scalars(query)))


def at(play: Play, day: int, hour: int = 10) -> datetime:
    """An hour of June 2026 in the tenant's zone; made-up seasons begin on Fri 12.06, a holiday."""
    return datetime(2026, 6, day, hour, tzinfo=play.world.rules.zone)


# --- The time ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:98.6", "federal:98.7")
def test_a_case_gets_its_time_and_place_and_the_appellant_is_told(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    hearing = north.schedule(case_id, starts_at=at(north, 17))
    assert (hearing.starts_at, hearing.state) == (at(north, 17), HearingState.PLANNED)
    assert hearing.ends_at > hearing.starts_at
    assert north.world.rules.sites.main.address in hearing.place
    assert north.case(case_id).state is State.SCHEDULED
    (announcement,) = clocks(north, case_id, "hearing.announcement")
    # For a hearing on Wed 17.06 people are told before the end of Tue 16.06.
    assert announcement.due_at == at(north, 17, 0)
    told = select(Task.id).where(Task.dedup_key == f"notices.tell:{case_id}:hearing_scheduled:{hearing.id}")
    assert north.read(lambda s: s.scalars(told).one_or_none()) is not None


@pytest.mark.clause("federal:98.6", "core:C4")
def test_a_hearing_leaves_a_working_day_of_notice_or_a_reason(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    # Friday the 12th is a holiday: on Sunday evening the last working day before Monday is long over.
    north.clock_to(at(north, 14, 20))
    with refused("hearing.notice_too_short", RuleViolation) as caught:
        north.schedule(case_id, starts_at=at(north, 15))
    assert isinstance(caught.value, RuleViolation)
    assert "federal:98.6" in caught.value.clauses
    hearing = north.schedule(case_id, starts_at=at(north, 15), reason="сторона просила раньше")
    assert hearing.starts_at == at(north, 15)
    other = north.file(1)
    north.clock_to(at(north, 15, 23))
    north.schedule(other, starts_at=at(north, 16))


@pytest.mark.clause("federal:102.3")
def test_a_hearing_lies_within_the_term_of_consideration_or_has_a_reason(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    (limit,) = clocks(north, case_id, "score.consideration")
    assert limit.due_at == at(north, 19, 0)
    with refused("hearing.after_limit", RuleViolation) as caught:
        north.schedule(case_id, starts_at=limit.due_at)
    assert isinstance(caught.value, RuleViolation)
    assert "federal:102.3" in caught.value.clauses
    with refused("hearing.after_limit"):
        north.schedule(case_id, starts_at=limit.due_at, reason="  ")
    north.schedule(case_id, starts_at=limit.due_at, reason="форс-мажор")
    # The term itself does not move: the breach will be seen.
    assert clocks(north, case_id, "score.consideration")[0].due_at == limit.due_at


def test_the_past_is_not_planned(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("hearing.past", Malformed):
        north.schedule(case_id, starts_at=north.now() - timedelta(minutes=1), reason="учебная")


def test_a_case_is_scheduled_once_and_then_moved(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("appeal.illegal_transition", IllegalTransition):
        north.act("secretary", hearings.reschedule, case_id, starts_at=at(north, 17), reason="учебная")
    first = north.schedule(case_id, starts_at=at(north, 17))
    with refused("appeal.illegal_transition", IllegalTransition):
        north.schedule(case_id, starts_at=at(north, 18))
    with refused("reschedule.reason", Malformed):
        north.act("secretary", hearings.reschedule, case_id, starts_at=at(north, 18), reason=" ")
    second = north.act("secretary", hearings.reschedule, case_id, starts_at=at(north, 18), reason="занят зал")
    assert [(h.id, h.state) for h in hearings_of(north, case_id)] == [
        (first.id, HearingState.REPLACED),
        (second.id, HearingState.PLANNED),
    ]
    told = select(Task.id).where(Task.dedup_key == f"notices.tell:{case_id}:hearing_moved:{second.id}")
    assert north.read(lambda s: s.scalars(told).one_or_none()) is not None
    assert [clock.due_at for clock in clocks(north, case_id, "hearing.announcement")] == [
        at(north, 17, 0),
        at(north, 18, 0),
    ]


def test_a_due_date_that_moves_says_so_in_the_chain(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    (window,) = clocks(north, case_id, "score.withdrawal")
    north.schedule(case_id, starts_at=at(north, 13, 16), reason="учебная спешка")
    (moved,) = clocks(north, case_id, "score.withdrawal")
    assert moved.due_at == at(north, 14, 0) < window.due_at
    query = select(AuditEvent.changes).where(
        AuditEvent.tag == "deadline:term:recounted", AuditEvent.subject_id == window.id
    )
    (changes,) = north.read(lambda s: s.scalars(query).all())
    assert window.due_at.isoformat() in changes
    assert moved.due_at.isoformat() in changes


@pytest.mark.clause("federal:100.7", "core:D14")
def test_where_no_rule_chooses_the_secretary_names_the_site(play: StartPlay) -> None:
    south = play("south")
    case_id = south.file(channel="queue_clerk")
    for wrong in ("", "nowhere"):
        with refused("hearing.site", Malformed):
            south.schedule(case_id, site_code=wrong)
    hearing = south.schedule(case_id, site_code="east")
    assert (hearing.site_code, hearing.mode) == ("east", HearingMode.REMOTE)


@pytest.mark.parametrize("who", ["chair", "member-1", "data-centre-operator", 0])
def test_the_plan_is_the_secretary_s(play: StartPlay, who: str | int) -> None:
    north = play()
    case_id = north.file()
    with refused("permission.role", Forbidden):
        north.act(who, hearings.schedule, case_id, starts_at=at(north, 17))


# --- The beginning ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:101.8")
def test_a_hearing_waits_for_its_time_its_kit_and_its_conclusion(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.schedule(case_id, starts_at=at(north, 17))
    with refused("hearing.too_early", Conflict):
        north.act("secretary", hearings.open_hearing, case_id, came=frozenset(), identity_checked=False)
    after = "registered"
    for code, step in (("no_kit", "kit_requested"), ("no_kit", "kit_received"), ("no_conclusion", "assigned")):
        with refused(f"hearing.{code}", Conflict):
            north.open_hearing(case_id)
        north.walk(case_id, step, after=after)
        after = step
    with refused("hearing.no_conclusion", Conflict):
        north.open_hearing(case_id)
    north.walk(case_id, "concluded", after=after)
    north.open_hearing(case_id)
    assert north.case(case_id).state is State.HEARING


def test_a_procedure_appeal_needs_neither_kit_nor_conclusion(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.walk(north.file(channel="exam_point"), "scheduled")
    north.open_hearing(case_id)
    assert north.case(case_id).state is State.HEARING


@pytest.mark.clause("federal:98.5")
@pytest.mark.parametrize(
    ("presence", "came", "attendance"),
    [
        (Presence(participant=True), {"participant", "parent"}, Attendance.PRESENT),
        (Presence(participant=True), {"parent"}, Attendance.REPRESENTED),
        (Presence(proxy=True), {"proxy"}, Attendance.REPRESENTED),
        (Presence(participant=True), set(), Attendance.NO_SHOW),
        (Presence(), set(), Attendance.ABSENT_BY_CHOICE),
        (Presence(), {"participant"}, Attendance.PRESENT),
    ],
)
def test_who_came_is_written_down(play: StartPlay, presence: Presence, came: set[str], attendance: Attendance) -> None:
    north = play()
    case_id = north.walk(north.file(presence=presence), "scheduled")
    hearing = north.open_hearing(case_id, came=frozenset(came))
    assert (hearing.attendance, north.case(case_id).attendance) == (attendance, attendance)
    assert hearing.state is HearingState.OPEN


@pytest.mark.clause("federal:100.10", "federal:101.6", "federal:101.7")
def test_who_came_is_identified_and_confirms_the_materials(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "scheduled")
    north.clock_to(hearings_of(north, case_id)[0].starts_at)
    came = frozenset({"participant"})
    with refused("hearing.identity", Malformed):
        north.act(
            "secretary",
            hearings.open_hearing,
            case_id,
            came=came,
            identity_checked=False,
            materials_confirmed=True,
        )
    with refused("hearing.materials", Malformed):
        north.act("secretary", hearings.open_hearing, case_id, came=came, identity_checked=True)
    hearing = north.act(
        "secretary", hearings.open_hearing, case_id, came=came, identity_checked=True, materials_confirmed=True
    )
    assert (hearing.identity_checked, hearing.materials_confirmed) == (True, True)


def test_a_hearing_is_opened_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    with refused("appeal.illegal_transition", IllegalTransition):
        north.open_hearing(case_id)


@pytest.mark.clause("federal:98.6")
def test_an_announcement_that_nobody_sent_in_time_is_a_breach(play: StartPlay, paperless: None) -> None:
    north = play()
    case_id = north.file()
    north.schedule(case_id, starts_at=at(north, 17))
    north.clock_to(at(north, 17, 0))
    north.drain()
    (announcement,) = clocks(north, case_id, "hearing.announcement")
    assert announcement.state is DeadlineState.BREACHED
    assert announcement.met_by == "system"
    assert hearings_of(north, case_id)[0].announced_at is not None

"""Taking an appeal back: until when, at which doors, and what becomes of a case whose withdrawal is on its way."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from apella.appeals.states import Outcome, State
from apella.appeals.withdrawal import accept_withdrawal, withdraw
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.sweep import sweep_season
from apella.errors import Conflict, Forbidden, NotFound, RuleViolation
from apella.hearings import service as hearings
from apella.jobs.model import Task
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay


def window(play: Play, case_id: uuid.UUID) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term.endswith(".withdrawal"))
    return play.read(lambda session: session.scalars(query).one())


def sweep(play: Play) -> None:
    play.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=desk.now))


def end(play: Play, case_id: uuid.UUID) -> datetime:
    return window(play, case_id).due_at


def test_the_appellant_takes_an_appeal_back(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.act(0, withdraw, case_id)
    case = north.case(case_id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert window(north, case_id).state is DeadlineState.MET
    rest = select(Deadline.state).where(Deadline.case_id == case_id, Deadline.met_at.is_(None))
    assert set(north.read(lambda s: s.scalars(rest).all())) == {DeadlineState.CANCELLED}
    told = select(Task.id).where(Task.dedup_key == f"notices.tell:{case_id}:appeal_withdrawn:1")
    assert north.read(lambda s: s.scalars(told).one_or_none()) is not None


@pytest.mark.clause("core:E17")
def test_the_window_is_the_working_day_after_filing(play: StartPlay) -> None:
    north = play()
    first, second = north.file(0), north.file(1)
    # Filed on Fri 12.06, a holiday: the next working day is Mon 15.06.
    assert end(north, first) == datetime(2026, 6, 16, tzinfo=north.world.rules.zone)
    north.clock_to(end(north, first) - timedelta(seconds=30))
    north.act(0, withdraw, first)
    north.clock_to(end(north, second))
    with refused("withdrawal.too_late", RuleViolation):
        north.act(1, withdraw, second)
    sweep(north)
    with refused("withdrawal.too_late", RuleViolation):
        north.act(1, withdraw, second)


def begun_late(play: StartPlay, *, channel: str = "portal") -> tuple[Play, uuid.UUID]:
    """A case at 16:10 of its window's last day: its hearing was appointed for 16:00 and has not been opened."""
    north = play()
    case_id = north.walk(north.file(channel=channel), "concluded")
    north.schedule(case_id, starts_at=on_monday(north, 16), reason="учебная спешка")
    north.clock_to(on_monday(north, 16, 10))
    return north, case_id


def on_monday(play: Play, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, 15, hour, minute, tzinfo=play.world.rules.zone)


@pytest.mark.clause("core:A12")
def test_the_appointed_time_alone_ends_nothing(play: StartPlay) -> None:
    north, case_id = begun_late(play)
    assert end(north, case_id) == on_monday(north, 0) + timedelta(days=1)
    sweep(north)
    north.act(0, withdraw, case_id)
    assert north.case(case_id).outcome is Outcome.WITHDRAWN


@pytest.mark.clause("core:E17", "core:A12")
def test_opening_the_hearing_ends_the_window(play: StartPlay) -> None:
    north, case_id = begun_late(play)
    before = north.now()
    north.open_hearing(case_id)
    ended = window(north, case_id)
    assert before <= ended.due_at <= north.now()
    assert (ended.state, ended.met_at, ended.closed_at) == (DeadlineState.CANCELLED, None, ended.due_at)
    assert ended.limit_at == ended.due_at
    with refused("withdrawal.begun", RuleViolation) as caught:
        north.act(0, withdraw, case_id)
    assert isinstance(caught.value, RuleViolation)
    assert caught.value.clauses
    assert north.case(case_id).state is State.HEARING


@pytest.mark.clause("core:A12")
def test_a_hearing_without_anybody_there_begins_the_consideration_too(play: StartPlay) -> None:
    north, case_id = begun_late(play)
    north.clock(hours=1)
    north.open_hearing(case_id, came=frozenset())
    with refused("withdrawal.begun", RuleViolation):
        north.act(0, withdraw, case_id)


@pytest.mark.clause("core:A12", "core:C3")
def test_a_door_takes_no_paper_withdrawal_once_the_hearing_is_open(play: StartPlay) -> None:
    north, first = begun_late(play, channel="school_desk")
    north.open_hearing(first)
    with refused("withdrawal.begun", RuleViolation):
        north.act("school-operator", accept_withdrawal, first)


@pytest.mark.clause("core:A12", "core:C3")
def test_a_door_takes_one_after_the_appointed_time_while_nobody_has_begun(play: StartPlay) -> None:
    north, case_id = begun_late(play, channel="school_desk")
    north.act("school-operator", accept_withdrawal, case_id)
    with refused("hearing.withdrawn", Conflict):
        north.open_hearing(case_id)
    north.act("secretary", withdraw, case_id)
    assert north.case(case_id).outcome is Outcome.WITHDRAWN


def test_who_comes_second_is_told_what_the_first_did(play: StartPlay) -> None:
    north, opened = begun_late(play)
    seen = north.case(opened).version
    north.open_hearing(opened)
    with refused("withdrawal.begun", RuleViolation):
        north.act(0, withdraw, opened, version=seen)

    other, taken_back = begun_late(play)
    seen = other.case(taken_back).version
    other.act(0, withdraw, taken_back)
    for version in (seen, None):
        with refused("hearing.withdrawn", Conflict):
            other.act(
                "secretary",
                hearings.open_hearing,
                taken_back,
                version=version,
                came=frozenset({"participant"}),
                identity_checked=True,
                materials_confirmed=True,
            )


def test_of_two_at_the_same_moment_one_wins(play: StartPlay) -> None:
    north, case_id = begun_late(play)
    together = threading.Barrier(2)
    refusals: list[str] = []

    def press(deed: Callable[[], object]) -> None:
        together.wait(timeout=30)
        try:
            deed()
        except Conflict as refusal:
            refusals.append(refusal.error_code)

    presses = [
        threading.Thread(target=press, args=(deed,))
        for deed in (lambda: north.act(0, withdraw, case_id), lambda: north.open_hearing(case_id))
    ]
    for one in presses:
        one.start()
    for one in presses:
        one.join(timeout=60)
    case = north.case(case_id)
    told = {State.HEARING: ["withdrawal.begun"], State.CLOSED: ["hearing.withdrawn"]}
    assert refusals == told[case.state]
    # The loser has left nothing behind.
    assert (window(north, case_id).state is DeadlineState.MET) == (case.outcome is Outcome.WITHDRAWN)


@pytest.mark.clause("core:E17", "core:A12")
def test_a_procedure_appeal_s_right_ends_with_the_beginning_too(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.walk(north.file(0, channel="exam_point"), "registered")
    hearing = north.now() + timedelta(hours=1)
    north.schedule(case_id, starts_at=hearing, reason="учебная спешка")
    north.clock_to(hearing + timedelta(minutes=5))
    assert north.now() < end(north, case_id)
    north.open_hearing(case_id)
    assert window(north, case_id).state is DeadlineState.CANCELLED
    with refused("withdrawal.begun", RuleViolation):
        north.act("exam-commission-member", accept_withdrawal, case_id)


@pytest.mark.clause("core:E17")
def test_a_procedure_appeal_is_taken_back_on_the_day_of_its_filing(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    first, second = north.file(0, channel="exam_point"), north.file(1, channel="exam_point")
    midnight = datetime.combine(north.world.exam_day, datetime.min.time(), tzinfo=north.world.rules.zone)
    assert end(north, first) == midnight + timedelta(days=1)
    north.act("exam-commission-member", accept_withdrawal, first)
    north.clock(hours=12)
    with refused("withdrawal.too_late", RuleViolation):
        north.act("exam-commission-member", accept_withdrawal, second)


def test_another_appellant_s_case_is_not_there_and_staff_do_not_withdraw_for_people(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("appeal.not_found", NotFound):
        north.act(1, withdraw, case_id)
    with refused("permission.role", Forbidden):
        north.act("chair", withdraw, case_id)
    with refused("withdrawal.not_accepted", Conflict):
        north.act("secretary", withdraw, case_id)


@pytest.mark.clause("core:C3")
def test_an_accepted_withdrawal_blocks_the_hearing_and_counts_from_its_acceptance(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(channel="school_desk"), "scheduled")
    north.clock_to(end(north, case_id) - timedelta(minutes=5))
    north.act("school-operator", accept_withdrawal, case_id)
    accepted = north.case(case_id).withdrawal_accepted_at
    assert accepted is not None
    with refused("withdrawal.accepted", Conflict):
        north.act("school-operator", accept_withdrawal, case_id)
    with refused("hearing.withdrawn", Conflict):
        north.open_hearing(case_id)
    # The window has closed meanwhile and the sweep has been: what counts is the acceptance.
    sweep(north)
    north.act("secretary", withdraw, case_id)
    case = north.case(case_id)
    assert (case.state, case.outcome, case.withdrawal_accepted_at) == (State.CLOSED, Outcome.WITHDRAWN, accepted)
    used = window(north, case_id)
    assert (used.state, used.met_at) == (DeadlineState.MET, accepted)


@pytest.mark.clause("core:C3")
def test_an_accepted_withdrawal_is_not_scheduled_over(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(channel="school_desk"), "registered")
    north.act("school-operator", accept_withdrawal, case_id)
    with refused("hearing.withdrawn", Conflict):
        north.schedule(case_id)
    entry = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == "withdrawal.entry")
    assert str(north.read(lambda s: s.scalars(entry).one()).owed_by) == "secretary"


@pytest.mark.clause("core:C3")
def test_a_paper_withdrawal_after_the_window_is_not_accepted(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.clock_to(end(north, case_id))
    with refused("withdrawal.too_late", RuleViolation):
        north.act("school-operator", accept_withdrawal, case_id)


def test_a_region_says_at_which_doors_an_appeal_is_taken_back(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    rules = north.world.rules
    for change in ({"score_doors": ()}, {"allowed": False}):
        shut = dataclasses.replace(rules, withdrawal=rules.withdrawal.model_copy(update=change))
        without = Play(north.app, dataclasses.replace(north.world, rules=shut))
        with refused("withdrawal.door", RuleViolation):
            without.act(0, withdraw, case_id)
    north.act(0, withdraw, case_id)


def test_moving_the_hearing_moves_the_window_that_hangs_on_its_day(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "concluded")
    zone = north.world.rules.zone
    # Filed on Fri 12.06, a holiday; a sitting on Saturday comes before the next working day.
    saturday = datetime(2026, 6, 13, 16, tzinfo=zone)
    north.schedule(case_id, starts_at=saturday, reason="учебная спешка")
    assert end(north, case_id) == datetime(2026, 6, 14, tzinfo=zone)
    north.act(
        "secretary", hearings.reschedule, case_id, starts_at=datetime(2026, 6, 18, 10, tzinfo=zone), reason="отсрочка"
    )
    assert end(north, case_id) == datetime(2026, 6, 16, tzinfo=zone)

"""The way of a paper to the journal, refusal and late admission."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from apella.appeals import journal
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.model import AppealTransition
from apella.appeals.states import IllegalTransition, Outcome, State
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.roles import Role
from apella.jobs.model import Task
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def late_case(play: Play) -> uuid.UUID:
    """A case that a staff door took after the window."""
    play.clock(days=30)
    return play.file(channel="queue_clerk")


# --- Forwarding and registration --------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.11", "federal:100.12")
def test_the_school_hands_a_paper_on_and_the_secretary_enters_it(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.act("school-operator", journal.forward, case_id)
    assert north.case(case_id).state is State.IN_TRANSIT
    assert clock(north, case_id, "score.forwarding").state is DeadlineState.MET
    assert clock(north, case_id, "score.registration").state is DeadlineState.RUNNING
    north.clock(hours=3)
    north.act("secretary", journal.register, case_id)
    case = north.case(case_id)
    assert (case.state, case.journal_seq) == (State.REGISTERED, 1)
    assert case.registered_at is not None
    assert case.registered_at > case.filed_at


@pytest.mark.clause("core:E2", "federal:102.3")
def test_the_term_runs_from_the_entry_in_the_journal(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.act("school-operator", journal.forward, case_id)
    zone = north.world.rules.zone
    # Filed on Fri 12.06; entered on Wed 17.06, so four working days after it end with Tue 23.06.
    north.clock_to(datetime(2026, 6, 17, 12, tzinfo=zone))
    north.act("secretary", journal.register, case_id)
    assert clock(north, case_id, "score.consideration").due_at == datetime(2026, 6, 24, tzinfo=zone)


@pytest.mark.clause("federal:100.12")
def test_forwarding_after_its_working_day_is_a_breach(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.clock_to(clock(north, case_id, "score.forwarding").due_at)
    north.act("school-operator", journal.forward, case_id)
    assert clock(north, case_id, "score.forwarding").state is DeadlineState.BREACHED


def test_the_secretary_may_enter_a_paper_that_came_before_it_was_handed_on(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.act("secretary", journal.register, case_id)
    assert clock(north, case_id, "score.forwarding").state is DeadlineState.MET
    with refused("appeal.illegal_transition", IllegalTransition):
        north.act("school-operator", journal.forward, case_id)


def test_a_paper_is_handed_on_once(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.act("school-operator", journal.forward, case_id)
    with refused("forward.done", Conflict):
        north.act("school-operator", journal.forward, case_id)


@pytest.mark.clause("federal:99.7", "federal:99.8")
def test_a_procedure_appeal_goes_with_the_conclusion_of_the_check_on_the_same_day(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.file(channel="exam_point")
    for empty in (None, "", "  "):
        with refused("forward.conclusion", Malformed) as caught:
            north.act("exam-commission-member", journal.forward, case_id, check_conclusion=empty)
        assert isinstance(caught.value, Malformed)
        assert set(caught.value.fields) == {"check_conclusion"}
    due = clock(north, case_id, "procedure.forwarding").due_at
    assert due == datetime.combine(
        north.world.exam_day + timedelta(days=1), datetime.min.time(), tzinfo=north.world.rules.zone
    )
    north.act("exam-commission-member", journal.forward, case_id, check_conclusion="Факт подтверждён")
    assert north.case(case_id).check_conclusion == "Факт подтверждён"
    assert clock(north, case_id, "procedure.forwarding").state is DeadlineState.MET


@pytest.mark.clause("federal:99.8")
def test_the_check_of_a_procedure_appeal_is_owed_on_the_exam_day_and_ends_with_its_conclusion(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.file(channel="exam_point")
    check = clock(north, case_id, "procedure.check")
    midnight = datetime.combine(
        north.world.exam_day + timedelta(days=1), datetime.min.time(), tzinfo=north.world.rules.zone
    )
    assert (check.state, check.due_at, check.owed_by) == (
        DeadlineState.RUNNING,
        midnight,
        Role.EXAM_COMMISSION_MEMBER,
    )
    north.act("exam-commission-member", journal.forward, case_id, check_conclusion="Факт подтверждён")
    assert clock(north, case_id, "procedure.check").state is DeadlineState.MET


@pytest.mark.clause("federal:99.8")
def test_a_check_after_the_exam_day_is_a_breach(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.file(channel="exam_point")
    north.clock_to(clock(north, case_id, "procedure.check").due_at)
    north.act("exam-commission-member", journal.forward, case_id, check_conclusion="Факт подтверждён")
    assert clock(north, case_id, "procedure.check").state is DeadlineState.BREACHED


def test_a_paper_that_the_secretary_enters_herself_came_checked_and_a_late_one_breaks_nobodys_day(
    play: StartPlay,
) -> None:
    north = play(on_exam_day=True)
    case_id = north.file(channel="exam_point")
    north.act("secretary", journal.register, case_id)
    assert clock(north, case_id, "procedure.check").state is DeadlineState.MET
    north.clock(days=1)
    late = north.file(1, channel="exam_point")
    assert north.case(late).filed_late
    begun = select(Deadline.id).where(Deadline.case_id == late, Deadline.term == "procedure.check")
    assert north.read(lambda session: session.scalar(begun)) is None


def test_another_s_paper_is_not_seen_at_the_desk_beside(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    stranger = north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.point)
    with refused("appeal.not_found", NotFound):
        north.act(stranger, journal.forward, case_id)
    with refused("appeal.not_found", NotFound):
        north.act("exam-commission-member", journal.forward, case_id)
    with refused("permission.role", Forbidden):
        north.act("chair", journal.forward, case_id)


def test_another_role_s_turn_is_not_taken(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    other = north.hire(Role.MUNICIPAL_OPERATOR, organisation_id=north.world.school)
    with refused("forward.role", Conflict):
        north.act(other, journal.forward, case_id)


# --- What every verb refuses ------------------------------------------------------------------------------------------


def test_an_old_page_is_told_so_before_anything_else_of_the_state(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    version = north.case(case_id).version
    north.act("secretary", journal.register, case_id, version=version)
    with refused("appeal.stale_version", StaleVersion) as caught:
        north.act("secretary", journal.register, case_id, version=version)
    assert caught.value.details["version"] == north.case(case_id).version > version


def test_a_deed_in_the_wrong_state_is_an_illegal_transition(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("appeal.illegal_transition", IllegalTransition) as caught:
        north.act("secretary", journal.register, case_id)
    assert dict(caught.value.details) == {"state": "registered", "action": "register"}


def test_a_case_of_another_season_or_tenant_does_not_exist(play: StartPlay) -> None:
    north, south = play(), play("south")
    foreign = [play().file(channel="school_desk"), south.file(channel="queue_clerk"), uuid.uuid4()]
    for case_id in foreign:
        with refused("appeal.not_found", NotFound):
            north.act("secretary", journal.register, case_id)


# --- Refusal ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:97.1", "federal:97.2", "federal:97.3", "federal:97.4", "federal:99.4")
@pytest.mark.parametrize("ground", ["task_content", "short_answer_scoring", "own_breach", "wrong_completion"])
@pytest.mark.parametrize("channel", ["portal", "exam_point"])
def test_what_the_commission_does_not_consider_is_refused_with_its_ground(
    play: StartPlay, ground: str, channel: str
) -> None:
    north = play()
    case_id = north.file(channel=channel)
    north.act("secretary", journal.refuse, case_id, ground=ground)
    case = north.case(case_id)
    assert (case.state, case.outcome, case.close_reason) == (State.CLOSED, Outcome.INADMISSIBLE, ground)
    assert case.closed_at is not None
    owed = select(Deadline.state).where(Deadline.case_id == case_id, Deadline.met_at.is_(None))
    assert set(north.read(lambda s: s.scalars(owed).all())) <= {DeadlineState.CANCELLED}
    told = select(Task.id).where(Task.dedup_key == f"notices.tell:{case_id}:appeal_refused:1")
    assert north.read(lambda s: s.scalars(told).one_or_none()) is not None


@pytest.mark.clause("federal:100.1")
def test_only_a_late_appeal_is_refused_as_late(play: StartPlay) -> None:
    north = play()
    with refused("refuse.not_late", RuleViolation):
        north.act("secretary", journal.refuse, north.file(1), ground="filed_late")
    case_id = late_case(north)
    north.act("secretary", journal.refuse, case_id, ground="filed_late")
    assert north.case(case_id).outcome is Outcome.INADMISSIBLE


def test_an_unknown_ground_is_refused(play: StartPlay) -> None:
    north = play()
    with refused("refuse.ground", Malformed):
        north.act("secretary", journal.refuse, north.file(), ground="bad_mood")


def test_a_closed_case_takes_no_more_deeds(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.act("secretary", journal.refuse, case_id, ground="task_content")
    with refused("appeal.illegal_transition"):
        north.act("secretary", journal.refuse, case_id, ground="task_content")


# --- Late admission ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.1")
def test_the_chair_may_keep_a_late_case_with_a_reason(play: StartPlay) -> None:
    north = play()
    case_id = late_case(north)
    with refused("admit_late.reason", Malformed):
        north.act("chair", journal.admit_late, case_id, reason=" ")
    with refused("permission.role", Forbidden):
        north.act("secretary", journal.admit_late, case_id, reason="болел")
    north.act("chair", journal.admit_late, case_id, reason="болел")
    case = north.case(case_id)
    assert (case.state, case.admitted_late_reason) == (State.REGISTERED, "болел")
    with refused("admit_late.not_needed", RuleViolation):
        north.act("chair", journal.admit_late, case_id, reason="болел")
    moves = select(AppealTransition.action).where(AppealTransition.case_id == case_id).order_by(AppealTransition.seq)
    assert list(north.read(lambda s: s.scalars(moves).all())) == ["file", "admit_late"]


def test_a_case_filed_in_time_needs_no_admission(play: StartPlay) -> None:
    north = play()
    with refused("admit_late.not_needed"):
        north.act("chair", journal.admit_late, north.file(), reason="болел")


def test_a_late_case_that_nobody_admitted_is_not_heard(play: StartPlay) -> None:
    north = play()
    case_id = late_case(north)
    north.walk(case_id, "scheduled")
    with refused("hearing.late", Conflict):
        north.open_hearing(case_id)

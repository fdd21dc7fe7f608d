"""A case that stands still: its terms stop with it, somebody keeps looking, and it goes on, comes back or ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from apella.appeals import suspension
from apella.appeals.model import AppealTransition
from apella.appeals.states import IllegalTransition, State
from apella.appeals.suspension import Act
from apella.appeals.withdrawal import withdraw
from apella.audit.model import AuditEvent
from apella.commissions import service as commissions
from apella.deadlines.explain import Explanation
from apella.deadlines.model import DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.hearings import service as hearings
from apella.identity.roles import Role
from apella.testing.expect import refused
from apella.testing.pauses import (
    ANNULMENT,
    CENTRE,
    CHAIR,
    EVERY_STEP,
    FEDERAL,
    INVESTIGATION,
    clocks,
    come_back,
    go_on,
    local,
    owed,
    stop,
    sweep,
    told,
)
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


# --- Stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:VII-76.2", "kbr:VII-76.4", "core:A41")
@pytest.mark.parametrize("step", EVERY_STEP)
def test_a_case_stands_still_from_every_state_and_goes_back_to_it(play: StartPlay, step: str) -> None:
    north = play()
    case_id = north.walk(north.file(), step, outcome="up")
    state = north.case(case_id).state
    running = owed(north, case_id)
    stop(north, case_id)
    case = north.case(case_id)
    assert (case.state, case.returns_to, case.suspended_for, case.closed_at) == (
        State.SUSPENDED, state, INVESTIGATION, None,
    )  # fmt: skip
    # One thing is owed: somebody looks at it on a named day (rule 9); all else stands still.
    assert owed(north, case_id) == {"suspension.review"}
    assert clocks(north, case_id)["suspension.review"].owed_by is Role.EXAM_COMMISSION_CHAIR
    assert {term for term in running if clocks(north, case_id)[term].state is DeadlineState.SUSPENDED} == running
    go_on(north, case_id)
    case = north.case(case_id)
    assert (case.state, case.returns_to, case.suspended_for) == (state, None, None)
    assert owed(north, case_id) == running
    assert (case.closed_at is not None) == (state is State.CLOSED)


def test_the_history_names_the_reason_and_the_act_and_the_chain_names_neither(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    stop(north, case_id)
    go_on(north, case_id)
    moves = select(AppealTransition).where(
        AppealTransition.case_id == case_id, AppealTransition.action.in_(("suspend", "resume"))
    )
    found = north.read(lambda session: session.scalars(moves.order_by(AppealTransition.seq)).all())
    assert [(row.action, row.reason, row.act) for row in found] == [
        ("suspend", "investigation", "№ уч-7 от 01.06.2026"),
        ("resume", "investigation", "№ уч-7 от 01.06.2026"),
    ]
    events = select(AuditEvent).where(
        AuditEvent.case_id == case_id, AuditEvent.tag.in_(("appeal:state:suspend", "appeal:state:resume"))
    )
    chain = north.read(lambda session: session.scalars(events).all())
    assert len(chain) == 2
    assert not any("уч-7" in (event.changes + (event.reason or "")) for event in chain)


def test_whose_act_it_is_depends_on_the_reason(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "handed_over", outcome="up")
    for who in ("secretary", "chair", "member-1", "exam-commission-member"):
        with pytest.raises((Forbidden, NotFound)):
            stop(north, case_id, who=who)
    with refused("suspension.reason", Forbidden):
        stop(north, case_id, who=CENTRE)
    with refused("suspension.not_annulled", RuleViolation):
        stop(north, case_id, ANNULMENT)
    stop(north, case_id, FEDERAL, who=CENTRE)
    assert clocks(north, case_id)["suspension.review"].owed_by is Role.DATA_CENTRE_OPERATOR
    with refused("appeal.illegal_transition", IllegalTransition):
        stop(north, case_id)


@pytest.mark.parametrize(
    ("act", "field"),
    [(Act(number=" ", day=date(2026, 6, 1)), "basis_number"), (Act(number="1", day=date(2027, 1, 1)), "basis_date")],
)
def test_an_act_has_a_number_and_a_day_that_has_come(play: StartPlay, act: Act, field: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    with refused("basis.fields", Malformed) as caught:
        stop(north, case_id, act=act)
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {field}


def test_a_case_that_closed_without_a_decision_has_nothing_to_look_into(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.act(0, withdraw, case_id)
    with refused("suspension.no_decision", RuleViolation):
        stop(north, case_id)


def test_a_closed_case_does_not_open_beside_another_one(play: StartPlay) -> None:
    north = play()
    closed = north.walk(north.file(), "closed")
    north.clock(days=-4)
    north.file()
    with refused("suspension.other_open", Conflict):
        stop(north, closed)


# --- The federal centre's request -------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:51.1")
def test_the_federal_centre_s_request_has_its_own_term_and_is_answered_before_the_case_goes_on(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "dispatched", outcome="up")
    stop(north, case_id, FEDERAL, who=CENTRE, documents_requested=True)
    answer = clocks(north, case_id)["federal_request.answer"]
    # Received on Thu 18.06: two calendar days end with Sat 20.06.
    assert (answer.due_at, answer.owed_by) == (local(north, 21), Role.SECRETARY)
    assert owed(north, case_id) == {"federal_request.answer", "suspension.review"}
    with refused("suspension.unanswered", Conflict):
        go_on(north, case_id, who=CENTRE)
    north.act("secretary", suspension.answer_request, case_id)
    with refused("suspension.no_request", Conflict):
        north.act("secretary", suspension.answer_request, case_id)
    assert clocks(north, case_id)["federal_request.answer"].state is DeadlineState.MET
    go_on(north, case_id, who=CENTRE)
    assert "recalculation.federal" in owed(north, case_id)


def test_papers_are_asked_for_by_the_federal_centre_alone(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    with refused("suspension.documents", Malformed):
        stop(north, case_id, documents_requested=True)
    stop(north, case_id, FEDERAL)
    with refused("suspension.no_request", Conflict):
        north.act("secretary", suspension.answer_request, case_id)


# --- Looking at it ----------------------------------------------------------------------------------------------------


def test_somebody_looks_at_it_again_and_again(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    stop(north, case_id)
    first = clocks(north, case_id)["suspension.review"].due_at
    # Decided on Thu 18.06: five working days end with Thu 25.06.
    assert first == local(north, 26)
    north.clock_to(local(north, 24, 10))
    with refused("suspension.review", Forbidden):
        north.act("chair", suspension.review, case_id)
    north.act(CHAIR, suspension.review, case_id)
    # Looked at on Wed 24.06: the next five working days end with Wed 01.07.
    assert clocks(north, case_id)["suspension.review"].due_at == local(north, 30) + timedelta(days=2)
    assert owed(north, case_id) == {"suspension.review"}


# --- Going on ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:VII-76.2", "core:A41")
def test_the_days_of_the_pause_do_not_count_and_the_trace_says_why(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    consideration = clocks(north, case_id)["score.consideration"]
    # Filed on Fri 12.06, a holiday: Mon 15, Tue 16, Wed 17 and Thu 18.06 count.
    assert consideration.due_at == local(north, 19)
    north.clock_to(local(north, 16, 15))
    stop(north, case_id)
    stopped = clocks(north, case_id)["score.consideration"]
    assert Explanation.from_record(stopped.explanation).stands_still
    north.clock_to(local(north, 22, 11))
    # However long it lasts, nothing is broken and nobody is warned meanwhile.
    sweep(north)
    assert clocks(north, case_id)["score.consideration"].state is DeadlineState.SUSPENDED
    go_on(north, case_id)
    resumed = clocks(north, case_id)["score.consideration"]
    # Mon 15 is used up; Tue 16 to Sun 21 stood still; Mon 22, Tue 23 and Wed 24.06 are left.
    assert (resumed.state, resumed.due_at) == (DeadlineState.RUNNING, local(north, 25))
    count = Explanation.from_record(resumed.explanation)
    assert [step.date.day for step in count.steps if step.counts] == [15, 22, 23, 24]
    paused = [step for step in count.steps if "приостановлен" in step.reason]
    assert [step.date.day for step in paused] == [16, 17, 18, 19, 20, 21]
    assert all("служебное расследование, № уч-7 от 01.06.2026" in step.reason for step in paused)
    moved = select(AuditEvent).where(AuditEvent.case_id == case_id, AuditEvent.tag == "deadline:term:recounted")
    assert any("score.consideration" in event.changes for event in north.read(lambda s: s.scalars(moved).all()))
    assert told(north, case_id)[-2:] == ["appeal_suspended", "appeal_resumed"]


def test_a_pause_of_an_hour_moves_nothing(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    before = {term: clock.due_at for term, clock in clocks(north, case_id).items()}
    stop(north, case_id)
    north.clock(hours=1)
    go_on(north, case_id)
    after = clocks(north, case_id)
    assert {term: after[term].due_at for term in before} == before
    assert Explanation.from_record(after["score.consideration"].explanation).pauses == ()


def test_two_pauses_add_up(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    for day in (15, 17):
        north.clock_to(local(north, day, 9))
        stop(north, case_id)
        north.clock_to(local(north, day + 1, 9))
        go_on(north, case_id)
    # Mon 15 and Wed 17 stood still: Tue 16, Thu 18, Fri 19 and Mon 22.06 count.
    assert clocks(north, case_id)["score.consideration"].due_at == local(north, 23)


def test_what_was_broken_before_stays_broken(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    due = clocks(north, case_id)["kit.request"].due_at
    north.clock_to(due)
    sweep(north)
    stop(north, case_id)
    north.clock(days=3)
    go_on(north, case_id)
    again = clocks(north, case_id)["kit.request"]
    assert (again.state, again.due_at) == (DeadlineState.PASSED, due)
    assert sweep(north) == 0


def test_what_is_done_while_the_case_stands_still_is_done_in_time(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    stop(north, case_id)
    north.clock(days=9)
    # The message of the decision was on its way already.
    north.drain()
    notice = clocks(north, case_id)["decision.notice"]
    assert (notice.state, notice.met_at is not None) == (DeadlineState.MET, True)


@pytest.mark.clause("kbr:VII-76.5")
def test_nothing_is_decided_while_an_inquiry_lasts(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted")
    stop(north, case_id)
    with refused("appeal.illegal_transition", IllegalTransition):
        north.act("chair", commissions.decide, case_id, reason="Основание", changes=[])
    go_on(north, case_id)
    north.act("chair", commissions.decide, case_id, reason="Основание", changes=[])


@pytest.mark.clause("kbr:VII-76.6")
@pytest.mark.parametrize("way", ["resume", "reopen"])
def test_an_inquiry_ends_when_those_who_reported_it_know_what_it_found(play: StartPlay, way: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    stop(north, case_id)
    with refused("suspension.not_told", Malformed):
        (go_on if way == "resume" else come_back)(north, case_id, outside_told=False)
    assert north.case(case_id).state is State.SUSPENDED


def test_a_hearing_that_fell_into_the_pause_needs_another_time(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "scheduled")
    hearing = north.do("secretary", lambda desk: hearings.hearing_of(desk, north.case(case_id)))
    assert hearing is not None
    north.clock_to(hearing.starts_at - timedelta(hours=20))
    stop(north, case_id)
    north.clock_to(hearing.starts_at + timedelta(days=2))
    go_on(north, case_id)
    # Nobody was told of that time yet, and nobody has to be told of it any more.
    assert clocks(north, case_id)["hearing.announcement"].state is DeadlineState.CANCELLED
    with refused("hearing.stood_still", Conflict):
        north.open_hearing(case_id)
    north.act(
        "secretary", hearings.reschedule, case_id, starts_at=north.now() + timedelta(days=1, hours=2), reason="пауза"
    )
    north.open_hearing(case_id)

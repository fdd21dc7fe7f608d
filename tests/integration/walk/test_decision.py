"""Voting on a case and deciding it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.states import IllegalTransition, Outcome, State
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, Decision, DecisionLine, ErrorKind, Vote
from apella.commissions.outcome import Change
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, RuleViolation
from apella.identity.roles import Role
from apella.jobs.model import Task
from apella.registry.model import TaskType
from apella.testing.expect import refused
from apella.testing.play import VOTERS, Play
from apella.testing.plugin import StartPlay


def vote(play: Play, case_id: uuid.UUID, who: str, ballot: Ballot = Ballot.SATISFY, **wishes: Any) -> Vote:
    return play.act(who, commissions.cast_vote, case_id, ballot=ballot, **wishes)


def decide(play: Play, case_id: uuid.UUID, changes: list[Change] | None = None, *, who: str = "chair") -> Decision:
    return play.act(who, commissions.decide, case_id, reason="Учебное основание", changes=changes or [])


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def papers(play: Play, case_id: uuid.UUID) -> set[str]:
    """The forms that are asked for beside the application's."""
    query = select(Task.args["form"].astext).where(
        Task.job == "documents.make", Task.args["case"].astext == str(case_id)
    )
    return set(play.read(lambda session: session.scalars(query).all())) - {"1-AP", "PPE-02"}


# --- Ballots ----------------------------------------------------------------------------------------------------------


def test_a_member_votes_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    vote(north, case_id, "member-1")
    with refused("vote.cast", Conflict):
        vote(north, case_id, "member-1", Ballot.REJECT)
    cast = north.read(lambda s: s.scalars(select(Vote).where(Vote.case_id == case_id)).all())
    assert [(row.person_id, row.ballot) for row in cast] == [(north.actor("member-1").person_id, Ballot.SATISFY)]


def test_a_recusal_says_why(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    with refused("vote.reason", Malformed):
        vote(north, case_id, "member-1", Ballot.RECUSED, reason=" ")
    vote(north, case_id, "member-1", Ballot.RECUSED, reason="родственник")


@pytest.mark.parametrize("who", ["secretary", "expert-2", "data-centre-operator", "exam-commission-chair"])
def test_who_is_no_member_does_not_vote(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    with refused("permission.role", Forbidden):
        vote(north, case_id, who)


@pytest.mark.parametrize("step", ["scheduled", "decided"])
def test_there_is_no_vote_before_or_after_the_hearing(play: StartPlay, step: str) -> None:
    north = play()
    case_id = north.walk(north.file(), step)
    with refused("appeal.illegal_transition", IllegalTransition):
        vote(north, case_id, "member-1")


# --- Outcomes ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:102.1", "federal:102.2")
@pytest.mark.parametrize(
    ("outcome", "wanted", "delta"),
    [
        ("rejected", Outcome.REJECTED, 0),
        ("up", Outcome.SATISFIED_UP, 1),
        ("down", Outcome.SATISFIED_DOWN, -1),
        ("unchanged", Outcome.SATISFIED_UNCHANGED, 0),
    ],
)
def test_a_decision_goes_up_down_or_stays(play: StartPlay, outcome: str, wanted: Outcome, delta: int) -> None:
    north = play()
    before = {(mark.task_type, mark.position): mark.mark for mark in north.marks()}
    case_id = north.walk(north.file(), "voted", outcome=outcome)
    decision = decide(north, case_id, north.changes(outcome))
    assert (decision.outcome, decision.round, decision.version) == (wanted, 1, 1)
    assert decision.primary_after is not None
    assert decision.primary_before is not None
    assert decision.primary_after - decision.primary_before == delta
    case = north.case(case_id)
    assert (case.state, case.outcome) == (State.DECIDED, wanted)
    # Until the federal centre recalculates, the marks stand as they were.
    assert {(mark.task_type, mark.position): mark.mark for mark in north.marks()} == before
    lines = select(DecisionLine).where(DecisionLine.decision_id == decision.id)
    assert len(north.read(lambda s: s.scalars(lines).all())) == (0 if outcome == "rejected" else 1)
    changed = set() if outcome == "rejected" else {"2-AP-2"}
    assert papers(north, case_id) == {"2-AP", "U-33"} | changed


@pytest.mark.clause("federal:102.3", "federal:102.4", "core:E3", "core:E16")
def test_a_decision_ends_the_term_and_starts_the_hand_over_and_the_notice(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    consideration = clock(north, case_id, "score.consideration")
    assert (consideration.state, consideration.met_by) == (DeadlineState.MET, north.actor("chair").login)
    # Decided on Thu 18.06: the protocol goes by the end of Fri 19.06, the notice by the end of Tue 23.06.
    decided = north.now().astimezone(north.world.rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    assert clock(north, case_id, "protocol.handover").due_at == decided + timedelta(days=2)
    assert clock(north, case_id, "decision.notice").due_at == decided + timedelta(days=6)


@pytest.mark.clause("federal:102.3")
def test_a_decision_after_the_term_stands_and_is_a_breach(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted")
    north.clock_to(clock(north, case_id, "score.consideration").due_at)
    decide(north, case_id)
    assert clock(north, case_id, "score.consideration").state is DeadlineState.BREACHED


@pytest.mark.clause("core:A28")
def test_a_computer_exam_is_referred_and_changes_nothing(play: StartPlay) -> None:
    north = play(subject_code="25")
    case_id = north.file(disputed=("B1",))
    for step in ("kit_requested", "kit_received", "scheduled", "hearing"):
        north.walk(case_id, step, after={"kit_requested": "registered", "kit_received": "kit_requested",
                                         "scheduled": "concluded", "hearing": "scheduled"}[step])  # fmt: skip
    for who in VOTERS:
        vote(north, case_id, who)
    decision = decide(north, case_id)
    assert (decision.outcome, decision.primary_after) == (Outcome.REFERRED, decision.primary_before)


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.clause("core:A37")
def test_without_a_quorum_nothing_is_decided(play: StartPlay) -> None:
    north = play()
    for _ in range(4):
        north.hire(Role.MEMBER, commission_id=north.world.commission_id)
    case_id = north.walk(north.file(), "hearing")
    for who in ("chair", "member-1"):
        vote(north, case_id, who, Ballot.REJECT)
    with refused("vote.no_quorum", RuleViolation):
        decide(north, case_id)
    vote(north, case_id, "member-2", Ballot.RECUSED, reason="родственник")
    with refused("vote.no_quorum", RuleViolation):
        decide(north, case_id)
    assert north.case(case_id).state is State.HEARING


def test_in_a_tie_the_chair_s_vote_decides_and_is_noted(play: StartPlay) -> None:
    north = play()
    case_id, other = (north.walk(north.file(number), "scheduled") for number in (0, 1))
    for case in (case_id, other):
        north.open_hearing(case)
    vote(north, case_id, "member-1", Ballot.REJECT)
    vote(north, case_id, "member-2", Ballot.SATISFY)
    with refused("vote.tie", RuleViolation):
        decide(north, case_id)
    vote(north, other, "chair", Ballot.SATISFY)
    vote(north, other, "member-1", Ballot.REJECT)
    decision = decide(north, other, north.changes("up", number=1))
    assert (decision.outcome, decision.casting_vote) == (Outcome.SATISFIED_UP, True)


def test_a_region_may_reject_in_a_tie(play: StartPlay) -> None:
    south = play("south")
    case_id = south.walk(south.file(channel="queue_clerk"), "hearing")
    vote(south, case_id, "chair", Ballot.SATISFY)
    vote(south, case_id, "member-1", Ballot.REJECT)
    decision = decide(south, case_id)
    assert (decision.outcome, decision.casting_vote) == (Outcome.REJECTED, False)


def test_the_deputy_decides_where_the_chair_is_away(play: StartPlay) -> None:
    north = play()
    deputy = north.hire(Role.DEPUTY_CHAIR, commission_id=north.world.commission_id)
    case_id = north.walk(north.file(), "hearing")
    for who in (deputy, "member-1"):
        north.act(who, commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    decision = north.act(deputy, commissions.decide, case_id, reason="Основание")
    assert decision.chaired_by == deputy.person_id


@pytest.mark.parametrize("who", ["secretary", "member-1"])
def test_the_chair_alone_decides(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted")
    with refused("permission.role", Forbidden):
        decide(north, case_id, who=who)


def test_a_decision_has_a_ground(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted")
    with refused("decision.reason", Malformed):
        north.act("chair", commissions.decide, case_id, reason="  ")


@pytest.mark.clause("federal:97.2", "core:A30", "core:E7")
@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"position": 99}, "changes.C99"),
        ({"was": 0}, "changes.C1"),
        ({"becomes": 99}, "changes.C1"),
        ({"becomes": -1}, "changes.C1"),
        ({"reason": " "}, "changes.C1"),
        ({"task_type": TaskType.B, "was": None}, "changes.B1"),
    ],
)
def test_a_change_that_does_not_fit_is_named(play: StartPlay, wishes: dict[str, Any], field: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted", outcome="up")
    (change,) = north.changes("up")
    if "was" in wishes and wishes["was"] is None:
        short = next(mark for mark in north.marks() if mark.task_type is TaskType.B)
        wishes = {**wishes, "was": short.mark, "becomes": short.max_mark}
    with refused("decision.changes", Malformed) as caught:
        decide(north, case_id, [replace(change, **wishes)])
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {field}


def test_a_position_is_changed_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted", outcome="up")
    with refused("decision.changes", Malformed) as caught:
        decide(north, case_id, north.changes("up") * 2)
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {"changes.C1"}


@pytest.mark.clause("core:A30", "core:E7", "federal:97.2")
def test_a_short_answer_changes_by_a_technical_error(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted", outcome="up")
    short = next(mark for mark in north.marks() if mark.task_type is TaskType.B)
    change = Change(
        task_type=TaskType.B,
        position=short.position,
        was=short.mark,
        becomes=short.max_mark,
        error_kind=ErrorKind.TECHNICAL,
        criterion=None,
        reason="Ответ распознан неверно",
    )
    assert decide(north, case_id, [change]).outcome is Outcome.SATISFIED_UP
    assert "2-AP-1" in papers(north, case_id)


@pytest.mark.clause("core:A29")
def test_an_unchanged_sum_is_no_outcome_of_a_scoring_error(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted", outcome="up")
    (change,) = north.changes("unchanged")
    with refused("decision.changes", Malformed):
        decide(north, case_id, [replace(change, error_kind=ErrorKind.SCORING)])


@pytest.mark.clause("federal:102.1")
@pytest.mark.parametrize(("voted", "changed"), [("rejected", "up"), ("up", "rejected")])
def test_the_vote_and_the_changes_must_fit(play: StartPlay, voted: str, changed: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "voted", outcome=voted)
    with refused("decision.changes", Malformed):
        decide(north, case_id, north.changes(changed))


def test_a_case_is_decided_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    with refused("appeal.illegal_transition", IllegalTransition):
        decide(north, case_id)

"""The way of a protocol after the decision."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.states import IllegalTransition, Outcome, State
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import Hardness
from apella.errors import Conflict, Forbidden, Malformed
from apella.exchange import service as exchange
from apella.exchange.model import Packet, PacketState
from apella.registry.model import Result, ResultSource, TaskType, Work
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")
ACT: dict[str, Any] = {"act_number": "уч-1", "act_date": date(2026, 6, 1)}


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def owed(play: Play, case_id: uuid.UUID) -> set[str]:
    """The terms that somebody owes; a window is a right."""
    open_ = play.do("secretary", lambda desk: deadlines.open_terms(desk.session, case_id=case_id))
    return {clock.term for clock in open_ if clock.hardness != Hardness.REFUSE}


def packet(play: Play, case_id: uuid.UUID) -> Packet:
    return play.read(lambda session: session.scalars(select(Packet).where(Packet.case_id == case_id)).one())


def results(play: Play, number: int = 0) -> list[Result]:
    query = select(Result).where(Result.work_id == play.world.works[number]).order_by(Result.version)
    return play.read(lambda session: list(session.scalars(query)))


@pytest.mark.clause("federal:102.4")
def test_the_protocol_goes_once_it_is_made(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    with refused("hand_over.not_ready", Conflict):
        north.act("secretary", exchange.hand_over, case_id)
    north.drain()
    packet_ = north.act("secretary", exchange.hand_over, case_id)
    assert (packet_.state, len(packet_.manifest_sha256)) == (PacketState.HANDED_OVER, 32)
    assert north.case(case_id).state is State.IN_EXCHANGE
    assert clock(north, case_id, "protocol.handover").state is DeadlineState.MET
    with refused("appeal.illegal_transition", IllegalTransition):
        north.act("secretary", exchange.hand_over, case_id)


@pytest.mark.clause("federal:102.4", "core:E3")
def test_a_protocol_handed_over_after_its_day_is_a_breach(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    north.clock_to(clock(north, case_id, "protocol.handover").due_at)
    north.walk(case_id, "handed_over", after="decided")
    assert clock(north, case_id, "protocol.handover").state is DeadlineState.BREACHED


@pytest.mark.clause("federal:102.5", "federal:102.6", "core:E4")
def test_a_rejected_case_goes_on_to_the_federal_centre_and_then_closes(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "handed_over")
    assert owed(north, case_id) == {"ris.entry"}
    with refused("packet.state", Conflict):
        north.act("data-centre-operator", exchange.dispatch_packet, case_id)
    north.act("data-centre-operator", exchange.enter_packet, case_id)
    dispatch = clock(north, case_id, "recalculation.dispatch")
    handed = packet(north, case_id).handed_over_at.astimezone(north.world.rules.zone)
    assert dispatch.due_at == datetime(handed.year, handed.month, handed.day, tzinfo=handed.tzinfo) + timedelta(days=3)
    north.act("data-centre-operator", exchange.dispatch_packet, case_id)
    assert owed(north, case_id) == {"case.close"}
    with refused("recalculation.not_expected", Conflict):
        north.act("data-centre-operator", exchange.enter_recalculation, case_id, primary_score=1, test_score=1)
    with refused("approval.not_expected", Conflict):
        north.act("exam-commission-chair", exchange.approve, case_id, **ACT)
    north.act("secretary", exchange.close, case_id)
    case = north.case(case_id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.REJECTED)
    assert owed(north, case_id) == set()
    assert len(results(north)) == 1


@pytest.mark.clause("federal:102.2", "federal:102.7", "federal:102.8", "federal:102.9", "core:E5")
@pytest.mark.parametrize("outcome", ["up", "down", "unchanged"])
def test_a_recalculated_result_is_a_new_version_beside_the_old(play: StartPlay, outcome: str) -> None:
    north = play()
    (before,) = results(north)
    marks = {(mark.task_type, mark.position): mark.mark for mark in north.marks()}
    case_id = north.walk(north.file(), "dispatched", outcome=outcome)
    federal = clock(north, case_id, "recalculation.federal")
    sent = packet(north, case_id).dispatched_at
    assert sent is not None
    # Dispatched on Thu 18.06: five working days end with Thu 25.06.
    assert federal.due_at == datetime(2026, 6, 26, tzinfo=north.world.rules.zone)
    delta = {"up": 1, "down": -1, "unchanged": 0}[outcome]
    for primary, test, field in (
        (before.primary_score + 9, 53, "primary_score"),
        (before.primary_score + delta, 101, "test_score"),
    ):
        with refused("recalculation.scores", Malformed) as caught:
            north.act(
                "data-centre-operator", exchange.enter_recalculation, case_id, primary_score=primary, test_score=test
            )
        assert isinstance(caught.value, Malformed)
        assert set(caught.value.fields) == {field}
    north.walk(case_id, "recalculated", after="dispatched", outcome=outcome)
    old, new = results(north)
    assert (old.id, old.primary_score, old.test_score) == (before.id, before.primary_score, before.test_score)
    assert (new.version, new.primary_score, new.test_score, new.source) == (
        2,
        before.primary_score + delta,
        53,
        ResultSource.RECALCULATION,
    )
    now = {(mark.task_type, mark.position): mark.mark for mark in north.marks()}
    assert {key: now[key] - marks[key] for key in marks if now[key] != marks[key]} == (
        {(TaskType.C, 1): delta} if delta else {}
    )
    assert clock(north, case_id, "approval.submission").state is DeadlineState.MET
    assert owed(north, case_id) - {"decision.notice"} == {"approval"}


@pytest.mark.clause("federal:102.10", "core:A31")
def test_a_changed_result_waits_for_the_exam_commission_s_approval(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "recalculated", outcome="up")
    with refused("close.owed", Conflict):
        north.act("secretary", exchange.close, case_id)
    with refused("approval.act", Malformed):
        north.act("exam-commission-chair", exchange.approve, case_id, act_number=" ", act_date=ACT["act_date"])
    with refused("approval.act", Malformed):
        named = {**ACT, "act_number": "паспорт 8304 № 123456"}
        north.act("exam-commission-chair", exchange.approve, case_id, **named)
    with refused("approval.act_date", Malformed):
        tomorrow = north.now().astimezone(north.world.rules.zone).date() + timedelta(days=1)
        north.act("exam-commission-chair", exchange.approve, case_id, **{**ACT, "act_date": tomorrow})
    with refused("permission.role", Forbidden):
        north.act("chair", exchange.approve, case_id, **ACT)
    approval = north.act("exam-commission-chair", exchange.approve, case_id, **ACT)
    assert (approval.act_number, approval.approved_by) == ("уч-1", north.actor("exam-commission-chair").person_id)
    assert packet(north, case_id).state is PacketState.APPROVED
    with refused("approval.not_expected", Conflict):
        north.act("exam-commission-chair", exchange.approve, case_id, **ACT)
    north.walk(case_id, "closed", after="approved", outcome="up")
    assert north.case(case_id).outcome is Outcome.SATISFIED_UP


def test_each_step_comes_once_and_in_its_turn(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "handed_over", outcome="up")
    for verb in (exchange.dispatch_packet,):
        with refused("packet.state", Conflict):
            north.act("data-centre-operator", verb, case_id)
    with refused("packet.state", Conflict):
        north.act("data-centre-operator", exchange.enter_recalculation, case_id, primary_score=1, test_score=1)
    with refused("approval.not_expected", Conflict):
        north.act("exam-commission-chair", exchange.approve, case_id, **ACT)
    north.act("data-centre-operator", exchange.enter_packet, case_id)
    with refused("packet.state", Conflict):
        north.act("data-centre-operator", exchange.enter_packet, case_id)


@pytest.mark.clause("federal:99.10", "federal:99.11", "federal:99.13")
def test_a_satisfied_procedure_appeal_annuls_the_result(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.walk(north.file(channel="exam_point"), "entered", outcome="satisfied")
    assert north.case(case_id).outcome is Outcome.SATISFIED
    with refused("packet.kind", Conflict):
        north.act("data-centre-operator", exchange.dispatch_packet, case_id)
    assert work(north).annulled_at is None
    north.walk(case_id, "approved", after="entered", outcome="satisfied")
    assert work(north).annulled_at is not None
    north.walk(case_id, "closed", after="approved", outcome="satisfied")
    assert north.case(case_id).state is State.CLOSED


@pytest.mark.clause("federal:99.10", "federal:99.13")
def test_a_rejected_procedure_appeal_keeps_the_result_and_closes_after_its_entry(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case_id = north.walk(north.file(channel="exam_point"), "registered")
    # Received on Mon 01.06: two working days end with Wed 03.06.
    limit = clock(north, case_id, "procedure.consideration").due_at
    assert limit == datetime(2026, 6, 4, tzinfo=north.world.rules.zone)
    north.walk(case_id, "entered", after="registered")
    with refused("approval.not_expected", Conflict):
        north.act("exam-commission-chair", exchange.approve, case_id, **ACT)
    north.walk(case_id, "closed", after="dispatched")
    assert north.case(case_id).outcome is Outcome.REJECTED
    assert work(north).annulled_at is None


def work(play: Play) -> Work:
    return play.read(lambda s: s.get_one(Work, (play.world.rules.tenant.tenant_id, play.world.works[0])))


def test_a_case_closes_when_nobody_owes_it_anything(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    with refused("appeal.illegal_transition", IllegalTransition):
        north.act("secretary", exchange.close, case_id)
    north.walk(case_id, "handed_over", after="decided")
    with refused("close.owed", Conflict) as caught:
        north.act("secretary", exchange.close, case_id)
    assert "региональную информационную систему" in caught.value.message


@pytest.mark.parametrize("who", ["chair", "exam-commission-chair"])
def test_the_packet_is_the_data_centre_s(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "handed_over")
    with refused("permission.role", Forbidden):
        north.act(who, exchange.enter_packet, case_id)

"""A case that comes back after an inquiry, one whose result was annulled meanwhile, and what people are told."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from apella.appeals import suspension
from apella.appeals.model import Suspension
from apella.appeals.states import AppealKind, Outcome, State
from apella.commissions.model import Decision
from apella.deadlines.model import DeadlineState
from apella.deadlines.terms import Hardness
from apella.errors import Forbidden, RuleViolation
from apella.exchange import service as exchange
from apella.identity.roles import Role
from apella.materials import service as materials
from apella.notices.model import Notice
from apella.testing.expect import refused
from apella.testing.pauses import ACT, ANNULMENT, CENTRE, CHAIR, FEDERAL, clocks, come_back, go_on, owed, stop, told
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


# --- Coming back ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:VII-76.5", "core:A41")
def test_a_decided_case_comes_back_for_a_new_round_and_keeps_its_decision(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "dispatched", outcome="up")
    first = clocks(north, case_id)["score.consideration"]
    stop(north, case_id, FEDERAL, who=CENTRE)
    north.clock(days=20)
    come_back(north, case_id)
    case = north.case(case_id)
    assert (case.state, case.round, case.outcome, case.attendance) == (State.REGISTERED, 2, None, None)
    assert owed(north, case_id) == {"reopened.consideration", "kit.request", "hearing.schedule"}
    # The law's four working days ran once; the new round has advice.
    renewed = clocks(north, case_id, 2)["reopened.consideration"]
    assert (renewed.hardness, "score.consideration" in clocks(north, case_id, 2)) == (Hardness.ADVICE, False)
    assert clocks(north, case_id)["score.consideration"].due_at == first.due_at
    # The whole walk again, to another decision beside the first.
    north.walk(case_id, "concluded", after="registered")
    north.schedule(case_id, starts_at=north.now() + timedelta(days=4), reason="новый круг")
    north.walk(case_id, "closed", after="scheduled", outcome="rejected")
    query = select(Decision).where(Decision.case_id == case_id).order_by(Decision.round)
    decisions = north.read(lambda session: session.scalars(query).all())
    assert [(row.round, row.outcome) for row in decisions] == [(1, Outcome.SATISFIED_UP), (2, Outcome.REJECTED)]
    assert north.case(case_id).outcome is Outcome.REJECTED
    assert clocks(north, case_id, 2)["reopened.consideration"].state is DeadlineState.MET
    assert {"appeal_suspended", "appeal_reopened"} <= set(told(north, case_id))


def test_a_case_without_a_decision_does_not_get_new_days_by_coming_back(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    stop(north, case_id)
    with refused("reopen.no_decision", RuleViolation):
        come_back(north, case_id)
    go_on(north, case_id)
    assert "score.consideration" in owed(north, case_id)


# --- A result annulled meanwhile --------------------------------------------------------------------------------------


def both_appeals(play: StartPlay, score_step: str) -> tuple[Play, uuid.UUID, uuid.UUID]:
    """A participant with a procedure appeal, one act before its approval, and a score appeal on the same exam."""
    north = play(on_exam_day=True)
    procedure = north.walk(north.file(channel="exam_point"), "entered", outcome="satisfied")
    announced = datetime.combine(north.world.announced_on, datetime.min.time(), tzinfo=north.world.rules.zone)
    north.clock_to(announced + timedelta(days=1, hours=9))
    door = "school_desk" if score_step in ("filed", "forwarded") else "portal"
    score = north.walk(north.file(kind=AppealKind.SCORE, channel=door), score_step)
    return north, procedure, score


def approve(north: Play, procedure: uuid.UUID) -> None:
    north.act(CHAIR, exchange.approve, procedure, act_number="ГЭК-5", act_date=date(2026, 6, 10))


@pytest.mark.clause("core:E6", "federal:96.3", "federal:99.11")
@pytest.mark.parametrize("step", ["registered", "kit_requested", "scheduled", "hearing", "decided", "dispatched"])
def test_a_pending_score_appeal_stands_still_and_ends_as_moot(play: StartPlay, step: str) -> None:
    north, procedure, score = both_appeals(play, step)
    before = north.case(score).state
    approve(north, procedure)
    case = north.case(score)
    assert (case.state, case.returns_to, case.suspended_for) == (State.SUSPENDED, before, ANNULMENT)
    found = north.read(lambda s: s.scalars(select(Suspension).where(Suspension.case_id == score)).one())
    assert (found.act_number, found.act_date, found.from_state) == ("ГЭК-5", date(2026, 6, 10), before)
    assert clocks(north, score)["suspension.review"].owed_by is Role.CHAIR
    with refused("resume.annulled", RuleViolation):
        go_on(north, score)
    with refused("reopen.annulled", RuleViolation):
        come_back(north, score)
    with refused("permission.role", Forbidden):
        north.act("secretary", suspension.declare_moot, score, act=ACT)
    north.act("chair", suspension.declare_moot, score, act=ACT)
    case = north.case(score)
    assert (case.state, case.outcome, case.suspended_for) == (State.CLOSED, Outcome.MOOT, None)
    rest = {clock.state for clock in clocks(north, score).values()}
    assert rest <= {DeadlineState.MET, DeadlineState.BREACHED, DeadlineState.CANCELLED}
    assert told(north, score)[-1] == "appeal_moot"
    # The procedure appeal goes its own way.
    assert north.case(procedure).state is State.IN_EXCHANGE


@pytest.mark.clause("core:E6", "federal:99.11")
def test_an_appeal_on_its_way_stands_still_when_the_commission_receives_it(play: StartPlay) -> None:
    north, procedure, score = both_appeals(play, "forwarded")
    approve(north, procedure)
    assert north.case(score).state is State.IN_TRANSIT
    north.walk(score, "registered", after="forwarded")
    case = north.case(score)
    assert (case.state, case.suspended_for, case.returns_to) == (State.SUSPENDED, ANNULMENT, State.REGISTERED)


def test_an_appeal_about_a_valid_result_is_not_moot(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("declare_moot.not_annulled", RuleViolation):
        north.act("chair", suspension.declare_moot, case_id, act=ACT)


@pytest.mark.clause("core:E6", "federal:96.3")
def test_other_people_s_appeals_go_on(play: StartPlay) -> None:
    north, procedure, _ = both_appeals(play, "registered")
    other = north.file(1)
    approve(north, procedure)
    assert north.case(other).state is State.REGISTERED
    north.act("secretary", materials.request_kit, other)


# --- What people are told ---------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every region that is shipped."""
    if "slug" in metafunc.fixturenames:
        shipped = sorted(folder.parent.name for folder in (metafunc.config.rootpath / "tenants").glob("*/tenant.toml"))
        metafunc.parametrize("slug", shipped)


def test_every_region_tells_of_a_pause_in_its_own_ways(play: StartPlay, slug: str) -> None:
    region = play(slug)
    doors = [channel.code for channel in region.world.rules.channels_for(kind="score", category="student")]
    door = next(code for code in ("school_desk", "portal") if code in doors)
    case_id = region.walk(region.file(channel=door), "decided")
    stop(region, case_id)
    go_on(region, case_id)
    stop(region, case_id)
    come_back(region, case_id)
    region.drain()
    events = ("appeal_suspended", "appeal_resumed", "appeal_reopened")
    query = select(Notice).where(Notice.case_id == case_id, Notice.event.in_(events))
    notices = region.read(lambda session: session.scalars(query).all())
    for event in events:
        rule = region.world.rules.notice(event, kind="score")
        assert rule is not None
        told_by = [str(notice.channel) for notice in notices if notice.event == event]
        assert sorted(told_by) == sorted([*rule.channels] * (2 if event == "appeal_suspended" else 1))
    number = region.case(case_id).journal_number
    assert all(number is not None and number in notice.text for notice in notices)

"""The sweep marks what ran out, each season by its own clock; it moves no date, closes no case, and never doubles."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.appeals.states import State
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.sweep import sweep_season
from apella.identity.actor import Actor
from apella.identity.model import SmsCode
from apella.materials import service as materials
from apella.sweeping import sweep_all, sweep_tenant
from apella.testing.factories import make_world
from apella.testing.play import Play, open_desk
from apella.testing.plugin import StartPlay
from apella.testing.sizes import figure, size

HOURS_BETWEEN_SWEEPS = size("T4.5 hours between sweeps", small=60, full=6)
CASES = size("T4.5 cases", small=3, full=40)
SEASON = timedelta(days=45)
DEBTS = {"score.consideration", "kit.request", "hearing.schedule"}
ADVICE = {"kit.request", "hearing.schedule"}
"""Those debts that no act sets: the platform advises them."""


def sweep(play: Play) -> int:
    """Sweep this season alone, at its own time."""
    system = Actor.system(
        tenant_id=play.world.rules.tenant.tenant_id, slug=play.world.rules.slug, season_id=play.world.season_id
    )
    with open_desk(play.app, play.world, system) as desk:
        return sweep_season(desk.session, actor=desk.actor, now=desk.now)


def clocks(play: Play, case_id: uuid.UUID) -> dict[str, Deadline]:
    query = select(Deadline).where(Deadline.case_id == case_id)
    return {clock.term: clock for clock in play.read(lambda session: list(session.scalars(query)))}


def states(play: Play, case_id: uuid.UUID) -> dict[str, str]:
    return {term: str(clock.state) for term, clock in clocks(play, case_id).items()}


def told_of(play: Play, case_id: uuid.UUID, tag: str) -> list[str]:
    """What the chain says under a tag, by term."""
    query = select(AuditEvent.changes).where(AuditEvent.case_id == case_id, AuditEvent.tag == tag)
    return sorted(json.loads(changes)["after"]["term"] for changes in play.read(lambda s: list(s.scalars(query))))


def breaches(play: Play, case_id: uuid.UUID) -> list[str]:
    return told_of(play, case_id, "deadline:term:breached")


def test_before_its_time_nothing_is_marked(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    before = states(north, case_id)
    assert sweep(north) == 0
    assert states(north, case_id) == before
    assert {before[term] for term in DEBTS} == {"running"}


def test_a_debt_is_breached_at_its_very_moment_and_stays_owed(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    due = clocks(north, case_id)["score.consideration"].due_at
    north.clock_to(due - timedelta(seconds=30))
    sweep(north)
    assert states(north, case_id)["score.consideration"] == "running"
    north.clock_to(due)
    assert sweep(north) >= 1
    clock = clocks(north, case_id)["score.consideration"]
    assert (clock.state, clock.met_at, clock.closed_at, clock.warned) == (DeadlineState.BREACHED, None, None, 100)
    assert breaches(north, case_id) == ["score.consideration"]
    # Doing it late ends the debt and keeps the breach.
    north.walk(case_id, "concluded")
    north.schedule(case_id, starts_at=north.now() + timedelta(hours=1), reason="учебное опоздание")
    north.walk(case_id, "decided", after="scheduled")
    clock = clocks(north, case_id)["score.consideration"]
    assert (clock.state, clock.met_by) == (DeadlineState.BREACHED, north.actor("chair").login)


@pytest.mark.clause("core:E25")
def test_advice_passes_and_is_no_breach_and_stays_owed(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    due = clocks(north, case_id)["kit.request"].due_at
    north.clock_to(due)
    assert sweep(north) >= 1
    clock = clocks(north, case_id)["kit.request"]
    assert (clock.hardness, clock.state, clock.met_at, clock.closed_at) == ("advice", DeadlineState.PASSED, None, None)
    assert "kit.request" in told_of(north, case_id, "deadline:advice:passed")
    assert breaches(north, case_id) == []
    with open_desk(north.app, north.world, north.actor("secretary")) as desk:
        owed = {one.term for one in deadlines.open_terms(desk.session, case_id=case_id)}
    assert "kit.request" in owed
    # Following it late ends the debt, and blames nobody.
    north.act("secretary", materials.request_kit, case_id)
    clock = clocks(north, case_id)["kit.request"]
    assert (clock.state, clock.met_by) == (DeadlineState.PASSED, north.actor("secretary").login)


def test_a_window_that_nobody_used_lapses_and_is_no_breach(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.clock_to(clocks(north, case_id)["score.withdrawal"].due_at)
    sweep(north)
    window = clocks(north, case_id)["score.withdrawal"]
    assert window.state is DeadlineState.CANCELLED
    assert window.closed_at is not None
    assert "score.withdrawal" not in breaches(north, case_id)


@pytest.mark.proof("T4.4")
def test_running_it_again_changes_nothing_and_tells_nothing_twice(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    north.clock(days=20)
    assert sweep(north) > 0
    once, told = states(north, case_id), breaches(north, case_id)
    assert sweep(north) == 0
    assert (states(north, case_id), breaches(north, case_id)) == (once, told)
    assert told == [term for term in sorted(once) if once[term] == "breached"] == sorted(DEBTS - ADVICE)
    passed = told_of(north, case_id, "deadline:advice:passed")
    assert passed == [term for term in sorted(once) if once[term] == "passed"] == sorted(ADVICE)


@pytest.mark.proof("T4.4")
def test_a_jump_of_the_clock_moves_no_date_and_closes_no_case(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    before = {term: clock.due_at for term, clock in clocks(north, case_id).items()}
    north.clock(days=400)
    sweep(north)
    north.clock(days=-399)
    sweep(north)
    assert {term: clock.due_at for term, clock in clocks(north, case_id).items()} == before
    assert north.case(case_id).state is State.REGISTERED


@pytest.mark.parametrize(("share", "warned"), [(0.3, 0), (0.5, 50), (0.79, 50), (0.8, 80), (0.95, 95)])
def test_what_runs_short_is_warned_of_step_by_step(play: StartPlay, share: float, warned: int) -> None:
    north = play()
    case_id = north.file()
    clock = clocks(north, case_id)["score.consideration"]
    north.clock_to(clock.starts_at + (clock.due_at - clock.starts_at) * share + timedelta(seconds=5))
    sweep(north)
    assert clocks(north, case_id)["score.consideration"].warned == warned


def test_each_season_goes_by_its_own_clock(own_app: App) -> None:
    old, new = (Play(own_app, make_world(own_app, "north")) for _ in range(2))
    late, fresh = old.file(), new.file()
    old.clock(days=20)
    assert sweep_all(own_app) > 0
    assert "breached" in states(old, late).values()
    assert "breached" not in states(new, fresh).values()


@pytest.mark.proof("T4.4")
def test_a_second_sweeper_steps_aside(own_app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    north = Play(own_app, make_world(own_app, "north"))
    north.file()
    north.clock(days=20)
    at_work, go_on = threading.Event(), threading.Event()

    def slow(session: Session, *, actor: Actor, now: datetime) -> int:
        at_work.set()
        go_on.wait(10)
        return sweep_season(session, actor=actor, now=now)

    monkeypatch.setattr("apella.sweeping.sweep_season", slow)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(sweep_tenant(own_app, north.world.rules)))
    thread.start()
    assert at_work.wait(10)
    assert sweep_tenant(own_app, north.world.rules) == 0
    go_on.set()
    thread.join()
    assert first == [len(DEBTS) + 1], "the debts, and the window of withdrawal"


def test_codes_for_signing_in_go_a_day_after_they_ended(own_app: App) -> None:
    north = Play(own_app, make_world(own_app, "north"))

    def codes(session: Session) -> set[bytes]:
        return set(session.scalars(select(SmsCode.code_hash)))

    with own_app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        for name, age, used in ((b"old", 25, False), (b"spent", 25, True), (b"recent", 23, True), (b"live", 0, False)):
            created = work.machine_now - timedelta(hours=age)
            work.session.add(
                SmsCode(
                    season_id=north.world.season_id,
                    claim_index=b"c",
                    code_hash=name,
                    created_at=created,
                    expires_at=created + timedelta(minutes=5),
                    used_at=created if used else None,
                )
            )
    sweep_all(own_app)
    assert north.read(codes) == {b"recent", b"live"}


@pytest.mark.proof("T4.5")
def test_in_a_whole_season_no_due_date_goes_by_unnoticed(play: StartPlay) -> None:
    north = play(participants=CASES)
    ends, filed, noticed = north.now() + SEASON, 0, 0
    while north.now() < ends:
        if filed < CASES:
            north.file(filed, channel="queue_clerk")
            filed += 1
        north.clock(hours=HOURS_BETWEEN_SWEEPS)
        noticed += sweep(north)
        assert north.read(lambda session: overlooked(session, north)) == []
    figure("T4.5 noticed", noticed)
    assert noticed >= filed * len(DEBTS)


def overlooked(session: Session, play: Play) -> list[Deadline]:
    """What is past its due moment and still called running; the latest half minute belongs to the next sweep."""
    season = Deadline.season_id == play.world.season_id
    past = Deadline.due_at <= play.now() - timedelta(seconds=30)
    return list(session.scalars(select(Deadline).where(season, past, Deadline.state == DeadlineState.RUNNING)))

"""A paper, and a withdrawal, that go through several hands before the commission has them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals import journal
from apella.appeals.states import Outcome, State
from apella.appeals.withdrawal import accept_withdrawal, forward_withdrawal, withdraw
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, NotFound
from apella.hearings.service import schedule
from apella.identity.roles import Role
from apella.testing.expect import refused
from apella.testing.play import Play


def clock(play: Play, case_id: uuid.UUID, term: str, *, owed_by: Role | None = None) -> Deadline:
    """The newest clock of a term."""
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term).order_by(Deadline.starts_at)
    if owed_by is not None:
        query = query.where(Deadline.owed_by == owed_by)
    return play.read(lambda session: session.scalars(query).all()[-1])


def running(play: Play, case_id: uuid.UUID) -> set[tuple[str, str]]:
    """What is owed along the way, and by whom."""
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.state == DeadlineState.RUNNING)
    return {
        (one.term, str(one.owed_by))
        for one in play.read(lambda session: session.scalars(query).all())
        if one.action in ("forward", "forward_withdrawal", "register", "withdraw") and one.hardness != "refuse"
    }


@pytest.fixture
def paper(region: Any) -> uuid.UUID:
    """A paper that the school took in on a Monday morning."""
    region.play.clock_to(region.at("2026-06-15T10:00"))
    case_id: uuid.UUID = region.play.file(channel="school_desk")
    return case_id


@pytest.mark.clause("federal:100.11", "federal:100.12")
def test_each_hand_has_its_own_term_that_begins_when_the_paper_comes(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    assert running(play, paper) == {("score.forwarding", "school_operator")}
    assert clock(play, paper, "score.forwarding").due_at == region.at("2026-06-16T00:00")
    play.clock_to(region.at("2026-06-15T16:30"))
    play.act("school-operator", journal.forward, paper)
    assert running(play, paper) == {("score.onward_forwarding", "municipal_operator")}
    # By 15:00 of the next working day, counted from the hand before.
    assert clock(play, paper, "score.onward_forwarding").due_at == region.at("2026-06-16T15:00")
    assert play.case(paper).state is State.IN_TRANSIT
    play.clock_to(region.at("2026-06-16T14:59"))
    play.act(region.authority, journal.forward, paper)
    assert running(play, paper) == {("score.registration", "secretary")}
    assert clock(play, paper, "score.onward_forwarding").state is DeadlineState.MET
    play.act("secretary", journal.register, paper)
    assert play.case(paper).state is State.REGISTERED


def test_a_step_after_its_hour_is_a_breach_of_that_hand_alone(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    play.act("school-operator", journal.forward, paper)
    play.clock_to(region.at("2026-06-16T15:01"))
    play.act(region.authority, journal.forward, paper)
    assert clock(play, paper, "score.forwarding").state is DeadlineState.MET
    assert clock(play, paper, "score.onward_forwarding").state is DeadlineState.BREACHED


def test_only_who_has_the_paper_passes_it_on(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    for stranger in (region.authority, region.elsewhere):
        with refused("appeal.not_found", NotFound):
            play.act(stranger, journal.forward, paper)
    with refused("forward.role", Conflict):
        play.act("data-centre-operator", journal.forward, paper)
    play.act("school-operator", journal.forward, paper)
    with refused("forward.role", Conflict):
        play.act("school-operator", journal.forward, paper)
    with refused("appeal.not_found", NotFound):
        play.act(region.elsewhere, journal.forward, paper)
    play.act(region.authority, journal.forward, paper)
    with refused("forward.done", Conflict):
        play.act(region.authority, journal.forward, paper)


def test_the_secretary_enters_a_paper_that_came_past_a_hand(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    play.act("school-operator", journal.forward, paper)
    play.act("secretary", journal.register, paper)
    assert play.case(paper).state is State.REGISTERED
    assert running(play, paper) == set()


def test_the_case_shows_where_the_paper_is_and_only_its_holder_a_button(
    region: Any, paper: uuid.UUID, console: Any
) -> None:
    play = region.play
    secretary, school, authority = (
        console(play.actor(who)) for who in ("secretary", "school-operator", region.authority)
    )
    assert "Где апелляция Организация 000001" in " ".join(secretary.get(f"cases/{paper}").text.split())
    assert school.get(f"cases/{paper}").has_link("Передать апелляцию")
    assert authority.get(f"cases/{paper}").status == 404
    assert school.act(paper, "forward").status == 303
    shown = secretary.get(f"cases/{paper}")
    assert "Где апелляция Райотдел 1" in " ".join(shown.text.split())
    assert "Апелляция передана дальше: специалист, Райотдел." in shown.text
    assert not school.get(f"cases/{paper}").has_link("Передать апелляцию")
    assert authority.act(paper, "forward").status == 303
    shown = secretary.get(f"cases/{paper}")
    assert "передана в комиссию, в журнал ещё не внесена" in shown.text
    assert "Апелляция передана в комиссию." in shown.text


# --- The withdrawal ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("core:C3")
def test_a_withdrawal_goes_the_way_of_the_paper_and_blocks_the_case_at_once(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    play.act("school-operator", journal.forward, paper)
    play.act(region.authority, journal.forward, paper)
    play.act("secretary", journal.register, paper)
    play.act("school-operator", accept_withdrawal, paper)
    accepted = play.case(paper).withdrawal_accepted_at
    assert running(play, paper) == {("withdrawal.forwarding", "school_operator")}
    with refused("hearing.withdrawn", Conflict):
        play.act("secretary", schedule, paper, starts_at=region.at("2026-06-18T15:00"))
    with refused("withdrawal.role", Conflict):
        play.act(region.authority, forward_withdrawal, paper)
    play.act("school-operator", forward_withdrawal, paper)
    assert running(play, paper) == {("withdrawal.forwarding", "municipal_operator")}
    assert clock(play, paper, "withdrawal.forwarding").due_at == region.at("2026-06-17T00:00")
    with refused("withdrawal.role", Conflict):
        play.act("school-operator", forward_withdrawal, paper)
    play.act(region.authority, forward_withdrawal, paper)
    assert running(play, paper) == {("withdrawal.entry", "secretary")}
    play.clock(days=2)
    play.act("secretary", withdraw, paper)
    case = play.case(paper)
    assert (case.outcome, case.withdrawal_accepted_at) == (Outcome.WITHDRAWN, accepted)


def test_the_commission_s_own_door_takes_a_withdrawal_that_nobody_passes_on(region: Any, paper: uuid.UUID) -> None:
    play = region.play
    play.act("secretary", accept_withdrawal, paper)
    assert ("withdrawal.entry", "secretary") in running(play, paper)
    play.act("secretary", withdraw, paper)
    assert play.case(paper).outcome is Outcome.WITHDRAWN


def test_a_late_paper_is_taken_all_the_same_and_counts_over_the_region_s_day_off(region: Any) -> None:
    play = region.play
    friday: datetime = region.at("2026-06-19T11:00")
    play.clock_to(friday)
    case_id = play.file(channel="school_desk")
    assert play.case(case_id).filed_late
    play.act("school-operator", journal.forward, case_id)
    # Monday the 22nd is the region's own day off.
    assert clock(play, case_id, "score.onward_forwarding").due_at == region.at("2026-06-23T15:00")

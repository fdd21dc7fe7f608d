"""Who has a conflict of interest in a case is out of it: sight, deeds, the vote and its quorum."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from apella.appeals import journal
from apella.appeals.conflicts import ConflictReading, Excluded
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.repository import JournalFilter, journal_page
from apella.appeals.states import State
from apella.audit.trail import record
from apella.casework.chain_reading import ChainFilter, chain_page
from apella.casework.forms import panel_of
from apella.casework.start import workload
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, Decision, Vote
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.roles import Role
from apella.testing.conflicts import allocate, declare, sees
from apella.testing.expect import refused
from apella.testing.play import Play, Who
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def in_journal(play: Play, who: Who) -> set[uuid.UUID]:
    lines = play.do(who, lambda desk: journal_page(desk.session, desk.actor, JournalFilter(), cursor=None, limit=50))
    return {line.appeal.id for line in lines}


def vote(play: Play, who: Who, case_id: uuid.UUID, ballot: Ballot = Ballot.REJECT) -> Vote:
    return play.act(who, commissions.cast_vote, case_id, ballot=ballot)


def decide(play: Play, case_id: uuid.UUID, who: Who = "chair") -> Decision:
    return play.act(who, commissions.decide, case_id, reason="Учебное основание")


def without_a_case(desk: Desk) -> None:
    """Write an event that is about no case."""
    record(
        desk.session,
        actor=desk.actor,
        tag="session:person:signed_in",
        subject_type="person",
        subject_id=desk.actor.season_id,
    )


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["secretary", "chair", "member-1", "data-centre-operator", "exam-commission-chair"])
def test_who_declares_sees_the_case_no_more_and_the_others_as_before(play: StartPlay, who: str) -> None:
    north = play()
    case_id, other = north.walk(north.file(), "registered"), north.file(1)
    assert sees(north, who, case_id)
    declare(north, who, case_id)
    assert not sees(north, who, case_id)
    assert in_journal(north, who) == {other}
    for beside in {"secretary", "chair", "member-1", "member-2"} - {who}:
        assert sees(north, beside, case_id)
        assert in_journal(north, beside) == {case_id, other}


def test_the_work_list_and_its_counts_leave_the_case_out(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    before = north.do("secretary", workload, limit=50)
    assert case_id in {item.appeal.id for item in before.items}
    declare(north, "secretary", case_id)
    after = north.do("secretary", workload, limit=50)
    assert (after.total, after.items, dict(after.waiting)) == (0, [], {})


def test_the_audit_leaves_the_case_out_for_who_may_not_see_it(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")

    def about_the_case(who: str) -> int:
        lines = north.do(who, lambda desk: chain_page(desk.session, desk.actor, ChainFilter(), cursor=None, limit=500))
        assert any(line.event.case_id is None for line in lines)
        return sum(line.event.case_id == case_id for line in lines)

    north.do("chair", without_a_case)
    declare(north, "secretary", case_id)
    assert about_the_case("secretary") == 0
    assert about_the_case("chair") > 0


def test_where_the_tenant_leaves_reading_open_the_case_is_seen_and_every_deed_refused(play: StartPlay) -> None:
    south = play("south")
    case_id = south.walk(south.file(channel="queue_clerk"), "hearing")
    found = declare(south, "member-1", case_id)
    assert found.reading is ConflictReading.OPEN
    assert sees(south, "member-1", case_id)
    assert case_id in in_journal(south, "member-1")
    with refused("conflict.excluded", Excluded):
        vote(south, "member-1", case_id)
    assert vote(south, "member-2", case_id).case_id == case_id


# --- Deeds ------------------------------------------------------------------------------------------------------------


def test_every_deed_is_refused_by_name_and_the_others_do_it(play: StartPlay) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    north.walk(case_id, "forwarded")
    declare(north, "secretary", case_id)
    with refused("conflict.excluded", Forbidden):
        north.act("secretary", journal.register, case_id)
    another = north.hire(Role.SECRETARY, commission_id=north.world.commission_id)
    north.act(another, journal.register, case_id)
    assert north.case(case_id).state is State.REGISTERED


def test_somebody_else_s_case_is_still_simply_not_there(play: StartPlay) -> None:
    north = play()
    with refused("appeal.not_found", NotFound):
        declare(north, "expert-1", north.file())


def test_a_conflict_is_said_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    declare(north, "member-1", case_id)
    with refused("conflict.excluded", Excluded):
        declare(north, "member-1", case_id)
    with refused("conflict.standing", Conflict):
        allocate(north, "chair", case_id, "member-1")


@pytest.mark.parametrize("ground", ["", "родня", " родня    "])
def test_a_ground_of_a_word_is_no_ground(play: StartPlay, ground: str) -> None:
    north = play()
    case_id = north.file()
    with refused("conflict.ground", Malformed) as caught:
        declare(north, "member-1", case_id, ground)
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {"ground"}
    assert sees(north, "member-1", case_id)


# --- The vote ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:19.2")
def test_a_relative_of_the_appellant_is_out_of_the_vote_and_out_of_its_quorum(play: StartPlay) -> None:
    region = play("kbr")
    case_id = region.walk(region.file(), "hearing")
    declare(region, "member-1", case_id)
    with refused("conflict.excluded", Excluded):
        vote(region, "member-1", case_id)
    vote(region, "chair", case_id)
    vote(region, "member-2", case_id)
    assert decide(region, case_id).votes_against == 2


@pytest.mark.clause("core:A37", "core:D7")
def test_the_quorum_is_a_share_of_those_who_may_vote(play: StartPlay) -> None:
    """A third of three is one; of seven, three; with four of the seven out, one again."""
    north = play()
    extra = [north.hire(Role.MEMBER, commission_id=north.world.commission_id) for _ in range(4)]
    case_id = north.walk(north.file(), "hearing")
    vote(north, "chair", case_id)
    with refused("vote.no_quorum", RuleViolation):
        decide(north, case_id)
    for member in extra:
        declare(north, member, case_id)
    assert len(north.do("chair", lambda desk: panel_of(desk, desk.session.get_one(Appeal, _key(north, case_id))))) == 3
    assert decide(north, case_id).votes_against == 1


def test_a_ballot_that_was_cast_before_stays_on_record_and_counts_no_more(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    for voter, ballot in (("member-1", Ballot.SATISFY), ("member-2", Ballot.SATISFY), ("chair", Ballot.REJECT)):
        vote(north, voter, case_id, ballot)
    declare(north, "member-1", case_id)
    # One against one: the chair's vote decides. With the third ballot the appeal would be satisfied.
    decision = decide(north, case_id)
    assert (decision.votes_for, decision.votes_against, decision.casting_vote) == (1, 1, True)
    cast = north.read(lambda session: session.scalars(select(Vote.id).where(Vote.case_id == case_id)).all())
    assert len(cast) == 3


def test_what_is_said_after_the_decision_does_not_change_who_voted(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "decided")
    north.clock(minutes=1)
    declare(north, "member-1", case_id)
    counted = north.do(
        "chair", lambda desk: commissions.votes_of(desk, desk.session.get_one(Appeal, _key(north, case_id)))
    )
    assert len(counted) == 3


def test_a_chair_with_a_conflict_does_not_decide_and_the_deputy_does(play: StartPlay) -> None:
    north = play()
    deputy = north.hire(Role.DEPUTY_CHAIR, commission_id=north.world.commission_id)
    case_id = north.walk(north.file(), "hearing")
    declare(north, "chair", case_id)
    vote(north, deputy, case_id)
    vote(north, "member-1", case_id)
    with refused("conflict.excluded", Excluded):
        decide(north, case_id)
    assert decide(north, case_id, deputy).votes_against == 2


def _key(play: Play, case_id: uuid.UUID) -> tuple[int, uuid.UUID]:
    return (play.world.rules.tenant.tenant_id, case_id)

"""What a commission may decide, as each region's act says it, in the running product."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from apella.appeals import journal
from apella.appeals.states import Outcome, State
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, Decision, Vote
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.exchange.model import Packet
from apella.identity.roles import Role
from apella.registry.model import Work
from apella.testing.expect import refused
from apella.testing.play import VOTERS, Play
from apella.testing.plugin import StartPlay
from apella.testing.substitutes import Substitutes

DOORS = {"kbr": "portal", "kuzbass": "school_desk", "moscow": "queue_clerk"}


def by_region(**points: tuple[str, ...]) -> pytest.MarkDecorator:
    """The same test in each region, each time under the points of that region's act."""
    return pytest.mark.parametrize(
        "slug",
        [
            pytest.param(slug, marks=pytest.mark.clause(*(f"{slug}:{point}" for point in numbers)))
            for slug, numbers in points.items()
        ],
    )


def heard(play: StartPlay, slug: str, to: str, outcome: str = "rejected") -> tuple[Play, uuid.UUID]:
    """A score appeal by the region's usual door, taken to this step."""
    region = play(slug)
    case_id = region.file(channel=DOORS[slug])
    return region, region.walk(case_id, to, outcome=outcome)


def decide(region: Play, case_id: uuid.UUID, outcome: str, **wishes: object) -> Decision:
    changes = region.changes(outcome)
    if wishes:
        changes = [replace(change, **wishes) for change in changes]  # type: ignore[arg-type] # fields of Change
    return region.act("chair", commissions.decide, case_id, reason="Учебное основание", changes=changes)


@by_region(kbr=("66.1", "37.4"), kuzbass=("32.1", "2.2"), moscow=("16.1",))
def test_without_an_error_on_record_nothing_is_satisfied(play: StartPlay, slug: str) -> None:
    region, case_id = heard(play, slug, "voted", "up")
    with refused("decision.changes", Malformed):
        decide(region, case_id, "rejected")
    assert region.case(case_id).state is State.HEARING


@by_region(kbr=("66.2",), kuzbass=("32.2",), moscow=("16.2",))
def test_with_an_error_on_record_nothing_is_rejected(play: StartPlay, slug: str) -> None:
    region, case_id = heard(play, slug, "voted", "rejected")
    with refused("decision.changes", Malformed):
        decide(region, case_id, "up")
    assert region.case(case_id).state is State.HEARING


@by_region(kbr=("66.3",), kuzbass=("33.1",), moscow=("16.4",))
def test_the_score_may_go_down(play: StartPlay, slug: str) -> None:
    region, case_id = heard(play, slug, "voted", "down")
    decision = decide(region, case_id, "down")
    assert decision.outcome is Outcome.SATISFIED_DOWN
    assert decision.primary_before is not None
    assert decision.primary_after == decision.primary_before - 1


@pytest.mark.clause("kbr:66.4", "core:A29")
def test_a_technical_error_may_leave_the_score_as_it_is_and_still_goes_to_the_federal_centre(play: StartPlay) -> None:
    region, case_id = heard(play, "kbr", "voted", "unchanged")
    assert decide(region, case_id, "unchanged").outcome is Outcome.SATISFIED_UNCHANGED
    region.walk(case_id, "dispatched", after="decided", outcome="unchanged")
    packet = region.read(lambda s: s.scalars(select(Packet).where(Packet.case_id == case_id)).one())
    assert packet.dispatched_at is not None


@pytest.mark.clause("kbr:83.2", "core:A28")
def test_a_satisfied_appeal_in_informatics_is_a_referral_without_a_new_score(play: StartPlay) -> None:
    region = play("kbr", subject_code="25")
    case_id = region.walk(region.file(disputed=("B1",)), "kit_received")
    region.walk(case_id, "voted", after="concluded", outcome="up")
    decision = region.act("chair", commissions.decide, case_id, reason="Учебное основание")
    assert (decision.outcome, decision.primary_after) == (Outcome.REFERRED, decision.primary_before)


@by_region(kbr=("35.5", "49.2"), kuzbass=("12.1",))
def test_a_satisfied_violation_appeal_annuls_the_result(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    case_id = region.walk(region.file(channel="exam_point"), "closed", outcome="satisfied")
    assert region.case(case_id).outcome is Outcome.SATISFIED
    work = region.read(lambda s: s.scalars(select(Work).where(Work.id == region.world.works[0])).one())
    assert work.annulled_at is not None


@by_region(kbr=("49.4",), kuzbass=("13.1",))
def test_a_rejected_violation_appeal_leaves_the_result_alone(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    case_id = region.walk(region.file(channel="exam_point"), "closed", outcome="rejected")
    assert region.case(case_id).outcome is Outcome.REJECTED
    work = region.read(lambda s: s.scalars(select(Work).where(Work.id == region.world.works[0])).one())
    assert work.annulled_at is None


# --- The vote ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:30.1")
@pytest.mark.parametrize(("satisfy", "outcome"), [(4, Outcome.SATISFIED_UP), (3, Outcome.REJECTED)])
def test_the_majority_of_seven_present_decides(play: StartPlay, satisfy: int, outcome: Outcome) -> None:
    region, case_id = heard(play, "kbr", "hearing")
    members = [region.hire(Role.MEMBER, commission_id=region.world.commission_id) for _ in range(4)]
    voters = [*(region.actor(name) for name in VOTERS), *members]
    # The chair votes with the losing side: it is no tie, so that vote does not break it.
    ballots = [Ballot.REJECT if satisfy == 4 else Ballot.SATISFY]
    rest = [Ballot.SATISFY] * (satisfy - ballots.count(Ballot.SATISFY))
    ballots += rest + [Ballot.REJECT] * (len(voters) - 1 - len(rest))
    for voter, ballot in zip(voters, ballots, strict=True):
        region.act(voter, commissions.cast_vote, case_id, ballot=ballot)
    decision = decide(region, case_id, "up" if outcome is Outcome.SATISFIED_UP else "rejected")
    assert (decision.outcome, decision.casting_vote) == (outcome, False)


@pytest.mark.clause("kbr:30.2")
def test_a_member_has_one_vote_and_others_have_none(play: StartPlay) -> None:
    region, case_id = heard(play, "kbr", "hearing")
    region.act("member-1", commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    with refused("vote.cast", Conflict):
        region.act("member-1", commissions.cast_vote, case_id, ballot=Ballot.SATISFY)
    for role in (Role.OBSERVER, Role.SITE_TECHNICIAN):
        with pytest.raises((Forbidden, NotFound)):
            region.act(region.hire(role), commissions.cast_vote, case_id, ballot=Ballot.SATISFY)
    with refused("permission.role", Forbidden):
        region.act("expert-2", commissions.cast_vote, case_id, ballot=Ballot.SATISFY)


@pytest.mark.clause("kbr:30.3")
@pytest.mark.parametrize("side", [Ballot.SATISFY, Ballot.REJECT])
def test_in_a_tie_the_chairs_side_wins(play: StartPlay, side: Ballot) -> None:
    region, case_id = heard(play, "kbr", "hearing")
    against = Ballot.REJECT if side is Ballot.SATISFY else Ballot.SATISFY
    region.act("chair", commissions.cast_vote, case_id, ballot=side)
    region.act("member-1", commissions.cast_vote, case_id, ballot=against)
    decision = decide(region, case_id, "up" if side is Ballot.SATISFY else "rejected")
    assert decision.outcome is (Outcome.SATISFIED_UP if side is Ballot.SATISFY else Outcome.REJECTED)
    assert decision.casting_vote is True


@pytest.mark.clause("kbr:30.4")
def test_each_ballot_stands_by_name(play: StartPlay) -> None:
    region, case_id = heard(play, "kbr", "voted")
    cast = region.read(lambda s: s.scalars(select(Vote).where(Vote.case_id == case_id)).all())
    assert {vote.person_id for vote in cast} == {region.actor(voter).person_id for voter in VOTERS}


@pytest.mark.clause("kbr:23.3", "kbr:23.5", "kbr:30.3")
def test_while_the_chair_is_away_the_deputy_breaks_the_tie_and_stands_in_the_decision(play: StartPlay) -> None:
    region, case_id = heard(play, "kbr", "hearing")
    people = Substitutes(region)
    region.act(people.deputy, commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    region.act("member-1", commissions.cast_vote, case_id, ballot=Ballot.SATISFY)
    with refused("vote.tie", RuleViolation):
        region.act(people.admitted(people.deputy), commissions.decide, case_id, reason="Учебное основание")
    people.appoint()
    acting = people.admitted(people.deputy)
    decision = region.act(acting, commissions.decide, case_id, reason="Учебное основание")
    assert (decision.chaired_by, decision.casting_vote) == (people.deputy.person_id, True)
    assert decision.outcome is Outcome.REJECTED


@pytest.mark.clause("kbr:23.4", "kbr:23.6")
@pytest.mark.parametrize("decided_by", ["chair", "deputy"])
def test_the_journal_is_kept_by_the_secretary_or_the_member_who_acts_by_a_decision_on_record(
    play: StartPlay, decided_by: str
) -> None:
    region = play("kbr")
    people = Substitutes(region)
    case_id = region.file(channel="exam_point")
    region.walk(case_id, "forwarded")
    for who in ("chair", people.deputy, "member-1", "member-2", "data-centre-operator"):
        with refused("permission.role", Forbidden):
            region.act(people.admitted(who), journal.register, case_id)
    with refused("permission.role", Forbidden):
        people.appoint(people.order(Role.SECRETARY), who="secretary")
    decider = people.deputy if decided_by == "deputy" else region.actor("chair")
    made = people.appoint(people.order(Role.SECRETARY), who=decider)
    assert (made.decided_by, made.act_number) == (decider.person_id, "уч-12")
    with refused("permission.role", Forbidden):
        region.act(people.admitted("member-2"), journal.register, case_id)
    region.act(people.admitted("member-1"), journal.register, case_id)
    assert region.case(case_id).state is State.REGISTERED


# --- After the decision -----------------------------------------------------------------------------------------------


@by_region(kbr=("42.2", "70.1"), kuzbass=("37.1",))
def test_a_rejected_appeals_protocol_is_handed_over_too(play: StartPlay, slug: str) -> None:
    region, case_id = heard(play, slug, "handed_over")
    assert region.case(case_id).state is State.IN_EXCHANGE
    packet = region.read(lambda s: s.scalars(select(Packet).where(Packet.case_id == case_id)).one())
    assert packet.handed_over_at is not None


@by_region(kbr=("43.2", "71.2"), kuzbass=("38.2",), moscow=("16.3",))
def test_only_a_satisfied_appeal_awaits_a_new_result_from_the_federal_centre(play: StartPlay, slug: str) -> None:
    region, rejected = heard(play, slug, "closed")
    assert region.case(rejected).state is State.CLOSED
    region, satisfied = heard(play, slug, "dispatched", "up")
    before = [mark.mark for mark in region.marks()]
    with pytest.raises(Conflict):
        region.walk(satisfied, "closed", after="approved", outcome="up")
    assert [mark.mark for mark in region.marks()] == before, "the platform changes no score by itself"
    region.walk(satisfied, "closed", after="dispatched", outcome="up")
    assert region.case(satisfied).state is State.CLOSED

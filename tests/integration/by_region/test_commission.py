"""The commission's work as each region's act says it, in the running product."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from apella.commissions import service as commissions
from apella.commissions.model import Ballot, Vote
from apella.errors import Malformed
from apella.testing.expect import refused
from apella.testing.play import VOTERS
from apella.testing.plugin import StartPlay


@pytest.mark.clause("moscow:5.3", "moscow:5.5", "core:D7")
def test_members_vote_from_the_main_site_and_from_remote_ones_and_each_ballot_says_which(play: StartPlay) -> None:
    region = play("moscow")
    sites = region.world.rules.sites
    case_id = region.walk(region.file(channel="queue_clerk"), "hearing")
    where = {"chair": None, "member-1": sites.remote[0].code, "member-2": sites.remote[1].code}
    for voter in VOTERS:
        region.act(voter, commissions.cast_vote, case_id, ballot=Ballot.REJECT, site_code=where[voter])
    cast = region.read(lambda s: s.execute(select(Vote.person_id, Vote.site_code).where(Vote.case_id == case_id)).all())
    assert {vote.person_id: vote.site_code for vote in cast} == {
        region.actor(voter).person_id: where[voter] or sites.main.code for voter in VOTERS
    }
    # All three count for the quorum, wherever they sit.
    decision = region.act("chair", commissions.decide, case_id, reason="Учебное основание")
    assert decision is not None


@pytest.mark.clause("core:D7")
def test_a_site_that_the_tenant_does_not_have_is_no_place_to_vote_from(play: StartPlay) -> None:
    region = play("moscow")
    case_id = region.walk(region.file(channel="queue_clerk"), "hearing")
    with refused("vote.site", Malformed):
        region.act("member-1", commissions.cast_vote, case_id, ballot=Ballot.REJECT, site_code="nowhere")
    assert region.read(lambda s: s.scalars(select(Vote).where(Vote.case_id == case_id)).all()) == []

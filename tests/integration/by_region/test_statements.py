"""Where an act asks it, nobody sits in the commission before having said that no interest keeps them out."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent
from apella.commissions import service as commissions
from apella.commissions import statements
from apella.commissions.model import Ballot
from apella.commissions.statements import Seat
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.onboarding.people import Post, add_staff
from apella.testing.expect import refused
from apella.testing.factories import TEST_ISSUER, actor_of
from apella.testing.play import VOTERS, Play, Who
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def newcomer(region: Play) -> Actor:
    """A member who was confirmed, and has said nothing yet."""

    def hire(session: Session) -> Actor:
        person = add_staff(
            session,
            season_id=region.world.season_id,
            slug=region.world.rules.slug,
            iss=TEST_ISSUER,
            login=f"newcomer-{uuid.uuid4().hex[-8:]}",
            name=("Новиков", "Илья", "Петрович"),
            posts=(Post(role=Role.MEMBER, commission_id=region.world.commission_id),),
        )
        return actor_of(region.world, person, Role.MEMBER)

    return region.read(hire)


def seat_of(region: Play, who: Actor) -> Seat:
    seats = region.do("chair", statements.composition)
    return next(seat for seat in seats if seat.person.id == who.person_id)


def say(region: Play, who: Who, *, free: bool, of: Actor | None = None, days: int | None = None) -> None:
    """Record a word of oneself, or another's by a paper so many days old."""
    today = region.now().astimezone(region.world.rules.zone).date()
    region.do(
        who,
        statements.state,
        person_id=None if of is None else of.person_id,
        free=free,
        stated_on=None if days is None else today - timedelta(days=days),
    )


@pytest.mark.clause("kbr:19.1")
def test_a_member_who_was_confirmed_sits_only_when_a_statement_is_stored(play: StartPlay) -> None:
    region = play("kbr")
    assert region.world.rules.commission.composition.statement
    member = newcomer(region)
    case = region.walk(region.file(), "hearing")
    with refused("statement.missing", RuleViolation) as caught:
        region.act(member, commissions.cast_vote, case, ballot=Ballot.REJECT)
    assert "kbr:19.1" in caught.value.clauses  # type: ignore[attr-defined]  # of a RuleViolation
    assert (seat_of(region, member).statement, seat_of(region, member).may_sit) == (None, False)

    say(region, "secretary", free=True, of=member, days=2)
    seat = seat_of(region, member)
    assert seat.may_sit
    assert seat.statement is not None
    assert seat.statement.recorded_by == region.actor("secretary").person_id
    assert seat.statement.stated_on < seat.statement.recorded_at.date()
    query = select(AuditEvent).where(AuditEvent.subject_id == member.person_id)
    (event,) = region.read(lambda session: session.scalars(query).all())
    assert (event.tag, event.role) == ("commission:interests:stated", "secretary")
    assert '"interests":"none"' in event.changes
    region.act(member, commissions.cast_vote, case, ballot=Ballot.REJECT)


@pytest.mark.clause("kbr:19.1")
def test_who_has_a_conflict_neither_votes_nor_decides_until_it_is_over(play: StartPlay) -> None:
    region = play("kbr")
    case = region.walk(region.file(), "hearing")
    say(region, "member-1", free=False)
    with refused("statement.conflict", RuleViolation):
        region.act("member-1", commissions.cast_vote, case, ballot=Ballot.REJECT)
    say(region, "member-1", free=True)
    for voter in VOTERS:
        region.act(voter, commissions.cast_vote, case, ballot=Ballot.REJECT)
    say(region, "secretary", free=False, of=region.actor("chair"), days=0)
    with refused("statement.conflict", RuleViolation):
        region.act("chair", commissions.decide, case, reason="Учебное основание")
    say(region, "chair", free=True)
    region.act("chair", commissions.decide, case, reason="Учебное основание")


def test_a_region_without_the_rule_asks_for_nothing(play: StartPlay) -> None:
    north = play()
    member = newcomer(north)
    case = north.walk(north.file(), "hearing")
    with refused("statement.not_asked", Conflict):
        say(north, member, free=True)
    north.act(member, commissions.cast_vote, case, ballot=Ballot.REJECT)


def test_a_word_that_cannot_be_taken_is_refused(play: StartPlay) -> None:
    south = play("south")
    member = newcomer(south)
    with refused("statement.day", Malformed):
        say(south, "secretary", free=True, of=member, days=-1)
    with refused("statement.person", NotFound):
        say(south, "secretary", free=True, of=south.actor("expert-1"), days=1)
    with refused("permission.role", Forbidden):
        say(south, "member-1", free=True, of=member, days=1)
    with refused("permission.role", Forbidden):
        say(south, "expert-1", free=True)
    say(south, member, free=True)
    with refused("statement.standing", Conflict):
        say(south, "secretary", free=True, of=member, days=1)
    assert len(south.do("chair", statements.composition)) == 5

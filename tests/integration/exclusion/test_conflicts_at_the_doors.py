"""A conflict of interest of those who take papers in, and of who opens a case in an emergency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import update

from apella.appeals import journal, withdrawal
from apella.appeals.conflicts import Excluded
from apella.appeals.desk import Desk
from apella.appeals.emergency import break_glass, glasses
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.model import Appeal
from apella.appeals.repository import JournalFilter, journal_page
from apella.appeals.states import State
from apella.audit.model import AuditEvent
from apella.casework.chain_reading import ChainFilter, chain_page
from apella.casework.start import workload
from apella.db.ids import new_id
from apella.errors import NotFound
from apella.experts import conflicts
from apella.experts.conflicts import left_to_nobody
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.testing.attachments import announce
from apella.testing.conflicts import GROUND, allocate, declare, lift, sees
from apella.testing.expect import refused
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

TAKES_IN = (Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK, Role.EXAM_COMMISSION_MEMBER)
WITHOUT_CASES = {
    Role.SUBJECT_CHAIR, Role.SITE_SPECIALIST, Role.SITE_TECHNICIAN, Role.OBSERVER, Role.FEDERAL_OBSERVER,
    Role.FEDERAL_ANALYST, Role.PLATFORM_ADMIN,
}  # fmt: skip
REASON = "не открывается протокол, нужно проверить файл в деле"


@dataclass
class Door:
    """A case that was taken in at a school, with a person of each role that has it before them."""

    play: Play
    case_id: uuid.UUID
    people: dict[Role, Actor]

    def sees(self, role: Role) -> bool:
        """Whether the person of a role finds the case by its address, in the journal and among what is to be done."""
        who = self.people[role]
        read = sees(self.play, who, self.case_id)
        lines = self.play.do(who, lambda at: journal_page(at.session, at.actor, JournalFilter(), cursor=None, limit=50))
        assert (self.case_id in {line.appeal.id for line in lines}) == read
        if not read:
            assert self.play.do(who, workload, limit=50).total == 0
        return read


@pytest.fixture
def door(play: StartPlay) -> Door:
    north = play()
    at_school = {"organisation_id": north.world.school}
    case_id = north.file(channel="school_desk")
    people = {
        Role.SCHOOL_OPERATOR: north.actor("school-operator"),
        Role.MUNICIPAL_OPERATOR: north.hire(Role.MUNICIPAL_OPERATOR, **at_school),
        Role.QUEUE_CLERK: north.actor("queue-clerk"),
        Role.EXAM_COMMISSION_MEMBER: north.actor("exam-commission-member"),
    }
    taken_by = update(Appeal).where(Appeal.id == case_id)
    north.read(lambda s: s.execute(taken_by.values(accepted_by=people[Role.EXAM_COMMISSION_MEMBER].person_id)))
    return Door(north, case_id, people)


def admin(play: Play) -> Actor:
    """A tenant's administrator in a session of theirs."""
    return replace(play.hire(Role.TENANT_ADMIN), session_id=new_id())


def look(play: Play, who: Actor, case_id: uuid.UUID) -> None:
    """Open a case in an emergency."""
    play.do(who, break_glass, number=play.case(case_id).receipt_number, reason=REASON)


# --- At the doors -----------------------------------------------------------------------------------------------------


def test_who_takes_papers_in_leaves_a_case_as_the_others_do(door: Door) -> None:
    for role in TAKES_IN:
        assert door.sees(role), role
        declare(door.play, door.people[role], door.case_id)
        assert not door.sees(role), role
        with refused("conflict.excluded", Excluded):
            door.play.act(door.people[role], journal.forward, door.case_id)
        with refused("conflict.excluded", Excluded):
            door.play.act(door.people[role], withdrawal.accept_withdrawal, door.case_id)
        with refused("conflict.excluded", Excluded):
            announce(door.play, door.people[role], door.case_id, b"a paper", "x.pdf")
        with refused("conflict.excluded", Excluded):
            declare(door.play, door.people[role], door.case_id)
    assert sees(door.play, "secretary", door.case_id)


def test_who_takes_papers_in_is_put_out_of_a_case_and_let_in_again(door: Door) -> None:
    for role in TAKES_IN:
        made = allocate(door.play, "secretary", door.case_id, door.people[role])
        assert not door.sees(role), role
        lift(door.play, "chair", door.case_id, made)
        assert door.sees(role), role


def test_one_puts_out_whoever_may_open_cases_and_nobody_else(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    for role in sorted(set(Role) - {Role.PARTICIPANT, Role.PARENT, Role.PROXY}):
        somebody = north.hire(role)
        if role not in WITHOUT_CASES:
            assert allocate(north, "secretary", case_id, somebody).person_id == somebody.person_id
        else:
            with refused("conflict.person", NotFound):
                allocate(north, "secretary", case_id, somebody)


def test_another_s_case_is_still_simply_not_there(door: Door) -> None:
    other = door.play.file(1)
    for role in TAKES_IN:
        with refused("appeal.not_found", NotFound):
            declare(door.play, door.people[role], other)


# --- A school with one operator ---------------------------------------------------------------------------------------


def alone(play: Play, case_id: uuid.UUID, *people: Actor) -> bool:
    """Whether a paper or a withdrawal is left to nobody when these people are out."""

    def ask(at: Desk) -> bool:
        case = at.session.get_one(Appeal, (at.actor.tenant_id, case_id))
        without = frozenset(one.person_id for one in people if one.person_id is not None)
        return left_to_nobody(at, case, without=without)

    return play.do("secretary", ask)


def test_a_paper_that_nobody_is_left_to_hand_on_is_entered_by_the_secretary(play: StartPlay) -> None:
    north = play()
    operator, case_id = north.actor("school-operator"), north.file(channel="school_desk")
    assert not alone(north, case_id)
    assert alone(north, case_id, operator)
    north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.point)
    north.hire(Role.QUEUE_CLERK, organisation_id=north.world.school)
    assert alone(north, case_id, operator), "a stranger's school does not help, nor does another role"
    second = north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.school)
    assert not alone(north, case_id, operator)
    declare(north, operator, case_id)
    declare(north, second, case_id)
    assert alone(north, case_id, operator, second)
    north.act("secretary", journal.register, case_id)
    assert north.case(case_id).state is State.REGISTERED
    assert not alone(north, case_id, operator, second)


def test_a_withdrawal_that_nobody_is_left_to_hand_on_is_entered_by_the_secretary(play: StartPlay) -> None:
    region = play("kuzbass")
    operator, case_id = region.actor("school-operator"), region.file(channel="school_desk")
    region.walk(case_id, "registered")
    take_in_withdrawal(region, operator, case_id)
    assert alone(region, case_id, operator) == (region.world.rules.withdrawal.forwarded)
    declare(region, operator, case_id)
    region.act("secretary", withdrawal.withdraw, case_id)
    assert region.case(case_id).state is State.CLOSED


# --- In an emergency --------------------------------------------------------------------------------------------------


def test_an_administrator_says_so_without_opening_the_case_and_can_open_it_no_more(play: StartPlay) -> None:
    north = play()
    case_id, other = north.file(), north.file(1)
    reader = admin(north)
    declare(north, reader, case_id)
    with refused("conflict.excluded", Excluded):
        look(north, reader, case_id)
    with refused("conflict.excluded", Excluded):
        declare(north, reader, case_id)
    look(north, reader, other)
    assert sees(north, reader, other)
    events = north.do(reader, lambda at: chain_page(at.session, at.actor, ChainFilter(), cursor=None, limit=500))
    assert case_id not in {line.event.case_id for line in events}
    assert other in {line.event.case_id for line in events}


def test_an_administrator_who_looks_and_then_says_so_sees_it_no_more(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    look(north, reader, case_id)
    declare(north, reader, case_id)
    assert not sees(north, reader, case_id)
    assert north.do(reader, glasses, limit=10) == []
    tags = north.read(lambda s: [e.tag for e in s.query(AuditEvent).where(AuditEvent.case_id == case_id)])
    assert "appeal:conflict:declared" in tags


def test_an_administrator_is_put_out_by_the_commission(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    look(north, reader, case_id)
    made = allocate(north, "chair", case_id, reader)
    assert not sees(north, reader, case_id)
    with refused("conflict.excluded", Excluded):
        look(north, reader, case_id)
    lift(north, "chair", case_id, made)
    assert sees(north, reader, case_id)


def test_where_reading_stays_open_an_emergency_still_opens_the_case(play: StartPlay) -> None:
    south = play("south")
    case_id = south.file(channel="queue_clerk")
    reader = admin(south)
    declare(south, reader, case_id)
    look(south, reader, case_id)
    assert sees(south, reader, case_id)
    with refused("conflict.excluded", Excluded):
        declare(south, reader, case_id)


def test_an_administrator_speaks_of_cases_of_the_own_season_and_of_their_present_version(play: StartPlay) -> None:
    north, later = play(), play()
    case_id, foreign = north.file(), later.file()
    reader = admin(north)
    for unknown in (foreign, play("south").file(channel="queue_clerk"), new_id()):
        with refused("appeal.not_found", NotFound):
            declare(north, reader, unknown)
    with refused("appeal.stale_version", StaleVersion):
        north.act(reader, conflicts.declare, case_id, version=999_999, ground=GROUND)
    with refused("appeal.not_found", NotFound):
        declare(north, north.hire(Role.OBSERVER), case_id)
    seen = north.case(case_id).version
    assert north.act(reader, conflicts.declare, case_id, version=seen, ground=GROUND).person_id == reader.person_id

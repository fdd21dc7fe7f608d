"""A conflict of interest of an expert; whose word puts another out, and who lifts it; what stays on record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from apella.appeals.conflicts import ConflictOfInterest, ConflictSource, Excluded
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import SuspensionReason
from apella.appeals.suspension import Act, resume, suspend
from apella.audit.model import AuditEvent
from apella.db.ids import new_id
from apella.deadlines import service as deadlines
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.experts import conflicts
from apella.experts import service as experts
from apella.experts.model import Assignment, AssignmentState, Expert
from apella.identity.roles import Role
from apella.notices.model import Notice
from apella.testing.conflicts import GROUND, allocate, declare, lift, sees
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def events(play: Play, case_id: uuid.UUID, tags: str) -> Sequence[AuditEvent]:
    query = (
        select(AuditEvent)
        .where(AuditEvent.case_id == case_id, AuditEvent.tag.startswith(tags))
        .order_by(AuditEvent.seq)
    )
    return play.read(lambda session: session.scalars(query).all())


def assignments(play: Play, case_id: uuid.UUID) -> list[AssignmentState]:
    query = select(Assignment.state).where(Assignment.case_id == case_id).order_by(Assignment.id)
    return play.read(lambda session: list(session.scalars(query)))


def owed(play: Play, case_id: uuid.UUID) -> set[str]:
    found = play.read(lambda session: deadlines.open_terms(session, case_id=case_id))
    return {clock.term for clock in found}


# --- The expert -------------------------------------------------------------------------------------------------------


def test_an_expert_who_declares_makes_room_for_another(play: StartPlay) -> None:
    north = play()
    third = _third_expert(north)
    case_id = north.walk(north.file(), "assigned")
    declare(north, "expert-2", case_id)
    assert assignments(north, case_id) == [AssignmentState.CANCELLED]
    assert north.case(case_id).expert_person_id is None
    assert not sees(north, "expert-2", case_id)
    assert "expert.assignment" in owed(north, case_id)
    assert "expert.conclusion" not in owed(north, case_id)
    (cancelled,) = events(north, case_id, "appeal:expert:cancelled")
    assert '"expert":"E042"' in cancelled.changes

    def take(expert_id: uuid.UUID) -> Assignment:
        return north.act("secretary", experts.assign_expert, case_id, expert_id=expert_id, named_by_subject_chair=True)

    with refused("conflict.excluded", RuleViolation):
        take(north.world.experts[1])
    take(third)
    north.drain()
    assert assignments(north, case_id) == [AssignmentState.CANCELLED, AssignmentState.ASSIGNED]
    told = select(Notice.person_id).where(Notice.case_id == case_id, Notice.event == "expert_assigned").distinct()
    assert len(north.read(lambda session: session.scalars(told).all())) == 1


def test_an_expert_whom_a_conflict_keeps_out_is_listed_with_the_reason(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "kit_received")

    def choice() -> experts.Choice:
        def look(desk: Desk) -> experts.Choice:
            found = experts.choices(desk, desk.session.get_one(Appeal, _key(north, case_id)))
            return next(one for one in found if one.expert.id == north.world.experts[1])

        return north.do("secretary", look)

    assert choice().obstacles == ()
    allocate(north, "secretary", case_id, "expert-2")
    assert choice().obstacles == (experts.CONFLICT,)


def test_while_the_case_stands_still_the_new_choice_waits_with_it(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "concluded")
    act = Act(number="уч-7", day=north.now().date())
    north.act(
        "exam-commission-chair",
        suspend,
        case_id,
        reason=SuspensionReason.INVESTIGATION,
        act=act,
        documents_requested=False,
    )
    declare(north, "expert-2", case_id)
    assert "expert.assignment" not in owed(north, case_id)
    north.clock(days=1)
    north.act("exam-commission-chair", resume, case_id, act=act, outside_told=True)
    assert "expert.assignment" in owed(north, case_id)
    assert assignments(north, case_id) == [AssignmentState.CANCELLED]


def test_once_the_hearing_is_open_the_conclusion_stays_in_the_file(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    declare(north, "expert-2", case_id)
    assert assignments(north, case_id) == [AssignmentState.CONCLUDED]
    assert not sees(north, "expert-2", case_id)


# --- Allocating and lifting -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["secretary", "chair"])
def test_the_commission_puts_another_out(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    found = allocate(north, who, case_id, "member-1")
    assert (found.source, found.declared_by) == (ConflictSource.ALLOCATED, north.actor(who).person_id)
    assert not sees(north, "member-1", case_id)
    assert sees(north, who, case_id)


@pytest.mark.parametrize("who", ["member-2", "data-centre-operator", "expert-2"])
def test_who_is_neither_chair_nor_secretary_speaks_for_oneself_only(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "assigned")
    with refused("permission.role", Forbidden):
        allocate(north, who, case_id, "member-1")
    assert sees(north, "member-1", case_id)


def test_only_who_works_on_cases_of_the_season_is_put_out(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("conflict.person", NotFound):
        allocate(north, "chair", case_id, 0)
    with refused("conflict.oneself", Malformed):
        allocate(north, "chair", case_id, "chair")


def test_the_chair_lifts_it_and_the_record_stays(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    found = declare(north, "member-1", case_id)
    for other in ("secretary", "member-2"):
        with refused("permission.role", Forbidden):
            lift(north, other, case_id, found)
    lifted = lift(north, "chair", case_id, found)
    assert lifted.lifted_by == north.actor("chair").person_id
    assert sees(north, "member-1", case_id)
    with refused("conflict.lifted", Conflict):
        lift(north, "chair", case_id, found)
    again = declare(north, "member-1", case_id)
    assert again.id != found.id
    rows = north.read(lambda s: s.scalars(select(ConflictOfInterest.id)).all())
    assert {found.id, again.id} <= set(rows)


def test_nobody_lifts_their_own(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    found = declare(north, "chair", case_id)
    with refused("conflict.excluded", Excluded):
        lift(north, "chair", case_id, found)
    south = play("south")
    open_case = south.file(channel="queue_clerk")
    own = declare(south, "chair", open_case)
    with refused("conflict.excluded", Excluded):
        lift(south, "chair", open_case, own)
    second = south.hire(Role.CHAIR, commission_id=south.world.commission_id)
    assert lift(south, second, open_case, own).lifted_at is not None


def test_a_reason_is_given_for_lifting(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    found = declare(north, "member-1", case_id)
    with refused("conflict.reason", Malformed):
        north.act("chair", conflicts.lift, case_id, conflict_id=found.id, reason="ошибка")
    with refused("conflict.not_found", NotFound):
        north.act("chair", conflicts.lift, north.file(1), conflict_id=found.id, reason="однофамилец, не родственник")


# --- The record -------------------------------------------------------------------------------------------------------


def test_the_chain_says_who_and_that_a_ground_was_given_and_not_which(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    found = declare(north, "member-1", case_id)
    lift(north, "chair", case_id, found)
    allocate(north, "secretary", case_id, "member-1")
    said = events(north, case_id, "appeal:conflict:")
    assert [event.tag for event in said] == [
        "appeal:conflict:declared",
        "appeal:conflict:lifted",
        "appeal:conflict:allocated",
    ]
    assert [event.actor_login for event in said] == [
        north.actor(who).login for who in ("member-1", "chair", "secretary")
    ]
    for event in said:
        assert event.reason == "given"
        assert str(north.actor("member-1").person_id) in event.changes
        assert GROUND not in event.changes
        assert "однофамилец" not in event.changes


def test_the_database_itself_removes_no_conflict(play: StartPlay) -> None:
    north = play()
    found = declare(north, "member-1", north.file())
    with pytest.raises(ProgrammingError, match="permission denied for table conflict_of_interest"):
        north.read(lambda s: s.execute(delete(ConflictOfInterest).where(ConflictOfInterest.id == found.id)))


def test_one_conflict_stands_at_a_time(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    found = declare(north, "member-1", case_id)
    lift(north, "chair", case_id, found)
    declare(north, "member-1", case_id)
    again = update(ConflictOfInterest).where(ConflictOfInterest.id == found.id)
    with pytest.raises(IntegrityError, match="uq_conflict_of_interest_standing"):
        north.read(lambda s: s.execute(again.values(lifted_at=None, lifted_by=None, lift_reason=None)))


def _key(play: Play, case_id: uuid.UUID) -> tuple[int, uuid.UUID]:
    return (play.world.rules.tenant.tenant_id, case_id)


def _third_expert(play: Play) -> uuid.UUID:
    """One more expert of the subject, who checked nothing."""
    actor = play.hire(Role.EXPERT)

    def add(session: Session) -> uuid.UUID:
        second = session.get_one(Expert, (play.world.rules.tenant.tenant_id, play.world.experts[1]))
        row = Expert(
            id=new_id(),
            season_id=second.season_id,
            person_id=actor.person_id,
            code="E043",
            subject_code=second.subject_code,
            status=second.status,
            status_year=second.status_year,
            checked_first_second=True,
            checked_third=True,
        )
        session.add(row)
        return row.id

    return play.read(add)

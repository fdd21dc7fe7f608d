"""Acting for an absent chair or secretary: who may be appointed, from when to when, and what it gives."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from psycopg import errors as database_errors
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from apella.appeals import journal
from apella.audit.model import AuditEvent
from apella.commissions import service as commissions
from apella.commissions.model import Ballot
from apella.documents.sheet import Sheet
from apella.errors import ApellaError, Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.model import Membership
from apella.identity.representation_model import Representation, RepresentationKind
from apella.identity.roles import Role
from apella.identity.substitution_model import Substitution
from apella.identity.substitution_reading import substitutions
from apella.testing.expect import refused
from apella.testing.plugin import StartPlay
from apella.testing.substitutes import Substitutes


@pytest.fixture
def people(play: StartPlay) -> Substitutes:
    return Substitutes(play())


def events(people: Substitutes, tag: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.season_id == people.play.world.season_id, AuditEvent.tag == tag)
    return people.play.read(lambda session: list(session.scalars(query.order_by(AuditEvent.seq))))


def hire_beside(people: Substitutes, who: str, role: Role) -> None:
    """Give one more role to somebody who has one."""

    def add(session: Session) -> None:
        own = session.scalars(select(Membership).where(Membership.person_id == people.id_of(who))).one()
        session.add(Membership(season_id=own.season_id, person_id=own.person_id, account_id=own.account_id, role=role))

    people.play.read(add)


# --- The period -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("core:A5")
def test_the_role_is_there_from_the_first_day_to_the_last_and_no_longer(people: Substitutes) -> None:
    order = people.order(first_day=people.today(days=1), last_day=people.today(days=2))
    people.appoint(order)
    seen = []
    for _ in range(4):
        actor = people.admitted(people.deputy)
        assert (Role.CHAIR in actor.roles) is (actor.acting_for == {Role.CHAIR})
        assert Role.DEPUTY_CHAIR in actor.roles
        seen.append(Role.CHAIR in actor.roles)
        people.play.clock(days=1)
    assert seen == [False, True, True, False]


def test_the_last_minute_of_the_last_day_still_counts_in_the_region_s_zone(people: Substitutes) -> None:
    people.appoint(people.order(last_day=people.today()))
    now = people.play.now().astimezone(people.play.world.rules.zone)
    people.play.clock_to(now.replace(hour=23, minute=58))
    assert people.admitted(people.deputy).acting_for == {Role.CHAIR}
    people.play.clock(minutes=5)
    assert people.admitted(people.deputy).acting_for == set()


def test_ending_acts_at_the_next_request_and_is_kept(people: Substitutes) -> None:
    made = people.appoint()
    assert people.admitted(people.deputy).acting_for == {Role.CHAIR}
    people.end(made.id, who=people.deputy)
    assert people.admitted(people.deputy).roles == {Role.DEPUTY_CHAIR}
    (kept,) = people.play.read(lambda s: substitutions(s, people.play.world.season_id, day=people.today()))
    assert kept.ended_by is not None
    assert kept.ended_by.id == people.deputy.person_id
    assert kept.row.ended_at is not None
    with refused("substitution.ended", Conflict):
        people.end(made.id)


def test_what_ended_by_itself_is_not_ended_again(people: Substitutes) -> None:
    made = people.appoint(people.order(last_day=people.today()))
    people.play.clock(days=1)
    with refused("substitution.over", Conflict):
        people.end(made.id)


def test_what_has_not_begun_can_be_ended(people: Substitutes) -> None:
    made = people.appoint(people.order(first_day=people.today(days=3), last_day=people.today(days=4)))
    people.end(made.id)
    people.play.clock(days=3)
    assert people.admitted(people.deputy).acting_for == set()


def test_the_database_lets_nobody_delete_or_rewrite_an_order(people: Substitutes) -> None:
    made = people.appoint()
    for statement in (
        delete(Substitution).where(Substitution.id == made.id),
        update(Substitution).where(Substitution.id == made.id).values(last_day=people.today(days=9)),
    ):
        with pytest.raises(ProgrammingError) as caught:
            people.play.read(partial(Session.execute, statement=statement))
        assert isinstance(caught.value.orig, database_errors.InsufficientPrivilege)


# --- The own role -----------------------------------------------------------------------------------------------------


def test_who_loses_the_own_role_loses_the_substitution_too(people: Substitutes) -> None:
    hire_beside(people, "member-1", Role.OBSERVER)
    people.appoint(people.order(Role.SECRETARY))
    assert people.admitted("member-1").roles == {Role.MEMBER, Role.OBSERVER, Role.SECRETARY}
    people.dismiss("member-1", Role.MEMBER)
    left = people.admitted("member-1")
    assert left.roles == {Role.OBSERVER}
    assert left.acting_for == set()
    (kept,) = people.play.read(lambda s: substitutions(s, people.play.world.season_id, day=people.today()))
    assert not kept.in_force_on(people.today())


def test_nobody_else_gets_the_role(people: Substitutes) -> None:
    people.appoint(people.order(Role.SECRETARY))
    assert people.admitted("member-1").acting_for == {Role.SECRETARY}
    for other in ("member-2", "chair", people.deputy):
        assert people.admitted(other).acting_for == set()


def test_who_stands_for_a_participant_acts_for_nobody_of_the_commission_meanwhile(people: Substitutes) -> None:
    hire_beside(people, "member-1", Role.PARENT)
    people.appoint(people.order(Role.SECRETARY))
    child = people.id_of(0)
    link = Representation(
        season_id=people.play.world.season_id,
        participant_id=child,
        representative_id=people.id_of("member-1"),
        kind=RepresentationKind.PARENT,
        powers=[],
        notarised=False,
        valid_from=people.today(),
        linked_by=people.id_of("secretary"),
        linked_at=people.play.now(),
    )
    people.play.read(lambda session: session.add(link))
    assert people.admitted("member-1").acting_for == {Role.SECRETARY}
    parent = people.admitted("member-1", principal_id=child)
    assert parent.roles == {Role.PARENT}
    assert parent.acting_for == set()


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"last_day": -1}, "last_day"),
        ({"first_day": -5, "last_day": -2, "act_date": -5}, "last_day"),
        ({"last_day": 400}, "last_day"),
        ({"act_number": "  "}, "act_number"),
        ({"act_number": "9" * 41}, "act_number"),
        ({"act_number": "8304 № 123456"}, "act_number"),
        ({"act_date": 1}, "act_date"),
        ({"first_day": -1}, "reason"),
        ({"first_day": -1, "reason": "   "}, "reason"),
    ],
)
def test_an_order_that_cannot_be_is_told_by_field(people: Substitutes, wishes: dict[str, Any], field: str) -> None:
    days = {name: people.today(days=given) for name, given in wishes.items() if isinstance(given, int)}
    with refused("substitution.order", Malformed) as caught:
        people.appoint(people.order(**{**wishes, **days}))
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {field}
    assert people.admitted(people.deputy).acting_for == set()


def test_an_order_signed_after_the_first_day_says_why(people: Substitutes) -> None:
    made = people.appoint(people.order(first_day=people.today(days=-1), reason="председатель заболел утром"))
    assert made.reason == "председатель заболел утром"
    (event,) = events(people, "substitution:role:appointed")
    assert (event.reason, "заболел" in event.changes) == ("given", False)


@pytest.mark.clause("core:A5")
@pytest.mark.parametrize(
    ("role", "wishes", "code"),
    [
        (Role.CHAIR, {"substitute_id": "member-1"}, "substitution.not_eligible"),
        (Role.SECRETARY, {"substitute_id": "deputy"}, "substitution.not_eligible"),
        (Role.SECRETARY, {"substitute_id": "school-operator"}, "substitution.not_eligible"),
        (Role.CHAIR, {"substitute_id": "chair"}, "substitution.self"),
        (Role.SECRETARY, {"substitute_id": "secretary"}, "substitution.self"),
        (Role.CHAIR, {"person_id": "member-2"}, "substitution.not_held"),
        (Role.SECRETARY, {"person_id": "chair"}, "substitution.not_held"),
        (Role.EXPERT, {}, "substitution.role"),
        (Role.CHAIR, {"decided_by": "secretary"}, "substitution.decided_by"),
        (Role.SECRETARY, {"decided_by": "member-2"}, "substitution.decided_by"),
    ],
)
def test_the_region_s_rules_say_who_may_act_and_who_decides(
    people: Substitutes, role: Role, wishes: dict[str, str], code: str
) -> None:
    who = {"deputy": people.deputy}
    given = {name: people.id_of(who.get(one, one)) for name, one in wishes.items()}
    with refused(code, RuleViolation) as caught:
        people.appoint(people.order(role, **given))
    assert isinstance(caught.value, RuleViolation)
    assert caught.value.clauses == people.play.world.rules.commission.substitution.clauses


def test_who_has_the_role_already_needs_no_order(people: Substitutes) -> None:
    hire_beside(people, "member-1", Role.SECRETARY)
    with refused("substitution.held_already", RuleViolation):
        people.appoint(people.order(Role.SECRETARY))


def test_an_unknown_person_is_nobody(people: Substitutes) -> None:
    with refused("substitution.not_eligible", RuleViolation):
        people.appoint(people.order(substitute_id=uuid.uuid4()))
    with refused("substitution.unknown", NotFound):
        people.end(uuid.uuid4())


def test_the_own_role_must_last_as_long_as_the_order(people: Substitutes) -> None:
    until = people.today()
    term = update(Membership).where(Membership.person_id == people.deputy.person_id).values(valid_until=until)
    people.play.read(lambda session: session.execute(term))
    with refused("substitution.not_eligible", RuleViolation):
        people.appoint()
    people.appoint(people.order(last_day=until))


@pytest.mark.parametrize("who", ["secretary", "member-1", "exam-commission-chair"])
def test_only_the_chair_the_deputy_or_the_administrator_appoints_and_ends(people: Substitutes, who: str) -> None:
    with refused("permission.role", Forbidden):
        people.appoint(who=who)
    made = people.appoint(who=people.deputy)
    with refused("permission.role", Forbidden):
        people.end(made.id, who=who)


def test_the_administrator_enters_another_s_order(people: Substitutes) -> None:
    admin = people.play.hire(Role.TENANT_ADMIN)
    with refused("substitution.decided_by", RuleViolation):
        people.appoint(who=admin)
    made = people.appoint(people.order(decided_by=people.id_of("chair")), who=admin)
    assert made.decided_by == people.id_of("chair")
    (event,) = events(people, "substitution:role:appointed")
    assert (event.actor_id, event.role) == (admin.person_id, Role.TENANT_ADMIN)


# --- One at a time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last", "meets"), [(0, 1, True), (2, 3, True), (3, 9, True), (4, 5, False)])
def test_orders_for_one_role_do_not_share_a_day(people: Substitutes, first: int, last: int, meets: bool) -> None:
    people.appoint(people.order(first_day=people.today(days=1), last_day=people.today(days=3)))
    second = people.order(first_day=people.today(days=first), last_day=people.today(days=last))
    if meets:
        with refused("substitution.overlap", Conflict):
            people.appoint(second)
    else:
        people.appoint(second)
    people.appoint(people.order(Role.SECRETARY, first_day=people.today(days=1), last_day=people.today(days=3)))


def test_an_ended_order_makes_room(people: Substitutes) -> None:
    people.end(people.appoint().id)
    people.appoint()
    assert people.admitted(people.deputy).acting_for == {Role.CHAIR}


def test_of_two_orders_at_once_one_stands(people: Substitutes) -> None:
    order, ready = people.order(), Barrier(2, timeout=20)

    def try_it() -> str:
        ready.wait()
        try:
            people.appoint(order)
        except ApellaError as error:
            return error.error_code
        return "appointed"

    with ThreadPoolExecutor(2) as pool:
        told = [one.result(timeout=30) for one in [pool.submit(try_it) for _ in range(2)]]
    assert sorted(told) == ["appointed", "substitution.overlap"]


# --- What it gives, and what is written of it -------------------------------------------------------------------------


def test_a_deed_for_another_says_by_which_order(people: Substitutes) -> None:
    play = people.play
    case_id = play.file(channel="school_desk")
    play.act("school-operator", journal.forward, case_id, check_conclusion="Учебная проверка")
    with refused("permission.role", Forbidden):
        play.act("member-1", journal.register, case_id)
    made = people.appoint(people.order(Role.SECRETARY))
    play.act(people.admitted("member-1"), journal.register, case_id)
    (event,) = events(people, "appeal:state:register")
    assert (event.actor_id, event.role) == (people.id_of("member-1"), Role.SECRETARY)
    assert json.loads(event.changes)["after"]["acting"] == {
        "substitution": str(made.id),
        "act": "уч-12",
        "act_date": people.today().isoformat(),
    }


def test_a_deed_in_the_own_role_says_nothing_of_an_order(people: Substitutes) -> None:
    case_id = people.play.walk(people.play.file(), "hearing")
    people.appoint(people.order(Role.SECRETARY))
    people.play.act(people.admitted("member-1"), commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    (event,) = events(people, "appeal:vote:cast")
    assert (event.role, "acting" in json.loads(event.changes)["after"]) == (Role.MEMBER, False)


def test_the_orders_themselves_stand_in_the_chain(people: Substitutes) -> None:
    made = people.appoint()
    people.end(made.id, who=people.deputy)
    (appointed,), (ended,) = (events(people, tag) for tag in ("substitution:role:appointed", "substitution:role:ended"))
    assert (appointed.actor_id, appointed.role) == (people.id_of("chair"), Role.CHAIR)
    assert (ended.actor_id, ended.role) == (people.deputy.person_id, Role.DEPUTY_CHAIR)
    for event in (appointed, ended):
        assert (event.subject_type, event.subject_id) == ("substitution", made.id)
        said = json.loads(event.changes)["after"]
        assert (said["role"], said["act"], said["until"]) == ("chair", "уч-12", people.today(days=1).isoformat())


@pytest.mark.clause("core:A5")
def test_a_tie_is_broken_by_who_acts_for_the_chair_and_by_no_other_deputy(people: Substitutes) -> None:
    play = people.play
    case_id = play.walk(play.file(), "hearing")
    play.act("member-1", commissions.cast_vote, case_id, ballot=Ballot.SATISFY)
    play.act(people.deputy, commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    with refused("vote.tie", RuleViolation):
        play.act(people.deputy, commissions.decide, case_id, reason="Основание")
    people.appoint()
    acting = people.admitted(people.deputy)
    decision = play.act(acting, commissions.decide, case_id, reason="Основание")
    assert (decision.outcome, decision.casting_vote) == ("rejected", True)
    assert decision.chaired_by == people.deputy.person_id
    signatures = play.do(acting, lambda at: Sheet(at, play.case(case_id)).commission_signatures())
    assert [one.position for one in signatures] == ["Исполняющий обязанности председателя", "Член комиссии"]


def test_another_deputy_who_closes_the_vote_does_not_take_the_casting_vote(people: Substitutes) -> None:
    play = people.play
    case_id = play.walk(play.file(), "hearing")
    second = play.hire(Role.DEPUTY_CHAIR, commission_id=play.world.commission_id)
    people.appoint()
    play.act(people.admitted(people.deputy), commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    play.act(second, commissions.cast_vote, case_id, ballot=Ballot.SATISFY)
    decision = play.act(second, commissions.decide, case_id, reason="Основание")
    assert (decision.outcome, decision.casting_vote) == ("rejected", True)


def test_the_chair_signs_as_such_again_once_it_has_ended(people: Substitutes) -> None:
    play = people.play
    people.end(people.appoint(people.order(last_day=people.today(days=60))).id)
    case_id = play.walk(play.file(), "hearing")
    for voter in ("chair", people.deputy):
        play.act(voter, commissions.cast_vote, case_id, ballot=Ballot.REJECT)
    play.act("chair", commissions.decide, case_id, reason="Основание")
    signatures = play.do("chair", lambda at: Sheet(at, play.case(case_id)).commission_signatures())
    assert [one.position for one in signatures] == ["Председатель", "Заместитель председателя"]


def test_an_order_of_another_season_gives_nothing_here(play: StartPlay, people: Substitutes) -> None:
    other = Substitutes(play())
    made = other.appoint()
    with refused("substitution.unknown", NotFound):
        people.end(made.id)
    with refused("substitution.not_held", RuleViolation):
        people.appoint(replace(people.order(), person_id=other.id_of("chair")))


def test_a_long_order_is_a_year_at_most(people: Substitutes) -> None:
    first: date = people.today()
    people.appoint(people.order(last_day=first + timedelta(days=366)))
    assert people.admitted(people.deputy).acting[0].last_day == first + timedelta(days=366)

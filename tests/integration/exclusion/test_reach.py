"""Each role sees the cases that its line in the table of permissions names, and no other."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, update

from apella.appeals.model import Appeal
from apella.appeals.repository import visible
from apella.identity.actor import Actor
from apella.identity.permissions import Reach, reaches
from apella.identity.roles import Role
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.representatives import represent
from apella.testing.substitutes import Substitutes

AT_THE_SCHOOL = {Role.SCHOOL_OPERATOR, Role.QUEUE_CLERK, Role.MUNICIPAL_OPERATOR}


@dataclass
class Season:
    """A person of each role, and four cases: who may see which is told by the words of the reaches alone."""

    play: Play
    people: Mapping[Role, Actor]
    of_participant: uuid.UUID
    taken_in: uuid.UUID
    passed_on: uuid.UUID
    assigned: uuid.UUID

    def within(self, reach: Reach) -> set[uuid.UUID]:
        """The cases that a reach is about."""
        return {
            Reach.OWN: {self.of_participant},
            Reach.LINKED: {self.of_participant},
            Reach.MANDATED: {self.of_participant},
            Reach.ORGANISATION: {self.taken_in},
            Reach.AUTHORITY: {self.taken_in, self.passed_on},
            Reach.TAKEN_IN: {self.passed_on},
            Reach.ASSIGNED: {self.assigned},
            Reach.SEASON: {self.of_participant, self.taken_in, self.passed_on, self.assigned},
            Reach.NONE: set(),
        }[reach]

    def seen_by(self, actor: Actor) -> set[uuid.UUID]:
        """The cases that lists show this actor."""
        return set(self.play.read(lambda session: session.scalars(select(Appeal.id).where(visible(actor))).all()))

    def place(self, case_id: uuid.UUID, **where: object) -> None:
        """Say of a case by whom it came, or who works on it."""
        self.play.read(lambda session: session.execute(update(Appeal).where(Appeal.id == case_id).values(**where)))


@pytest.fixture
def season(play: StartPlay) -> Season:
    north = play(participants=4)
    school = north.world.school
    people = {Role.PARTICIPANT: north.actor(0), Role.EXPERT: north.actor("expert-1")}
    for role in set(Role) - people.keys():
        people[role] = north.hire(role, **({"organisation_id": school} if role in AT_THE_SCHOOL else {}))
    for role in (Role.PARENT, Role.PROXY):
        represent(north, people[role], role)
        people[role] = Substitutes(north).admitted(people[role])
    found = Season(north, people, *(north.file(number) for number in range(4)))
    found.place(found.taken_in, accepted_organisation_id=school)
    clerk = people[Role.EXAM_COMMISSION_MEMBER].person_id
    found.place(found.passed_on, via_organisation_id=school, accepted_by=clerk)
    expert = people[Role.EXPERT].person_id
    found.place(found.assigned, accepted_organisation_id=north.world.point, expert_person_id=expert)
    return found


def test_each_role_sees_what_the_table_says(season: Season) -> None:
    found = {role: season.seen_by(season.people[role]) for role in Role}
    assert found == {role: season.within(reaches()[role]) for role in Role}
    assert set(reaches().values()) == set(Reach), "each reach is some role's"


def test_several_roles_add_up(season: Season) -> None:
    school, expert = season.people[Role.SCHOOL_OPERATOR], season.people[Role.EXPERT]
    both = replace(school, person_id=expert.person_id, roles=school.roles | expert.roles)
    assert season.seen_by(both) == {season.taken_in, season.assigned}


@pytest.mark.parametrize("role", sorted(AT_THE_SCHOOL))
def test_who_works_nowhere_sees_nothing_that_came_by_nobody(season: Season, role: Role) -> None:
    assert season.seen_by(replace(season.people[role], organisation_id=None)) == set()

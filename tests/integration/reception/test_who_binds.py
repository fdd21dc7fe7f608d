"""Who may bind a participant's phone: the own school, the authority of its territory, the secretary."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from apella.errors import Forbidden, NotFound
from apella.identity.phone_binding import Bound
from apella.identity.roles import Role
from apella.reception import service
from apella.registry.model import Organisation, OrganisationKind
from apella.testing.counter import Counter
from apella.testing.play import Who
from apella.testing.plugin import StartPlay


@pytest.fixture
def counter(play: StartPlay) -> Counter:
    return Counter(play())


def municipal(counter: Counter, *, territory: str | None = None, kind: OrganisationKind | None = None) -> Who:
    """A municipal operator of an authority in the school's territory, or elsewhere."""

    def add(session: Session) -> uuid.UUID:
        world = counter.play.world
        school = session.get_one(Organisation, (world.rules.tenant.tenant_id, world.school))
        row = Organisation(
            season_id=world.season_id,
            kind=kind or OrganisationKind.MUNICIPAL_AUTHORITY,
            code=uuid.uuid4().hex[:6],
            name="Учебный орган",
            territory=territory or school.territory,
            address=None,
        )
        session.add(row)
        session.flush()
        return row.id

    return counter.play.hire(Role.MUNICIPAL_OPERATOR, organisation_id=counter.play.read(add))


@pytest.mark.clause("core:B7")
@pytest.mark.parametrize("who", ["school-operator", "secretary", "municipal"])
def test_the_school_the_authority_and_the_secretary_bind(counter: Counter, who: str) -> None:
    actor = municipal(counter) if who == "municipal" else who
    asked = counter.ask(who=actor)
    assert isinstance(counter.bind(asked, counter.code(asked), who=actor), Bound)


@pytest.mark.clause("core:B7")
@pytest.mark.parametrize("who", [0, 1, "chair", "member-1", "expert-1", "queue-clerk", "data-centre-operator"])
def test_nobody_else_binds_a_phone(counter: Counter, who: Who) -> None:
    with pytest.raises(Forbidden):
        counter.ask(who=who)
    asked = counter.ask()
    with pytest.raises(Forbidden):
        counter.bind(asked, counter.code(asked), who=who)


Hire = Callable[[Counter], Who]


@pytest.mark.parametrize(
    "stranger",
    [
        lambda counter: municipal(counter, territory="Другой район"),
        lambda counter: municipal(counter, kind=OrganisationKind.SCHOOL),
        lambda counter: counter.play.hire(Role.SCHOOL_OPERATOR, organisation_id=counter.play.world.point),
        lambda counter: counter.play.hire(Role.SCHOOL_OPERATOR),
    ],
    ids=["another territory", "another school", "another organisation", "no organisation"],
)
def test_another_s_participant_is_not_found(counter: Counter, stranger: Hire) -> None:
    actor = stranger(counter)
    with pytest.raises(NotFound):
        counter.ask(who=actor)
    with pytest.raises(NotFound):
        counter.play.do(actor, lambda at: service.visitor_by_code(at, "bind_phone", counter.play.actor(0).login))


def test_a_member_of_staff_or_another_season_s_person_is_no_participant(counter: Counter, play: StartPlay) -> None:
    for person_id in (counter.play.actor("chair").person_id, play().actor(0).person_id, uuid.uuid4()):
        assert person_id is not None
        with pytest.raises(NotFound):
            counter.play.do("secretary", service.visitor_by_id, "bind_phone", person_id)


def test_a_binding_of_one_participant_is_none_of_another_s(counter: Counter) -> None:
    asked = counter.ask()
    code = counter.code(asked)
    other = counter.play.actor(1).person_id
    assert other is not None
    with pytest.raises(NotFound):
        counter.play.do(
            "school-operator",
            lambda at: service.bind_phone(
                at,
                service.visitor_by_id(at, "bind_phone", other),
                database=counter.play.app.database,
                binding_id=asked,
                code=code,
            ),
        )

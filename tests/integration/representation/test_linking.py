"""A participant is linked with a parent or a proxy by staff who saw the papers, or nothing is written."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent
from apella.errors import Conflict, Forbidden, Malformed, NotFound
from apella.identity.model import Membership, Person, PersonKind
from apella.identity.representation_model import Representation
from apella.identity.roles import Role
from apella.testing.expect import refused
from apella.testing.plugin import StartPlay
from apella.testing.representatives import PROOF, Representatives, links

WITH_FORMS = "moscow"
PLAIN = ("kbr", "kuzbass")


# --- Parents ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["secretary", "school-operator"])
def test_a_parent_is_linked_with_a_person_row_and_a_role_of_their_own(play: StartPlay, who: str) -> None:
    region = play()
    link = Representatives(region).parent(who=who)
    person = Representatives(region).person(link.representative_id)
    assert (person.kind, person.surname, person.document_cipher is not None) == (
        PersonKind.REPRESENTATIVE, "Примерова", True,
    )  # fmt: skip
    role = region.read(lambda s: s.scalars(select(Membership.role).where(Membership.person_id == person.id)).one())
    assert (role, link.linked_by) == (Role.PARENT, region.actor(who).person_id)


def test_the_paper_is_sealed_and_the_chain_keeps_no_name(play: StartPlay) -> None:
    region = play()
    link = Representatives(region).parent()
    plain = region.read(lambda s: s.execute(text("SELECT representation::text FROM representation")).scalars().all())
    assert all("123456" not in row for row in plain)
    (event,) = region.read(lambda s: s.scalars(select(AuditEvent).where(AuditEvent.subject_id == link.id)).all())
    assert event.tag == "representation:parent:linked"
    assert "Примеров" not in str(event.changes)

    def read(desk: Any) -> str:
        row = desk.session.get_one(Representation, (link.tenant_id, link.id))
        return str(desk.vault.open("representation.paper", row.id, row.paper_cipher))

    assert region.do("secretary", read) == PROOF


@pytest.mark.clause("moscow:6.3")
@pytest.mark.parametrize(("wishes", "field"), [({"document": ""}, "document"), ({}, "proof")])
def test_a_parent_with_one_of_two_papers_is_refused(play: StartPlay, wishes: dict[str, str], field: str) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    with refused("representation.fields", Malformed) as wrong:
        people.parent(newcomer=people.newcomer(**wishes), proof="" if field == "proof" else PROOF)
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == [field]
    assert links(region) == 0
    people.parent()
    assert links(region) == 1


def test_a_parent_of_two_is_one_person(play: StartPlay) -> None:
    region = play()
    people = Representatives(region)
    first, second = people.parent(0), people.parent(1)
    assert first.representative_id == second.representative_id
    with refused("representation.linked", Conflict):
        people.parent(0)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"surname": "Другая"}, "representation.document"),
        ({"phone": "+7 900 999-99-99"}, "representation.phone"),
        ({"document": "99 00 000001"}, "representation.self"),
    ],
)
def test_nobody_takes_over_the_account_of_another(play: StartPlay, wishes: dict[str, str], code: str) -> None:
    region = play()
    people = Representatives(region)
    people.parent(0)
    with refused(code, Conflict):
        people.parent(1, newcomer=people.newcomer(**wishes))
    assert links(region) == 1


def test_a_new_phone_is_taken_once_the_person_represents_nobody(play: StartPlay) -> None:
    region = play()
    people = Representatives(region)
    link = people.parent(0)
    before = people.person(link.representative_id).phone_index
    people.end(link)
    people.parent(0, newcomer=people.newcomer(phone="+7 900 999-99-99"))
    assert people.person(link.representative_id).phone_index != before


def test_a_school_links_its_own_participants_and_no_others(play: StartPlay) -> None:
    region = play()
    other = region.world.participants[1].person_id
    region.read(
        lambda s: s.execute(update(Person).where(Person.id == other).values(organisation_id=region.world.point))
    )
    people = Representatives(region)
    with refused("reception.participant", NotFound):
        people.parent(1, who="school-operator")
    people.parent(0, who="school-operator")
    people.parent(1, who="secretary")
    assert links(region) == 2


@pytest.mark.parametrize("who", ["chair", "member-1", "data-centre-operator", 0])
def test_those_who_see_no_papers_link_nobody(play: StartPlay, who: str | int) -> None:
    with refused("permission.role", Forbidden):
        Representatives(play()).parent(who=who)


# --- Ending -----------------------------------------------------------------------------------------------------------


def test_an_ended_link_stays_on_record_and_takes_the_role_away(play: StartPlay) -> None:
    region = play()
    people = Representatives(region)
    link = people.parent()
    with refused("representation.reason", Malformed):
        people.end(link, reason=" ")
    assert people.admitted(link) is not None
    assert people.end(link) == 1
    assert people.admitted(link) is None
    with refused("representation.ended", Conflict):
        people.end(link)
    row = region.read(lambda s: s.get_one(Representation, (link.tenant_id, link.id)))
    assert (row.ended_by, row.end_reason) == (region.actor("secretary").person_id, "Участник так решил")
    people.parent()
    assert links(region) == 2


def test_a_link_is_ended_by_those_who_may_link(play: StartPlay) -> None:
    people = Representatives(play())
    link = people.parent()
    with refused("permission.role", Forbidden):
        people.end(link, who="chair")
    assert people.end(link, who="school-operator") == 1


def test_the_database_lets_nobody_delete_or_rewrite_a_link(play: StartPlay) -> None:
    region = play()
    link = Representatives(region).parent()
    for statement in (text("DELETE FROM representation"), text("UPDATE representation SET valid_until = NULL")):
        with pytest.raises(ProgrammingError, match="permission denied"):
            region.read(partial(Session.execute, statement=statement))
    assert region.read(lambda s: s.get_one(Representation, (link.tenant_id, link.id))).ended_at is None

"""With an erased participant go those who represented nobody else; whoever stays can do nothing for the erased."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, make_url, select, update

from apella.appeals.filing import file_appeal
from apella.bootstrap import App
from apella.cli_retention import opened
from apella.errors import Conflict, NotFound
from apella.identity.model import ERASED, Membership, Person, PersonKind
from apella.identity.representation_model import Representation
from apella.identity.roles import Role
from apella.reception.service import visitor_by_id
from apella.retention.erasing import Scope, erase
from apella.retention.plan import TOMBSTONE
from apella.testing.at_once import aside
from apella.testing.client import Client
from apella.testing.database import fresh_name
from apella.testing.erasing import ACT, after_the_day, code_of, whole_database
from apella.testing.expect import refused
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster
from apella.testing.representatives import Representatives, represent
from apella.web_app import create_app

pytestmark = pytest.mark.usefixtures("paperless")
SLUG = "kbr"
MOTHER = {"surname": "Канарейкина", "given_name": "Серафима", "patronymic": "Лаврентьевна"}


@pytest.fixture
def play(own: App) -> Play:
    return Play(own, make_world(own, SLUG))


@pytest.fixture
def people(play: Play) -> Representatives:
    return Representatives(play)


def erase_person(command: Run, number: int) -> None:
    code, said, complained = command("erase", "person", "--tenant", SLUG, "--code", f"{number:08}", *ACT)
    assert (code, complained) == (0, "")
    assert "представители больше за него не действуют" in said


def mother_of(people: Representatives, *children: int) -> list[Representation]:
    newcomer = people.newcomer(**MOTHER)
    return [people.parent(child, newcomer=newcomer) for child in children]


def row(play: Play, link: Representation) -> Representation:
    return play.read(lambda session: session.get_one(Representation, (link.tenant_id, link.id)))


def roles(play: Play, person_id: uuid.UUID) -> list[Role]:
    live = select(Membership.role).where(Membership.person_id == person_id, Membership.revoked_at.is_(None))
    return list(play.read(lambda session: session.scalars(live.order_by(Membership.role)).all()))


def is_gone(people: Representatives, link: Representation) -> bool:
    """Whether nothing is left of the representative, contacts and rights included."""
    person = people.person(link.representative_id)
    contacts = (person.document_cipher, person.document_index, person.phone_cipher, person.phone_index)
    names = (person.surname, person.given_name, person.sort_key)
    return person.erased and set(contacts) == {None} and set(names) == {TOMBSTONE} and not roles(people.play, person.id)


def client_of(play: Play, people: Representatives, link: Representation) -> Client:
    """A browser of the representative, signed in."""
    web = create_app(play.app)
    web.testing = True
    client = Client(web, SLUG)
    client.sign_in(play.app, people.actor(link))
    return client


# --- Who goes ---------------------------------------------------------------------------------------------------------


def test_a_parent_and_a_proxy_of_nobody_else_go_with_the_participant(
    play: Play, people: Representatives, own: App, command: Run, cluster: SharedCluster
) -> None:
    (mother,) = mother_of(people, 2)
    proxy = people.proxy(2)
    browsers = [client_of(play, people, link) for link in (mother, proxy)]
    assert [browser.get("me").status_code for browser in browsers] == [200, 200]
    numbers = [people.person(link.representative_id).login for link in (mother, proxy)]
    erase_person(command, 2)
    for link in (mother, proxy):
        assert is_gone(people, link)
        ended = row(play, link)
        assert (ended.ended_at is not None, ended.ended_by, ended.end_reason) == (True, link.participant_id, TOMBSTONE)
        assert ended.paper_cipher is None
    assert [(one.get("me").status_code, one.get("me").get_json()["code"]) for one in browsers] == [
        (401, "session.none"),
        (401, "session.none"),
    ]
    found = whole_database(own, cluster)
    assert [one for one in (*MOTHER.values(), "Доверенных", *numbers) if one in found] == []
    assert people.person(play.world.participants[0].person_id).surname != TOMBSTONE


def test_a_parent_of_two_stays_with_the_other_alone(
    play: Play, people: Representatives, command: Run, own: App, cluster: SharedCluster
) -> None:
    first, second = mother_of(people, 2, 1)
    browser = client_of(play, people, first)
    with own.database.unit_of_work(first.tenant_id) as work:
        person = work.session.get_one(Person, (first.tenant_id, first.representative_id))
        before = (person.surname, person.document_index, person.phone_index)
    assert {one["id"] for one in works(browser, play, 2)} == {str(play.world.works[2])}
    erase_person(command, 2)

    person = people.person(first.representative_id)
    assert (person.surname, person.document_index, person.phone_index) == before
    assert (row(play, first).ended_at is not None, row(play, second).ended_at) == (True, None)
    acting = people.admitted(first, principal=first.participant_id)
    assert acting is not None
    assert (acting.principal_id, roles(play, person.id)) == (second.participant_id, [Role.PARENT])
    # The choice that the session had made gives nothing any more.
    assert {one["id"] for one in works(browser, play, None)} == {str(play.world.works[1])}
    with refused("filing.work", NotFound):
        play.file(2, who=acting)
    play.file(1, who=acting)

    with own.database.unit_of_work(first.tenant_id) as work:
        work.session.execute(update(Representation).values(ended_at=None, ended_by=None, end_reason=None))
    acting = people.admitted(first, principal=first.participant_id)
    assert acting is not None
    assert acting.principal_id == second.participant_id, "for an erased participant nobody acts, whatever the link says"
    assert MOTHER["surname"] in whole_database(own, cluster)


def works(browser: Client, play: Play, number: int | None) -> Any:
    """The works that the representative sees, having chosen this participant."""
    if number is not None:
        chosen = str(play.world.participants[number].person_id)
        page = browser.get(f"/{SLUG}/cabinet/for-whom")
        assert page.status_code == 200
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"principal": chosen, "csrf_token": token}
        assert browser.http.post(f"/{SLUG}/cabinet/for-whom", data=data).status_code == 303
    answer = browser.get("works")
    assert answer.status_code == 200
    return answer.get_json()


def test_a_parent_of_two_goes_with_the_last(play: Play, people: Representatives, command: Run) -> None:
    first, second = mother_of(people, 2, 1)
    erase_person(command, 2)
    assert not is_gone(people, first)
    erase_person(command, 1)
    assert is_gone(people, second)
    assert row(play, second).ended_at is not None


def test_a_link_that_had_ended_keeps_nobody_unless_the_others_case_does(
    play: Play, people: Representatives, command: Run
) -> None:
    _, mistake = mother_of(people, 2, 1)
    people.end(mistake)
    father = people.newcomer(surname="Щеглов", given_name="Пров", document="45 10 777999", phone="+79007778899")
    kept, acted = people.parent(2, newcomer=father), people.parent(0, newcomer=father)
    play.file(0, who=people.actor(acted))
    people.end(acted)
    erase_person(command, 2)
    assert is_gone(people, mistake)
    assert people.person(kept.representative_id).surname == "Щеглов", "the papers of a case that is kept name him"
    assert roles(play, kept.representative_id) == []


def test_a_participant_who_represents_another_is_erased_on_their_own_account_alone(
    play: Play, people: Representatives, command: Run
) -> None:
    grown = people.person(play.world.participants[1].person_id)
    link = people.parent(
        2,
        newcomer=people.newcomer(
            surname=grown.surname, given_name=grown.given_name, document="99 00 000001", phone="+79000000001"
        ),
    )
    assert link.representative_id == grown.id
    erase_person(command, 2)
    assert people.person(grown.id).surname == grown.surname
    assert Role.PARENT not in roles(play, grown.id)

    other = people.parent(
        0,
        newcomer=people.newcomer(
            surname=grown.surname, given_name=grown.given_name, document="99 00 000001", phone="+79000000001"
        ),
    )
    erase_person(command, 1)
    assert (row(play, other).ended_at is not None, roles(play, grown.id)) == (True, [])


# --- Nobody acts for the erased ---------------------------------------------------------------------------------------


def test_no_member_of_staff_begins_anything_for_an_erased_participant(
    play: Play, people: Representatives, command: Run
) -> None:
    person_id = play.world.participants[2].person_id
    assert person_id is not None
    erase_person(command, 2)
    application = play.application(2, channel="school_desk")
    with refused("person.erased", Conflict):
        play.do("school-operator", file_appeal, application)
    with refused("person.erased", Conflict):
        mother_of(people, 2)
    with refused("person.erased", Conflict):
        play.do("secretary", lambda desk: visitor_by_id(desk, "bind_phone", person_id))


def test_a_link_made_while_the_participant_is_being_erased_is_refused(
    play: Play, people: Representatives, own: App
) -> None:
    person_id = play.world.participants[2].person_id
    assert person_id is not None
    (mother,) = mother_of(people, 1)
    with ThreadPoolExecutor(1) as pool:
        with owner(own, play) as session:
            erase(session, Scope(season_id=play.world.season_id, person_id=person_id))
            (linking,) = aside(pool, own, partial(mother_of, people, 2))
        with refused("person.erased", Conflict):
            linking.result(timeout=30)
    assert roles(play, mother.representative_id) == [Role.PARENT]


def test_a_parent_who_is_being_erased_is_linked_with_another_child_as_somebody_new(
    play: Play, people: Representatives, own: App
) -> None:
    (mother,) = mother_of(people, 2)
    with ThreadPoolExecutor(1) as pool:
        with owner(own, play) as session:
            erase(session, Scope(season_id=play.world.season_id, person_id=mother.participant_id))
            (linking,) = aside(pool, own, partial(mother_of, people, 1))
        (made,) = linking.result(timeout=30)
    assert is_gone(people, mother)
    assert made.representative_id != mother.representative_id
    assert people.actor(made).principal_id == play.world.participants[1].person_id


@contextmanager
def owner(app: App, play: Play) -> Iterator[Any]:
    """A transaction as the command opens it."""
    with opened(app.settings) as (_, means), means.database.unit_of_work(play.world.rules.tenant.tenant_id) as work:
        yield work.session


# --- After a restore, and a whole season ------------------------------------------------------------------------------


def test_who_was_erased_with_a_participant_is_erased_again_after_a_restore(
    play: Play, people: Representatives, own: App, command: Run, cluster: SharedCluster
) -> None:
    """The copy is of a day on which the mother had another child's link too, and so would have stayed."""
    _, other = mother_of(people, 2, 1)
    name = str(make_url(own.settings.database_url or "").database)
    copy = fresh_name("copy")
    own.database.engine.dispose()
    cluster.clone(name, copy)
    people.end(other)
    erase_person(command, 2)
    assert is_gone(people, other)
    own.database.engine.dispose()
    cluster.drop(name)
    cluster.clone(copy, name)
    cluster.drop(copy)
    assert MOTHER["surname"] in whole_database(own, cluster), "the copy brought her back"
    own.database.engine.dispose()

    code, said, complained = command("retention", "replay")
    assert (code, complained) == (0, "")
    assert "по записям: 1" in said
    assert is_gone(people, other)
    assert row(play, other).ended_at is not None
    assert MOTHER["surname"] not in whole_database(own, cluster)


def test_what_an_earlier_release_left_of_representatives_goes_when_the_erasures_are_repeated(
    play: Play, people: Representatives, own: App, command: Run
) -> None:
    erase_person(command, 2)
    (mother,) = mother_of(people, 1)
    with owner(own, play) as session:
        erased = play.world.participants[2].person_id
        session.execute(
            update(Representation)
            .where(Representation.id == mother.id)
            .values(participant_id=erased, paper_cipher=None)
        )
    assert people.person(erased).login.startswith(ERASED)
    assert command("retention", "replay")[0] == 0
    assert is_gone(people, mother)


def test_with_a_season_end_all_links_and_the_rights_of_staff_by_them(
    play: Play, people: Representatives, command: Run
) -> None:
    (mother,) = mother_of(people, 2)
    clerk = play.actor("secretary")
    represent(play, clerk, Role.PARENT)

    def let_in(session: Any) -> None:
        account = select(Membership.account_id).where(Membership.person_id == clerk.person_id).limit(1)
        session.add(
            Membership(
                season_id=play.world.season_id,
                person_id=clerk.person_id,
                account_id=session.scalars(account).one(),
                role=Role.PARENT,
            )
        )

    play.read(let_in)
    assert Role.PARENT in roles(play, clerk.person_id or mother.id)
    browser = client_of(play, people, mother)
    assert browser.get("me").status_code == 200
    after_the_day(play)
    assert command("retention", "run", "--tenant", SLUG, "--season", code_of(play), *ACT)[0] == 0
    live = select(func.count()).select_from(Representation).where(Representation.ended_at.is_(None))
    assert play.read(lambda session: session.scalars(live).one()) == 0
    assert is_gone(people, mother)
    assert roles(play, clerk.person_id or mother.id) == [Role.SECRETARY]
    assert people.person(clerk.person_id).kind is PersonKind.STAFF
    assert people.person(clerk.person_id).surname != TOMBSTONE
    assert browser.get("me").status_code == 401

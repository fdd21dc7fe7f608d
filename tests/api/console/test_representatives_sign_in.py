"""Representatives at the counter of sign-in: a code on paper of their own, a new phone, found from both pages."""

from __future__ import annotations

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from apella.bootstrap import App
from apella.identity.model import Person
from apella.identity.representation_model import Representation
from apella.testing.console import Console, ConsoleFor
from apella.testing.counter import Counter
from apella.testing.identity import binding_code_on_its_way
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.representatives import PARENT_DOCUMENT, Representatives

pytestmark = pytest.mark.usefixtures("paperless")

NEW = "+7 900 555-66-77"
SHARED = "Этот человек представляет и участников других организаций"
SHEET = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")


@pytest.fixture
def south(play: StartPlay) -> Play:
    """A region whose participants sign in by codes on paper."""
    return play("south")


def number_of(people: Representatives, link: Representation) -> str:
    return people.person(link.representative_id).login


def code_for(console: Console, number: str) -> str:
    """Issue a code on the page and read it off the sheet."""
    sheet = console.submit(console.find("participants", number), "/school-codes")
    assert sheet.status == 200, sheet.text
    (code,) = SHEET.findall(sheet.text)
    return str(code)


def signed_in(http: FlaskClient, code: str, document: str = PARENT_DOCUMENT) -> int:
    return http.post("/south/sign-in/school-code", data={"document": document, "code": code}).status_code


def test_a_parent_signs_in_by_a_code_on_paper_of_their_own(
    south: Play, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    people = Representatives(south)
    console = console_for(south.actor("school-operator"), slug="south")
    number = number_of(people, people.parent(who="school-operator"))
    page = console.find("participants", number)
    assert "Представитель Примерова Ольга Тестовна" in page.text
    assert "Действует за участника Примерова Тест Тестович" in page.text
    assert "Действующего кода у представителя нет" in page.text
    code = code_for(console, number)
    http = client_for(slug="south").http
    assert signed_in(http, code) == 303
    cabinet = http.get("/south/cabinet").get_data(as_text=True)
    assert "Вы действуете за участника как родитель: Примерова Тест Тестович" in " ".join(cabinet.split())
    assert signed_in(client_for(slug="south").http, code) == 422, "a code works once"


def test_a_code_of_the_child_is_none_of_the_parent_s(
    south: Play, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    people = Representatives(south)
    number = number_of(people, people.parent())
    console = console_for(south.actor("secretary"), slug="south")
    childs, own = code_for(console, south.actor(0).login), code_for(console, number)
    assert signed_in(client_for(slug="south").http, childs) == 422
    assert signed_in(client_for(slug="south").http, own, "99 00 000000") == 422
    assert signed_in(client_for(slug="south").http, own) == 303


def test_a_code_that_was_revoked_or_whose_link_ended_lets_nobody_in(
    south: Play, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    people = Representatives(south)
    link = people.parent()
    number = number_of(people, link)
    console = console_for(south.actor("secretary"), slug="south")
    code = code_for(console, number)
    revoked = console.submit(console.find("participants", number), "/revoke")
    assert revoked.status == 303
    assert signed_in(client_for(slug="south").http, code) == 422
    later = code_for(console, number)
    people.end(link)
    assert signed_in(client_for(slug="south").http, later) == 403
    assert console.find("participants", number).status == 404
    assert console.get(f"participants/{link.representative_id}").status == 404


def test_who_serves_one_child_of_two_changes_nothing_of_the_parent(
    south: Play, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    people = Representatives(south)
    link = people.parent(0)
    number = number_of(people, link)
    operator = console_for(south.actor("school-operator"), slug="south")
    assert operator.find("participants", number).status == 200
    people.parent(1)
    elsewhere(south, 1)
    for refused in (operator.find("participants", number), operator.get(f"participants/{link.representative_id}")):
        assert (refused.status, SHARED in refused.text) == (403, True)
    person = Representatives(south).person(people.parent(2).representative_id).id
    program = client_for(south.actor("school-operator"), slug="south")
    for path, body in (("school-codes", {}), ("phone-bindings", {"phone": NEW})):
        answer = program.post(f"participants/{person}/{path}", body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "reception.shared_representative")
    assert console_for(south.actor("secretary"), slug="south").find("participants", number).status == 200


def elsewhere(play: Play, number: int) -> None:
    """Let a participant belong to another organisation than the operator's."""
    tenant_id, person_id = play.world.rules.tenant.tenant_id, play.world.participants[number].person_id

    def move(session: Session) -> None:
        person = session.get_one(Person, (tenant_id, person_id))
        person.organisation_id = play.world.point

    play.read(move)


def test_a_stranger_s_representative_is_not_found(south: Play, console_for: ConsoleFor) -> None:
    people = Representatives(south)
    link = people.parent(0)
    elsewhere(south, 0)
    operator = console_for(south.actor("school-operator"), slug="south")
    found = operator.find("participants", number_of(people, link))
    for page in (found, operator.get(f"participants/{link.representative_id}")):
        assert (page.status, SHARED in page.text) == (404, False)


def test_a_representative_is_reached_from_both_pages_by_who_may(play: StartPlay, console_for: ConsoleFor) -> None:
    kbr = play("kbr")
    people = Representatives(kbr)
    link = people.parent()
    number = number_of(people, link)
    console = console_for(kbr.actor("school-operator"))
    child = console.find("participants", kbr.actor(0).login)
    links = console.get(child.link("Представители участника"))
    own = console.get(links.link("Вход и телефон: Примерова Ольга Тестовна"))
    assert links.link("Вход и телефон: Примерова Ольга Тестовна").endswith(f"/participants/{link.representative_id}")
    assert own.form("/participants").fields["participant"] == number
    addresses = [url for page in (child, links, own) for _, url in page.links]
    assert [one for one in addresses if number in one or kbr.actor(0).login in one] == []
    assert own.link("Представители участника: Примерова Тест Тестович")
    clerk = console_for(play("moscow").actor("queue-clerk"), slug="moscow")
    assert not clerk.find("representatives", "00000000").has_link("Вход и телефон")


def test_a_representative_s_phone_is_changed_in_person(
    play: StartPlay, console_for: ConsoleFor, client_for: ClientFor, app: App
) -> None:
    kbr = play("kbr")
    people = Representatives(kbr)
    link = people.parent()
    mother = client_for(people.actor(link), slug="kbr")
    assert mother.get("me").status_code == 200
    console = console_for(kbr.actor("school-operator"), slug="kbr")
    found = console.find("participants", number_of(people, link))
    asked = console.submit(console.get(found.link("Сменить телефон")), "/phone", {"phone": NEW})
    assert asked.status == 303, asked.text
    binding = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", asked.location)[-1]
    code = binding_code_on_its_way(app.database, app.vaults, kbr.world.rules.tenant.tenant_id, binding)
    done = console.submit(console.get(asked.location), "/phone/", {"code": code})
    assert done.status == 303, done.text
    assert "+7 ••• •••-66-77" in console.get(done.location).text
    assert mother.get("me").status_code == 401, "whoever was signed in with the old phone is put out"
    counter = Counter(kbr)
    counter.run("identity.tell_phone_changed", uuid.UUID(binding))
    assert [message.address for message in counter.messages] == ["+79001112233"]

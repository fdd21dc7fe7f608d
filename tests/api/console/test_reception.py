"""The counter where participants come in person: its pages and its API."""

from __future__ import annotations

import re
import uuid

import pytest

from apella.bootstrap import App
from apella.testing.console import Console, ConsoleFor
from apella.testing.identity import binding_code_on_its_way
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

CODE = "00000000"
NEW = "+7 900 111-22-33"


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


def code_of(app: App, play: Play, location: str) -> str:
    """Read the code off the new telephone, given the address of the page that asks for it."""
    binding_id = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", location)[-1]
    return binding_code_on_its_way(app.database, app.vaults, play.world.rules.tenant.tenant_id, binding_id)


def asked(console: Console, phone: str = NEW) -> str:
    """Find the participant and send a code to the new phone; give where the code is typed."""
    found = console.find("participants", CODE)
    sent = console.submit(console.get(found.link("Сменить телефон")), "/phone", {"phone": phone})
    assert sent.status == 303, sent.text
    return sent.location


@pytest.mark.parametrize(
    ("who", "status"),
    [("school-operator", 200), ("secretary", 200), ("queue-clerk", 403), ("chair", 403), ("expert-1", 403), (0, 403)],
)
def test_the_counter_is_kept_by_those_who_see_documents(
    north: Play, console_for: ConsoleFor, who: str, status: int
) -> None:
    console = console_for(north.actor(who))
    assert console.get("participants").status == status
    shown = f"participants/{north.world.participants[0].person_id}"
    assert console.get(shown).status == status
    sent = console.post("participants", {"participant": CODE, "csrf_token": console.client.csrf})
    assert (sent.status, sent.location) == ((303, f"/north/{shown}") if status == 200 else (status, ""))
    has_line = status == 200
    assert console.get("").has_link("Вход участников") == has_line or console.get("").status == 303


def test_staff_see_the_participant_masked(north: Play, console_for: ConsoleFor) -> None:
    page = console_for(north.actor("school-operator")).find("participants", f" {CODE} ")
    assert "Примерова Тест Тестович" in page.text
    assert "+7 ••• •••-00-00" in page.text
    assert "9900000000" not in page.html
    assert "79000000000" not in page.html
    assert "Выдать код" not in page.text, "participants of this tenant sign in by SMS"


def test_a_phone_is_changed_by_the_code_from_it(north: Play, console_for: ConsoleFor, app: App) -> None:
    console = console_for(north.actor("school-operator"))
    location = asked(console)
    assert "111-22-33" not in location
    page = console.get(location)
    wrong = console.submit(page, "/phone/", {"code": "no"})
    assert wrong.status == 422
    assert 'href="#f-code"' in wrong.html
    done = console.submit(wrong, "/phone/", {"code": code_of(app, north, location)})
    assert done.status == 303
    after = console.get(done.location)
    assert "Телефон изменён" in after.text
    assert "+7 ••• •••-22-33" in after.text


def test_a_wrong_phone_is_shown_at_its_field_with_what_was_typed(north: Play, console_for: ConsoleFor) -> None:
    console = console_for(north.actor("school-operator"))
    form = console.get(console.find("participants", CODE).link("Сменить телефон"))
    assert "Сейчас записан: +7 ••• •••-00-00" in form.text
    refused = console.submit(form, "/phone", {"phone": "12"})
    assert refused.status == 422
    assert 'href="#f-phone"' in refused.html
    assert refused.form("/phone").fields["phone"] == "12"
    same = console.submit(form, "/phone", {"phone": "+7 900 000-00-00"})
    assert (same.status, "уже записан" in same.text) == (409, True)


def test_the_fourth_code_is_429_with_the_wait_in_words(north: Play, console_for: ConsoleFor) -> None:
    console = console_for(north.actor("secretary"))
    for _ in range(3):
        asked(console)
    form = console.get(console.find("participants", CODE).link("Сменить телефон"))
    refused = console.submit(form, "/phone", {"phone": NEW})
    assert refused.status == 429
    assert 0 < int(refused.answer.headers["Retry-After"]) <= 600
    assert "Повторить можно через" in refused.text


@pytest.mark.parametrize(("typed", "status"), [("99999999", 404), ("", 422), ("\0", 422)])
def test_a_wrong_code_of_registration_is_shown_at_its_field(
    north: Play, console_for: ConsoleFor, typed: str, status: int
) -> None:
    page = console_for(north.actor("school-operator")).find("participants", typed)
    assert page.status == status
    assert 'href="#f-participant"' in page.html


def test_no_address_of_the_counter_holds_the_code(north: Play, console_for: ConsoleFor) -> None:
    console = console_for(north.actor("school-operator"))
    pages = [console.find("participants", CODE), console.find("representatives", CODE)]
    pages.append(console.get(pages[0].link("Сменить телефон")))
    pages.append(console.get(pages[1].link("Связать с родителем")))
    addresses = [url for page in pages for _, url in page.links]
    addresses += [form.action for page in pages for form in page.forms]
    assert len(addresses) > 20
    assert [one for one in addresses if CODE in one] == []
    for place in ("participants", "representatives"):
        sent = console.submit(console.get(place), f"/{place}", {"participant": CODE})
        assert (sent.status, CODE in sent.location) == (303, False)
        assert console.get(f"{place}?participant={CODE}").form(f"/{place}").fields["participant"] == ""


def test_a_code_on_paper_is_issued_shown_once_and_revoked(play: StartPlay, console_for: ConsoleFor) -> None:
    south = play("south")
    console = console_for(south.actor("school-operator"), slug="south")
    page = console.find("participants", CODE)
    assert "Действующего кода у участника нет" in page.text
    sheet = console.submit(page, "/school-codes")
    assert sheet.status == 200
    assert sheet.answer.headers["Cache-Control"] == "no-store"
    (code,) = re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b", sheet.text)
    assert "/south/sign-in" in sheet.text
    again = console.find("participants", CODE)
    assert code not in again.html
    assert "Код уже выдан" in again.text
    revoked = console.submit(again, "/revoke")
    assert revoked.status == 303
    after = console.get(revoked.location)
    assert "Код отозван" in after.text
    assert "Действующего кода у участника нет" in after.text


def test_the_code_on_the_sheet_signs_the_participant_in(
    play: StartPlay, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    south = play("south")
    console = console_for(south.actor("secretary"), slug="south")
    sheet = console.submit(console.find("participants", CODE), "/school-codes")
    (code,) = re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b", sheet.text)
    stranger = client_for(slug="south").http
    done = stranger.post("/south/sign-in/school-code", data={"document": "99 00 000000", "code": code})
    assert done.status_code == 303
    assert stranger.get("/api/v1/south/me").get_json()["login"] == CODE


def test_where_participants_sign_in_by_sms_there_are_no_codes_on_paper(north: Play, client_for: ClientFor) -> None:
    client = client_for(north.actor("school-operator"))
    person = client.post("participants/search", {"participant": CODE}).get_json()["id"]
    answer = client.post(f"participants/{person}/school-codes", {})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "sign_in.scheme")


def test_a_program_binds_a_phone(north: Play, client_for: ClientFor, app: App) -> None:
    client = client_for(north.actor("school-operator"))
    found = client.post("participants/search", {"participant": f" {CODE} "}).get_json()
    assert (found["phone"], found["code_id"]) == ("+7 ••• •••-00-00", None)
    assert client.post("participants/search", {"participant": "99999999"}).status_code == 404
    for wrong_code in ("", "x" * 65, "0\0"):
        refused = client.post("participants/search", {"participant": wrong_code})
        assert (refused.status_code, list(refused.get_json()["fields"])) == (422, ["participant"])
    assert client.get(f"participants?participant={CODE}").status_code == 404, "a code has no place in an address"
    place = f"participants/{found['id']}/phone-bindings"
    assert client.post(place, {"phone": "12"}).get_json()["code"] == "identity.phone"
    sent = client.post(place, {"phone": NEW})
    assert sent.status_code == 201
    binding_id = sent.get_json()["binding_id"]
    assert client.post(f"{place}/{uuid.uuid4()}/code", {"code": "1"}).status_code == 404
    wrong = client.post(f"{place}/{binding_id}/code", {"code": "no"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "phone.code_wrong")
    done = client.post(f"{place}/{binding_id}/code", {"code": code_of(app, north, binding_id)})
    assert (done.status_code, done.get_json()["after"]) == (200, "+7 ••• •••-22-33")


def test_a_program_issues_and_revokes_a_code_on_paper(play: StartPlay, client_for: ClientFor) -> None:
    client = client_for(play("south").actor("school-operator"), slug="south")
    person = client.post("participants/search", {"participant": CODE}).get_json()["id"]
    issued = client.post(f"participants/{person}/school-codes", {})
    assert issued.status_code == 201
    code_id = issued.get_json()["id"]
    assert client.post("participants/search", {"participant": CODE}).get_json()["code_id"] == code_id
    ended = client.post(f"participants/{person}/school-codes/{code_id}/revoke", {})
    assert (ended.status_code, ended.get_json()["code_id"]) == (200, None)
    assert client.post(f"participants/{person}/school-codes/{code_id}/revoke", {}).status_code == 409

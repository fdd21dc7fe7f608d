"""The own sign-ins: what is shown, ending one or all others, and an administrator who ends those of a member."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from apella.audit.model import AuditEvent
from apella.db.unit_of_work import Database
from apella.identity.model import SignInSession
from apella.identity.roles import Role
from apella.identity.sessions import IDLE, token_hash
from apella.identity.step_up import FRESH
from apella.testing.client import Client
from apella.testing.console import Console, ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

EVERYBODY = ["secretary", "expert-1", "data-centre-operator", 0]


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


def change(database: Database, client: Client, **changes: object) -> None:
    """Write into the session of a client."""
    with database.unit_of_work(None) as work:
        mine = SignInSession.token_hash == token_hash(client.token)
        work.session.execute(update(SignInSession).where(mine).values(**changes))


def ago(database: Database, **past: float) -> object:
    with database.unit_of_work(None) as work:
        return work.machine_now - timedelta(**past)


def lives(client: Client) -> bool:
    return client.get("me").status_code == 200


def tags(play: Play) -> list[tuple[str, str]]:
    query = (
        select(AuditEvent.tag, AuditEvent.actor_login)
        .where(AuditEvent.season_id == play.world.season_id, AuditEvent.tag.startswith("session:"))
        .order_by(AuditEvent.seq)
    )
    return play.read(lambda session: [(tag, login) for tag, login in session.execute(query)])


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
def test_everybody_sees_their_live_sign_ins_and_nobody_else_s(
    north: Play, client_for: ClientFor, database: Database, who: str | int
) -> None:
    here, there, stale, ended = (client_for(north.actor(who)) for _ in range(4))
    stranger = client_for(north.actor("chair"))
    change(database, stale, last_seen_at=ago(database, seconds=IDLE.total_seconds() + 1))
    change(database, ended, revoked_at=ago(database, minutes=1))
    change(database, there, last_seen_at=ago(database, minutes=5))
    found = here.get("sessions").get_json()
    assert [(one["present"], one["level"]) for one in found] == [(True, 2), (False, 2)]
    assert set(found[0]) == {"id", "began_at", "last_seen_at", "expires_at", "level", "present"}, "nothing of devices"
    assert len(stranger.get("sessions").get_json()) == 1


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
def test_one_is_ended_on_the_page_and_dies_at_once(
    north: Play, client_for: ClientFor, console_for: ConsoleFor, who: str | int
) -> None:
    other = client_for(north.actor(who))
    console = console_for(north.actor(who))
    page = console.get("sessions")
    assert page.status == 200
    assert "Вы здесь" in page.text
    done = console.submit(page, "/sessions/end")
    assert done.status == 303
    assert "Вход завершён" in console.get(done.location).text
    assert not lives(other)
    assert console.get("sessions").text.count("Завершить") == 0, "there is nothing left to end"
    assert tags(north) == [("session:person:ended", north.actor(who).recorded_as)]


def test_all_others_are_ended_and_this_one_goes_on(north: Play, client_for: ClientFor) -> None:
    here, *others = (client_for(north.actor("secretary")) for _ in range(4))
    assert here.post("sessions/end", {"others": True}).get_json() == {"ended": 3}
    assert [lives(client) for client in others] == [False] * 3
    assert lives(here)
    assert here.post("sessions/end", {"others": True}).get_json() == {"ended": 0}
    assert len(tags(north)) == 3


def test_the_page_ends_all_others_and_says_so(north: Play, client_for: ClientFor, console_for: ConsoleFor) -> None:
    others = [client_for(north.actor(0)) for _ in range(2)]
    console = console_for(north.actor(0))
    page = console.get("sessions")
    (form,) = [form for form in page.forms if form.fields.get("others")]
    done = console.client.http.post(form.action, data=form.fields)
    assert done.status_code == 303
    assert "Все остальные входы завершены" in console.get(done.location).text
    assert [lives(client) for client in others] == [False, False]


@pytest.mark.parametrize("who", ["secretary", 0], ids=str)
def test_ending_needs_a_fresh_sign_in_and_the_page_leads_to_it(
    north: Play, client_for: ClientFor, console_for: ConsoleFor, database: Database, who: str | int
) -> None:
    other = client_for(north.actor(who))
    console = console_for(north.actor(who))
    change(database, console.client, auth_time=ago(database, seconds=FRESH.total_seconds() + 1))
    page = console.get("sessions")
    assert page.has_link("Войти ещё раз")
    wanted = "/north/sign-in/staff?fresh=1" if who == "secretary" else "/north/sign-in?next="
    assert page.link("Войти ещё раз").startswith(wanted)
    assert "%2Fnorth%2Fsessions" in page.link("Войти ещё раз").replace("/north/sessions", "%2Fnorth%2Fsessions")
    assert [form for form in page.forms if form.action.endswith("/end")] == []
    refused = console.client.post("sessions/end", {"others": True})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "session.step_up")
    assert lives(other)
    assert tags(north) == []


def test_what_cannot_be_ended_is_told(north: Play, client_for: ClientFor) -> None:
    here, there, stranger = (client_for(north.actor(who)) for who in ("secretary", "secretary", "chair"))
    by_present = {one["present"]: one["id"] for one in here.get("sessions").get_json()}
    foreign = stranger.get("sessions").get_json()[0]["id"]
    for body, status, code in (
        ({"session": by_present[True]}, 409, "session.this_one"),
        ({"session": foreign}, 409, "session.already_ended"),
        ({}, 422, "session.which"),
        ({"session": by_present[False], "others": True}, 422, "session.which"),
    ):
        answer = here.post("sessions/end", body)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), body
    assert lives(stranger)
    assert here.post("sessions/end", {"session": by_present[False]}).get_json() == {"ended": 1}
    assert here.post("sessions/end", {"session": by_present[False]}).status_code == 409
    assert not lives(there)


def test_a_form_that_names_nothing_is_answered_by_the_page(north: Play, console_for: ConsoleFor) -> None:
    console = console_for(north.actor("secretary"))
    answer = send(console, "sessions/end", session="not an id")
    assert (answer.status_code, "Укажите, какой вход" in answer.get_data(as_text=True)) == (422, True)


# --- The administrator ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["secretary", 0], ids=str)
def test_an_administrator_ends_every_sign_in_of_a_member(
    north: Play, client_for: ClientFor, console_for: ConsoleFor, who: str | int
) -> None:
    member = north.actor(who)
    theirs = [client_for(member) for _ in range(2)]
    console = console_for(north.hire(Role.TENANT_ADMIN))
    page = console.get(console.get("sessions").link("Завершить входы другого человека"))
    sent = console.submit(page, "/of-members", {"login": member.login})
    assert sent.status == 303
    assert member.login not in sent.location
    found = console.get(sent.location)
    assert (page.status, found.status) == (200, 200)
    assert "2 входа" in found.text
    if who == 0:
        assert "Примерова" not in found.text, "a participant's name is not an administrator's to see"
    done = console.submit(found, "/of-members/end")
    assert done.status == 303
    assert "Все входы этого человека завершены" in console.get(done.location).text
    assert [lives(client) for client in theirs] == [False, False]
    assert [tag for tag, _ in tags(north)] == ["session:member:ended"]
    assert lives(console.client)


def test_nobody_else_may_and_the_sign_in_must_be_fresh(north: Play, client_for: ClientFor, database: Database) -> None:
    theirs = client_for(north.actor("secretary"))
    body = {"login": north.actor("secretary").login}
    for who in ("chair", "secretary", 0):
        answer = client_for(north.actor(who)).post("sessions/of-members/end", body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "permission.role")
    admin = client_for(north.hire(Role.TENANT_ADMIN))
    for weak in ({"auth_time": ago(database, minutes=11)}, {"loa": 1, "loa_offered": 2}):
        change(database, admin, auth_time=ago(database, minutes=0), loa=2)
        change(database, admin, **weak)
        assert admin.post("sessions/of-members/end", body).get_json()["code"] == "session.step_up"
    assert lives(theirs)
    assert tags(north) == []


def test_an_administrator_is_told_whom_it_cannot_be(north: Play, client_for: ClientFor, play: StartPlay) -> None:
    admin_of = north.hire(Role.TENANT_ADMIN)
    admin = client_for(admin_of)
    south = play("south")
    foreign = client_for(south.actor("secretary"), slug="south")
    for login, status, code in (
        ("nobody-known", 422, "session.member"),
        (south.actor("secretary").login, 422, "session.member"),
        (admin_of.login, 409, "session.own"),
    ):
        answer = admin.post("sessions/of-members/end", {"login": login})
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), login
    assert lives(foreign)


def test_ending_what_is_not_there_is_told_and_recorded(north: Play, console_for: ConsoleFor) -> None:
    console = console_for(north.hire(Role.TENANT_ADMIN))
    answer = send(console, "sessions/of-members/end", login=north.actor("chair").login)
    assert answer.status_code == 303
    assert "нигде не вошёл" in console.get(answer.location).text
    assert [tag for tag, _ in tags(north)] == ["session:member:ended"]


def send(console: Console, path: str, **fields: str) -> TestResponse:
    """Send a form that no page offers just now."""
    data = {"csrf_token": console.client.csrf, **fields}
    return console.client.http.post(f"/{console.client.slug}/{path}", data=data)

"""Programs at the API: how they get a token, what it opens, and what no program gets."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.commissions.model import Decision
from apella.db.ids import new_id
from apella.identity.api_clients import ApiClient, ApiToken, revoke_tokens, secret_hash
from apella.identity.model import Membership
from apella.identity.roles import Role
from apella.identity.sessions import COOKIE
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.programs import GRANT, Program


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play(participants=2)


@pytest.fixture
def program(app: App, web: Flask, north: Play) -> Program:
    return Program(app, web, north.actor("secretary"))


def events(north: Play, program: Program) -> list[str]:
    query = select(AuditEvent.tag).where(AuditEvent.subject_id == program.row_id).order_by(AuditEvent.seq)
    return north.read(lambda session: list(session.scalars(query)))


# --- What a token opens -----------------------------------------------------------------------------------------------


def test_a_token_ends_after_its_time_and_when_it_is_ended(app: App, north: Play, program: Program) -> None:
    tenant_id = north.world.rules.tenant.tenant_id
    old, ended, live = program.new_token(), program.new_token(), program.new_token()
    with app.database.unit_of_work(tenant_id) as work:
        for text, values in (
            (old, {"expires_at": work.machine_now}),
            (ended, {"revoked_at": work.machine_now}),
        ):
            work.session.execute(update(ApiToken).where(ApiToken.token_hash == secret_hash(text)).values(**values))
    for token in (old, ended, f"{tenant_id}.{'x' * 43}", "nonsense", "."):
        answer = program.ask("GET", "appeals", token=token)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "token.invalid")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert program.ask("GET", "appeals", token=live).status_code == 200
    with app.database.unit_of_work(tenant_id) as work:
        client = work.session.get_one(ApiClient, (tenant_id, program.row_id))
        revoke_tokens(work.session, client, machine_now=work.machine_now)
    assert program.ask("GET", "appeals", token=live).status_code == 401


def test_a_token_opens_its_own_tenant_alone(play: StartPlay, north: Play, app: App, web: Flask) -> None:
    south = play("south", participants=1)
    theirs, ours = Program(app, web, south.actor("secretary")), Program(app, web, north.actor("secretary"))
    assert theirs.ask("GET", "me").status_code == 200
    for path in ("me", "appeals", f"appeals/{new_id()}"):
        foreign = theirs.ask("GET", path, slug="north")
        assert (foreign.status_code, foreign.get_json()["code"]) == (404, "not_found")
        # A text in the form of a token tells no more than a live one.
        made_up = ours.ask("GET", path, token=f"902.{'x' * 43}")
        assert made_up.get_data() == foreign.get_data()
    assert ours.ask("GET", "me").status_code == 200


def test_a_token_opens_no_page_and_goes_with_no_session(
    north: Play, program: Program, web: Flask, client_for: ClientFor
) -> None:
    page = program.ask("GET", "/north/journal")
    assert page.status_code == 303
    assert "/sign-in" in page.headers["Location"]
    person = client_for(north.actor("secretary"))
    both = {"Authorization": f"Bearer {program.token}"}
    answer = person.get("appeals", headers=both)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "token.and_session")
    # Another site's page cannot use a program's token through somebody's browser either.
    foreign = {**both, "Origin": "https://elsewhere.example"}
    answer = web.test_client().post("/api/v1/north/appeals", json={}, headers=foreign)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "csrf.origin")
    # A token in the cookie of sessions is none.
    browser = web.test_client()
    browser.set_cookie(COOKIE, program.token)
    assert browser.get("/api/v1/north/appeals").status_code == 401


def test_a_program_gets_no_role_that_is_a_person_s_even_if_the_table_says_so(
    app: App, north: Play, program: Program
) -> None:
    case_id = north.walk(north.file(), "decided")
    for role in (Role.CHAIR, Role.SECRETARY, Role.EXAM_COMMISSION_CHAIR):
        with app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
            account_id = work.session.scalars(
                select(Membership.account_id).where(Membership.person_id == program.person_id).limit(1)
            ).one()
            work.session.add(
                Membership(
                    season_id=north.world.season_id, person_id=program.person_id, account_id=account_id, role=role
                )
            )
    assert program.ask("GET", "me").get_json()["roles"] == [Role.DATA_CENTRE_OPERATOR]
    seen = program.ask("GET", f"appeals/{case_id}").get_json()
    answer = program.ask("POST", f"appeals/{case_id}/hand-over", {"version": seen["version"]})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "permission.role")


def test_a_deed_that_needs_a_fresh_sign_in_is_refused_to_programs(
    north: Play, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = north.walk(north.file(), "decided")
    # As if such a deed were a program's by the table: the second wall.
    monkeypatch.setattr("apella.casework.resources.may_ever", lambda *_: True)
    answer = program.ask("POST", f"appeals/{case_id}/hand-over", {"version": 1})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "program.person_needed")


# --- The audit --------------------------------------------------------------------------------------------------------


def test_issuing_and_first_use_of_each_token_stand_in_the_audit(north: Play, program: Program) -> None:
    for _ in range(2):
        token = program.new_token()
        for _ in range(3):
            assert program.ask("GET", "appeals", token=token).status_code == 200
    assert events(north, program) == ["program:client:created", *["program:token:issued", "program:token:used"] * 2]
    client = north.read(
        lambda session: session.get_one(ApiClient, (north.world.rules.tenant.tenant_id, program.row_id))
    )
    assert client.last_used_at is not None


# --- A data centre's day over real HTTP -------------------------------------------------------------------------------


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, web, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/north/"
    server.shutdown()
    thread.join()
    server.server_close()


def http(url: str, *, body: bytes | None = None, headers: dict[str, str]) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 the address is the test's own
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 the same
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_data_centre_s_program_does_its_part_of_a_case_over_http(
    address: str, north: Play, program: Program, paperless: None
) -> None:
    basic = b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    status, given = http(address + "token", body=urlencode(GRANT).encode(), headers={"Authorization": f"Basic {basic}"})
    assert status == 200
    bearer = {"Authorization": f"Bearer {given['access_token']}", "Content-Type": "application/json"}

    def ask(path: str, body: dict[str, Any] | None = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        status, answer = http(address + path, body=sent, headers=bearer)
        assert status == 200, answer
        return answer

    def act(verb: str, **body: Any) -> Any:
        version = ask(f"appeals/{case_id}")["version"]
        return ask(f"appeals/{case_id}/{verb}", {"version": version, **body})

    case_id = north.file()
    north.walk(case_id, "kit_requested")
    assert str(case_id) in {line["id"] for line in ask("appeals?owed=kit.receipt")["items"]}
    act("receive-kit", absent_reason="учебный комплект")
    north.walk(case_id, "handed_over", after="kit_received", outcome="up")
    act("enter-packet")
    act("dispatch-packet")
    score = north.read(lambda session: session.scalars(select(Decision).where(Decision.case_id == case_id)).one())
    act("enter-recalculation", primary_score=score.primary_after, test_score=60)
    # What is the secretary's is refused over HTTP too.
    status, problem = http(address + f"appeals/{case_id}/close", body=b'{"version": 1}', headers=bearer)
    assert (status, problem["code"]) == (403, "permission.role")
    done = select(AuditEvent.tag, AuditEvent.actor_login).where(
        AuditEvent.case_id == case_id, AuditEvent.actor_id == program.person_id
    )
    deeds = north.read(lambda session: session.execute(done).all())
    assert {tag for tag, _ in deeds} >= {
        "appeal:kit:received",
        "appeal:packet:entered",
        "appeal:packet:dispatched",
        "appeal:result:recalculated",
    }
    assert {login for _, login in deeds} == {program.client_id}


def test_a_school_s_program_files_and_a_repeated_request_files_once(app: App, web: Flask, north: Play) -> None:
    school = Program(app, web, north.actor("secretary"), role=Role.SCHOOL_OPERATOR, organisation_id=north.world.school)
    application = {
        "kind": "score",
        "channel": "school_desk",
        "work_id": str(north.world.works[0]),
        "presence": {"participant": True},
        "forms_confirmed": True,
        "disputed": ["C1"],
        "phone": "+7 900 000-00-00",
    }
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = (school.ask("POST", "appeals", application, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert len(school.ask("GET", "appeals").get_json()["items"]) == 1

"""What is refused stands in the log of security, by ids and codes, failed sign-ins too; many refusals wake somebody."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella.bootstrap import App
from apella.experts import conflicts
from apella.identity.actor import Actor
from apella.identity.api_clients import disable_client
from apella.identity.model import Membership
from apella.identity.roles import Role
from apella.logs import JsonFormatter
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.programs import Program
from apella.web.refusals import HEADER, MANY
from apella.web_app import create_app

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the log of security says, as it is written."""
    stream, log = io.StringIO(), logging.getLogger("apella.security")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.setLevel(before)


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


def account_of(north: Play, actor: Actor) -> str:
    query = select(Membership.account_id).where(Membership.person_id == actor.person_id).limit(1)
    return str(north.read(lambda session: session.scalars(query).one()))


def test_a_refusal_says_who_where_why_and_in_which_request(north: Play, client_for: ClientFor, lines: Lines) -> None:
    member = north.actor("member-1")
    case = north.file()
    client = client_for(member)
    answer = client.post(f"appeals/{case}/register", {"version": 1})
    assert answer.status_code == 403
    (line,) = lines()
    assert {name: one for name, one in line.items() if name != "time"} == {
        "level": "INFO",
        "logger": "apella.security",
        "message": "refused",
        "account_id": account_of(north, member),
        "person_id": str(member.person_id),
        "code": "permission.role",
        "status": 403,
        "method": "POST",
        "route": "/api/v1/<tenant>/appeals/<uuid:case_id>/register",
        "tenant": "north",
        "request_id": answer.headers[HEADER],
    }


def test_every_kind_of_refusal_is_told(
    north: Play, play: StartPlay, client_for: ClientFor, lines: Lines, app: App, web: Flask
) -> None:
    south = play("south")
    case, foreign = north.file(), south.file(channel="queue_clerk")
    interested = north.actor("member-2")
    north.act(interested, conflicts.declare, case, ground="апеллянт – мой племянник")
    admin = client_for(north.hire(Role.TENANT_ADMIN))
    for client, address, status, code in (
        (client_for(interested), f"appeals/{case}", 403, "conflict.excluded"),
        (client_for(north.actor(1)), f"appeals/{case}", 404, "appeal.not_found"),
        (client_for(north.actor("chair")), f"appeals/{foreign}", 404, "appeal.not_found"),
        (client_for(north.actor("chair")), f"/api/v1/south/appeals/{foreign}", 404, "not_found"),
        (client_for(north.actor("member-1")), "/north/audit", 403, "permission.role"),
        (admin, "appeals", 403, "permission.role"),
    ):
        before = len(lines())
        assert client.get(address).status_code == status, address
        (line,) = lines()[before:]
        assert (line["status"], line["code"]) == (status, code)
        assert line["account_id"]
    program = Program(app, web, north.actor("secretary"))
    before = len(lines())
    assert program.ask("GET", "break-glass").status_code == 403
    (line,) = lines()[before:]
    assert (line["code"], line["person_id"]) == ("permission.role", str(program.person_id))


def test_what_was_asked_for_and_sent_stays_out_of_the_line(north: Play, client_for: ClientFor, lines: Lines) -> None:
    client, canaries = client_for(north.actor("member-1")), ("Канарейкин", "9127123456", "79001234567")
    asked = "&".join(f"q{number}={canary}" for number, canary in enumerate(canaries))
    client.http.get(f"/north/audit?{asked}", headers={HEADER: canaries[2], "User-Agent": canaries[0]})
    client.post(f"appeals/{uuid.uuid4()}/refuse?{asked}", {"version": 1, "ground": "task_content"})
    client.http.get(f"/api/v1/{canaries[1]}/appeals")
    assert len(lines()) == 3
    assert [canary for canary in canaries if canary in json.dumps(lines(), ensure_ascii=False)] == []
    assert "tenant" not in lines()[2]


@pytest.mark.parametrize("proxies", [0, 1])
def test_the_id_of_a_request_is_the_proxy_s_where_there_is_one(app: App, proxies: int) -> None:
    web = create_app(replace(app, settings=replace(app.settings, trusted_proxies=proxies)))
    answer = web.test_client().get("/healthz", headers={HEADER: "given-by-the-proxy"})
    assert (answer.headers[HEADER] == "given-by-the-proxy") == bool(proxies)
    assert len(answer.headers[HEADER]) >= 8


def test_many_refusals_of_one_account_make_one_warning(
    north: Play, play: StartPlay, client_for: ClientFor, lines: Lines
) -> None:
    first, second = (client_for(north.actor(who)) for who in ("member-1", "member-2"))
    case = north.file()
    for _ in range(MANY - 1):
        first.get("/north/audit")
        second.get(f"appeals/{uuid.uuid4()}")
    client_for(north.actor("chair")).get(f"appeals/{case}")
    assert [line for line in lines() if line["level"] != "INFO"] == []
    for _ in range(3):
        assert first.get("/north/audit").status_code == 403
    (warning,) = [line for line in lines() if line["level"] != "INFO"]
    assert (warning["level"], warning["code"], warning["count"]) == ("WARNING", "security.refusals", MANY)
    assert warning["account_id"] == account_of(north, north.actor("member-1"))
    assert warning["tenant"] == "north"


def test_a_refusal_is_answered_although_it_cannot_be_counted(
    north: Play, client_for: ClientFor, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> int:
        raise PoolTimeout("nobody answers")

    client = client_for(north.actor("member-1"))
    monkeypatch.setattr("apella.web.refusals.count_request", away)
    assert client.get("/north/audit").status_code == 403
    assert [line["message"] for line in lines()] == ["refused", "refusals are not counted"]


# --- Sign-ins that failed ---------------------------------------------------------------------------------------------


@pytest.fixture
def stranger(web: Flask) -> FlaskClient:
    """Somebody without a session, from a network of their own."""
    client = web.test_client()
    network = uuid.uuid4().hex
    client.environ_base["REMOTE_ADDR"] = f"2001:db8:{network[:4]}:{network[4:8]}::7"
    return client


def told(lines: Lines) -> list[dict[str, Any]]:
    """The lines, but for warnings: others fail to sign in from this machine too."""
    return [line for line in lines() if line["level"] == "INFO"]


def refused(lines: Lines, code: str, status: int, *, tenant: str | None = "north", **whose: object) -> dict[str, Any]:
    """The newest line, which says of a refused sign-in only this."""
    line = told(lines)[-1]
    assert line["message"] == "sign_in.refused"
    assert (line["code"], line["status"], line.get("tenant")) == (code, status, tenant)
    assert {name: line[name] for name in ("account_id", "person_id") if name in line} == {
        name: str(one) for name, one in whose.items()
    }
    known = {"time", "level", "logger", "message", "code", "status", "method", "route", "tenant", "request_id", *whose}
    assert line.keys() <= known
    return line


def test_wrong_codes_by_sms_are_told_and_nothing_of_what_was_typed(
    north: Play, stranger: FlaskClient, lines: Lines
) -> None:
    person = north.world.participants[2].person_id
    claim = {"document": "99 00 000002", "phone": "+7 900 000-00-02"}
    unknown = {"document": f"98 00 {uuid.uuid4().int % 10**6:06d}", "phone": "+79127654321"}
    asked = stranger.post("/api/v1/north/sign-in/code-requests", json=claim).get_json()["request_id"]
    assert lines() == [], "asking is no failure"
    for number in range(1, 7):
        answer = stranger.post("/api/v1/north/sign-in/codes", json={"request_id": asked, "code": "48151x"})
        assert answer.status_code == 422
        code = "sign_in.code_wrong" if number <= 5 else "sign_in.code_over"
        line = refused(lines, code, 422, person_id=person)
        assert line["request_id"] == answer.headers[HEADER]
        assert len(lines()) == number
    assert stranger.post(f"/north/sign-in/code/{asked}", data={"code": "48151x"}).status_code == 422
    refused(lines, "sign_in.code_over", 422, person_id=person)
    nobody = stranger.post("/api/v1/north/sign-in/code-requests", json=unknown).get_json()
    assert stranger.post(f"/north/sign-in/code/{nobody['request_id']}", data={"code": "48151x"}).status_code == 422
    refused(lines, "sign_in.code_wrong", 422)
    assert stranger.post("/north/sign-in/code", data=unknown).status_code == 303
    assert stranger.post("/north/sign-in/code", data=unknown).status_code == 303
    assert stranger.post("/north/sign-in/code", data=unknown).status_code == 429
    refused(lines, "sign_in.too_many_codes", 429)
    assert stranger.post(f"/north/sign-in/code/{uuid.uuid4()}", data={"code": "1"}).status_code == 404
    refused(lines, "sign_in.code_request", 404)
    written = json.dumps(lines(), ensure_ascii=False)
    assert [typed for typed in ("48151x", "000002", unknown["document"][-6:], "9127654321") if typed in written] == []


def test_a_wrong_code_on_paper_is_told(play: StartPlay, stranger: FlaskClient, lines: Lines) -> None:
    play("south")
    data = {"document": "98 76 543210", "code": "ABCD-EFGH"}
    for number in range(11):
        assert stranger.post("/south/sign-in/school-code", data=data).status_code == (422 if number < 10 else 429)
        code = ("sign_in.school_code_wrong", 422) if number < 10 else ("sign_in.too_many_tries", 429)
        refused(lines, *code, tenant="south")
    assert stranger.post("/api/v1/south/sign-in/school-codes", json=data).status_code == 429
    refused(lines, "sign_in.too_many_tries", 429, tenant="south")
    assert len(lines()) == 12
    assert [typed for typed in ("543210", "ABCD") if typed in json.dumps(lines(), ensure_ascii=False)] == []


def test_a_program_that_fails_is_told(north: Play, app: App, web: Flask, lines: Lines) -> None:
    program = Program(app, web, north.actor("secretary"))
    for _ in range(10):
        assert program.ask_token(program.client_id, "CANARY-secret").status_code == 401
        refused(lines, "sign_in.program_wrong", 401, person_id=program.person_id)
    assert program.ask_token(program.client_id, "CANARY-secret").status_code == 429
    refused(lines, "sign_in.program_too_often", 429, person_id=program.person_id)
    assert program.ask_token("CANARY-program", "CANARY-secret").status_code == 401
    refused(lines, "sign_in.program_wrong", 401)
    assert program.ask("GET", "me", token="CANARY-token").status_code == 401
    refused(lines, "token.invalid", 401)
    token = program.new_token()
    before = len(told(lines))
    with app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        actor = north.actor("secretary")
        disable_client(
            work.session, program.client_id, actor=actor, machine_now=work.machine_now, case_at=work.machine_now
        )
    assert program.ask("GET", "me", token=token).status_code == 401
    refused(lines, "token.invalid", 401, person_id=program.person_id)
    assert len(told(lines)) == before + 1
    assert "CANARY" not in json.dumps(lines())


def test_a_refused_answer_of_the_provider_is_told(north: Play, stranger: FlaskClient, lines: Lines) -> None:
    assert stranger.get("/sign-in/callback?code=CANARY&state=CANARY").status_code == 401
    refused(lines, "sign_in.state", 401, tenant=None)
    assert stranger.get("/north/sign-in/staff?login_hint=CANARY").status_code == 303
    assert stranger.get("/sign-in/callback?code=CANARY&state=CANARY").status_code == 401
    refused(lines, "sign_in.state", 401)
    assert "CANARY" not in json.dumps(lines())


def test_many_failed_sign_ins_from_one_network_make_one_warning(
    north: Play,
    stranger: FlaskClient,
    lines: Lines,
) -> None:
    for number in range(MANY + 2):
        # Another person, another computer of the same network, each time.
        address = stranger.environ_base["REMOTE_ADDR"].replace("::7", f"::{number:x}")
        headers = {"Authorization": f"Bearer {uuid.uuid4().hex}"}
        stranger.get("/api/v1/north/me", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    (warning,) = [line for line in lines() if line["level"] != "INFO"]
    assert (warning["level"], warning["code"], warning["count"]) == ("WARNING", "security.sign_ins", MANY)
    assert "2001" not in json.dumps(warning)
    assert len(lines()) == MANY + 3

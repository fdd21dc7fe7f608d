"""What is refused stands in the log of security, by ids and codes; many refusals of one account wake somebody."""

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
from sqlalchemy import select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella.bootstrap import App
from apella.experts import conflicts
from apella.identity.actor import Actor
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

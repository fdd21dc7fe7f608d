"""Programs' tokens: how one is given for a secret (RFC 6749), how secrets change, how a program ends."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from apella.bootstrap import App
from apella.db.ids import new_id
from apella.identity.api_clients import ApiClient, ApiToken, disable_client, rotate_secret, secret_hash
from apella.identity.api_tokens import LIFE, WRONG_SECRETS
from apella.identity.model import Membership
from apella.identity.roles import Role
from apella.testing.play import Play
from apella.testing.plugin import Run, StartPlay
from apella.testing.programs import GRANT, Program

PATH = "/api/v1/north/token"


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play(participants=2)


@pytest.fixture
def program(app: App, web: Flask, north: Play) -> Program:
    return Program(app, web, north.actor("secretary"))


# --- The token's address (RFC 6749) -----------------------------------------------------------------------------------


def test_a_token_is_given_for_the_secret_by_http_basic_or_by_the_form(web: Flask, program: Program) -> None:
    in_form = {**GRANT, "client_id": program.client_id, "client_secret": program.secret}
    for answer in (
        program.ask_token(program.client_id, program.secret),
        web.test_client().post(PATH, data=in_form),
    ):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"
        given = answer.get_json()
        assert (given["token_type"], given["expires_in"]) == ("Bearer", LIFE.total_seconds())
        me = program.ask("GET", "me", token=given["access_token"])
        assert (me.status_code, me.get_json()["login"]) == (200, program.client_id)
        assert me.get_json()["roles"] == [Role.DATA_CENTRE_OPERATOR]


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        ({}, True, 400, "invalid_request"),
        ({"grant_type": "password"}, True, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "all"}, True, 400, "invalid_scope"),
        ({**GRANT, "client_secret": "x"}, True, 400, "invalid_request"),
        ({**GRANT, "client_id": "another"}, True, 400, "invalid_request"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, True, 400, "invalid_request"),
        (GRANT, False, 401, "invalid_client"),
        ({**GRANT, "client_id": "with\x00nul", "client_secret": "x"}, False, 401, "invalid_client"),
        ({**GRANT, "client_id": "кириллица", "client_secret": "x"}, False, 401, "invalid_client"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong_as_the_rfc_says(
    web: Flask, program: Program, form: dict[str, Any], auth: bool, status: int, error: str
) -> None:
    given = {"auth": (program.client_id, program.secret)} if auth else {}
    answer = web.test_client().post(PATH, data=form, **given)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        status,
        "application/json",
        "no-store",
    )
    told = answer.get_json()
    assert told["error"] == error
    assert told["error_description"].isascii()
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_a_body_of_another_kind_and_a_header_of_another_scheme_are_refused(web: Flask, program: Program) -> None:
    body = {**GRANT, "client_id": program.client_id, "client_secret": program.secret}
    assert web.test_client().post(PATH, json=body).get_json()["error"] == "invalid_request"
    for header in ("Basic !!!", "Basic " + b64encode(b"no colon").decode(), "Bearer x", ""):
        answer = web.test_client().post(PATH, data=GRANT, headers={"Authorization": header})
        assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert web.test_client().post("/api/v1/nowhere/token", data=GRANT).status_code == 404


def test_an_unknown_client_a_wrong_secret_and_a_disabled_client_are_told_the_same(
    app: App, web: Flask, north: Play, program: Program
) -> None:
    closed = Program(app, web, north.actor("secretary"))
    disable(app, closed, north)
    answers = [
        program.ask_token(client_id, secret)
        for client_id, secret in (
            ("nobody-at-all", program.secret),
            (program.client_id, "wrong"),
            (program.client_id, closed.secret),
            (closed.client_id, closed.secret),
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.get_data() for answer in answers}) == 1
    for answer in answers:
        del answer.headers["X-Request-ID"]
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
    # The rightful one is served.
    assert program.ask_token(program.client_id, program.secret).status_code == 200


def test_wrong_secrets_are_counted_for_the_known_and_the_unknown_but_the_right_one_never_waits(
    program: Program,
) -> None:
    for client_id in (program.client_id, f"nobody-{new_id().hex[-8:]}"):
        statuses = [program.ask_token(client_id, "wrong").status_code for _ in range(WRONG_SECRETS + 2)]
        assert statuses == [401] * WRONG_SECRETS + [429] * 2
        answer = program.ask_token(client_id, "wrong")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.get_json()["error"] == "invalid_client"
    assert program.ask_token(program.client_id, program.secret).status_code == 200


def test_neither_secret_nor_token_stands_in_the_database(north: Play, program: Program) -> None:
    token = program.token
    client = north.read(
        lambda session: session.get_one(ApiClient, (north.world.rules.tenant.tenant_id, program.row_id))
    )
    assert client.secret_hash == secret_hash(program.secret)
    kept = north.read(
        lambda session: session.scalars(select(ApiToken).where(ApiToken.client_row_id == program.row_id)).one()
    )
    assert kept.token_hash == secret_hash(token)
    assert kept.expires_at - kept.issued_at == LIFE
    # 256 random bits each.
    assert len(program.secret) == len(token.partition(".")[2]) == 43


# --- Secrets and the end ----------------------------------------------------------------------------------------------


def test_after_a_rotation_both_secrets_live_for_a_while_and_never_three(
    app: App, north: Play, program: Program
) -> None:
    first, tenant_id = program.secret, north.world.rules.tenant.tenant_id

    def rotate(hours: int) -> str:
        with app.database.unit_of_work(tenant_id) as work:
            return rotate_secret(
                work.session,
                program.client_id,
                actor=north.actor("secretary"),
                overlap=timedelta(hours=hours),
                machine_now=work.machine_now,
                case_at=work.machine_now,
            ).secret

    def statuses(*secrets: str) -> list[int]:
        return [program.ask_token(program.client_id, secret).status_code for secret in secrets]

    second = rotate(24)
    assert statuses(first, second) == [200, 200]
    third = rotate(24)
    assert statuses(first, second, third) == [401, 200, 200]
    with app.database.unit_of_work(tenant_id) as work:
        work.session.execute(
            update(ApiClient).where(ApiClient.id == program.row_id).values(previous_until=work.machine_now)
        )
    assert statuses(second, third) == [401, 200]
    # A secret that leaked ends at once, and so do the tokens that it gave.
    token = program.ask_token(program.client_id, third).get_json()["access_token"]
    fourth = rotate(0)
    assert statuses(third, fourth) == [401, 200]
    assert program.ask("GET", "me", token=token).status_code == 401


def disable(app: App, program: Program, north: Play) -> None:
    with app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        disable_client(
            work.session,
            program.client_id,
            actor=north.actor("secretary"),
            machine_now=work.machine_now,
            case_at=work.machine_now,
        )


def test_disabling_acts_at_once(app: App, north: Play, program: Program) -> None:
    assert program.ask("GET", "me").status_code == 200
    disable(app, program, north)
    assert program.ask("GET", "me").status_code == 401
    assert program.ask_token(program.client_id, program.secret).status_code == 401
    live = select(Membership.id).where(Membership.person_id == program.person_id, Membership.revoked_at.is_(None))
    assert north.read(lambda session: list(session.scalars(live))) == []


# --- The commands -----------------------------------------------------------------------------------------------------


def test_programs_are_kept_by_commands(run: Run, north: Play, program: Program) -> None:
    name = f"centre-{new_id().hex[-8:]}"
    wish = ("client", "create", "--tenant", "north", name, "--title", "Центр обработки", "--role")
    code, said, told = run(*wish, "data_centre_operator")
    assert code == 0
    assert "один раз" in told
    secret = said.partition("client_secret: ")[2].strip()
    assert program.ask_token(name, secret).status_code == 200
    assert run(*wish, "data_centre_operator")[::2] == (
        1,
        "Программа или человек с таким именем уже есть. Выберите другое имя.\n",
    )
    assert run(*wish, "chair")[0] == 2
    assert "Укажите организацию" in run(*wish[:4], "school-1", *wish[5:], "school_operator")[2]
    code, said, _ = run("client", "rotate", "--tenant", "north", name, "--overlap", 0)
    anew = said.partition("client_secret: ")[2].strip()
    assert (code, program.ask_token(name, secret).status_code, program.ask_token(name, anew).status_code) == (
        0,
        401,
        200,
    )
    listed = run("client", "list", "--tenant", "north")[1]
    assert f"{name}: Центр обработки\n  роль: оператор центра обработки информации" in listed
    assert secret not in listed
    assert run("client", "disable", "--tenant", "north", name)[0] == 0
    assert program.ask_token(name, anew).status_code == 401
    assert "отключена" in run("client", "list", "--tenant", "north")[1]
    assert run("client", "disable", "--tenant", "north", name)[::2] == (
        1,
        "Эта программа уже отключена. Заведите новую.\n",
    )
    assert run("client", "rotate", "--tenant", "north", "nobody")[::2] == (
        1,
        "Программы с таким именем в этом регионе нет.\n",
    )

"""Very many sign-ins from one address cost a little work or a short wait, and are never refused."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from apella.bootstrap import App
from apella.identity.address_counts import AddressCount
from apella.identity.proof import BITS, PARTS, ProofNeeded, Proofs, solve
from apella.identity.sign_in_gate import FREE, SignInGate
from apella.settings import Mode
from apella.testing.identity import Place
from apella.testing.tenants import NORTH
from apella.web_app import create_app

ALLOWED = 2


@pytest.fixture
def address() -> str:
    """An address whose network no other test counts."""
    return f"2001:db8:{secrets.randbelow(65536):x}:{secrets.randbelow(65536):x}::7"


@pytest.fixture
def strict(app: App, place: Place, other_place: Place) -> App:
    """The same application, where two sign-ins in ten minutes are free and a proof is quick."""
    parts = replace(app)
    vars(parts)["database"] = app.database
    vars(parts)["sign_in_gate"] = SignInGate(
        app.database,
        app.master,
        open_to_loopback=True,
        free=ALLOWED,
        proofs=Proofs(app.master.derive("sign-in proofs"), parts=2, bits=6),
    )
    return parts


@pytest.fixture
def web(strict: App) -> Flask:
    web = create_app(strict)
    web.testing = True
    return web


@pytest.fixture
def browser(web: Flask, address: str) -> Iterator[FlaskClient]:
    with web.test_client() as client:
        client.environ_base["REMOTE_ADDR"] = address
        yield client


def ask(browser: FlaskClient, **more: str) -> TestResponse:
    """Ask for a code for somebody whom nobody else asks for, or send what a page carried once more."""
    form = {"document": f"97 {secrets.randbelow(10**8):08}", "phone": "+7 900 000-00-00", **more}
    return browser.post("/north/sign-in/code", data=form)


def crowd(browser: FlaskClient, number: int = ALLOWED) -> None:
    for _ in range(number):
        assert ask(browser).status_code == 303


def hidden(answer: TestResponse, name: str) -> str:
    found = re.search(rf'(?:name="{name}" value|data-{name})="([^"]*)"', answer.get_data(as_text=True))
    assert found is not None, name
    return found[1]


def answers(page: TestResponse) -> str:
    numbers = solve(hidden(page, "salt"), parts=int(hidden(page, "parts")), bits=int(hidden(page, "bits")))
    return ",".join(map(str, numbers))


def let_pass(app: App, by: timedelta) -> None:
    """Let the counts of NORTH lie so far back."""
    with app.database.unit_of_work(app.regions.get(NORTH).tenant.tenant_id) as work:
        work.session.execute(update(AddressCount).values(minute=AddressCount.minute - by))


def test_over_the_limit_a_page_asks_for_a_proof_and_loses_nothing(browser: FlaskClient) -> None:
    crowd(browser)
    page = ask(browser, document="97 12345678", next="/north/")
    assert page.status_code == 428
    assert int(page.headers["Retry-After"]) > 0
    assert hidden(page, "document") == "97 12345678"
    assert hidden(page, "next") == "/north/"
    assert "proof.js" in page.get_data(as_text=True)
    assert "Подождите" in page.get_data(as_text=True)
    done = ask(browser, document="97 12345678", ticket=hidden(page, "ticket"), answers=answers(page))
    assert done.status_code == 303


def test_a_proof_is_spent_once(browser: FlaskClient) -> None:
    crowd(browser)
    page = ask(browser)
    proof = {"ticket": hidden(page, "ticket"), "answers": answers(page)}
    assert ask(browser, **proof).status_code == 303
    again = ask(browser, **proof)
    assert again.status_code == 428
    assert hidden(again, "ticket") != proof["ticket"], "a new one is asked for"


@pytest.mark.parametrize("wrong", ["", "1,2", "x", "9" * 400])
def test_a_wrong_answer_keeps_the_ticket(browser: FlaskClient, wrong: str) -> None:
    crowd(browser)
    page = ask(browser)
    again = ask(browser, ticket=hidden(page, "ticket"), answers=wrong)
    assert again.status_code == 428
    assert hidden(again, "ticket") == hidden(page, "ticket")


def test_whoever_waits_goes_on_without_a_script(
    browser: FlaskClient, strict: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apella.identity.proof.WAIT", timedelta(0))
    monkeypatch.setattr("apella.identity.proof.LONGEST_WAIT", timedelta(0))
    crowd(browser)
    page = ask(browser)
    monkeypatch.undo()
    assert ask(browser, ticket=hidden(page, "ticket"), answers="").status_code == 303
    assert ask(browser, ticket=hidden(page, "ticket"), answers="").status_code == 428, "this is spent once too"


def test_neighbours_are_counted_together_and_others_apart(web: Flask, browser: FlaskClient, address: str) -> None:
    crowd(browser)
    with web.test_client() as neighbour, web.test_client() as stranger:
        neighbour.environ_base["REMOTE_ADDR"] = address.replace("::7", "::1234")
        stranger.environ_base["REMOTE_ADDR"] = address.replace("2001:db8:", "2001:db9:")
        assert ask(neighbour).status_code == 428
        assert ask(stranger).status_code == 303


def test_after_ten_minutes_the_count_begins_anew(browser: FlaskClient, strict: App) -> None:
    crowd(browser)
    assert ask(browser).status_code == 428
    let_pass(strict, timedelta(minutes=10))
    assert ask(browser).status_code == 303


def test_the_own_machine_of_an_embedded_instance_is_free(web: Flask) -> None:
    for loopback in ("127.0.0.1", "::1"):
        with web.test_client() as client:
            client.environ_base["REMOTE_ADDR"] = loopback
            crowd(client, ALLOWED + 2)


def test_in_production_the_own_machine_is_an_address_as_any_other(app: App) -> None:
    production = replace(app, settings=replace(app.settings, mode=Mode.PRODUCTION))
    vars(production)["database"] = app.database
    tenant_id = app.regions.get(NORTH).tenant.tenant_id
    for _ in range(FREE):
        production.sign_in_gate.pass_by(tenant_id=tenant_id, slug=NORTH, address="127.0.0.1", proof=None)
    with pytest.raises(ProofNeeded):
        production.sign_in_gate.pass_by(tenant_id=tenant_id, slug=NORTH, address="127.0.0.1", proof=None)


def test_no_address_stands_in_the_database(browser: FlaskClient, strict: App, address: str) -> None:
    crowd(browser)
    with strict.database.unit_of_work(strict.regions.get(NORTH).tenant.tenant_id) as work:
        rows = work.session.scalars(select(AddressCount)).all()
    assert rows
    assert {len(row.prefix_index) for row in rows} == {16}
    kept = " ".join(f"{row.prefix_index!r} {row.minute}" for row in rows)
    assert address.split("::")[0] not in kept


def test_the_limit_on_codes_stands_behind_the_proof(browser: FlaskClient, place: Place) -> None:
    form = {"document": place.document, "phone": place.phone}
    for _ in range(3):
        answer = ask(browser, **form)
        while answer.status_code == 428:
            answer = ask(browser, **form, ticket=hidden(answer, "ticket"), answers=answers(answer))
        assert answer.status_code == 303
    page = ask(browser, **form)
    refused = ask(browser, **form, ticket=hidden(page, "ticket"), answers=answers(page))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_wrong_field_is_said_before_any_proof(browser: FlaskClient) -> None:
    crowd(browser)
    assert ask(browser, phone="12").status_code == 422


def test_a_code_on_paper_passes_the_same_gate(browser: FlaskClient, other_place: Place) -> None:
    form = {"document": other_place.document, "code": "ABCE"}
    for _ in range(ALLOWED):
        assert browser.post("/south/sign-in/school-code", data=form).status_code == 422
    page = browser.post("/south/sign-in/school-code", data=form)
    assert page.status_code == 428
    proof = {"ticket": hidden(page, "ticket"), "answers": answers(page)}
    assert browser.post("/south/sign-in/school-code", data={**form, **proof}).status_code == 422


def test_a_program_is_given_the_challenge_and_goes_on_with_its_answer(browser: FlaskClient, place: Place) -> None:
    crowd(browser)
    body = {"document": place.document, "phone": place.phone}
    asked = browser.post("/api/v1/north/sign-in/code-requests", json=body)
    assert asked.json is not None
    assert (asked.status_code, asked.mimetype, asked.json["code"]) == (428, "application/problem+json", "sign_in.proof")
    assert int(asked.headers["Retry-After"]) == asked.json["challenge"]["wait_seconds"]
    challenge = asked.json["challenge"]
    assert challenge["hash"] == "SHA-256"
    numbers = solve(challenge["salt"], parts=challenge["parts"], bits=challenge["bits"])
    again = {**body, "proof": {"ticket": challenge["ticket"], "answers": numbers}}
    assert browser.post("/api/v1/north/sign-in/code-requests", json=again).status_code == 201
    assert browser.post("/api/v1/north/sign-in/code-requests", json=again).status_code == 428


def test_the_document_of_the_api_names_the_answer(browser: FlaskClient) -> None:
    paths = browser.get("/api/openapi.json").get_json()["paths"]
    for path in ("code-requests", "application-code-requests", "school-codes"):
        assert "428" in paths[f"/api/v1/{{tenant}}/sign-in/{path}"]["post"]["responses"]
    assert "428" not in paths["/api/v1/{tenant}/sign-in/codes"]["post"]["responses"]


def test_behind_a_proxy_the_client_s_own_address_is_counted(strict: App, address: str) -> None:
    parts = replace(strict, settings=replace(strict.settings, trusted_proxies=1))
    vars(parts).update(database=strict.database, sign_in_gate=strict.sign_in_gate)
    with create_app(parts).test_client() as client:
        client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.7, {address}"
        crowd(client)
        assert ask(client).status_code == 428
        client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.7, {address.replace('2001:db8:', '2001:dba:')}"
        assert ask(client).status_code == 303


def test_a_class_at_its_school_is_let_through(app: App) -> None:
    assert FREE >= 30
    assert PARTS * 2**BITS < 600_000

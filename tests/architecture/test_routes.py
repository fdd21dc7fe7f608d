"""Every address needs a session but those on the reviewed list; what is added later is closed until it is listed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apella.bootstrap import App
from apella.casework.offers import VERBS
from apella.identity.sessions import COOKIE
from apella.testing.plugin import ClientFor, MakeWorld
from apella.web.public import PUBLIC
from apella.web_app import create_app

ANYTHING = uuid.UUID("01900000-0000-7000-8000-000000000001")
# Filled into addresses by the names of their parts.
PARTS: dict[str, object] = {
    "tenant": "north",
    "case_id": ANYTHING,
    "document_id": ANYTHING,
    "work_id": ANYTHING,
    "request_id": ANYTHING,
    "change_id": ANYTHING,
    "conflict_id": ANYTHING,
    "glass_id": ANYTHING,
    "substitution_id": ANYTHING,
    "role": "chair",
    "person_id": ANYTHING,
    "binding_id": ANYTHING,
    "code_id": ANYTHING,
    "attachment_id": ANYTHING,
    "representation_id": ANYTHING,
    "kind": "parent",
    "action": next(iter(VERBS.values())).path,
    "token": "unknown",
    "filename": "apella.css",
}


def routes(web: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and filled-in address of every route."""
    adapter = web.url_map.bind("localhost")
    for rule in web.url_map.iter_rules():
        address = adapter.build(rule.endpoint, {name: PARTS[name] for name in rule.arguments})
        for method in sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, address


def closed_routes(web: Flask) -> list[tuple[str, str]]:
    return [(method, address) for endpoint, method, address in routes(web) if endpoint not in PUBLIC]


def outside(answers: dict[tuple[str, str], tuple[int, str]]) -> dict[tuple[str, str], tuple[int, str]]:
    """The answers that are not a refusal: 401, a way to the sign-in, or nothing there."""
    return {
        route: (status, location)
        for route, (status, location) in answers.items()
        if status not in {401, 404} and not (status in {302, 303} and "/sign-in" in location)
    }


def ask(client: FlaskClient, method: str, address: str) -> tuple[int, str]:
    answer = client.open(
        address, method=method, json={} if method != "GET" and "/api/" in address else None, buffered=True
    )
    return answer.status_code, answer.headers.get("Location", "")


def test_the_list_names_addresses_that_there_are(web: Flask) -> None:
    assert PUBLIC - {endpoint for endpoint, _, _ in routes(web)} == set()


def test_every_other_address_is_closed_without_a_session(web: Flask) -> None:
    client = web.test_client()
    assert outside({route: ask(client, *route) for route in closed_routes(web)}) == {}


def test_a_made_up_session_opens_nothing(web: Flask, client_for: ClientFor, world: MakeWorld) -> None:
    north = world(participants=1)
    someone = client_for(north.staff["secretary"])
    # The form token of a live session with a dead cookie: whoever has seen a page once.
    headers = {"X-CSRF-Token": someone.csrf}
    client = web.test_client()
    client.set_cookie(COOKIE, "made-up")
    answers = {}
    for method, address in closed_routes(web):
        answer = client.open(address, method=method, headers=headers, json={} if "/api/" in address else None)
        answers[method, address] = (answer.status_code, answer.headers.get("Location", ""))
    # A change is stopped even earlier, since the token is not this cookie's.
    assert {route: answer for route, answer in outside(answers).items() if answer[0] != 403} == {}
    assert {method for (method, _), (status, _) in answers.items() if status == 403} <= {"POST", "PUT", "DELETE"}


def test_a_signed_in_stranger_finds_no_tenant(web: Flask, client_for: ClientFor, world: MakeWorld) -> None:
    stranger = client_for(world("south", participants=1).staff["secretary"])
    seen = {}
    for method, address in closed_routes(web):
        if "/north/" in address:
            send = stranger.get if method == "GET" else stranger.post
            seen[method, address] = send(address).status_code
    assert {route: status for route, status in seen.items() if status != 404} == {}
    assert len(seen) > 40


# Coming back from a provider that nobody was sent to is refused, with a status of its own.
REFUSES = {"sign_in.come_back"}


@pytest.mark.parametrize("endpoint", sorted(PUBLIC))
def test_what_is_listed_does_answer_without_a_session(web: Flask, endpoint: str) -> None:
    client = web.test_client()
    answers = [ask(client, method, address) for of, method, address in routes(web) if of == endpoint]
    assert answers
    assert not [status for status, _ in answers if status >= 500 or (status == 401 and endpoint not in REFUSES)]


def test_a_new_address_is_closed_until_it_is_listed(app: App) -> None:
    web = create_app(app)
    web.add_url_rule("/north/brand-new", "brand.new", lambda: "secret")
    web.add_url_rule("/<tenant>/brand-new", "brand.newer", lambda tenant: f"secret of {tenant}")
    for address in ("/north/brand-new", "/south/brand-new"):
        answer = web.test_client().get(address)
        assert answer.status_code in {302, 303, 401}
        assert b"secret" not in answer.data

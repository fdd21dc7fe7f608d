"""Bad input gets a clear problem document: nothing is lost, nothing is half-done."""

from __future__ import annotations

import base64
import json
import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from apella.appeals.journal import refuse
from apella.casework.offers import VERBS
from apella.identity.login_states import COOKIE as STATE_COOKIE
from apella.identity.permissions import table
from apella.identity.roles import Role
from apella.testing.client import Client
from apella.testing.http_walk import HttpWalk
from apella.testing.plugin import ClientFor, StartPlay


@pytest.fixture
def north(play: StartPlay, client_for: ClientFor) -> HttpWalk:
    return HttpWalk(play(), client_for)


@pytest.fixture
def secretary(north: HttpWalk) -> Client:
    return north.client("secretary")


@pytest.fixture
def case(north: HttpWalk) -> str:
    return str(north.play.file())


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The answer as a problem document (RFC 9457)."""
    body: dict[str, Any] = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), body
    assert {"type", "title", "status", "code"} <= body.keys()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:apella:problem:{code}")
    assert any("а" <= letter.lower() <= "я" for letter in body["title"])
    return body


def test_an_unknown_field_is_named(secretary: Client, case: str) -> None:
    body = problem(secretary.act(case, "request-kit", colour="red"), 422, "malformed")
    assert set(body["fields"]) == {"colour"}


def test_a_wrong_value_is_named_down_to_its_line(north: HttpWalk, case: str) -> None:
    answer = north.client("chair").act(case, "decide", reason="x", changes=[{"task_type": "Z", "position": "one"}])
    body = problem(answer, 422, "malformed")
    assert {"changes.0.task_type", "changes.0.position", "changes.0.was"} <= set(body["fields"])


def test_an_old_version_is_a_conflict_that_says_the_new_one(secretary: Client, case: str) -> None:
    seen = secretary.get(f"appeals/{case}").get_json()["version"]
    assert secretary.act(case, "request-kit", version=seen).status_code == 200
    body = problem(secretary.act(case, "refuse", ground="task_content", version=seen), 409, "appeal.stale_version")
    assert body["version"] == str(seen + 1)


@pytest.mark.parametrize("version", [0, -1, 2**31, "3", 1.5, None, True])
def test_a_version_is_a_whole_number(secretary: Client, case: str, version: object) -> None:
    body = problem(secretary.act(case, "request-kit", version=version), 422, "malformed")
    assert set(body["fields"]) == {"version"}


def test_broken_json_is_not_understood(secretary: Client, case: str) -> None:
    for data in (b"{", b"[1", b'{"version": }', b"\xff\xfe"):
        answer = secretary.post(f"appeals/{case}/request-kit", data=data, content_type="application/json")
        problem(answer, 400, "request.malformed")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/xml"])
def test_a_body_of_another_kind_is_not_taken(secretary: Client, case: str, kind: str) -> None:
    answer = secretary.post(f"appeals/{case}/request-kit", data=b'{"version": 1}', content_type=kind)
    problem(answer, 415, "request.media_type")


@pytest.mark.parametrize("data", [b"[]", b"1", b'"text"', b"null"])
def test_json_that_is_no_object_is_malformed(secretary: Client, case: str, data: bytes) -> None:
    answer = secretary.post(f"appeals/{case}/request-kit", data=data, content_type="application/json")
    problem(answer, 422, "malformed")


def test_a_body_over_the_limit_is_not_read(web: Flask, secretary: Client, case: str) -> None:
    length = str(web.config["MAX_CONTENT_LENGTH"] + 1)
    answer = secretary.post(
        f"appeals/{case}/request-kit",
        data=b"{}",
        content_type="application/json",
        headers={"Content-Length": length},
        environ_overrides={"CONTENT_LENGTH": length},
    )
    problem(answer, 413, "too_large")


@pytest.mark.parametrize("length", [2001, 100_000])
def test_a_text_over_its_limit_is_named(north: HttpWalk, case: str, length: int) -> None:
    body = problem(north.client("chair").act(case, "admit-late", reason="x" * length), 422, "malformed")
    assert set(body["fields"]) == {"reason"}


def test_a_nul_is_refused_before_the_database_sees_it(north: HttpWalk, case: str) -> None:
    body = problem(north.client("chair").act(case, "admit-late", reason="a\x00b"), 422, "malformed")
    assert set(body["fields"]) == {"reason"}


def test_half_of_a_surrogate_pair_is_not_understood(north: HttpWalk, secretary: Client) -> None:
    for text in (r"\ud800", r"a\udfffb"):
        body = json.dumps(north.application(0, statement="HALF")).replace("HALF", text)
        answer = north.client(0).post("appeals", data=body, content_type="application/json", key=True)
        problem(answer, 400, "request.malformed")
    data = r'{"document": "\ud800", "phone": "\ud800"}'
    answer = secretary.post("sign-in/code-requests", data=data, content_type="application/json")
    problem(answer, 400, "request.malformed")


ODD_JSON = {
    "lists in lists": b"[" * 3_000,
    "objects in objects": b'{"request_id":' * 20_000,
    "lists in a field": b'{"request_id": ' + b"[" * 900 + b"]" * 900 + b"}",
    "an endless number": b'{"request_id": ' + b"9" * 5_000 + b"}",
    "an endless number in a list": b"[" + b"9" * 5_000 + b"]",
}
OPEN_TO_ALL = ("code-requests", "codes", "school-codes", "application-code-requests")


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What a caller can bring about is no error of ours: no such line is written."""
    yield caplog
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.usefixtures("errors")
@pytest.mark.parametrize("data", ODD_JSON.values(), ids=ODD_JSON.keys())
def test_json_that_nobody_can_have_meant_is_not_understood(
    web: Flask, north: HttpWalk, secretary: Client, case: str, data: bytes
) -> None:
    for door in OPEN_TO_ALL:
        answer = web.test_client().post(f"/api/v1/north/sign-in/{door}", data=data, content_type="application/json")
        assert (answer.status_code, answer.get_json()["code"]) in REFUSED, door
    for client, address in ((secretary, f"appeals/{case}/request-kit"), (north.client(0), "appeals")):
        answer = client.post(address, data=data, content_type="application/json", key=True)
        assert (answer.status_code, answer.get_json()["code"]) in REFUSED, address


REFUSED = {(400, "request.malformed"), (422, "malformed")}


@pytest.mark.usefixtures("errors")
def test_a_cursor_that_nobody_gave_is_malformed(secretary: Client) -> None:
    for text in (b"[" * 2_500, b'{"at":' * 400, b"9" * 2_900):
        cursor = base64.urlsafe_b64encode(text).decode()
        answer = secretary.get(f"appeals?cursor={cursor}")
        assert (answer.status_code, answer.get_json()["code"]) in {(422, "cursor"), (422, "malformed")}


@pytest.mark.usefixtures("errors")
@pytest.mark.parametrize("origin", ["http://[", "http://[x", "http://]", "//[::", "null", "", "http://localhost@x"])
def test_an_origin_that_is_no_address_is_a_foreign_one(web: Flask, north: HttpWalk, origin: str) -> None:
    visitor, headers = web.test_client(), {"Origin": origin}
    problem(visitor.post("/api/v1/north/sign-in/codes", json={}, headers=headers), 403, "csrf.origin")
    assert visitor.post("/north/sign-in/code", data={}, headers=headers).status_code == 403
    assert visitor.post("/sign-in/back-channel-logout", data={}, headers=headers).status_code == 403
    assert north.client("secretary").http.post("/north/sign-out", headers=headers).status_code == 403


@pytest.mark.usefixtures("errors")
def test_an_odd_record_or_token_of_a_sign_in_is_none(web: Flask, north: HttpWalk) -> None:
    for header in (b"[" * 3_000, b'{"a":' * 600, b'{"alg": ' + b"9" * 4_500 + b"}", b"\xff"):
        odd = base64.urlsafe_b64encode(header).decode().rstrip("=") + ".a.b"
        answer = web.test_client().post("/sign-in/back-channel-logout", data={"logout_token": odd})
        assert (answer.status_code, answer.get_json()) == (400, {"error": "invalid_request"})
        cookie = {"Cookie": f"{STATE_COOKIE}={odd}.c.d"}
        assert web.test_client().get("/sign-in/callback?code=1&state=1", headers=cookie).status_code == 401


@pytest.mark.parametrize("verb", ["schedule", "reschedule"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_at_the_end_of_times_is_refused(north: HttpWalk, case: str, verb: str, moment: str) -> None:
    if verb == "reschedule":
        north.play.schedule(uuid.UUID(case))
    answer = north.client("secretary").act(case, verb, starts_at=moment, reason="x")
    assert (answer.status_code, set(answer.get_json()["fields"])) == (422, {"starts_at"})


@pytest.mark.parametrize("slug", ["nowhere", "NORTH", "north%00", "..", "902"])
def test_an_unknown_tenant_is_not_there(secretary: Client, slug: str) -> None:
    assert secretary.get(f"/api/v1/{slug}/appeals").status_code == 404


@pytest.mark.parametrize("path", ["appeals/not-an-id", "nothing", "appeals/123/history"])
def test_an_unknown_address_is_not_there(secretary: Client, path: str) -> None:
    problem(secretary.get(path), 404, "not_found")


def test_a_wrong_method_says_which_are_right(secretary: Client, case: str) -> None:
    answer = secretary.http.delete(secretary.address(f"appeals/{case}"), headers={"X-CSRF-Token": secretary.csrf})
    problem(answer, 405, "request.method")
    assert "GET" in answer.headers["Allow"]


def test_without_the_form_token_nothing_changes(secretary: Client, case: str) -> None:
    before = secretary.get(f"appeals/{case}").get_json()
    for token in ("", "made-up"):
        answer = secretary.post(f"appeals/{case}/request-kit", {"version": 1}, headers={"X-CSRF-Token": token})
        problem(answer, 403, "csrf.token")
    foreign = {"Origin": "https://elsewhere.example"}
    problem(secretary.post(f"appeals/{case}/request-kit", {"version": 1}, headers=foreign), 403, "csrf.origin")
    assert secretary.get(f"appeals/{case}").get_json() == before


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=e30", "limit=0", "limit=201", "state=x", "subject=1", "owed=%00"]
)
def test_a_wrong_filter_is_malformed(secretary: Client, query: str) -> None:
    assert secretary.get(f"appeals?{query}").status_code == 422


WRONG_NOW: list[tuple[str, str, dict[str, Any]]] = [
    ("secretary", "register", {}),
    ("secretary", "reschedule", {"starts_at": "2026-06-17T10:00:00+05:00", "reason": "x"}),
    ("secretary", "open-hearing", {}),
    ("secretary", "hand-over", {}),
    ("secretary", "close", {}),
    ("chair", "open-hearing", {}),
    ("chair", "vote", {"ballot": "satisfy"}),
    ("chair", "decide", {"reason": "x"}),
    ("member-1", "vote", {"ballot": "satisfy"}),
    ("data-centre-operator", "enter-packet", {}),
    ("data-centre-operator", "dispatch-packet", {}),
    ("data-centre-operator", "enter-recalculation", {"primary_score": 1, "test_score": 1}),
    ("exam-commission-chair", "approve", {"act_number": "1", "act_date": "2026-06-30"}),
]


def test_a_deed_in_the_wrong_state_is_a_conflict_whoever_s_it_is(north: HttpWalk, case: str) -> None:
    before = north.seen(case)
    for who, verb, body in WRONG_NOW:
        found = problem(north.client(who).act(case, verb, **body), 409, "appeal.illegal_transition")
        assert (found["state"], found["action"]) == ("registered", verb.replace("-", "_"))
    assert north.seen(case) == before
    north.play.act("secretary", refuse, uuid.UUID(case), ground="task_content")
    for offered in VERBS.values():
        if Role.SECRETARY in table()[offered.action]:
            answer = north.client("secretary").act(case, offered.path, **BODIES.get(offered.action, {}))
            problem(answer, 409, "appeal.illegal_transition")


BODIES: dict[str, dict[str, Any]] = {
    "refuse": {"ground": "task_content"},
    "assign_expert": {"expert_id": str(uuid.UUID(int=1))},
    "schedule": {"starts_at": "2026-06-17T10:00:00+05:00"},
    "reschedule": {"starts_at": "2026-06-17T10:00:00+05:00", "reason": "x"},
}

"""Headers, cookies, and the proof that a form is ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from apella.web import security
from apella.web.security import CsrfRejected, csrf_token, is_csrf_token, is_same_site

SECRET = b"a secret of thirty-two bytes....."


def test_a_token_belongs_to_one_session_and_one_secret() -> None:
    token = csrf_token("s-1", secret=SECRET)
    assert is_csrf_token(token, session_id="s-1", secret=SECRET)
    assert not is_csrf_token(token, session_id="s-2", secret=SECRET)
    assert not is_csrf_token(token, session_id="s-1", secret=b"another")


def test_a_token_differs_each_time() -> None:
    assert csrf_token("s-1", secret=SECRET) != csrf_token("s-1", secret=SECRET)


@pytest.mark.parametrize("token", ["", "x", "не токен", "AAAA", "A" * 64])
def test_anything_else_is_no_token(token: str) -> None:
    assert not is_csrf_token(token, session_id="s-1", secret=SECRET)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "http://localhost:8001"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_a_request_comes_from_our_own_page(headers: dict[str, str], *, verdict: bool) -> None:
    assert is_same_site(Headers(headers), host="localhost") is verdict


def test_the_policy_allows_nothing_inline() -> None:
    policy = security.content_security_policy(
        file_origins=("https://files.example",), form_origins=("https://id.example",)
    )
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "media-src 'self' https://files.example" in policy
    assert "connect-src 'self' https://files.example" in policy
    assert "form-action 'self' https://id.example" in policy
    assert "frame-ancestors 'none'" in policy


def test_https_is_kept_only_where_there_is_https() -> None:
    assert "Strict-Transport-Security" in security.response_headers("", secure=True)
    assert "Strict-Transport-Security" not in security.response_headers("", secure=False)


def test_a_cookie_is_hidden_from_scripts_and_from_other_sites() -> None:
    assert security.cookie_options(secure=True, lifetime=timedelta(days=1)) == {
        "httponly": True,
        "secure": True,
        "samesite": "Lax",
        "path": "/",
        "max_age": timedelta(days=1),
    }


def _client(session_id: str | None) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    policy = security.content_security_policy()
    security.init_app(app, security.Guard(secret=SECRET, session_id=lambda: session_id, policy=policy, secure=False))

    @app.route("/act", methods=["GET", "POST", "DELETE"])
    def act() -> str:
        return render_template_string("{{ token }}", token=security.current_csrf_token())

    return app.test_client()


def test_a_form_with_its_token_is_taken() -> None:
    client = _client("s-1")
    token = client.get("/act").text
    assert client.post("/act", data={"csrf_token": token}).status_code == 200
    assert client.delete("/act", headers={"X-CSRF-Token": token}).status_code == 200


@pytest.mark.parametrize("given", [{}, {"csrf_token": "wrong"}, {"csrf_token": csrf_token("s-2", secret=SECRET)}])
def test_a_form_without_the_token_of_its_session_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(CsrfRejected) as refused:
        _client("s-1").post("/act", data=given)
    assert refused.value.error_code == "csrf.token"


def test_a_foreign_page_is_refused_even_with_a_token() -> None:
    token = csrf_token("s-1", secret=SECRET)
    with pytest.raises(CsrfRejected) as refused:
        _client("s-1").post("/act", data={"csrf_token": token}, headers={"Origin": "https://evil.example"})
    assert refused.value.error_code == "csrf.origin"


def test_before_sign_in_the_origin_alone_is_asked() -> None:
    assert _client(None).post("/act").text == ""
    with pytest.raises(CsrfRejected):
        _client(None).post("/act", headers={"Sec-Fetch-Site": "cross-site"})


def test_every_answer_carries_the_headers() -> None:
    headers = _client(None).get("/act").headers
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy"):
        assert headers[name]
    assert headers["Cache-Control"] == "no-store"

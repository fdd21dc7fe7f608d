"""«Версия для слабовидящих»: the choice in a cookie, the classes of <html>, the way back."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apella.errors import Malformed
from apella.web import layout, pages, security
from apella.web.preferences import COOKIE, Preferences, Scheme, local_path


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("apella.web")
    policy = security.content_security_policy()
    security.init_app(app, security.Guard(secret=b"key", session_id=lambda: None, policy=policy, secure=False))
    layout.init_app(app)
    app.register_blueprint(pages.blueprint)
    app.testing = True
    return app.test_client()


@pytest.mark.parametrize("stored", [None, "", "4-light-1-1", "1-pink-1-1", "1-light-1", "1-light-1-1;x", "<script>"])
def test_a_value_that_is_not_ours_means_the_usual_view(stored: str | None) -> None:
    assert Preferences.from_cookie(stored) == Preferences()
    assert Preferences.from_cookie(stored).html_classes == ""


@pytest.mark.parametrize(
    ("stored", "classes"),
    [
        ("1-light-1-1", "vi vi-light"),
        ("2-dark-1-0", "vi vi-dark vi-size-2 vi-noimg"),
        ("3-blue-3-1", "vi vi-blue vi-size-3 vi-space-3"),
    ],
)
def test_a_choice_survives_the_cookie_and_becomes_classes(stored: str, classes: str) -> None:
    preferences = Preferences.from_cookie(stored)
    assert preferences.as_cookie() == stored
    assert preferences.html_classes == classes


@pytest.mark.parametrize("target", ["/", "/nord/cases?page=2", "/vi#main", "/путь"])
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:x",
        "nord",
        "/a\\b",
        "/a\nb",
        "\t//x",
    ],
)
def test_nobody_is_sent_to_a_foreign_address(target: str | None) -> None:
    assert local_path(target, otherwise="/home") == "/home"


def test_the_choice_is_stored_and_the_person_goes_back(client: FlaskClient) -> None:
    answer = client.post("/vi", data={"size": "2", "scheme": "dark", "spacing": "3", "images": "0", "next": "/nord/"})
    assert (answer.status_code, answer.location) == (303, "/nord/")
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.value == "2-dark-3-0"
    assert cookie.http_only
    page = client.get("/vi?next=/nord/").text
    assert '<html lang="ru" class="vi vi-dark vi-size-2 vi-space-3 vi-noimg">' in page
    assert 'name="next" value="/nord/"' in page


def test_the_present_choice_is_ticked(client: FlaskClient) -> None:
    client.set_cookie(COOKIE, "1-blue-1-1")
    assert 'value="blue" id="f-scheme-3" checked' in client.get("/vi").text
    assert Preferences.from_cookie("1-blue-1-1").scheme is Scheme.BLUE


def test_the_usual_view_comes_back(client: FlaskClient) -> None:
    client.set_cookie(COOKIE, "1-blue-1-1")
    client.post("/vi", data={"view": "usual", "next": "/"})
    assert client.get_cookie(COOKIE) is None


def test_a_foreign_way_back_is_not_followed(client: FlaskClient) -> None:
    assert client.post("/vi", data={"view": "usual", "next": "//evil.example"}).location == "/"
    assert 'name="next" value="/"' in client.get("/vi?next=https://evil.example").text


def test_an_unknown_choice_is_refused(client: FlaskClient) -> None:
    with pytest.raises(Malformed) as refused:
        client.post("/vi", data={"size": "9"})
    assert refused.value.error_code == "preferences.unknown"

"""Sign-in as a browser and a program meet it: pages, redirects, cookies, and what is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apella.identity import sessions
from apella.identity.login_states import COOKIE as STATE_COOKIE
from apella.testing.browser import serve
from apella.testing.identity import Place

CodeAt = Callable[[str], str]


@pytest.fixture
def browser(web: Flask, place: Place, other_place: Place) -> FlaskClient:
    """A browser in front of two regions with people in them."""
    return web.test_client()


def login(browser: FlaskClient, slug: str = "north") -> str | int:
    """Who is signed in there, or the status that says that nobody is."""
    answer = browser.get(f"/api/v1/{slug}/me")
    return str(answer.get_json()["login"]) if answer.status_code == 200 else answer.status_code


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1].replace("&amp;", "&")


def ask(browser: FlaskClient, place: Place, **changes: str) -> TestResponse:
    form = {"document": place.document, "phone": place.phone, **changes}
    return browser.post(f"/{place.slug}/sign-in/code", data=form)


def test_a_participant_signs_in_by_document_phone_and_code(browser: FlaskClient, place: Place, code_at: CodeAt) -> None:
    page = browser.get("/north/sign-in?next=/north/cases")
    assert page.status_code == 200
    assert "Получить код" in text(page)
    assert re.search(r"Учебное время: \w\w\u00a0\d\d\.\d\d\.\d{4}", text(page))
    asked = ask(browser, place, next=hidden(text(page), "next"))
    assert asked.status_code == 303
    shown = browser.get(asked.location)
    assert 'autocomplete="one-time-code"' in text(shown)
    assert place.document not in asked.location
    done = browser.post(asked.location.split("?")[0], data={"code": code_at(asked.location), "next": "/north/"})
    assert (done.status_code, done.location) == (303, "/north/")
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "the embedded instance on this machine has no HTTPS"
    assert login(browser) == "участник"


def test_cookies_are_secure_under_any_other_name(browser: FlaskClient, place: Place, code_at: CodeAt) -> None:
    asked = ask(browser, place)
    done = browser.post(asked.location, data={"code": code_at(asked.location)}, base_url="https://apella.example")
    assert "Secure" in done.headers["Set-Cookie"]


def test_wrong_fields_are_named_and_what_was_typed_stays(browser: FlaskClient, place: Place) -> None:
    answer = ask(browser, place, document="12", phone="+7 900")
    assert answer.status_code == 422
    page = text(answer)
    assert "<title>Ошибка:" in page
    assert 'href="#f-document"' in page
    assert 'href="#f-phone"' in page
    assert 'value="12"' in page
    assert 'value="+7 900"' in page


def test_a_wrong_code_is_refused_in_place_and_counted(browser: FlaskClient, place: Place, code_at: CodeAt) -> None:
    asked = ask(browser, place)
    code = code_at(asked.location)
    for _ in range(5):
        answer = browser.post(asked.location, data={"code": "no"})
        assert answer.status_code == 422
        assert "Проверьте код" in text(answer)
    answer = browser.post(asked.location, data={"code": code})
    assert answer.status_code == 422
    assert "Запросите новый код" in text(answer)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.proof("T6.6")
def test_the_fourth_code_is_429_with_the_wait_in_words(browser: FlaskClient, place: Place) -> None:
    for _ in range(3):
        ask(browser, place)
    answer = ask(browser, place)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert "Повторить можно через" in text(answer)
    assert place.document in text(answer), "what was typed stays"


@pytest.mark.proof("T6.6")
def test_known_and_unknown_people_get_the_same_answer(browser: FlaskClient, place: Place) -> None:
    known, unknown = ask(browser, place), ask(browser, place, document="99 99 000001")
    assert known.status_code == unknown.status_code == 303
    uuid_free = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    assert uuid_free.sub("", known.location) == uuid_free.sub("", unknown.location)
    pages_seen = [uuid_free.sub("", text(browser.get(answer.location))) for answer in (known, unknown)]
    assert pages_seen[0] == pages_seen[1]


def test_the_return_path_never_leaves_the_site(browser: FlaskClient, place: Place) -> None:
    for foreign in ("https://attacker.example/", "//attacker.example", "/\\attacker.example", "javascript:alert(1)"):
        page = browser.get("/north/sign-in", query_string={"next": foreign})
        assert hidden(text(page), "next") == "/north/"


def test_a_foreign_page_cannot_post_the_form(browser: FlaskClient, place: Place) -> None:
    answer = browser.post("/north/sign-in/code", data={}, headers={"Origin": "https://attacker.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("address", ["/nowhere/sign-in", "/nowhere/sign-in/staff"])
def test_an_unknown_region_is_404(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_another_region_s_code_request_is_404(browser: FlaskClient, place: Place) -> None:
    asked = ask(browser, place)
    assert browser.post(asked.location.replace("/north/", "/south/"), data={"code": "123456"}).status_code == 404


def begin(browser: FlaskClient, slug: str = "north") -> str:
    answer = browser.get(f"/{slug}/sign-in/staff?next=/{slug}/")
    assert answer.status_code == 303
    return answer.location


def choose(browser: FlaskClient, location: str, login: str) -> TestResponse:
    """Press a person's button on the page of the embedded issuer."""
    page = text(browser.get(location))
    names = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")
    form = {name: hidden(page, name) for name in (*names, "code_challenge_method")}
    return browser.post(
        "/embedded/issuer/authorize", data={**form, "login": login, "csrf_token": hidden(page, "csrf_token")}
    )


def test_a_secretary_signs_in_by_a_button_on_the_page_of_demo_people(browser: FlaskClient, place: Place) -> None:
    location = begin(browser)
    assert "Северный край" in text(browser.get(location + "&q=секретарь"))
    # Other tests' seasons have secretaries too, and the page lists the first ones only.
    assert f'value="{place.secretary_login}"' in text(browser.get(f"{location}&q={place.secretary_login}"))
    chosen = choose(browser, location, place.secretary_login)
    assert chosen.status_code == 303
    done = browser.get(chosen.location)
    assert (done.status_code, done.location) == (303, "/north/")
    assert login(browser) == "секретарь"
    assert login(browser, "south") == 404, "to somebody without a role there it does not exist"


def test_a_search_that_finds_nobody_says_so(browser: FlaskClient) -> None:
    assert "Никто не подошёл" in text(browser.get(begin(browser) + "&q=никого"))


def test_the_way_back_works_once_and_in_its_own_browser_only(browser: FlaskClient, web: Flask, place: Place) -> None:
    chosen = choose(browser, begin(browser), place.secretary_login)
    stranger = web.test_client().get(chosen.location)
    assert stranger.status_code == 401
    assert "Set-Cookie" not in stranger.headers
    assert browser.get(chosen.location).status_code == 303
    again = browser.get(chosen.location)
    assert again.status_code == 401
    assert "Вернуться ко входу" in text(again)


def test_a_secretary_of_another_region_is_refused_with_a_way_back(
    browser: FlaskClient, place: Place, other_place: Place
) -> None:
    chosen = choose(browser, begin(browser), other_place.secretary_login)
    answer = browser.get(chosen.location)
    assert answer.status_code == 403
    assert "/north/sign-in?next=" in text(answer)
    assert sessions.COOKIE not in answer.headers.get("Set-Cookie", "")


def test_a_broken_request_to_the_issuer_is_explained(browser: FlaskClient) -> None:
    answer = browser.get("/embedded/issuer/authorize?client_id=other")
    assert answer.status_code == 422
    assert "Адрес учебного входа неполный" in text(answer)


def test_signing_out_ends_the_session_here_and_at_the_provider(browser: FlaskClient, place: Place) -> None:
    done = browser.get(choose(browser, begin(browser), place.secretary_login).location)
    token = browser.get_cookie(sessions.COOKIE)
    assert done.status_code == 303
    assert token is not None
    refused = browser.post("/north/sign-out")
    assert refused.status_code == 403, "without the page's token nobody is signed out"
    form = {"csrf_token": hidden(text(browser.get("/north/sign-in")), "csrf_token")}
    answer = browser.post("/north/sign-out", data=form)
    assert answer.status_code == 303
    assert answer.location.startswith("http://localhost/embedded/issuer/end-session?")
    back = browser.get(answer.location)
    assert back.location == "http://localhost/north/sign-in"
    browser.set_cookie(sessions.COOKIE, token.value)
    assert login(browser) == 401, "the old token opens nothing"


def test_a_new_sign_in_ends_the_one_before(browser: FlaskClient, place: Place) -> None:
    browser.get(choose(browser, begin(browser), place.secretary_login).location)
    first = browser.get_cookie(sessions.COOKIE)
    browser.get(choose(browser, begin(browser), place.secretary_login).location)
    second = browser.get_cookie(sessions.COOKIE)
    assert first is not None
    assert second is not None
    assert first.value != second.value
    browser.set_cookie(sessions.COOKIE, first.value)
    assert login(browser) == 401


def test_nothing_secret_stands_in_the_browser_s_state_cookie(browser: FlaskClient) -> None:
    location = begin(browser)
    cookie = browser.get_cookie(STATE_COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert location.split("state=")[1].split("&")[0] not in cookie.value


@pytest.fixture
def base(web: Flask, place: Place) -> Iterator[str]:
    with serve(web) as base:
        yield base


@pytest.fixture
def program() -> Iterator[requests.Session]:
    with requests.Session() as http:
        http.trust_env = False
        yield http


def test_a_program_signs_a_demo_person_in_with_one_request(base: str, place: Place, program: requests.Session) -> None:
    answer = program.get(
        f"{base}/north/sign-in/staff",
        params={"login_hint": place.secretary_login, "prompt": "none", "next": "/api/v1/north/me"},
        timeout=10,
    )
    assert (answer.url, answer.json()["login"]) == (f"{base}/api/v1/north/me", "секретарь")


def test_a_program_that_names_nobody_is_refused(base: str, program: requests.Session) -> None:
    answer = program.get(f"{base}/north/sign-in/staff", params={"login_hint": "nobody", "prompt": "none"}, timeout=10)
    assert answer.status_code == 401


def test_a_program_signs_a_participant_in_by_two_calls(
    base: str, place: Place, program: requests.Session, code_at: CodeAt
) -> None:
    door = f"{base}/api/v1/north/sign-in"
    asked = program.post(f"{door}/code-requests", json={"document": place.document, "phone": place.phone}, timeout=10)
    assert asked.status_code == 201
    request_id = asked.json()["request_id"]
    wrong = program.post(f"{door}/codes", json={"request_id": request_id, "code": "no"}, timeout=10)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "sign_in.code_wrong")
    right = {"request_id": request_id, "code": code_at(request_id)}
    entered = program.post(f"{door}/codes", json=right, timeout=10)
    assert entered.status_code == 200
    assert entered.json()["expires_at"]
    assert program.get(f"{base}/api/v1/north/me", timeout=10).json()["login"] == "участник"


def test_a_program_s_bad_request_names_its_fields(browser: FlaskClient) -> None:
    answer = browser.post("/api/v1/north/sign-in/code-requests", json={"document": 7})
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["fields"]) == {"document", "phone"}
    answer = browser.post("/api/v1/north/sign-in/code-requests", json={"document": "1", "phone": "2"})
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (422, "sign_in.document_and_phone")


@pytest.mark.parametrize("slug", ["north", "south"])
def test_the_issuer_s_page_begins_with_the_region_that_one_came_from(browser: FlaskClient, slug: str) -> None:
    begun = browser.get(f"/{slug}/sign-in/staff")
    headings = re.findall(r'<h2 id="region-\d">([^<]+)</h2>', text(browser.get(begun.location)))
    assert len(headings) == 2
    assert headings[0].startswith({"north": "Север", "south": "Юж"}[slug])

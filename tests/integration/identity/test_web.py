"""Sign-in as a browser and a program meet it: pages, redirects, cookies, and what is never lost."""

from __future__ import annotations

import re
import threading

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from apella.identity import sessions
from apella.identity.login_states import COOKIE as STATE_COOKIE
from apella.testing.identity import Place
from apella.testing.sign_in_site import Site


@pytest.fixture
def browser(site: Site) -> FlaskClient:
    return site.app.test_client()


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1].replace("&amp;", "&")


def ask(browser: FlaskClient, site: Site, **changes: str) -> TestResponse:
    form = {"document": site.place.document, "phone": site.place.phone, **changes}
    return browser.post(f"/{site.place.slug}/sign-in/code", data=form)


def test_a_participant_signs_in_by_document_phone_and_code(browser: FlaskClient, site: Site) -> None:
    page = browser.get("/north/sign-in?next=/north/cases")
    assert page.status_code == 200
    assert "Получить код" in text(page)
    assert re.search(r"Учебное время: \w\w\u00a0\d\d\.\d\d\.\d{4}", text(page))
    asked = ask(browser, site, next=hidden(text(page), "next"))
    assert asked.status_code == 303
    shown = browser.get(asked.location)
    assert 'autocomplete="one-time-code"' in text(shown)
    assert site.place.document not in asked.location
    done = browser.post(asked.location.split("?")[0], data={"code": site.code_at(asked.location), "next": "/north/"})
    assert (done.status_code, done.location) == (303, "/north/")
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "the embedded instance on this machine has no HTTPS"
    assert text(browser.get("/north/")) == "north участник"


def test_cookies_are_secure_under_any_other_name(browser: FlaskClient, site: Site) -> None:
    asked = ask(browser, site)
    done = browser.post(asked.location, data={"code": site.code_at(asked.location)}, base_url="https://apella.example")
    assert "Secure" in done.headers["Set-Cookie"]


def test_wrong_fields_are_named_and_what_was_typed_stays(browser: FlaskClient, site: Site) -> None:
    answer = ask(browser, site, document="12", phone="+7 900")
    assert answer.status_code == 422
    page = text(answer)
    assert "<title>Ошибка:" in page
    assert 'href="#f-document"' in page
    assert 'href="#f-phone"' in page
    assert 'value="12"' in page
    assert 'value="+7 900"' in page


def test_a_wrong_code_is_refused_in_place_and_counted(browser: FlaskClient, site: Site) -> None:
    asked = ask(browser, site)
    code = site.code_at(asked.location)
    for _ in range(5):
        answer = browser.post(asked.location, data={"code": "no"})
        assert answer.status_code == 422
        assert "Проверьте код" in text(answer)
    answer = browser.post(asked.location, data={"code": code})
    assert answer.status_code == 422
    assert "Запросите новый код" in text(answer)
    assert "Set-Cookie" not in answer.headers


def test_the_fourth_code_is_429_with_the_wait_in_words(browser: FlaskClient, site: Site) -> None:
    for _ in range(3):
        ask(browser, site)
    answer = ask(browser, site)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert "Повторить можно через" in text(answer)
    assert site.place.document in text(answer), "what was typed stays"


def test_known_and_unknown_people_get_the_same_answer(browser: FlaskClient, site: Site) -> None:
    known, unknown = ask(browser, site), ask(browser, site, document="99 99 000001")
    assert known.status_code == unknown.status_code == 303
    uuid_free = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    assert uuid_free.sub("", known.location) == uuid_free.sub("", unknown.location)
    pages_seen = [uuid_free.sub("", text(browser.get(answer.location))) for answer in (known, unknown)]
    assert pages_seen[0] == pages_seen[1]


def test_the_return_path_never_leaves_the_site(browser: FlaskClient, site: Site) -> None:
    for foreign in ("https://attacker.example/", "//attacker.example", "/\\attacker.example", "javascript:alert(1)"):
        page = browser.get("/north/sign-in", query_string={"next": foreign})
        assert hidden(text(page), "next") == "/north/"


def test_a_foreign_page_cannot_post_the_form(browser: FlaskClient, site: Site) -> None:
    answer = browser.post("/north/sign-in/code", data={}, headers={"Origin": "https://attacker.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("address", ["/nowhere/sign-in", "/nowhere/sign-in/staff"])
def test_an_unknown_region_is_404(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_another_region_s_code_request_is_404(browser: FlaskClient, site: Site) -> None:
    asked = ask(browser, site)
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


def test_a_secretary_signs_in_by_a_button_on_the_page_of_demo_people(browser: FlaskClient, site: Site) -> None:
    location = begin(browser)
    page = text(browser.get(location + "&people=секретарь"))
    assert "Регион north" in page
    assert f'value="{site.place.secretary_login}"' in page
    chosen = choose(browser, location, site.place.secretary_login)
    assert chosen.status_code == 303
    done = browser.get(chosen.location)
    assert (done.status_code, done.location) == (303, "/north/")
    assert text(browser.get("/north/")) == "north секретарь"
    assert browser.get("/south/").status_code == 404, "to somebody without a role there it does not exist"


def test_a_search_that_finds_nobody_says_so(browser: FlaskClient) -> None:
    assert "Никто не подошёл" in text(browser.get(begin(browser) + "&people=никого"))


def test_the_way_back_works_once_and_in_its_own_browser_only(browser: FlaskClient, site: Site) -> None:
    chosen = choose(browser, begin(browser), site.place.secretary_login)
    stranger = site.app.test_client().get(chosen.location)
    assert stranger.status_code == 401
    assert "Set-Cookie" not in stranger.headers
    assert browser.get(chosen.location).status_code == 303
    again = browser.get(chosen.location)
    assert again.status_code == 401
    assert "Вернуться ко входу" in text(again)


def test_a_secretary_of_another_region_is_refused_with_a_way_back(
    browser: FlaskClient, site: Site, other_place: Place
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


def test_signing_out_ends_the_session_here_and_at_the_provider(browser: FlaskClient, site: Site) -> None:
    done = browser.get(choose(browser, begin(browser), site.place.secretary_login).location)
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
    assert browser.get("/north/").status_code == 401, "the old token opens nothing"


def test_a_new_sign_in_ends_the_one_before(browser: FlaskClient, site: Site) -> None:
    browser.get(choose(browser, begin(browser), site.place.secretary_login).location)
    first = browser.get_cookie(sessions.COOKIE)
    browser.get(choose(browser, begin(browser), site.place.secretary_login).location)
    second = browser.get_cookie(sessions.COOKIE)
    assert first is not None
    assert second is not None
    assert first.value != second.value
    browser.set_cookie(sessions.COOKIE, first.value)
    assert browser.get("/north/").status_code == 401


def test_nothing_secret_stands_in_the_browser_s_state_cookie(browser: FlaskClient) -> None:
    location = begin(browser)
    cookie = browser.get_cookie(STATE_COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert location.split("state=")[1].split("&")[0] not in cookie.value


def test_a_program_signs_in_with_plain_requests(site: Site) -> None:
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        with requests.Session() as http:
            http.trust_env = False
            staff = http.get(
                f"{base}/north/sign-in/staff",
                params={"login_hint": site.place.secretary_login, "prompt": "none"},
                timeout=10,
            )
            assert (staff.url, staff.text) == (f"{base}/north/", "north секретарь")
        with requests.Session() as http:
            http.trust_env = False
            nobody = http.get(
                f"{base}/north/sign-in/staff", params={"login_hint": "nobody", "prompt": "none"}, timeout=10
            )
            assert nobody.status_code == 401
        with requests.Session() as http:
            http.trust_env = False
            body = {"document": site.place.document, "phone": site.place.phone}
            asked = http.post(f"{base}/api/v1/north/sign-in/code-requests", json=body, timeout=10)
            assert asked.status_code == 201
            request_id = asked.json()["request_id"]
            wrong = http.post(
                f"{base}/api/v1/north/sign-in/codes", json={"request_id": request_id, "code": "no"}, timeout=10
            )
            assert (wrong.status_code, wrong.json()["code"]) == (422, "sign_in.code_wrong")
            code = {"request_id": request_id, "code": site.code_of(request_id)}
            entered = http.post(f"{base}/api/v1/north/sign-in/codes", json=code, timeout=10)
            assert entered.status_code == 200
            assert entered.json()["expires_at"]
            assert http.get(f"{base}/north/", timeout=10).text == "north участник"
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def test_a_program_s_bad_request_names_its_fields(browser: FlaskClient) -> None:
    answer = browser.post("/api/v1/north/sign-in/code-requests", json={"document": 7})
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["fields"]) == {"document", "phone"}
    answer = browser.post("/api/v1/north/sign-in/code-requests", json={"document": "1", "phone": "2"})
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (422, "sign_in.document_and_phone")

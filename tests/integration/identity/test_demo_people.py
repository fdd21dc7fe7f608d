"""The page of demo people with a crowd on it: long roles are folded, a search finds anybody without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from playwright.sync_api import Browser

from apella.embedded.issuer import CALLBACK_PATH, CLIENT_ID, DemoPerson, EmbeddedIssuer
from apella.embedded.issuer_keys import load_issuer_keys
from apella.embedded.pages_issuer import SHOWN_IN_A_ROLE, issuer_blueprint
from apella.testing.browser import (
    axe_violations,
    hidden_tab_stops,
    layout_findings,
    screenshot,
    serve,
)
from apella.testing.oidc import MemoryIssuerStore
from apella.web import layout, pages, security

ROLES = {"ответственный секретарь": 1, "член комиссии": 5, "эксперт": 120}


def crowd() -> list[DemoPerson]:
    return [
        DemoPerson(
            login=f"{slug}-{role[:4]}-{number}", name=f"Учебный Человек {number}", role=role, tenant=slug, region=region
        )
        for slug, region in (("north", "Северный край"), ("south", "Южный край"))
        for role, many in ROLES.items()
        for number in range(1, many + 1)
    ]


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    issuer = EmbeddedIssuer(
        keys=load_issuer_keys(tmp_path), people=crowd, store=MemoryIssuerStore(datetime(2026, 6, 18, tzinfo=UTC))
    )
    site = Flask("apella.web")
    layout.init_app(site)
    policy = security.content_security_policy()
    security.init_app(site, security.Guard(secret=b"s", session_id=lambda: None, policy=policy, secure=False))
    site.register_blueprint(pages.blueprint)
    wanted = lambda: request.cookies.get("wanted")  # noqa: E731 what the product reads out of a sealed cookie
    site.register_blueprint(issuer_blueprint(issuer, frame=layout.plain_frame, came_from=wanted))
    return site


def query(origin: str, **more: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": origin + CALLBACK_PATH,
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    return f"/embedded/issuer/authorize?{urlencode({**asked, **more})}"


def page_of(site: Flask, **more: str) -> str:
    return site.test_client().get(query("http://localhost", **more)).get_data(as_text=True)


def test_long_roles_are_folded_and_count_their_people(site: Flask) -> None:
    page = page_of(site)
    assert page.count("<details") == 2
    assert "<h3>Эксперт: 120</h3>" in page
    assert "<h3>Член комиссии</h3>" in page
    assert page.count('name="login" value="north-эксп-') == SHOWN_IN_A_ROLE
    assert "поиск найдёт ещё 60" in page


@pytest.mark.parametrize(("wanted", "order"), [(None, ["north", "south"]), ("south", ["south", "north"])])
def test_the_region_that_one_came_from_stands_first(site: Flask, wanted: str | None, order: list[str]) -> None:
    browser = site.test_client()
    if wanted is not None:
        browser.set_cookie("wanted", wanted)
    page = browser.get(query("http://localhost")).get_data(as_text=True)
    titles = {"north": "Северный край", "south": "Южный край"}
    assert re.findall(r'<h2 id="region-(\d)">([^<]+)</h2>', page) == [
        (str(number), titles[slug]) for number, slug in enumerate(order, start=1)
    ]
    assert re.findall(r'href="#region-(\d)">([^<]+)<', page) == [
        (str(number), titles[slug]) for number, slug in enumerate(order, start=1)
    ]
    assert page.index(f'value="{order[0]}-') < page.index(f'value="{order[1]}-')


@pytest.mark.parametrize("field", ["q", "login_hint"])
def test_who_is_looked_for_stands_open(site: Flask, field: str) -> None:
    page = page_of(site, **{field: "north-эксп-119"})
    assert "<details" not in page
    assert page.count('name="login"') == 1
    assert 'name="login" value="north-эксп-119"' in page


def test_a_search_goes_before_the_hint_and_keeps_the_request(site: Flask) -> None:
    page = page_of(site, login_hint="north-эксп-1", q="секретарь")
    assert page.count('name="login"') == 2
    assert page.count('<input type="hidden" name="login_hint" value="north-эксп-1">') == 2
    assert '<input type="hidden" name="q"' not in page


@pytest.fixture
def address(site: Flask) -> Iterator[str]:
    with serve(site) as address:
        yield address


@pytest.mark.browser
def test_the_crowd_is_accessible_and_whole_folded_and_open(chromium: Browser, address: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(address + query(address))
        screenshot(page, "sign-in-crowd")
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []
        page.locator("summary").first.click()
        assert page.get_by_role("button", name="north-эксп-60").is_visible()
        assert axe_violations(page) == []
        assert layout_findings(page) == []


@pytest.mark.browser
def test_a_search_finds_a_folded_expert_without_a_script(chromium: Browser, address: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address + query(address))
        assert not page.get_by_role("button", name="south-эксп-7").first.is_visible()
        page.get_by_label("Найти человека").fill("south-эксп-77")
        page.get_by_role("button", name="Показать подходящих").click()
        assert page.get_by_role("button", name="south-эксп-77").is_visible()

"""The proof of work in a real browser, with the difficulty that everybody meets; and the way without a script."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from apella.bootstrap import App
from apella.identity.proof import WAIT, Challenge, Proof, Proofs, Spent
from apella.identity.sign_in_gate import SignInGate
from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    screenshot,
    serve,
)
from apella.testing.identity import Place
from apella.testing.sizes import figure
from apella.web_app import create_app

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
SLOWER = 4
"""How many times slower than this machine a middling phone is."""
CODE_PAGE = re.compile("/sign-in/code/[0-9a-f]")
OpenPage = Callable[..., Page]


@pytest.fixture
def address(app: App, place: Place, other_place: Place) -> Iterator[str]:
    """The application behind a proxy, where the first sign-in already needs a proof of the real difficulty."""
    parts = replace(app, settings=replace(app.settings, trusted_proxies=1))
    gate = SignInGate(app.database, app.master, open_to_loopback=True, free=0)
    vars(parts).update(database=app.database, sign_in_gate=gate)
    with serve(create_app(parts)) as address:
        yield address


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[OpenPage]:
    """Open a page of somebody far away."""
    contexts: list[BrowserContext] = []

    def make(*, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=address,
            locale="ru-RU",
            java_script_enabled=javascript,
            viewport=PHONE,
            extra_http_headers={"X-Forwarded-For": f"2001:db8:{secrets.randbelow(65536):x}::5"},
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def ask(page: Page, place: Place) -> None:
    page.goto("/north/sign-in")
    page.get_by_label("Серия и номер документа").fill(place.document)
    page.get_by_label("Телефон").fill(place.phone)
    page.get_by_role("button", name="Получить код").click()


def login(page: Page) -> str:
    return str(page.request.get("/api/v1/north/me").json()["login"])


def test_the_browser_solves_it_and_goes_on_by_itself(
    open_page: OpenPage, place: Place, code_at: Callable[[str], str]
) -> None:
    page = open_page()
    complaints = console_errors(page)
    # A phone's pace, so that what the page says can be read.
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    began = time.perf_counter()
    ask(page, place)
    expect(page.get_by_role("status")).to_contain_text("Идёт проверка: готово")
    expect(page.get_by_role("button", name="Продолжить")).to_be_hidden()
    page.wait_for_url(CODE_PAGE)
    figure("proof at a phone's pace, s", time.perf_counter() - began)
    # The answer of 428 itself is what the browser mentions.
    assert [one for one in complaints if "428" not in one] == []
    page.get_by_label("Код").fill(code_at(page.url))
    page.get_by_role("button", name="Войти в личный кабинет").click()
    assert login(page) == "участник"


def test_without_a_script_a_short_wait_is_enough(
    open_page: OpenPage, place: Place, code_at: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(javascript=False)
    ask(page, place)
    expect(page.get_by_role("heading", name="Проверка перед входом")).to_be_visible()
    expect(page.get_by_text("и нажмите «Продолжить»")).to_be_visible()
    page.get_by_role("button", name="Продолжить").click()
    expect(page.get_by_text("и нажмите «Продолжить»")).to_be_visible()
    real = Proofs.check

    def later(self: Proofs, proof: Proof, *, slug: str, machine_now: datetime) -> Spent | Challenge | None:
        return real(self, proof, slug=slug, machine_now=machine_now + WAIT + timedelta(seconds=1))

    # The server's clock goes on, which no test waits for.
    monkeypatch.setattr(Proofs, "check", later)
    page.get_by_role("button", name="Продолжить").click()
    page.wait_for_url(CODE_PAGE)
    page.get_by_label("Код").fill(code_at(page.url))
    page.get_by_role("button", name="Войти в личный кабинет").click()
    assert login(page) == "участник"


def test_the_page_of_the_proof_is_accessible_and_whole(open_page: OpenPage, place: Place) -> None:
    page = open_page()
    # With the script held back the page stays as it is: what is looked at does not go away.
    page.route("**/proof.js*", lambda route: route.abort())
    ask(page, place)
    expect(page.get_by_role("heading", name="Проверка перед входом")).to_be_visible()
    screenshot(page, "sign-in-proof", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def test_the_page_of_codes_on_paper_is_accessible_and_whole(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/south/sign-in")
    screenshot(page, "sign-in-school-code", widths=(1440, 390))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []

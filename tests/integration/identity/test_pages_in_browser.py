"""The pages of sign-in in a real browser: accessible, whole at every width, walked by a person without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    open_browser,
    screenshot,
    serve,
)
from apella.testing.sign_in_site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serve(site.app) as address:
        yield address


def look(page: Page, name: str) -> None:
    screenshot(page, f"sign-in-{name}")
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def test_a_participant_is_led_to_the_code_and_in(chromium: Browser, address: str, site: Site) -> None:
    page = chromium.new_page()
    complaints = console_errors(page)
    page.goto(f"{address}/north/sign-in")
    look(page, "choose")
    page.get_by_label("Телефон").fill("+7 900")
    page.get_by_role("button", name="Получить код").click()
    look(page, "choose-errors")
    # The refusal itself is an answer of 422, which the browser mentions.
    complaints.clear()
    page.get_by_label("Серия и номер документа").fill(site.place.document)
    page.get_by_label("Телефон").fill(site.place.phone)
    page.get_by_role("button", name="Получить код").click()
    look(page, "code")
    assert complaints == []
    page.get_by_label("Код").fill(site.code_at(page.url))
    page.get_by_role("button", name="Войти в личный кабинет").click()
    assert page.inner_text("body") == "north участник"
    page.close()


def test_a_member_of_staff_chooses_a_demo_person_without_a_script(chromium: Browser, address: str, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/north/sign-in")
    page.get_by_role("link", name="Войти как сотрудник").click()
    page.get_by_label("Найти человека").fill(site.place.secretary_login)
    page.get_by_role("button", name="Показать подходящих").click()
    page.get_by_role("button", name=site.place.secretary_login).click()
    assert page.inner_text("body") == "north секретарь"
    context.close()


def test_the_page_of_demo_people_is_accessible_and_whole(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/north/sign-in/staff")
    look(page, "demo-people")
    page.close()


def test_a_failed_way_back_is_accessible_and_whole(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/sign-in/callback?code=1&state=2")
    look(page, "failed")
    page.close()

"""The pages of sign-in in a real browser: accessible, whole at every width, walked by a person without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    screenshot,
    serve,
)
from apella.testing.identity import Place

pytestmark = pytest.mark.browser


@pytest.fixture
def address(web: Flask, place: Place, other_place: Place) -> Iterator[str]:
    with serve(web) as address:
        yield address


def login(page: Page, address: str) -> str:
    """Who is signed in in this browser."""
    return str(page.request.get(f"{address}/api/v1/north/me").json()["login"])


def look(page: Page, name: str) -> None:
    screenshot(page, f"sign-in-{name}")
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def test_a_participant_is_led_to_the_code_and_in(
    chromium: Browser, address: str, place: Place, code_at: Callable[[str], str]
) -> None:
    page = chromium.new_page()
    complaints = console_errors(page)
    page.goto(f"{address}/north/sign-in")
    look(page, "choose")
    page.get_by_label("Телефон").fill("+7 900")
    page.get_by_role("button", name="Получить код").click()
    look(page, "choose-errors")
    # The refusal itself is an answer of 422, which the browser mentions.
    complaints.clear()
    page.get_by_label("Серия и номер документа").fill(place.document)
    page.get_by_label("Телефон").fill(place.phone)
    page.get_by_role("button", name="Получить код").click()
    look(page, "code")
    assert complaints == []
    page.get_by_label("Код").fill(code_at(page.url))
    page.get_by_role("button", name="Войти в личный кабинет").click()
    assert login(page, address) == "участник"
    page.close()


def test_a_member_of_staff_chooses_a_demo_person_without_a_script(
    chromium: Browser, address: str, place: Place
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/north/sign-in")
    page.get_by_role("link", name="Войти как сотрудник").click()
    page.get_by_label("Найти человека").fill(place.secretary_login)
    page.get_by_role("button", name="Показать подходящих").click()
    page.get_by_role("button", name=place.secretary_login).click()
    assert login(page, address) == "секретарь"
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

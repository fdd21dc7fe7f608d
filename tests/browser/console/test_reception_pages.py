"""The counter in a real browser: accessible, whole at every width, walked with and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.bootstrap import App
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.identity import binding_code_on_its_way
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.browser

OpenAs = Callable[..., Page]
CODE = "00000000"


def look(page: Page, name: str) -> None:
    screenshot(page, f"reception-{name}", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def code_of(app: App, play: Play, url: str) -> str:
    binding_id = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", url)[-1]
    return binding_code_on_its_way(app.database, app.vaults, play.world.rules.tenant.tenant_id, binding_id)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_phone_is_changed_at_the_counter(play: StartPlay, open_as: OpenAs, app: App, javascript: bool) -> None:
    north = play()
    page = open_as(north.actor("school-operator"), javascript=javascript)
    complaints = console_errors(page)
    page.goto("/north/participants")
    page.get_by_label("Код регистрации участника").fill(CODE)
    page.get_by_role("button", name="Найти участника").click()
    if javascript:
        look(page, "found")
    page.get_by_role("link", name="Сменить телефон").click()
    page.get_by_label("Телефон", exact=True).fill("+7 900 111-22-33")
    if javascript:
        look(page, "phone")
    page.get_by_role("button", name="Отправить код на новый телефон").click()
    if javascript:
        look(page, "code")
    page.get_by_label("Код", exact=True).fill(code_of(app, north, page.url))
    page.get_by_role("button", name="Сменить телефон").click()
    expect(page.get_by_text("Телефон изменён")).to_be_visible()
    if javascript:
        look(page, "changed")
    assert complaints == []


def test_a_code_on_paper_is_printed(play: StartPlay, open_as: OpenAs) -> None:
    south = play("south")
    page = open_as(south.actor("school-operator"))
    page.goto("/south/participants")
    page.get_by_label("Код регистрации участника").fill(CODE)
    page.get_by_role("button", name="Найти участника").click()
    look(page, "no-code")
    page.get_by_role("button", name="Выдать код").click()
    expect(page.get_by_text(re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$"))).to_be_visible()
    look(page, "code-sheet")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Как войти")).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Вернуться к участнику").click()
    page.get_by_role("button", name="Отозвать код").click()
    expect(page.get_by_text("Действующего кода у участника нет")).to_be_visible()

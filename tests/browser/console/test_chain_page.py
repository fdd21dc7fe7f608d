"""The full chain in a real browser: accessible, whole at every width, with and without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.bootstrap import App
from apella.sweeping import sweep_all
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_case_s_questions_lead_to_its_records(play: StartPlay, open_as: OpenAs, javascript: bool) -> None:
    north = play()
    case = north.walk(north.file(), "decided", outcome="up")
    page = open_as(north.actor("chair"), javascript=javascript)
    complaints = console_errors(page)
    page.goto(f"/north/cases/{case}")
    if javascript:
        screenshot(page, "audit-case", widths=(1440, 390))
    page.get_by_role("button", name="Показать номер документа").click()
    page.get_by_role("link", name="Кто смотрел документы").click()
    expect(page.get_by_role("cell", name="Открыты личные данные участника")).to_be_visible()
    page.get_by_label("О чём").select_option(label="Кто менял баллы и решал")
    page.get_by_role("button", name="Отобрать").click()
    expect(page.get_by_role("cell", name="Комиссия приняла решение")).to_be_visible()
    assert complaints == []


def test_nobody_is_shut_out_of_the_chain(play: StartPlay, open_as: OpenAs, app: App) -> None:
    north = play()
    case = north.walk(north.file(), "decided", outcome="up")
    sweep_all(app)
    page = open_as(north.actor("chair"))
    for address, name in ((f"/north/audit?case={case}", "case"), ("/north/audit", "all")):
        page.goto(address)
        screenshot(page, f"audit-chain-{name}", widths=(1440, 390, 320))
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []

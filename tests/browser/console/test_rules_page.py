"""The page of rules in a real browser: accessible, whole at every width, filtered and printed without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_rules_are_read_and_filtered(play: StartPlay, open_as: OpenAs, javascript: bool) -> None:
    page = open_as(play().actor("secretary"), javascript=javascript)
    complaints = console_errors(page)
    page.goto("/north/rules")
    expect(page.get_by_role("heading", name="Кто и где подаёт")).to_be_visible()
    all_rows = page.get_by_role("row").count()
    page.get_by_role("link", name="Только отличия").click()
    expect(page.get_by_role("link", name="Только отличия")).to_have_attribute("aria-current", "page")
    assert 0 < page.get_by_role("row").count() < all_rows
    assert complaints == []


def test_nobody_is_shut_out_of_the_rules(play: StartPlay, open_as: OpenAs) -> None:
    page = open_as(play().actor("member-1"))
    for address, name in (("/north/rules?only=differences", "differences"), ("/north/rules", "all")):
        page.goto(address)
        screenshot(page, f"rulebook-rules-{name}", widths=(1440, 390, 320))
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []


def test_the_printed_rules_keep_the_values_and_leave_the_controls(play: StartPlay, open_as: OpenAs) -> None:
    page = open_as(play().actor("chair"))
    page.goto("/north/rules")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Решение и документы")).to_be_visible()
    expect(page.get_by_role("link", name="Только отличия")).to_be_hidden()

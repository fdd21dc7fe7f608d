"""The kit in a real browser: accessible, whole at every width, alive without a script, obedient to its own policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    screenshot,
)

pytestmark = pytest.mark.browser

PAGES = ("console", "portal", "form", "vi", "error/404")
AXE_WIDTHS = (1440, 720, 390, 320)
LOW_VISION = ("1-light-1-1", "2-dark-2-0", "3-blue-3-1")


def _open(page: Page, address: str, path: str, *, low_vision: str | None = None) -> None:
    if low_vision:
        page.context.add_cookies([{"name": "apella_vi", "value": low_vision, "url": address}])
    page.goto(f"{address}/{path}")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", AXE_WIDTHS)
def test_axe_finds_no_violation(page: Page, kit_address: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    _open(page, kit_address, path)
    assert axe_violations(page) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("low_vision", LOW_VISION)
def test_axe_finds_no_violation_in_the_low_vision_views(
    page: Page, kit_address: str, path: str, low_vision: str
) -> None:
    _open(page, kit_address, path, low_vision=low_vision)
    assert axe_violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_text_is_whole_at_every_width_and_at_200_percent(page: Page, kit_address: str, path: str) -> None:
    _open(page, kit_address, path)
    assert layout_findings(page) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("low_vision", LOW_VISION)
def test_text_is_whole_in_the_low_vision_views(page: Page, kit_address: str, path: str, low_vision: str) -> None:
    _open(page, kit_address, path, low_vision=low_vision)
    assert layout_findings(page, widths=AXE_WIDTHS) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1440, 390])
def test_every_tab_stop_shows_its_ring(page: Page, kit_address: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _open(page, kit_address, path)
    assert hidden_tab_stops(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_its_own_policy(page: Page, kit_address: str, path: str) -> None:
    errors = console_errors(page)
    _open(page, kit_address, path)
    # Chromium logs the answer 422 of a page with a wrong form.
    assert [error for error in errors if "status of 422" not in error] == []
    for name in {path.split("/")[0]}:
        screenshot(page, f"kit-{name}")

"""The kit in a real browser: accessible, whole at every width, alive without a script, obedient to its own policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route

from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    screenshot,
)

pytestmark = pytest.mark.browser

PAGES = ("console", "refusal", "portal", "form", "done", "vi", "error/404")
AXE_WIDTHS = (1440, 720, 390, 320)
LOW_VISION = ("1-light-1-1", "2-dark-2-0", "3-blue-3-1")
SMALLEST_LETTERS = {"console": 13, "portal": 16, "form": 16, "done": 16}


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_violation_at_any_width(page: Page, kit_address: str, path: str) -> None:
    page.goto(f"{kit_address}/{path}")
    found = {}
    for width in AXE_WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = axe_violations(page)
    assert found == {width: [] for width in AXE_WIDTHS}


@pytest.mark.parametrize("path", ["console", "form"])
@pytest.mark.parametrize("low_vision", LOW_VISION)
def test_a_low_vision_view_is_accessible_and_whole(page: Page, kit_address: str, path: str, low_vision: str) -> None:
    page.context.add_cookies([{"name": "apella_vi", "value": low_vision, "url": kit_address}])
    page.goto(f"{kit_address}/{path}")
    assert axe_violations(page) == []
    assert layout_findings(page, widths=AXE_WIDTHS) == []
    screenshot(page, f"kit-{path}-vi-{low_vision}", widths=(1440,))


@pytest.mark.parametrize("path", PAGES)
def test_text_is_whole_at_every_width_and_at_200_percent(page: Page, kit_address: str, path: str) -> None:
    page.goto(f"{kit_address}/{path}")
    assert layout_findings(page) == []


@pytest.mark.parametrize(
    ("path", "width"),
    [("console", 1440), ("console", 390), ("refusal", 1440), ("portal", 390), ("form", 390), ("vi", 390)],
)
def test_every_tab_stop_shows_its_ring(page: Page, kit_address: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{kit_address}/{path}")
    assert hidden_tab_stops(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_its_own_policy(page: Page, kit_address: str, path: str) -> None:
    errors = console_errors(page)
    page.goto(f"{kit_address}/{path}")
    screenshot(page, f"kit-{path.replace('/', '-')}")
    # Chromium logs the answer 422 of a page with a wrong form.
    assert [error for error in errors if "status of 422" not in error] == []


@pytest.mark.parametrize(("path", "smallest"), SMALLEST_LETTERS.items())
def test_letters_are_never_too_small(page: Page, kit_address: str, path: str, smallest: int) -> None:
    page.goto(f"{kit_address}/{path}")
    sizes: list[float] = page.evaluate(
        """() => [...document.body.querySelectorAll(":not(script, svg, svg *)")]
          .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
          .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= smallest


def test_pages_work_without_a_script(chromium: Browser, kit_address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{kit_address}/console")
    page.get_by_text("Разделы", exact=True).click()
    assert page.get_by_role("link", name="Журнал").first.is_visible()
    assert not page.get_by_role("button", name="Печать").is_visible()
    page.get_by_role("link", name="Версия для слабовидящих").click()
    page.get_by_label("Белые буквы на чёрном").check()
    page.get_by_role("button", name="Сохранить").click()
    assert page.url == f"{kit_address}/console"
    assert page.locator("html").get_attribute("class") == "vi vi-dark"
    page.get_by_role("link", name="Версия для слабовидящих").click()
    page.get_by_role("button", name="Вернуть обычный вид").click()
    assert page.locator("html").get_attribute("class") is None
    context.close()


def test_a_wrong_form_puts_the_focus_on_its_errors(page: Page, kit_address: str) -> None:
    page.goto(f"{kit_address}/form")
    assert page.title() == "Ошибка: Кто будет с вами на рассмотрении – Апелляции ЕГЭ"
    assert page.evaluate("() => document.activeElement.className") == "ap-errors"
    page.get_by_role("link", name="Допишите телефон").click()
    assert page.evaluate("() => document.activeElement.id || location.hash.slice(1)") == "f-phone"


def test_htmx_asks_with_the_token_of_the_session(page: Page, kit_address: str) -> None:
    page.goto(f"{kit_address}/console")
    with page.expect_request(lambda request: request.headers.get("hx-request") == "true") as asked:
        page.get_by_role("link", name="Узнать, сколько готово").click()
    assert asked.value.headers["x-csrf-token"]
    page.get_by_text("131 из 214").wait_for()


def test_a_second_press_sends_nothing(page: Page, kit_address: str) -> None:
    page.goto(f"{kit_address}/portal")
    sent: list[str] = []

    def _count(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/portal", _count)
    page.get_by_role("button", name="Подать апелляцию").evaluate("(button) => { button.click(); button.click(); }")
    page.wait_for_function("() => document.querySelector('form[aria-busy]')")
    assert sent == ["POST"]

"""The scans themselves: each finds the fault that it is for, and nothing on a sound page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from apella.testing.browser import (
    axe_violations,
    console_errors,
    find_chromium,
    hidden_tab_stops,
    layout_findings,
    open_browser,
    overlapping_or_clipped_text,
    screenshot,
    sideways_scroll,
)

HEAD = "<!doctype html><html lang='ru'><head><title>Страница</title></head><body><main><h1>Страница</h1>"
SOUND = HEAD + "<p>Первая строка.</p><p>Вторая строка.</p><a href='#a'>Ссылка</a></main></body></html>"
RING = "<style>a:focus { outline: 3px solid black } </style>"


@pytest.mark.browser
def test_a_sound_page_has_no_findings(page: Page) -> None:
    page.set_content(SOUND + RING)
    assert axe_violations(page) == []
    assert layout_findings(page, widths=(320, 1440)) == []
    assert hidden_tab_stops(page) == []


@pytest.mark.browser
def test_axe_names_the_rule_and_the_node(page: Page) -> None:
    page.set_content(SOUND.replace("<p>Первая", "<img src='data:,' class='logo'><p>Первая"))
    assert [line.split(":")[0] for line in axe_violations(page)] == ["image-alt"]


@pytest.mark.browser
def test_axe_looks_when_colours_have_settled(page: Page) -> None:
    style = "<style>p { transition: color 1s; color: #eee } p.done { color: #000 }</style>"
    page.set_content(SOUND + style)
    page.evaluate("document.querySelectorAll('p').forEach((p) => { getComputedStyle(p).color; p.className = 'done' })")
    assert axe_violations(page) == []


@pytest.mark.browser
def test_sideways_scroll_is_measured(page: Page) -> None:
    page.set_content(SOUND.replace("<p>Первая", "<div style='width: 1500px'>x</div><p>Первая"))
    page.set_viewport_size({"width": 1440, "height": 900})
    assert sideways_scroll(page) > 0
    assert layout_findings(page, widths=(1440,))[0].startswith("1440 px: the page scrolls sideways")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("<p style='position: relative; top: -2.2em'>Поверх</p>", "text lies on text"),
        ("<p style='width: 40px; overflow: hidden; white-space: nowrap'>Обрезанная строка</p>", "text is cut off"),
        ("<p style='margin-left: -60px'>За краем</p>", "text leaves the window"),
    ],
)
def test_broken_text_is_found(page: Page, fault: str, finding: str) -> None:
    page.set_content(SOUND.replace("<p>Вторая", f"{fault}<p>Вторая"))
    assert any(line.startswith(finding) for line in overlapping_or_clipped_text(page))


@pytest.mark.browser
def test_text_for_ears_and_folded_text_are_no_faults(page: Page) -> None:
    for_ears = "<span style='position: absolute; clip-path: inset(50%); width: 1px; overflow: hidden'>для слуха</span>"
    folded = "<details><summary>Ещё</summary>Свёрнуто</details>"
    page.set_content(SOUND.replace("<p>Вторая", f"{for_ears}{folded}<p>Вторая"))
    assert overlapping_or_clipped_text(page) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("style", "fault"),
    [
        ("outline: none", "has no ring"),
        ("outline: 3px solid; position: absolute; left: -500px", "is out of the window"),
        ("outline: 3px solid; position: relative; z-index: -1", "is covered by main."),
        ("outline: 3px solid; display: block", "has a ring that is cut off"),
    ],
)
def test_a_tab_stop_that_cannot_be_seen_is_found(page: Page, style: str, fault: str) -> None:
    box = "main { background: white; overflow: hidden; position: relative; z-index: 0 }" if "block" in style else ""
    page.set_content(SOUND + f"<style>{box} main {{ background: white }} a:focus {{ {style} }}</style>")
    assert any(fault in line for line in hidden_tab_stops(page))


@pytest.mark.browser
def test_complaints_of_the_browser_are_collected(page: Page) -> None:
    errors = console_errors(page)
    page.set_content(SOUND)
    page.evaluate("() => { console.error('нет файла'); console.log('пустяк'); }")
    assert errors == ["нет файла"]


@pytest.mark.browser
def test_screenshots_are_written_by_width(page: Page, tmp_path: Path) -> None:
    page.set_content(SOUND)
    screenshot(page, "start", widths=(800, 390), folder=tmp_path / "shots")
    assert sorted(path.name for path in (tmp_path / "shots").iterdir()) == ["start-390.png", "start-800.png"]


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_machine_without_chromium_skips_and_ci_fails(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", ci)
    assert find_chromium() is None
    with pytest.raises(outcome, match="apt-get install chromium"), open_browser():
        pass

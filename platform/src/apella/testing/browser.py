"""A headless Chromium for tests, and the scans that every page must pass.

    with open_browser() as browser, serve(app) as address:
        page = browser.new_page()
        page.goto(f"{address}/nord/")
        assert axe_violations(page) == []
        assert layout_findings(page) == []

A machine without Chromium skips such a test and says why; under CI=true it fails.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from apella.testing.axe import axe_source

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPOSITORY = Path(__file__).parents[4]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# From a small phone to a wide desk screen. Where the stylesheet has a breakpoint, the width just at it is the hard one:
# the narrowest that still has the wider layout.
WIDTHS = (320, 390, 640, 768, 992, 1200, 1232, 1440, 1920)
ZOOM_SCREEN = (1440, 900)
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_AT_REST = """async () => {
    const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
}"""
_SCRIPTS = Path(__file__).parent
_LONGEST_TAB_WALK = 400


def find_chromium() -> str | None:
    """Return the machine's Chromium, or None; Debian's build without windows first: its pages open twice as fast."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start one headless Chromium; skip the test where there is none, and fail where CI should have had it."""
    executable = find_chromium()
    if executable is None:
        reason = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of the loopback; yields its address without a slash at the end."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, _at_once(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="test server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def _at_once(app: Flask) -> WSGIApplication:
    """Make every answer whole first: the development server leaves a half-sent file open when the browser hangs up."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    return answer


def console_errors(page: Page) -> list[str]:
    """Return a list that fills with what the browser complains of from now on: the policy, missing files, errors."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def axe_violations(page: Page, *, root: Path = REPOSITORY) -> list[str]:
    """Run axe-core (WCAG 2.0 to 2.2 A and AA, best practice) in the page; return a line for each node at fault."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    # Halfway from one colour to another is no state of the page; what turns for ever is never finished.
    page.evaluate(_AT_REST)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe_source(root))
    found: list[dict[str, Any]] = page.evaluate(
        "async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations",
        list(AXE_TAGS),
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def sideways_scroll(page: Page) -> int:
    """Return by how many CSS pixels the page is wider than the window; 0 is what must be."""
    width: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth",
    )
    return max(width, 0)


def overlapping_or_clipped_text(page: Page) -> list[str]:
    """Return lines of visible text that lie on one another, are cut off by their box, or leave the window."""
    findings: list[str] = page.evaluate(_script("text_scan.js"))
    return findings


def layout_findings(page: Page, *, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Scan the page for sideways scroll and broken text at each width, and at 200 % zoom in both senses.

    Zoom of the whole page is a window half as wide; zoom of letters only is a root font of double size.
    """
    before = page.viewport_size
    findings = [line for width in widths for line in _scan_at(page, width, note=f"{width} px")]
    findings += _scan_at(page, ZOOM_SCREEN[0] // 2, note=f"{ZOOM_SCREEN[0]} px at 200 %", height=ZOOM_SCREEN[1] // 2)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    findings += _scan_at(page, ZOOM_SCREEN[0], note=f"{ZOOM_SCREEN[0]} px with letters at 200 %")
    page.evaluate("() => { document.documentElement.style.removeProperty('font-size'); }")
    if before:
        page.set_viewport_size(before)
    return findings


def hidden_tab_stops(page: Page) -> list[str]:
    """Walk the page by Tab; return stops that are out of sight, covered, or without a ring that can be seen."""
    # Where a stop ends up is looked at, not the way there: a long page would still be scrolling.
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); delete window.apellaTabStops; }")
    look = _script("tab_stop.js")
    findings: list[str] = []
    for step in range(_LONGEST_TAB_WALK):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(look)
        if stop is None or (stop["seen"] and step > 0):
            return findings
        findings += [f"stop {step + 1}, {stop['name']}: {fault}" for fault in stop["faults"]]
    raise AssertionError(f"The page has more than {_LONGEST_TAB_WALK} Tab stops")


def screenshot(page: Page, name: str, *, widths: Sequence[int] = (1440, 390), folder: Path = SCREENSHOTS) -> None:
    """Write the whole page at each width to `<folder>/<name>-<width>.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for width in widths:
        _set_width(page, width)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    if before:
        page.set_viewport_size(before)


def _scan_at(page: Page, width: int, *, note: str, height: int = 900) -> list[str]:
    _set_width(page, width, height=height)
    scroll = sideways_scroll(page)
    wide = [f"{note}: the page scrolls sideways by {scroll} px"] if scroll else []
    return wide + [f"{note}: {line}" for line in overlapping_or_clipped_text(page)]


def _set_width(page: Page, width: int, *, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => document.fonts.ready.then(() => new Promise(requestAnimationFrame))")


def _script(name: str) -> str:
    return (_SCRIPTS / name).read_text(encoding="utf-8")

"""The whole product at a free port, and people who walk it in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from apella.testing.browser import serve
from apella.testing.pages_walk import WAIT, PagesWalk


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """How long an expectation is waited for."""
    expect.set_options(timeout=WAIT)
    yield
    expect.set_options(timeout=None)


@pytest.fixture(scope="session")
def address(web: Flask) -> Iterator[str]:
    """Where the application listens."""
    with serve(web) as address:
        yield address


@pytest.fixture
def open_walk(chromium: Browser, address: str, web: Flask) -> Iterator[Callable[..., PagesWalk]]:
    """Make a season of a tenant and walk it."""
    opened: list[PagesWalk] = []

    def start(slug: str, *, part: int, parts: int) -> PagesWalk:
        opened.append(PagesWalk(chromium, address, web, slug, part=part, parts=parts))
        return opened[-1]

    yield start
    for walk in opened:
        walk.close()

"""The product at a free port on a database of its own, and people who are signed in already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.identity.sessions import COOKIE
from apella.testing.browser import serve
from apella.testing.own_app import own_app
from apella.testing.plugin import ClientFor
from apella.testing.postgres import SharedCluster
from apella.web_app import create_app

OpenAs = Callable[..., Page]
"""Opens a browser for an actor; `javascript=False` turns scripts off."""


@pytest.fixture(scope="session")
def app(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    """The parts of an embedded instance, on a database that only these tests use."""
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture(scope="session")
def web(app: App) -> Flask:
    """The web application on that database."""
    return create_app(app)


@pytest.fixture(scope="session")
def address(web: Flask) -> Iterator[str]:
    """Where it listens."""
    with serve(web) as address:
        yield address


@pytest.fixture
def open_as(chromium: Browser, address: str, client_for: ClientFor) -> Iterator[OpenAs]:
    """Open a browser with the session of an actor."""
    contexts: list[BrowserContext] = []

    def make(actor: Actor, *, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=address, locale="ru-RU", java_script_enabled=javascript, viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": COOKIE, "value": client_for(actor).token, "url": address}])
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()

"""Every test here may change a tenant's calendar, so all of them have a database and an application of their own.

Calendars add up from test to test: each takes the days that it changes from its own case's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from apella.bootstrap import App
from apella.testing.own_app import own_app
from apella.testing.postgres import SharedCluster
from apella.web_app import create_app


@pytest.fixture(scope="session")
def app(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    """The parts of an embedded instance, on a database that only these tests use."""
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture(scope="session")
def web(app: App) -> Flask:
    """The web application on that database."""
    web = create_app(app)
    web.testing = True
    return web

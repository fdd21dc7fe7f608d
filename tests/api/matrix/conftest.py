"""The matrix proposes a change of the calendar, which all seasons of a tenant share: a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from apella.bootstrap import App
from apella.testing.own_app import own_app
from apella.testing.postgres import SharedCluster
from apella.web_app import create_app


@pytest.fixture(scope="module")
def app(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    """The parts of an embedded instance, on a database that only this module uses."""
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture(scope="module")
def web(app: App) -> Flask:
    """The web application on that database."""
    web = create_app(app)
    web.testing = True
    return web

"""A fresh season in each of the made-up tenants; only their codes, sessions and accounts are looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apella.bootstrap import App
from apella.identity.vault import Vaults
from apella.testing.identity import Place, code_on_its_way, settle
from apella.testing.tenants import NORTH, SOUTH


@pytest.fixture
def vaults(app: App) -> Vaults:
    return app.vaults


def _settled(app: App, slug: str) -> Place:
    return settle(app.database, app.vaults, app.regions.get(slug).tenant.tenant_id, slug)


@pytest.fixture
def place(app: App) -> Place:
    return _settled(app, NORTH)


@pytest.fixture
def other_place(app: App) -> Place:
    return _settled(app, SOUTH)


@pytest.fixture
def code_at(app: App, place: Place) -> Callable[[str], str]:
    """Read the code off the participant's telephone, given an address or an id of the request."""
    return lambda address: code_on_its_way(app.database, app.vaults, place, address)

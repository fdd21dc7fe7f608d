"""The rules of a made-up tenant, and a season of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apella.demo.season import DemoSeason, Scans, generate
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.testing.tenants import NORTH, write_tenants

MakeSeason = Callable[..., DemoSeason]


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    return load_region(write_tenants(tmp_path_factory.mktemp("tenants")) / NORTH)


@pytest.fixture(scope="session")
def make(rules: RegionRules) -> MakeSeason:
    """Make up a season; what is not asked for is as in the demo season of an instance."""

    def make(**wishes: Any) -> DemoSeason:
        return generate(rules, **{"participants": 200, "seed": 7, "scans": Scans.NONE, **wishes})

    return make


@pytest.fixture(scope="session")
def season(make: MakeSeason) -> DemoSeason:
    return make()

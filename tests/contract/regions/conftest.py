"""All regions that are shipped, one by one and together."""

from __future__ import annotations

from functools import cache

import pytest

from apella.regions.loader import load_region
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenant_directories


@cache
def rules_of(slug: str) -> RegionRules:
    """The rules of one region, loaded once per process."""
    return load_region(tenant_directories(None)[slug])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `region` once per region."""
    if "region" in metafunc.fixturenames:
        metafunc.parametrize("region", list(tenant_directories(None)), indirect=True)


@pytest.fixture
def region(request: pytest.FixtureRequest) -> RegionRules:
    """The rules of one region."""
    return rules_of(request.param)


@pytest.fixture
def regions() -> RegionRegistry:
    """The rules of all regions."""
    return RegionRegistry.load(tenant_directories())

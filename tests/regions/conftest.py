"""One region's rules, and its terms counted for a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

import pytest

from apella.deadlines.engine import compute
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenant_directories


@cache
def _rules_of(slug: str) -> RegionRules:
    return load_region(tenant_directories(None)[slug])


@pytest.fixture
def rules(request: pytest.FixtureRequest) -> RegionRules:
    """The rules of the region that the test's file is named after."""
    return _rules_of(request.path.stem.removeprefix("test_"))


@pytest.fixture
def due(rules: RegionRules) -> Callable[..., datetime]:
    """Count a term of the region and give its exclusive end in the region's zone."""

    def count(term_id: str, *, federal: bool = False, **events: date) -> datetime:
        term = (rules.federal_terms if federal else rules.terms)[term_id]
        explanation = compute(term, events=events, calendar=rules.calendar, zone=rules.zone)
        assert explanation.due is not None
        return explanation.due.astimezone(rules.zone)

    return count

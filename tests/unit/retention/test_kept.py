"""Papers are kept to the later of the region's day and the federal one, that day included."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from apella.deadlines.terms import Term
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.retention.service import TERM, kept_until
from apella.tenancy.files import tenant_directories


@pytest.fixture(scope="module")
def rules() -> RegionRules:
    """The rules of any region."""
    return load_region(next(iter(tenant_directories().values())))


def with_own(rules: RegionRules, **changes: object) -> RegionRules:
    """The same region with another term of its own, whatever the lock would say to it."""
    own: Term = rules.federal_terms[TERM].model_copy(update={"clauses": ("own:9",), **changes})
    return dataclasses.replace(rules, terms={**rules.terms, TERM: own})


@pytest.mark.clause("core:E23", "core:A42")
@pytest.mark.parametrize(
    ("changes", "last", "clauses"),
    [
        ({}, date(2027, 3, 1), ("own:9",)),
        ({"years": 0}, date(2027, 3, 1), ("core:E23", "core:A42")),
        ({"month_day": "01-15"}, date(2027, 3, 1), ("core:E23", "core:A42")),
        ({"years": 2}, date(2028, 3, 1), ("own:9",)),
        ({"month_day": "12-31"}, date(2027, 12, 31), ("own:9",)),
    ],
)
def test_the_later_day_holds_and_names_its_ground(
    rules: RegionRules, changes: dict[str, object], last: date, clauses: tuple[str, ...]
) -> None:
    kept = kept_until(with_own(rules, **changes), year=2026)
    until = kept.until.astimezone(rules.zone)
    assert ((until.date() - last).days, until.hour, until.minute) == (1, 0, 0)
    assert kept.clauses == clauses


@pytest.mark.clause("core:E23")
@pytest.mark.parametrize("directory", tenant_directories().values(), ids=lambda folder: folder.name)
def test_no_shipped_region_keeps_shorter_than_the_federation(directory: Path) -> None:
    region = load_region(directory)
    assert kept_until(region, year=2026).until.astimezone(region.zone).date() >= date(2027, 3, 2)

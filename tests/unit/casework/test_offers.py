"""What people are offered fits what the terms and the table of permissions say."""

from __future__ import annotations

import pytest

from apella.casework.offers import VERBS
from apella.identity.permissions import table
from apella.regions.registry import RegionRegistry
from apella.tenancy.files import tenant_directories

TOLD_BY_THE_PLATFORM = {"tell"}


@pytest.fixture(scope="module")
def regions() -> RegionRegistry:
    return RegionRegistry.load(tenant_directories(None))


def test_every_term_names_a_verb_that_somebody_may_do(regions: RegionRegistry) -> None:
    for rules in regions:
        for term in rules.terms.values():
            if term.action not in TOLD_BY_THE_PLATFORM:
                assert term.action in table(), (rules.slug, term.id)
                assert term.owed_by in table()[term.action], (rules.slug, term.id)


def test_every_verb_has_a_permission_and_meets_terms_that_exist(regions: RegionRegistry) -> None:
    for action, verb in VERBS.items():
        assert table()[action], action
        for rules in regions:
            assert set(verb.terms) <= rules.terms.keys(), (rules.slug, action)


def test_every_permission_on_a_case_is_a_verb_or_a_reading() -> None:
    readings = {"file", "see_case", "see_journal", "see_document_number"}
    assert table().keys() - readings == VERBS.keys()

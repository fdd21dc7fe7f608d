"""What people are offered fits what the terms and the table of permissions say."""

from __future__ import annotations

import pytest

from apella.casework.offers import VERBS
from apella.identity.permissions import table
from apella.regions.registry import RegionRegistry
from apella.tenancy.files import tenant_directories

TOLD_BY_THE_PLATFORM = {"tell", "remind"}
COUNTED_ALONE = {
    "publish_information", "send_link", "appear", "hand_on", "receive_kim", "enter_clarification",
    "enter_registration", "keep",
}  # fmt: skip
"""What terms can be counted and explained for, although no verb of a case records it."""
ENDED_BESIDE = {"recalculation.reminder", "approval.submission"}
"""Terms that end with another one, for which their verb is offered already."""


@pytest.fixture(scope="module")
def regions() -> RegionRegistry:
    return RegionRegistry.load(tenant_directories(None))


def test_every_term_names_a_verb_that_somebody_may_do(regions: RegionRegistry) -> None:
    for rules in regions:
        for term in rules.terms.values():
            if term.action not in TOLD_BY_THE_PLATFORM | COUNTED_ALONE:
                assert term.action in table(), (rules.slug, term.id)
                assert term.owed_by in table()[term.action], (rules.slug, term.id)


def test_every_verb_has_a_permission_and_meets_terms_that_exist(regions: RegionRegistry) -> None:
    for action, verb in VERBS.items():
        assert table()[action], action
        for rules in regions:
            assert set(verb.terms) <= rules.terms.keys(), (rules.slug, action)


def test_a_verb_is_offered_for_every_term_that_it_ends(regions: RegionRegistry) -> None:
    """Otherwise whoever owes it would find no button (the entry of a procedure appeal's result has its own term)."""
    for rules in regions:
        for term in rules.terms.values():
            if term.action in VERBS and term.id not in ENDED_BESIDE:
                assert term.id in VERBS[term.action].terms, (rules.slug, term.id)


def test_every_permission_on_a_case_is_a_verb_and_the_others_have_no_case() -> None:
    others = {
        "file",
        "attach",
        "see_case",
        "see_journal",
        "see_document_number",
        "see_audit",
        "bind_phone",
        "issue_school_code",
        "link_representative",
        "propose_calendar",
        "approve_calendar",
        "see_commission",
        "state_interests",
        "record_interests",
        "appoint_substitute",
        "end_substitute",
        "end_sessions",
        "declare_conflict",
        "allocate_conflict",
        "lift_conflict",
        "break_glass",
        "see_break_glass",
    }
    assert table().keys() - others == VERBS.keys()

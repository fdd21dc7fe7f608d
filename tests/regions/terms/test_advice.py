"""Where no act sets a term the platform advises one, such that the four days are enough for every step (E25)."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.deadlines import service
from apella.deadlines.explain import Explanation
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenant_directories

REGIONS = ("kbr", "kuzbass", "moscow")
WEDNESDAY = dt.date(2025, 6, 18)


@pytest.fixture(params=REGIONS, scope="module")
def region(request: pytest.FixtureRequest) -> RegionRules:
    """Every shipped region in turn, loaded once."""
    return load_region(tenant_directories(None)[request.param])


def federal(rules: RegionRules, term: str, **events: dt.date) -> Explanation:
    """Count a term as the federal tables advise it."""
    explanation = service.explain(rules, term, events)
    return explanation.federal or explanation


@pytest.mark.clause("core:E25")
@pytest.mark.parametrize(
    ("term", "event", "day", "last"),
    [
        ("information.publication", "first_exam", "2025-05-23", "2025-04-23"),
        ("score.registration", "accepted", "2025-06-20", "2025-06-24"),
        ("procedure.registration", "accepted", "2025-06-20", "2025-06-23"),
        ("withdrawal.forwarding", "withdrawal_accepted", "2025-06-20", "2025-06-23"),
        ("withdrawal.entry", "withdrawal_accepted", "2025-06-20", "2025-06-23"),
        ("kit.request", "registered", "2025-06-20", "2025-06-23"),
        ("kit.receipt", "kit_requested", "2025-06-20", "2025-06-23"),
        ("kit.hand_on", "kit_received", "2025-06-20", "2025-06-21"),
        ("kit.return", "expert_concluded", "2025-06-20", "2025-06-21"),
        ("kim.delivery", "kim_requested", "2025-06-20", "2025-06-23"),
        ("expert.assignment", "registered", "2025-06-20", "2025-06-24"),
        ("expert.conclusion", "expert_assigned", "2025-06-20", "2025-06-23"),
        ("clarification.answer", "clarification_requested", "2025-06-20", "2025-06-23"),
        ("hearing.schedule", "registered", "2025-06-20", "2025-06-24"),
        ("hearing.notice", "scheduled", "2025-06-20", "2025-06-23"),
        ("hearing.link", "hearing_day", "2025-06-23", "2025-06-20"),
        ("ris.registration", "appeals_handed_over", "2025-06-20", "2025-06-21"),
        ("ris.entry", "handed_over", "2025-06-20", "2025-06-21"),
        ("ris.procedure_result", "decided", "2025-06-20", "2025-06-21"),
        ("recalculation.reminder", "dispatched", "2025-06-20", "2025-06-25"),
        ("federal_request.answer", "federal_request_received", "2025-06-20", "2025-06-22"),
        ("approval", "approval_submitted", "2025-06-20", "2025-06-23"),
        ("case.close", "approved", "2025-06-20", "2025-06-23"),
    ],
)
def test_a_step_without_a_term_of_the_law_has_one_that_is_advised(
    region: RegionRules, term: str, event: str, day: str, last: str
) -> None:
    advised = federal(region, term, **{event: dt.date.fromisoformat(day)})
    assert advised.last_moment is not None
    assert (f"{advised.last_moment:%Y-%m-%d}", advised.hardness) == (last, "advice")


@pytest.mark.clause("core:E25")
def test_steps_that_each_take_all_of_their_time_leave_the_notice_its_working_day(region: RegionRules) -> None:
    def last(term: str, **events: dt.date) -> dt.date:
        end = service.explain(region, term, events).last_moment
        assert end is not None
        return end.date()

    limit = last("score.consideration", registered=WEDNESDAY)
    requested = last("kit.request", registered=WEDNESDAY)
    received = last("kit.receipt", kit_requested=requested)
    assigned = last("expert.assignment", registered=WEDNESDAY)
    concluded = last("expert.conclusion", expert_assigned=max(assigned, last("kit.hand_on", kit_received=received)))
    assert concluded <= limit
    told = last("hearing.announcement", hearing_day=limit)
    assert last("hearing.schedule", registered=WEDNESDAY) <= told

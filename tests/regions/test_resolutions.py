"""Readings of contradictions.md that change a date or a right, as the three regions apply them.

Readings that only one region's act needs stand with that act's terms (tests/regions/terms) and values.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from string import Formatter
from typing import Any

import pytest

from apella.deadlines import service
from apella.deadlines.explain import Explanation
from apella.experts.eligibility import Candidate, obstacles
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenant_directories

REGIONS = ("kbr", "kuzbass", "moscow")


@cache
def rules_of(slug: str) -> RegionRules:
    """The rules of a region, loaded once."""
    return load_region(tenant_directories(None)[slug])


def at(slug: str, text: str) -> dt.datetime:
    """Read an instant of a region's zone."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=rules_of(slug).zone)


def explain(slug: str, term: str, **events: str) -> Explanation:
    """Count a term of a region from days («2025-06-24») or instants («2025-06-24T11:00») of its zone."""
    given = {name: at(slug, text) if "T" in text else dt.date.fromisoformat(text) for name, text in events.items()}
    return service.explain(rules_of(slug), term, given)


def last_day(slug: str, term: str, **events: str) -> str:
    """The last day of a term, which must run until midnight."""
    end = explain(slug, term, **events).last_moment
    assert end is not None
    assert end.time() == dt.time(23, 59, 59)
    return f"{end:%Y-%m-%d}"


@pytest.mark.clause("core:A10", "kbr:44.1")
def test_a_violation_appeal_filed_on_paper_is_withdrawn_on_paper_or_by_the_portal() -> None:
    assert rules_of("kbr").withdrawal.doors("procedure") == ("portal", "exam_point", "secretary_desk")
    assert rules_of("kbr").withdrawal.doors("score") == ("portal", "secretary_desk")
    assert last_day("kbr", "procedure.withdrawal", filed="2025-06-02") == "2025-06-02"


@pytest.mark.clause("core:A12", "core:E17")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_score_appeal_may_be_taken_back_until_its_case_is_called_but_no_longer_than_a_working_day(slug: str) -> None:
    appointed, called = "2025-06-23T11:20", "2025-06-23T12:05"
    planned = explain(slug, "score.withdrawal", filed="2025-06-20", hearing_day=appointed)
    begun = explain(slug, "score.withdrawal", filed="2025-06-20", hearing_day=appointed, hearing_opened=called)
    assert planned.is_open(at(slug, called)), "the appointed time ends nothing"
    assert begun.is_open(at(slug, "2025-06-23T12:04:59"))
    assert begun.is_over(at(slug, called))
    assert last_day(slug, "score.withdrawal", filed="2025-06-20", hearing_day="2025-06-26T11:20") == "2025-06-23"


EXPERT = Candidate(
    code="E1",
    subject_code="02",
    status="senior",
    status_year=2026,
    checked_first_second=True,
    checked_third=True,
    subject_chair=False,
)


def bars(slug: str, *, checked_by: tuple[str, ...] = (), **change: Any) -> bool:
    """Whether the region's rules keep the expert from the case."""
    expert = rules_of(slug).expert
    candidate = replace(EXPERT, **change)
    return bool(obstacles(candidate, subject_code="02", exam_year=2026, checked_by=checked_by, rules=expert))


@pytest.mark.clause("core:A15", "kbr:38.4", "kbr:55.3", "kbr:55.4", "kbr:55.5")
def test_an_expert_needs_the_status_and_the_experience_of_this_year_and_the_chair_may_record_an_exception() -> None:
    assert not bars("kbr")
    assert not bars("kbr", status="lead")
    assert bars("kbr", status="main")
    assert bars("kbr", status_year=2025)
    assert bars("kbr", checked_first_second=False)
    assert bars("kbr", checked_third=False)
    assert rules_of("kbr").expert.exception_by == "chair"


@pytest.mark.clause("core:A17", "core:C11", "kbr:55.6")
@pytest.mark.parametrize("slug", REGIONS)
def test_who_checked_the_work_at_any_stage_and_in_any_year_is_no_expert_of_the_case(slug: str) -> None:
    assert not bars(slug, checked_by=("E2",))
    assert bars(slug, checked_by=("E2", "E1"))
    assert bars(slug, checked_by=("E1",), subject_chair=True)


@pytest.mark.clause("core:A24", "kbr:33.1", "kbr:50.3", "kbr:70.2")
def test_three_entries_in_the_information_system_have_three_terms_of_their_own() -> None:
    assert last_day("kbr", "ris.registration", appeals_handed_over="2025-06-20") == "2025-06-21"
    assert last_day("kbr", "ris.procedure_result", registered="2025-06-20") == "2025-06-25"
    assert last_day("kbr", "protocol.handover", decided="2025-06-20") == "2025-06-21"
    everything = {"appeals_handed_over": "2025-06-20", "registered": "2025-06-18", "decided": "2025-06-27"}
    ends = {
        term: last_day("kbr", term, **everything)
        for term in ("ris.registration", "ris.procedure_result", "protocol.handover")
    }
    assert ends == {
        "ris.registration": "2025-06-21",
        "ris.procedure_result": "2025-06-23",
        "protocol.handover": "2025-06-28",
    }


@pytest.mark.clause("core:A34")
@pytest.mark.parametrize("slug", REGIONS)
@pytest.mark.parametrize("category", ["student", "extern", "earlier_graduate"])
def test_a_parent_may_file_and_withdraw_and_not_by_a_portal_alone(slug: str, category: str) -> None:
    rules = rules_of(slug)
    doors = [door for door in rules.channels_for(kind="score", category=category) if "parent" in door.applicants]
    assert [door.code for door in doors if not door.self_service]
    assert {door.code for door in rules.channels_for(kind="score", category=category) if door.self_service} <= {
        door.code for door in doors
    }
    assert "parent" in rules.withdrawal.applicants


@pytest.mark.clause("core:C5")
def test_a_mail_is_a_filing_of_the_day_it_came_and_is_answered_without_personal_data() -> None:
    for category in ("student", "extern", "earlier_graduate"):
        door = rules_of("kuzbass").channel(kind="score", category=category, code="email")
        assert door is not None
        assert door.dated
        assert (door.receipt_event, door.closes_with_office) == ("filed", False)
        assert door.open_reply is not None
        named = {name for _, name, _, _ in Formatter().parse(door.open_reply) if name}
        assert named <= {"receipt", "commission", "phone", "portal"}


@pytest.mark.clause("core:B3", "kbr_portal:I.11")
def test_a_plain_power_of_attorney_suffices() -> None:
    proxy = rules_of("kbr").presence.proxy
    assert (proxy.allowed, proxy.form, proxy.notary_required) == (True, "plain", False)


@pytest.mark.clause("core:E13")
def test_the_power_of_attorney_is_each_region_s_own() -> None:
    proxies = {slug: rules_of(slug).presence.proxy for slug in REGIONS}
    assert {slug: (proxy.form, proxy.notary_required) for slug, proxy in proxies.items()} == {
        "kbr": ("plain", False),
        "kuzbass": ("plain", False),
        "moscow": ("regional", False),
    }
    assert {slug: len(proxy.powers) for slug, proxy in proxies.items()} == {"kbr": 0, "kuzbass": 0, "moscow": 6}


@pytest.mark.clause("core:E1", "federal:100.1")
@pytest.mark.parametrize("slug", REGIONS)
def test_filing_is_open_from_the_announcement_on_any_day_until_midnight_of_the_second_working_day(slug: str) -> None:
    window = explain(slug, "score.filing", results_announced="2025-06-20T15:30")
    assert not window.is_open(at(slug, "2025-06-20T15:29:59"))
    for moment in ("2025-06-20T15:30", "2025-06-22T03:00", "2025-06-24T23:59:59"):
        assert window.is_open(at(slug, moment)), moment
    assert not window.is_open(at(slug, "2025-06-25"))


@pytest.mark.clause("core:E1")
@pytest.mark.parametrize("slug", REGIONS)
def test_office_hours_end_the_last_day_on_paper_and_never_on_a_screen(slug: str) -> None:
    for door in rules_of(slug).channels:
        if door.kind == "score":
            assert door.closes_with_office == (door.copies > 0), door.code


@pytest.mark.clause("core:E2")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_receipt_on_a_day_off_is_a_receipt_of_that_day_and_the_term_runs_from_the_next_working_day(slug: str) -> None:
    ends = {
        last_day(slug, "procedure.consideration", registered=day) for day in ("2025-06-20", "2025-06-21", "2025-06-22")
    }
    assert ends == {"2025-06-24"}
    sunday = explain(slug, "score.consideration", registered="2025-06-22")
    assert [step.date.day for step in sunday.steps if step.counts] == [23, 24, 25, 26]


@pytest.mark.clause("core:E3", "core:E4")
@pytest.mark.parametrize("slug", REGIONS)
def test_the_calendar_day_of_the_protocol_is_the_one_after_the_decision_weekends_included(slug: str) -> None:
    assert last_day(slug, "protocol.handover", decided="2025-06-20") == "2025-06-21"
    assert last_day(slug, "protocol.handover", decided="2025-06-20T23:59:59") == "2025-06-21"
    assert last_day(slug, "recalculation.dispatch", handed_over="2025-06-21") == "2025-06-23"


@pytest.mark.clause("core:E10", "core:A19")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_request_for_clarification_does_not_stop_the_days_and_raises_an_alarm_of_its_own(slug: str) -> None:
    asked = {"registered": "2025-06-18", "clarification_requested": "2025-06-19"}
    assert explain(slug, "score.consideration", **asked) == explain(
        slug, "score.consideration", registered="2025-06-18"
    )
    alarm = explain(slug, "clarification.answer", **asked)
    assert alarm.hardness == "advice"
    considered = explain(slug, "score.consideration", **asked)
    assert alarm.due is not None
    assert considered.due is not None
    assert alarm.due < considered.due


@pytest.mark.clause("core:E16", "core:C8", "kbr:15.1", "kuzbass:14.1")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_decision_is_told_within_three_working_days_of_it_where_the_act_names_no_start_too(slug: str) -> None:
    assert last_day(slug, "decision.notice", decided="2025-06-18") == "2025-06-23"


@pytest.mark.clause("core:E23")
@pytest.mark.parametrize("slug", REGIONS)
def test_papers_are_kept_everywhere_until_the_first_of_march_of_the_next_year(slug: str) -> None:
    kept = explain(slug, "papers.retention", exam_year="2026-06-18")
    assert not kept.is_over(at(slug, "2027-03-01T23:59:59"))
    assert kept.is_over(at(slug, "2027-03-02"))


@pytest.mark.clause("core:C27")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_reminder_falls_on_the_eve_and_on_the_last_working_day(slug: str) -> None:
    parts = explain(slug, "hearing.reminder", hearing_day="2025-06-23").parts
    assert {f"{part.last_moment:%Y-%m-%d}" for part in parts if part.last_moment} == {"2025-06-20", "2025-06-22"}


@pytest.mark.clause("core:E18")
@pytest.mark.parametrize(("slug", "hours"), [("kbr", 3), ("kuzbass", 7), ("moscow", 3)])
def test_days_end_in_the_region_s_own_zone(slug: str, hours: int) -> None:
    due = explain(slug, "score.filing", results_announced="2025-06-20").due
    assert due == dt.datetime(2025, 6, 24, 24 - hours, tzinfo=dt.UTC)

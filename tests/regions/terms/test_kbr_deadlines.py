"""Every term of the republic's regulation: the check of its clause, carried out against the republic's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from apella.deadlines.explain import Explanation

Check = Callable[..., Explanation]


def case(*clauses: str, term: str, last: str, in_time: str = "", late: str = "", **events: str) -> object:
    """One row: the events, the last day of the term, an act in time and an act that comes too late."""
    return pytest.param(term, events, last, in_time, late, marks=pytest.mark.clause(*clauses), id=clauses[0])


BEFORE_SITTINGS = [
    case(
        "kbr:7.1",
        term="information.publication",
        first_exam="2025-05-23",
        last="2025-04-23",
        late="2025-04-24",
    ),
    case(
        "kbr:14.5",
        term="hearing.announcement",
        hearing_day="2025-06-23",
        last="2025-06-20",
        late="2025-06-21",
    ),
    case(
        "kbr:52.4",
        term="hearing.announcement",
        hearing_day="2025-06-24",
        last="2025-06-23",
        in_time="2025-06-23T15:00",
    ),
    case(
        "kbr:60.1",
        term="hearing.announcement",
        hearing_day="2025-06-24",
        last="2025-06-23",
        late="2025-06-24",
    ),
    case(
        "kbr:VIII-75.4",
        term="hearing.announcement",
        hearing_day="2025-06-24",
        last="2025-06-23",
        in_time="2025-06-23T15:00",
    ),
    case(
        "kbr:77.3",
        term="hearing.announcement",
        hearing_day="2025-06-24",
        last="2025-06-23",
        in_time="2025-06-23T15:00",
        late="2025-06-24",
    ),
]

FILING = [
    case("kbr:40.1", term="procedure.filing", exam_day="2025-06-02", last="2025-06-02", late="2025-06-03"),
    case("kbr:40.5", term="procedure.forwarding", accepted="2025-06-02", last="2025-06-02", late="2025-06-03"),
    case("kbr:47.1", term="procedure.forwarding", accepted="2025-06-02", last="2025-06-02", late="2025-06-03"),
    case("kbr:45.2", term="procedure.check", exam_day="2025-06-02", last="2025-06-02", late="2025-06-03"),
    case(
        "kbr:41.1",
        "core:A7",
        term="score.filing",
        results_announced="2025-06-20",
        last="2025-06-24",
        in_time="2025-06-24T23:59",
        late="2025-06-25",
    ),
    case("kbr:44.1", "core:A10", term="procedure.withdrawal", filed="2025-06-02", last="2025-06-02", late="2025-06-03"),
    case(
        "kbr:44.2",
        "core:B1",
        term="score.withdrawal",
        filed="2025-06-20",
        hearing_day="2025-06-24",
        last="2025-06-23",
        in_time="2025-06-23T12:00",
        late="2025-06-24",
    ),
]

CONSIDERATION = [
    case("kbr:35.4", term="procedure.consideration", registered="2025-06-20", last="2025-06-24"),
    case("kbr:40.6", "core:A7", term="procedure.consideration", registered="2025-06-02", last="2025-06-04"),
    case("kbr:54.2", term="kit.hand_on", kit_received="2025-06-18", last="2025-06-18", late="2025-06-19"),
    case("kbr:58.1", term="kit.return", expert_concluded="2025-06-19", last="2025-06-19", late="2025-06-20"),
    case("kbr:78.2", term="kim.delivery", kim_requested="2025-06-20", last="2025-06-23", late="2025-06-24"),
]

AFTER_DECISIONS = [
    case("kbr:15.1", "core:E16", term="decision.notice", decided="2025-06-18", last="2025-06-23", late="2025-06-24"),
    case("kbr:42.1", "core:A2", term="protocol.handover", decided="2025-06-20", last="2025-06-21", late="2025-06-22"),
    case("kbr:70.2", "core:A24", term="protocol.handover", decided="2025-06-20", last="2025-06-21", late="2025-06-22"),
    case(
        "kbr:33.1",
        "core:A24",
        term="ris.registration",
        appeals_handed_over="2025-06-20",
        last="2025-06-21",
        late="2025-06-22",
    ),
    case(
        "kbr:50.3",
        "core:A24",
        term="ris.procedure_result",
        registered="2025-06-18",
        last="2025-06-23",
        late="2025-06-24",
    ),
    case("kbr:43.1", term="recalculation.dispatch", ris_entered="2025-06-20", last="2025-06-22", late="2025-06-23"),
    case("kbr:71.1", term="recalculation.dispatch", ris_entered="2025-06-20", last="2025-06-22", late="2025-06-23"),
    case("kbr:43.3", "core:A1", term="recalculation.federal", dispatched="2025-06-23", last="2025-06-30"),
    case(
        "kbr:43.4",
        "core:A3",
        term="approval.submission",
        recalculated="2025-06-30",
        last="2025-07-01",
        late="2025-07-02",
    ),
    case(
        "kbr:71.4",
        "core:A3",
        term="approval.submission",
        recalculated="2025-06-30",
        last="2025-07-01",
        late="2025-07-02",
    ),
    case("kbr:72.1", term="approval.submission", ris_changed="2025-06-27", last="2025-06-28", late="2025-06-29"),
    case(
        "kbr:51.2",
        term="federal_request.answer",
        federal_request_received="2025-06-20",
        last="2025-06-22",
        late="2025-06-23",
    ),
]


@pytest.mark.parametrize(
    ("term", "events", "last", "in_time", "late"), [*BEFORE_SITTINGS, *FILING, *CONSIDERATION, *AFTER_DECISIONS]
)
def test_a_term_of_the_regulation_ends_as_its_clause_says(
    check: Check, term: str, events: dict[str, str], last: str, in_time: str, late: str
) -> None:
    check(term, last=last, in_time=in_time, late=late, **events)


@pytest.mark.clause("kbr:41.6", "core:A6")
def test_consideration_counts_saturdays_and_the_federal_limit_stands_beside_it(check: Check) -> None:
    explanation = check("score.consideration", last="2025-06-23", registered="2025-06-18")
    assert explanation.federal is not None
    assert explanation.federal.last_moment is not None
    assert f"{explanation.federal.last_moment:%Y-%m-%d}" == "2025-06-24"


@pytest.mark.clause("kbr:41.7", "core:A7")
def test_only_the_score_appeals_of_one_day_count_the_saturday(explain: Callable[..., Explanation]) -> None:
    counted = {
        term: dt.date(2025, 6, 21)
        in {step.date for step in explain(term, registered="2025-06-20").steps if step.counts}
        for term in ("score.consideration", "procedure.consideration")
    }
    assert counted == {"score.consideration": True, "procedure.consideration": False}


@pytest.mark.clause("kbr:71.3", "core:A1")
def test_five_calendar_days_remind_while_five_working_days_bind(
    check: Check, explain: Callable[..., Explanation]
) -> None:
    reminder = check("recalculation.reminder", last="2025-06-28", dispatched="2025-06-23")
    binding = explain("recalculation.federal", dispatched="2025-06-23")
    assert binding.last_moment is not None
    assert f"{binding.last_moment:%Y-%m-%d}" == "2025-06-30"
    assert binding.federal_due == binding.due
    assert (reminder.hardness, binding.hardness) == ("advice", "breach")


@pytest.mark.clause("kbr:50.3", "core:A25")
@pytest.mark.parametrize(("decided", "last"), [("2025-06-19", "2025-06-20"), ("2025-06-23", "2025-06-23")])
def test_the_result_of_a_violation_appeal_keeps_both_limits(check: Check, decided: str, last: str) -> None:
    check("ris.procedure_result", last=last, registered="2025-06-18", decided=decided)


@pytest.mark.clause("kbr:44.2")
def test_a_withdrawal_comes_no_later_than_the_day_of_the_sitting(check: Check) -> None:
    # A sitting on Saturday, before the next working day of a five-day week.
    check(
        "score.withdrawal",
        last="2025-06-21",
        filed="2025-06-20",
        hearing_day="2025-06-21T10:00",
        in_time="2025-06-21T23:59",
        late="2025-06-22",
    )


@pytest.mark.clause("kbr:44.2", "core:A12")
def test_a_withdrawal_on_the_day_of_the_sitting_lasts_until_the_case_is_called(
    check: Check, explain: Callable[..., Explanation], at: Callable[[str], dt.datetime]
) -> None:
    appointed = {"filed": "2025-06-20", "hearing_day": "2025-06-23T11:20"}
    window = check(
        "score.withdrawal",
        last="2025-06-23T12:05",
        hearing_opened="2025-06-23T12:05",
        late="2025-06-23T12:05",
        **appointed,
    )
    assert window.is_open(at("2025-06-23T12:04:59"))
    check("score.withdrawal", last="2025-06-23", in_time="2025-06-23T23:59", late="2025-06-24", **appointed)
    assert not explain("score.withdrawal", filed="2025-06-19", hearing_day="2025-06-27").is_open(at("2025-06-21"))


@pytest.mark.clause("kbr:34.8", "core:A42", "core:E23")
def test_papers_are_kept_until_the_first_of_march_of_the_next_year_that_day_included(check: Check) -> None:
    check(
        "papers.retention",
        exam_year="2025-06-05",
        last="2026-03-01",
        in_time="2026-02-28T12:00",
        late="2026-03-02",
    )
    check("papers.retention", exam_year="2026-06-01", last="2027-03-01")

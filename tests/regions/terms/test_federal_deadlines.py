"""Every term of the Procedure: the check of its clause, carried out against the federal tables alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apella.deadlines.explain import Explanation

Check = Callable[..., Explanation]


def case(clause: str, term: str, event: str, day: str, last: str, *, in_time: str = "", late: str = "") -> object:
    """One row: the event's day, the last day of the term, an act in time and an act that comes too late."""
    return pytest.param(term, event, day, last, in_time, late, marks=pytest.mark.clause(clause), id=clause)


@pytest.mark.parametrize(
    ("term", "event", "day", "last", "in_time", "late"),
    [
        case(
            "federal:98.6",
            *("hearing.announcement", "hearing_day", "2025-06-23", "2025-06-20"),
            in_time="2025-06-20T18:00",
            late="2025-06-21",
        ),
        case("federal:99.1", "procedure.filing", "exam_day", "2025-06-02", "2025-06-02", late="2025-06-03"),
        case("federal:99.8", "procedure.forwarding", "accepted", "2025-06-02", "2025-06-02", late="2025-06-03"),
        case("federal:99.8", "procedure.check", "exam_day", "2025-06-02", "2025-06-02", late="2025-06-03"),
        case("federal:99.13", "procedure.consideration", "registered", "2025-06-20", "2025-06-24"),
        case(
            "federal:100.1",
            *("score.filing", "results_announced", "2025-06-20", "2025-06-24"),
            in_time="2025-06-24T23:59",
            late="2025-06-25",
        ),
        case(
            "federal:100.12",
            *("score.forwarding", "accepted", "2025-06-20", "2025-06-23"),
            in_time="2025-06-23T12:00",
            late="2025-06-24",
        ),
        case("federal:100.12", "score.onward_forwarding", "accepted", "2025-06-20", "2025-06-23", late="2025-06-24"),
        case("federal:99.8", "procedure.onward_forwarding", "accepted", "2025-06-02", "2025-06-02", late="2025-06-03"),
        case("federal:102.3", "score.consideration", "registered", "2025-06-18", "2025-06-24"),
        case("federal:102.4", "protocol.handover", "decided", "2025-06-20", "2025-06-21", late="2025-06-23"),
        case("federal:102.6", "recalculation.dispatch", "handed_over", "2025-06-21", "2025-06-23", late="2025-06-24"),
        case("federal:102.8", "recalculation.federal", "dispatched", "2025-06-23", "2025-06-30"),
        case("federal:102.9", "approval.submission", "recalculated", "2025-06-27", "2025-06-28", late="2025-06-29"),
    ],
)
def test_a_term_of_the_procedure_ends_as_its_clause_says(
    check: Check, term: str, event: str, day: str, last: str, in_time: str, late: str
) -> None:
    check(term, last=last, in_time=in_time, late=late, **{event: day})


@pytest.mark.clause("federal:100.2")
def test_each_subject_has_its_own_window_whenever_the_marks_were_looked_at(
    check: Check, explain: Callable[..., Explanation]
) -> None:
    check("score.filing", last="2025-06-24", results_announced="2025-06-20")
    check("score.filing", last="2025-06-26", results_announced="2025-06-24", filed="2025-06-25", accepted="2025-06-27")
    assert explain("score.filing", filed="2025-06-25", accepted="2025-06-27").due is None

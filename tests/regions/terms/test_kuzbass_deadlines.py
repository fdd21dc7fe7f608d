"""Every term of the region's order: the check of its clause, carried out against the region's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from apella.deadlines.explain import Explanation

Check = Callable[..., Explanation]
MOSCOW_HOURS = dt.timezone(dt.timedelta(hours=3))


def case(*clauses: str, term: str, last: str, in_time: str = "", late: str = "", **events: str) -> object:
    """One row: the events, the last day of the term, an act in time and an act that comes too late."""
    return pytest.param(term, events, last, in_time, late, marks=pytest.mark.clause(*clauses), id=clauses[0])


@pytest.mark.parametrize(
    ("term", "events", "last", "in_time", "late"),
    [
        case("kuzbass:8.1", term="procedure.filing", exam_day="2025-06-02", last="2025-06-02", late="2025-06-03"),
        case("kuzbass:10.1", term="procedure.consideration", registered="2025-06-02", last="2025-06-04"),
        case(
            "kuzbass:14.1",
            "core:C8",
            term="decision.notice",
            decided="2025-06-18",
            last="2025-06-23",
            late="2025-06-24",
        ),
        case(
            "kuzbass:20.2",
            term="score.forwarding",
            accepted="2025-06-20",
            last="2025-06-23",
            in_time="2025-06-23T17:00",
        ),
        case("kuzbass:22.1", term="score.consideration", registered="2025-06-18", last="2025-06-24"),
        case("kuzbass:37.1", term="protocol.handover", decided="2025-06-20", last="2025-06-21", late="2025-06-22"),
        case(
            "kuzbass:38.1",
            term="recalculation.dispatch",
            ris_entered="2025-06-20",
            last="2025-06-22",
            late="2025-06-23",
        ),
        case("kuzbass:38.3", term="recalculation.federal", dispatched="2025-06-23", last="2025-06-30"),
        case(
            "kuzbass:38.4", term="approval.submission", recalculated="2025-06-30", last="2025-07-01", late="2025-07-02"
        ),
        case(
            "kuzbass:39.1", term="approval.submission", ris_changed="2025-06-27", last="2025-06-28", late="2025-06-29"
        ),
        case(
            "kuzbass:58.2",
            "core:C4",
            term="hearing.link",
            hearing_day="2025-06-24",
            last="2025-06-23",
            late="2025-06-24",
        ),
        case(
            "kuzbass:58.2",
            "core:C4",
            term="hearing.link",
            hearing_day="2025-06-23",
            last="2025-06-20",
            late="2025-06-21",
        ),
        case(
            "kuzbass:78.1",
            "core:C22",
            term="procedure.withdrawal",
            filed="2025-06-02",
            last="2025-06-02",
            late="2025-06-03",
        ),
        case(
            "kuzbass:78.2",
            term="score.withdrawal",
            filed="2025-06-20",
            last="2025-06-23",
            in_time="2025-06-23T17:00",
            late="2025-06-24",
        ),
        case(
            "kuzbass:80.1",
            "core:C3",
            term="withdrawal.forwarding",
            withdrawal_accepted="2025-06-23",
            last="2025-06-24",
            late="2025-06-25",
        ),
    ],
)
def test_a_term_of_the_order_ends_as_its_clause_says(
    check: Check, term: str, events: dict[str, str], last: str, in_time: str, late: str
) -> None:
    check(term, last=last, in_time=in_time, late=late, **events)


@pytest.mark.clause("kuzbass:15.1", "core:E18")
def test_filing_ends_at_midnight_in_the_region_whatever_moscow_s_clock_shows(check: Check) -> None:
    window = check(
        "score.filing",
        results_announced="2025-06-20",
        last="2025-06-24",
        in_time="2025-06-24T23:59",
        late="2025-06-25",
    )
    assert not window.is_over(dt.datetime(2025, 6, 24, 19, 59, 59, tzinfo=MOSCOW_HOURS))
    assert window.is_over(dt.datetime(2025, 6, 24, 20, 0, tzinfo=MOSCOW_HOURS))


@pytest.mark.clause("kuzbass:57.1", "core:C4")
def test_a_schedule_sent_on_sunday_keeps_the_order_and_breaks_the_procedure(
    check: Check, at: Callable[[str], dt.datetime]
) -> None:
    explanation = check("hearing.announcement", hearing_day="2025-06-23", last="2025-06-20", late="2025-06-22T12:00")
    own, federal = explanation.parts
    sent = at("2025-06-22T12:00")
    assert ("kuzbass:57.1" in own.clauses, own.is_over(sent)) == (True, False)
    assert own.last_moment == at("2025-06-22T23:59:59")
    assert ("federal:98.6" in federal.clauses, federal.is_over(sent)) == (True, True)
    assert explanation.deciding is federal
    assert explanation.federal_due == explanation.due
    assert "1 календарный день" in explanation.summary()
    assert "1 рабочий день" in explanation.summary()


@pytest.mark.clause("kuzbass:48.1", "core:C27")
@pytest.mark.parametrize(
    ("hearing", "days"),
    [
        pytest.param("2025-06-24", ["2025-06-23"], id="Tuesday: both are Monday"),
        pytest.param("2025-06-23", ["2025-06-20", "2025-06-22"], id="Monday: Friday, and Sunday, the eve"),
    ],
)
def test_a_reminder_goes_out_on_the_eve_and_on_the_last_working_day(
    check: Check, hearing: str, days: list[str]
) -> None:
    reminder = check("hearing.reminder", hearing_day=hearing, last=days[-1])
    ends = {part.last_moment for part in reminder.parts}
    assert sorted(f"{end:%Y-%m-%d}" for end in ends if end) == days


@pytest.mark.clause("kuzbass:77.1", "core:C13")
def test_the_commission_waits_fifteen_minutes_at_a_screen_and_on_site(check: Check) -> None:
    waiting = check(
        "hearing.no_show", hearing_time="2025-06-24T10:00", last="2025-06-24T10:15", late="2025-06-24T10:16"
    )
    assert waiting.length == 15

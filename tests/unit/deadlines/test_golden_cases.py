"""The golden cases: filing in two working days, decision in four after the last filing day, in either week."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from apella.calendar.tables import load_regional_days
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.engine import compute
from apella.deadlines.terms import Term

FEAST = load_regional_days(
    [
        {
            "date": dt.date(2025, 6, 6),
            "name": "Курбан-байрам",
            "act": {"act": "Учебный указ", "number": "00-УГ", "date": dt.date(2025, 5, 28)},
            "carry_over": False,
        }
    ],
    place="fixture",
)

CASES = [
    ("2025-06-04", (), 5, ("2025-06-05", "2025-06-06"), "2025-06-16"),
    ("2025-06-04", (), 6, ("2025-06-05", "2025-06-06"), "2025-06-11"),
    ("2025-06-04", FEAST, 5, ("2025-06-05", "2025-06-09"), "2025-06-17"),
    ("2025-06-04", FEAST, 6, ("2025-06-05", "2025-06-07"), "2025-06-13"),
    ("2025-06-10", (), 5, ("2025-06-11", "2025-06-16"), "2025-06-20"),
    ("2025-06-10", (), 6, ("2025-06-11", "2025-06-13"), "2025-06-18"),
    ("2025-06-11", (), 5, ("2025-06-16", "2025-06-17"), "2025-06-23"),
    ("2025-06-11", (), 6, ("2025-06-13", "2025-06-14"), "2025-06-19"),
    ("2025-06-27", (), 5, ("2025-06-30", "2025-07-01"), "2025-07-07"),
    ("2025-06-27", (), 6, ("2025-06-28", "2025-06-30"), "2025-07-04"),
    ("2026-06-11", (), 5, ("2026-06-15", "2026-06-16"), "2026-06-22"),
    ("2026-06-11", (), 6, ("2026-06-13", "2026-06-15"), "2026-06-19"),
    ("2026-06-18", (), 5, ("2026-06-19", "2026-06-22"), "2026-06-26"),
    ("2026-06-18", (), 6, ("2026-06-19", "2026-06-20"), "2026-06-25"),
    ("2027-06-11", (), 5, ("2027-06-15", "2027-06-16"), "2027-06-22"),
    ("2027-06-11", (), 6, ("2027-06-14", "2027-06-15"), "2027-06-19"),
]


def _counted(term: Term, event: str, day: dt.date, calendar: WorkCalendar) -> list[str]:
    explanation = compute(term, events={event: day}, calendar=calendar, zone=ZoneInfo("Europe/Moscow"))
    days = [step.date.isoformat() for step in explanation.steps if step.counts]
    assert explanation.last_moment is not None
    assert days[-1] == explanation.last_moment.date().isoformat()
    return days


@pytest.mark.parametrize(("announced", "regional", "week", "filing", "decision"), CASES)
@pytest.mark.clause("federal:100.1", "federal:102.3")
def test_a_golden_case_holds(
    terms: dict[str, Term],
    announced: str,
    regional: tuple[()],
    week: Week,
    filing: tuple[str, str],
    decision: str,
) -> None:
    calendar = WorkCalendar(regional=regional)
    window = terms["score.filing"].model_copy(update={"week": week})
    consideration = terms["score.consideration"].model_copy(update={"week": week})
    assert _counted(window, "results_announced", dt.date.fromisoformat(announced), calendar) == list(filing)
    assert _counted(consideration, "registered", dt.date.fromisoformat(filing[1]), calendar)[-1] == decision


HYBRIDS = [
    ("2025-06-04", (), 5, 6, "2025-06-06", "2025-06-11"),
    ("2025-06-04", FEAST, 5, 6, "2025-06-09", "2025-06-14"),
    ("2025-06-10", (), 5, 6, "2025-06-16", "2025-06-20"),
    ("2025-06-11", (), 5, 6, "2025-06-17", "2025-06-21"),
    ("2025-06-27", (), 5, 6, "2025-07-01", "2025-07-05"),
    ("2026-06-11", (), 5, 6, "2026-06-16", "2026-06-20"),
    ("2026-06-18", (), 5, 6, "2026-06-22", "2026-06-26"),
    ("2027-06-11", (), 5, 6, "2027-06-16", "2027-06-21"),
    ("2025-06-04", (), 6, 5, "2025-06-06", "2025-06-16"),
    ("2025-06-04", FEAST, 6, 5, "2025-06-07", "2025-06-16"),
    ("2025-06-10", (), 6, 5, "2025-06-13", "2025-06-19"),
    ("2025-06-11", (), 6, 5, "2025-06-14", "2025-06-19"),
    ("2025-06-27", (), 6, 5, "2025-06-30", "2025-07-04"),
    ("2026-06-11", (), 6, 5, "2026-06-15", "2026-06-19"),
    ("2026-06-18", (), 6, 5, "2026-06-20", "2026-06-25"),
    ("2027-06-11", (), 6, 5, "2027-06-15", "2027-06-21"),
]


@pytest.mark.parametrize(("announced", "regional", "filing_week", "decision_week", "closing", "decision"), HYBRIDS)
@pytest.mark.clause("federal:100.1", "federal:102.3", "core:A6", "core:A7")
def test_the_week_belongs_to_the_term_so_each_of_the_two_may_have_its_own(
    terms: dict[str, Term],
    announced: str,
    regional: tuple[()],
    filing_week: Week,
    decision_week: Week,
    closing: str,
    decision: str,
) -> None:
    calendar = WorkCalendar(regional=regional)
    window = terms["score.filing"].model_copy(update={"week": filing_week})
    consideration = terms["score.consideration"].model_copy(update={"week": decision_week})
    last = _counted(window, "results_announced", dt.date.fromisoformat(announced), calendar)[-1]
    assert last == closing
    assert _counted(consideration, "registered", dt.date.fromisoformat(last), calendar)[-1] == decision


@pytest.mark.clause("core:E17", "core:B1")
def test_the_limit_of_withdrawal_follows_each_appeals_own_day_of_filing(terms: dict[str, Term]) -> None:
    zone, calendar = ZoneInfo("Europe/Moscow"), WorkCalendar()
    lasts = []
    for filed in (dt.date(2025, 6, 4), dt.date(2025, 6, 5), dt.date(2025, 6, 6)):
        window = compute(terms["score.withdrawal"], events={"filed": filed}, calendar=calendar, zone=zone)
        assert window.last_moment is not None
        lasts.append(window.last_moment.date().isoformat())
    # One exam, three days of filing, three limits: the guide's "until filing ends" (06.06) would be one for all.
    assert lasts == ["2025-06-05", "2025-06-06", "2025-06-09"]

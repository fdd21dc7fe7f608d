"""Every term of the oblast's instruction: the check of its clause, carried out against the oblast's tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from apella.calendar.reading import TableError
from apella.deadlines.explain import Explanation
from apella.regions.loader import load_region
from apella.tenancy.files import tenant_directories

Check = Callable[..., Explanation]

# The exam of 01.06.2026 has its results on Thu 11.06, the 12th is a holiday: the Procedure gives the 15th and the 16th.
NAMED = """
[[exam]]
date = 2026-06-01
subjects = ["07"]
results_on = 2026-06-11
intake = [{days}]
clerk_closes = {{ portal = "24:00" }}
clauses = ["moscow:1.4"]
"""


@pytest.mark.clause("moscow:4.3", "core:D2", "core:E18")
def test_the_mailing_is_due_by_seven_in_the_evening_of_the_next_day(check: Check) -> None:
    check(
        "hearing.announcement",
        filing_closed="2025-06-24",
        hearing_day="2025-06-30",
        last="2025-06-25T19:00",
        in_time="2025-06-25T18:59",
        late="2025-06-25T19:01",
    )


@pytest.mark.clause("moscow:4.3", "core:D2")
def test_the_next_day_is_a_day_of_the_calendar(check: Check) -> None:
    check(
        "hearing.announcement",
        filing_closed="2025-06-20",
        hearing_day="2025-06-30",
        last="2025-06-21T19:00",
        late="2025-06-23",
    )


@pytest.mark.clause("moscow:4.4", "core:D2")
@pytest.mark.parametrize(
    ("closed", "hearing", "last"),
    [
        pytest.param("2025-06-23", "2025-06-25", "2025-06-24T19:00", id="the hour comes first"),
        pytest.param("2025-06-24", "2025-06-25", "2025-06-24", id="the working day before comes first"),
        pytest.param("2025-06-20", "2025-06-23", "2025-06-20", id="a Monday sitting is announced on Friday"),
    ],
)
def test_both_limits_of_the_mailing_hold(check: Check, closed: str, hearing: str, last: str) -> None:
    check("hearing.announcement", filing_closed=closed, hearing_day=hearing, last=last)


@pytest.mark.clause("moscow:4.3", "core:D2")
def test_each_subject_is_mailed_by_the_end_of_its_own_filing(check: Check) -> None:
    check("hearing.announcement", results_announced="2025-06-20", hearing_day="2025-06-30", last="2025-06-25T19:00")
    check("hearing.announcement", results_announced="2025-06-24", hearing_day="2025-06-30", last="2025-06-27T19:00")


@pytest.fixture
def name_days(tmp_path: Path) -> Callable[..., Path]:
    """Make a copy of the oblast's folder in which the ministry names the days of filing."""

    def write(*days: str) -> Path:
        folder = tmp_path / "moscow"
        shutil.copytree(tenant_directories(None)["moscow"], folder)
        rows = ", ".join(f'{{ date = {day}, opens = "10:00", closes = "18:00" }}' for day in days)
        (folder / "2026").mkdir(exist_ok=True)
        (folder / "2026" / "schedule.toml").write_text(NAMED.format(days=rows), encoding="utf-8")
        return folder

    return write


@pytest.mark.clause("moscow:1.4", "core:D1")
def test_the_ministry_may_name_the_days_of_filing(check: Check, name_days: Callable[..., Path]) -> None:
    check("score.filing", results_announced="2026-06-11", last="2026-06-16")
    rules = load_region(name_days("2026-06-15", "2026-06-16", "2026-06-17"))
    (exam,) = rules.schedule.exam
    assert [day.date.day for day in exam.intake] == [15, 16, 17]


@pytest.mark.clause("moscow:1.4", "core:D1")
@pytest.mark.parametrize(
    ("days", "fault"),
    [
        pytest.param(("2026-06-15",), "приём кончается", id="it ends a day early"),
        pytest.param(("2026-06-16", "2026-06-17"), "приём начинается", id="it begins a day late"),
    ],
)
def test_days_of_filing_that_are_fewer_than_the_procedure_s_are_refused(
    name_days: Callable[..., Path], days: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(TableError, match=fault) as refused:
        load_region(name_days(*days))
    (problem,) = refused.value.problems
    assert "federal:100.1" in problem

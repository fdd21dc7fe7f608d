"""Four days that Sundays alone stop: kit, hand-overs of one day, notice and tasks fit in, with nothing to spare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest

from apella.casework.planning import fetching_tasks, preparing, telling
from apella.deadlines import service as deadlines
from apella.deadlines.plan import Frame, Leg, Plan, plan_backwards
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts
from apella.tenancy.files import tenant_directories

# Received on Wed 18.06.2025: Thu, Fri, Sat and Mon 23.06 count in a six-day week, in a five-day one Tue 24.06 too.
WED, THU, FRI, MON, TUE = (date(2025, 6, day) for day in (18, 19, 20, 23, 24))
MATHS, INFORMATICS = "02", "25"


@pytest.fixture(scope="module")
def regions() -> dict[str, RegionRules]:
    return {slug: load_region(folder) for slug, folder in tenant_directories(None).items()}


def case(subject_code: str) -> CaseFacts:
    return CaseFacts(kind="score", subject_code=subject_code, category="student", mode="on_site")


def planned(rules: RegionRules, chains: Sequence[Sequence[Leg]], now: datetime) -> Plan:
    limit = deadlines.explain(rules, "score.consideration", {"registered": WED})
    assert limit.due is not None
    frame = Frame(
        limit=limit.due,
        term=limit.term,
        clauses=limit.clauses,
        week=6 if limit.week == 6 else 5,
        lasts=timedelta(minutes=20),
        hearing_at=None,
        calendar=rules.calendar,
        zone=rules.zone,
    )
    plan = plan_backwards(chains, frame=frame, now=now)
    assert plan is not None
    return plan


def every_step(rules: RegionRules, subject_code: str) -> list[list[Leg]]:
    def announced_by(begins: datetime) -> datetime | None:
        # The day on which filing closed is left out: this is about the working day before the hearing.
        return deadlines.explain(rules, "hearing.announcement", {"hearing_day": begins}).due

    return [
        list(telling(rules, scheduled=False, announced_by=announced_by)),
        list(preparing(rules, case(subject_code))),
        list(fetching_tasks(rules, case(subject_code))),
    ]


def at(rules: RegionRules, day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=rules.zone)


def end_of(rules: RegionRules, day: date) -> datetime:
    return at(rules, day + timedelta(days=1))


@pytest.mark.clause("core:E25", "kbr:41.6", "kbr:54.2", "kbr:58.1", "kbr:14.5")
def test_in_the_republic_four_days_hold_every_step_and_the_first_is_due_at_once(
    regions: dict[str, RegionRules],
) -> None:
    rules = regions["kbr"]
    plan = planned(rules, every_step(rules, MATHS), at(rules, WED, 12))
    assert plan.limit == end_of(rules, MON)
    assert {line.leg.code: line.starts_by for line in plan.lines} == {
        "kit.request": end_of(rules, WED),
        "kit.receipt": end_of(rules, WED),
        "kit.hand_on": end_of(rules, THU),
        "expert.assignment": end_of(rules, THU),
        "expert.conclusion": end_of(rules, THU),
        "kit.return": end_of(rules, FRI),
        "hearing.schedule": end_of(rules, FRI),
        "hearing.announcement": end_of(rules, FRI),
    }
    assert (plan.slack, plan.is_tight, plan.broken) == (timedelta(hours=12), True, None)
    cited = {line.leg.code: line.leg.clauses for line in plan.lines}
    assert "kbr:54.2" in cited["kit.hand_on"]
    assert "kbr:58.1" in cited["kit.return"]
    assert "kbr:14.5" in cited["hearing.announcement"]
    # A kit asked for a day later moves the hearing past the limit.
    late = planned(rules, every_step(rules, MATHS), at(rules, THU, 12))
    assert late.broken is not None
    assert (late.broken.days, late.broken.earliest) == (1, TUE)
    assert "kbr:41.6" in late.broken.clauses


@pytest.mark.clause("core:E25", "kbr:78.2")
def test_in_the_republic_the_tasks_of_the_computer_exam_are_asked_for_two_days_before(
    regions: dict[str, RegionRules],
) -> None:
    rules = regions["kbr"]
    plan = planned(rules, every_step(rules, INFORMATICS), at(rules, WED, 12))
    tasks = next(line for line in plan.lines if line.leg.code == "kim.delivery")
    # They come within a working day, before the sitting of Mon 23.06: asked for by the end of Thu 19.06.
    assert tasks.starts_by == end_of(rules, THU)
    assert tasks.leg.clauses == ("kbr:78.2",)
    assert not any(line.leg.code.startswith("expert") for line in plan.lines)


@pytest.mark.clause("core:E25")
@pytest.mark.parametrize("slug", ["kuzbass", "moscow"])
def test_where_saturday_does_not_count_a_day_more_is_left(regions: dict[str, RegionRules], slug: str) -> None:
    rules = regions[slug]
    plan = planned(rules, every_step(rules, MATHS), at(rules, WED, 12))
    assert plan.limit == end_of(rules, TUE)
    assert (plan.slack, plan.is_tight) == (timedelta(hours=36), False)
    assert plan.first.leg.code == "kit.request"

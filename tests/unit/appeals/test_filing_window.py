"""From which day an appeal's window counts: the announcement of the exam's results, or that of a re-check."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, cast

import pytest

from apella.appeals.desk import Desk
from apella.appeals.filing_window import filing_window, recheck_of
from apella.appeals.states import AppealKind
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.regions.values.schedule import Schedule
from apella.registry.model import Exam
from apella.testing.tenants import NORTH, write_tenants

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from apella.identity.actor import Actor
    from apella.identity.vault import Vault

WEDNESDAY = dt.date(2026, 6, 24)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    return load_region(write_tenants(tmp_path_factory.mktemp("tenants")) / NORTH)


def desk_at(rules: RegionRules, day: dt.date) -> Desk:
    """A desk at noon of a day; the window is counted from the exam alone, so there is nobody and nothing behind it."""
    now = dt.datetime.combine(day, dt.time(12), rules.zone)
    return Desk(
        session=cast("Session", None),
        actor=cast("Actor", None),
        vault=cast("Vault", None),
        now=now,
        machine_now=now,
        rules=rules,
    )


def exam(announced_on: dt.date | None = dt.date(2026, 6, 11)) -> Exam:
    return Exam(subject_code="04", exam_date=dt.date(2026, 6, 1), wave=2, announced_on=announced_on)


def last_day(
    rules: RegionRules,
    rechecked_on: dt.date | None,
    *,
    today: dt.date = WEDNESDAY,
    kind: AppealKind = AppealKind.SCORE,
    of: Exam | None = None,
) -> tuple[str, dt.date | None]:
    """The last day of the window, and the re-check that it counts from."""
    of = of or exam()
    window = filing_window(desk_at(rules, today), kind, of, rechecked_on=rechecked_on)
    end = window.final_due
    return (
        "" if end is None else f"{end.astimezone(rules.zone) - dt.timedelta(seconds=1):%d.%m}",
        recheck_of(window, of, rechecked_on),
    )


@pytest.mark.clause("federal:100.3", "federal:100.1")
@pytest.mark.parametrize(
    ("rechecked_on", "today", "end", "counts"),
    [
        (None, WEDNESDAY, "16.06", None),
        (WEDNESDAY, WEDNESDAY, "26.06", WEDNESDAY),
        (dt.date(2026, 6, 26), dt.date(2026, 6, 26), "30.06", dt.date(2026, 6, 26)),
        # Announced while the first window still ran: the later end stands.
        (dt.date(2026, 6, 15), dt.date(2026, 6, 15), "17.06", dt.date(2026, 6, 15)),
        # Over a holiday and a weekend both come to the same day: nothing is won, nothing is lost.
        (dt.date(2026, 6, 12), dt.date(2026, 6, 12), "16.06", None),
        (dt.date(2026, 6, 11), WEDNESDAY, "16.06", None),
        # Until its day nobody was told of it.
        (WEDNESDAY, dt.date(2026, 6, 23), "16.06", None),
    ],
)
def test_a_window_counts_from_the_later_announcement(
    rules: RegionRules, rechecked_on: dt.date | None, today: dt.date, end: str, counts: dt.date | None
) -> None:
    assert last_day(rules, rechecked_on, today=today) == (end, counts)


@pytest.mark.clause("federal:100.3", "federal:99.1")
def test_a_re_check_opens_no_window_about_the_procedure_and_none_before_the_results(rules: RegionRules) -> None:
    assert last_day(rules, WEDNESDAY, kind=AppealKind.PROCEDURE) == ("01.06", None)
    assert last_day(rules, WEDNESDAY, of=exam(None)) == ("", None)


@pytest.mark.clause("federal:100.3")
def test_what_was_filed_before_the_re_check_belongs_to_the_first_window(rules: RegionRules) -> None:
    desk = desk_at(rules, dt.date(2026, 6, 25))
    before = filing_window(
        desk, AppealKind.SCORE, exam(), rechecked_on=WEDNESDAY, at=dt.datetime(2026, 6, 16, 9, tzinfo=rules.zone)
    )
    assert before.started == dt.date(2026, 6, 11)
    assert filing_window(desk, AppealKind.SCORE, exam(), rechecked_on=WEDNESDAY).started == WEDNESDAY


@pytest.mark.clause("federal:100.3")
@pytest.mark.parametrize(
    ("rechecked_on", "end", "counts"),
    [
        (dt.date(2026, 6, 15), "19.06", None),
        (dt.date(2026, 6, 19), "23.06", dt.date(2026, 6, 19)),
    ],
)
def test_the_schedule_knows_the_first_announcement_alone_and_is_never_cut_short(
    rules: RegionRules, rechecked_on: dt.date, end: str, counts: dt.date | None
) -> None:
    row = {
        "date": "2026-06-01",
        "subjects": ["04"],
        "results_on": "2026-06-11",
        "intake": [{"date": f"2026-06-{day}", "opens": "10:00", "closes": "24:00"} for day in (15, 16, 17, 18, 19)],
        "clauses": ["core:E1"],
    }
    schedule = Schedule.model_validate_json(json.dumps({"exam": [row]}))
    found = dataclasses.replace(rules, schedule=schedule)
    assert last_day(found, rechecked_on) == (end, counts)
    window = filing_window(desk_at(found, WEDNESDAY), AppealKind.SCORE, exam(), rechecked_on=rechecked_on)
    assert window.is_published is (counts is None)

"""A change of the calendar and the windows of results of re-checks: they move, and lapse, as those of exams do."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.appeals.filing import FilingRefused
from apella.casework.reading import works_of
from apella.testing.calendars import StartCalendar, day_off
from apella.testing.rechecks import recheck

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.clause("federal:100.3", "core:E17")
def test_a_re_check_s_window_that_ran_out_stays_so_unless_a_person_decides_otherwise(calendar: StartCalendar) -> None:
    north = calendar()
    recheck(north.play, 0, dt.date(2025, 6, 5))
    recheck(north.play, 1, dt.date(2025, 6, 5))
    north.play.clock_to(dt.datetime(2025, 6, 10, 9, tzinfo=north.rules.zone))
    version = north.propose(day_off("2025-06-09"))
    (window,) = north.difference(version).windows
    assert (window.key, window.expired, window.started) == ("score.filing|2025-06-05", True, dt.date(2025, 6, 5))
    assert len(window.subjects) == 1
    north.approve(version)
    with pytest.raises(FilingRefused) as refusal:
        north.play.file(0)
    assert (refusal.value.explanation.started, refusal.value.explanation.calendar_version) == (window.started, "base")


@pytest.mark.clause("federal:100.3", "core:E17")
def test_a_running_window_of_a_re_check_follows_the_calendar(calendar: StartCalendar) -> None:
    north = calendar()
    recheck(north.play, 0, dt.date(2025, 6, 5))
    north.play.clock_to(dt.datetime(2025, 6, 7, 9, tzinfo=north.rules.zone))
    case_id = north.play.file(0)
    clock = north.clock(case_id, "score.filing")
    assert clock.due_at.astimezone(north.rules.zone).date() == dt.date(2025, 6, 10)
    version = north.propose(day_off("2025-06-09"))
    assert [moved.key for moved in north.difference(version).windows] == ["score.filing|2025-06-05"]
    north.approve(version)
    (view,) = north.play.do(0, lambda desk: works_of(desk, participant=None))
    assert view.due is not None
    assert view.due.astimezone(north.rules.zone).date() == dt.date(2025, 6, 11)

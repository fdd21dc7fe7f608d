"""An appeal about the result of a re-check: a window of its own, whatever became of the first one (federal:100.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.filing import AlreadyFiled, FilingRefused, decisions_of
from apella.appeals.states import AppealKind
from apella.appeals.withdrawal import withdraw
from apella.casework.forms_filing import doors_for, work_at_desk
from apella.casework.reading import works_of
from apella.deadlines.model import Deadline
from apella.registry.repository import result_in_force
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.rechecks import recheck

pytestmark = pytest.mark.usefixtures("paperless")

RECHECKED = dt.date(2026, 6, 24)
"""A Wednesday: the window lasts until Friday the 26th. The first one ended on Tuesday, 16.06."""


def local(play: Play, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=play.world.rules.zone)


def clocks(play: Play, case_id: object) -> dict[str, Deadline]:
    query = select(Deadline).where(Deadline.case_id == case_id)
    return {clock.term: clock for clock in play.read(lambda session: list(session.scalars(query)))}


def rechecked(play: Play, *numbers: int, **wishes: Any) -> Play:
    """The season at ten o'clock of the day on which results of these participants' re-checks are announced."""
    play.clock_to(local(play, 24, 10))
    for number in numbers:
        recheck(play, number, RECHECKED, **wishes)
    return play


@pytest.mark.clause("federal:100.3", "federal:100.1")
def test_two_working_days_after_a_re_check_an_appeal_is_taken_although_the_first_window_has_passed(
    play: StartPlay,
) -> None:
    north = play(participants=4)
    north.clock_to(local(north, 24, 9))
    with refused("filing.too_late", FilingRefused):
        north.file(0)
    rechecked(north, 0, 1, 2, more=1)
    first = north.case(north.file(0))
    assert (first.filed_late, first.filed_after_regional_limit, first.rechecked_on) == (False, False, RECHECKED)
    clock = clocks(north, first.id)["score.filing"]
    assert (clock.state, clock.due_at) == ("met", local(north, 27))
    assert clock.explanation["started"] == RECHECKED.isoformat()
    north.clock_to(local(north, 26, 23, 59))
    assert north.case(north.file(1)).rechecked_on == RECHECKED
    with refused("filing.too_late", FilingRefused):
        north.file(3)
    north.clock_to(local(north, 27))
    with refused("filing.too_late", FilingRefused) as caught:
        north.file(2)
    assert isinstance(caught.value, FilingRefused)
    assert (caught.value.explanation.started, caught.value.explanation.due) == (RECHECKED, local(north, 27))


@pytest.mark.clause("federal:100.3")
@pytest.mark.parametrize("more", [0, 1])
def test_an_appeal_that_ended_stands_in_nobody_s_way(play: StartPlay, more: int) -> None:
    north = play()
    earlier = north.file(0)
    assert north.case(earlier).rechecked_on is None
    north.act(0, withdraw, earlier)
    rechecked(north, 0, more=more)
    again = north.case(north.file(0))
    assert (again.exam_id, again.rechecked_on) == (north.case(earlier).exam_id, RECHECKED)
    with refused("filing.already_filed", AlreadyFiled):
        north.file(0)


@pytest.mark.clause("federal:100.3", "federal:102.9")
def test_a_recalculation_keeps_the_day_of_the_re_check(play: StartPlay) -> None:
    north = rechecked(play(), 0)
    case_id = north.walk(north.file(0), "recalculated", outcome="up")
    newest = north.read(lambda session: result_in_force(session, north.world.works[0]))
    assert newest is not None
    assert (newest.version, newest.rechecked_on) == (3, RECHECKED)
    assert north.case(case_id).rechecked_on == RECHECKED


@pytest.mark.clause("federal:100.3")
def test_a_paper_in_a_window_of_a_re_check_is_not_late_and_later_it_is(play: StartPlay) -> None:
    north = rechecked(play(), 0, 1)

    def seen(desk: Desk, number: int) -> tuple[dt.datetime | None, dt.datetime | None, bool]:
        view = work_at_desk(desk, north.world.works[number])
        doors = doors_for(desk, view, decisions=decisions_of(desk), appealed=frozenset())
        door = next(door for door in doors if door.kind is AppealKind.SCORE)
        return view.due, door.due, door.late

    assert north.do("school-operator", seen, 0) == (local(north, 27), local(north, 27), False)
    assert north.do("school-operator", seen, 2) == (local(north, 17), local(north, 17), True)
    assert north.case(north.file(0, channel="school_desk")).filed_late is False
    assert north.case(north.file(2, channel="school_desk")).filed_late is True
    north.clock_to(local(north, 27))
    late = north.case(north.file(1, channel="school_desk"))
    assert (late.filed_late, late.rechecked_on) == (True, RECHECKED)


@pytest.mark.clause("federal:100.3")
def test_until_its_day_a_re_check_changes_no_window(play: StartPlay) -> None:
    north = play()
    recheck(north, 0, RECHECKED)
    (view,) = north.do(0, lambda desk: works_of(desk, participant=None))
    assert view.due == local(north, 17)
    assert north.case(north.file(0)).rechecked_on is None

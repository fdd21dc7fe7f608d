"""The end of the window: the region's and the Procedure's, the hours of a door, the dates of a published график."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.filing import FilingRefused, decisions_of
from apella.appeals.states import AppealKind
from apella.audit.model import AuditEvent
from apella.calendar.tables import LegalAct
from apella.casework.forms_filing import DeskDoor, doors_for, work_at_desk
from apella.deadlines.model import Deadline
from apella.deadlines.terms import Term
from apella.hearings.service import announcement
from apella.regions.values.schedule import Schedule
from apella.registry.model import Exam
from apella.testing.expect import refused
from apella.testing.play import Play, T, Who, open_desk
from apella.testing.plugin import StartPlay
from apella.testing.rechecks import recheck

ACT = LegalAct(act="Учебный приказ", number="00-УП", date=dt.date(2026, 1, 30))


class Ruled(Play):
    """A season whose desks count by the rules of its world, whatever the files of the region say."""

    def do(self, who: Who, verb: Callable[..., T], *args: Any, **wishes: Any) -> T:
        """Do `verb(desk, …)` as this person by those rules."""
        with open_desk(self.app, self.world, self.actor(who)) as desk:
            return verb(dataclasses.replace(desk, rules=self.world.rules), *args, **wishes)


def by_rules(play: Play, **changes: Any) -> Play:
    """The same season under changed rules."""
    return Ruled(play.app, dataclasses.replace(play.world, rules=dataclasses.replace(play.world.rules, **changes)))


def by_term(play: Play, term_id: str, **changes: Any) -> Play:
    """The same season with one term changed, as a table would change it."""
    terms = dict(play.world.rules.terms)
    terms[term_id] = Term.model_validate({**terms[term_id].model_dump(), **changes})
    return by_rules(play, terms=terms)


def with_offices(play: Play) -> Play:
    """The same season where the doors of staff close with their office."""
    channels = tuple(
        channel.model_copy(update={"closes_with_office": not channel.self_service})
        for channel in play.world.rules.channels
    )
    return by_rules(play, channels=channels)


def local(play: Play, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """An hour of a day of June 2026. Results come on Thu 11.06; the Procedure gives Mon 15.06 and Tue 16.06."""
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=play.world.rules.zone)


def clock_of(play: Play, case_id: object, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def filing_clock(play: Play, case_id: object) -> Deadline:
    return clock_of(play, case_id, "score.filing")


@pytest.mark.clause("federal:100.1")
def test_between_a_shorter_regional_limit_and_the_federal_one_an_appeal_is_taken_and_marked(play: StartPlay) -> None:
    north = by_term(play(), "score.filing", length=1, deviation=ACT)
    north.clock_to(local(north, 15, 23, 59))
    in_time = north.case(north.file(0))
    assert (in_time.filed_late, in_time.filed_after_regional_limit) == (False, False)
    north.clock_to(local(north, 16))
    case = north.case(north.file(1))
    assert (case.filed_late, case.filed_after_regional_limit) == (False, True)
    clock = filing_clock(north, case.id)
    assert (clock.state, clock.due_at, clock.federal_due_at) == ("met", local(north, 16), local(north, 17))
    assert clock.explanation["deviation"] == "Учебный приказ от 30.01.2026 № 00-УП"
    events = north.read(
        lambda session: list(
            session.scalars(
                select(AuditEvent).where(
                    AuditEvent.case_id == case.id, AuditEvent.tag == "appeal:filing:after_regional_limit"
                )
            )
        )
    )
    (event,) = events
    assert json.loads(event.changes)["after"] == {
        "filed_after_regional_limit": True,
        "due": local(north, 16).astimezone(dt.UTC).isoformat(),
        "federal_due": local(north, 17).astimezone(dt.UTC).isoformat(),
    }
    north.clock_to(local(north, 17))
    with refused("filing.too_late", FilingRefused):
        north.file(2)


@pytest.mark.clause("federal:100.1")
def test_a_kinder_region_takes_appeals_until_its_own_end(play: StartPlay) -> None:
    north = by_term(play(), "score.filing", length=3)
    north.clock_to(local(north, 17, 23, 59))
    case = north.case(north.file(0))
    assert (case.filed_late, case.filed_after_regional_limit) == (False, False)
    north.clock_to(local(north, 18))
    with refused("filing.too_late", FilingRefused):
        north.file(1)


@pytest.mark.clause("federal:100.1", "core:E1")
def test_a_paper_door_ends_the_last_day_with_its_office(play: StartPlay) -> None:
    north = with_offices(play())
    closes = north.world.rules.tenant.office_hours.closes
    before = local(north, 16, closes.hour, closes.minute) - dt.timedelta(minutes=1)
    north.clock_to(before)
    assert north.case(north.file(0, channel="school_desk")).filed_late is False
    north.clock_to(before + dt.timedelta(minutes=1))
    late = north.case(north.file(1, channel="school_desk"))
    assert (late.filed_late, late.filed_after_regional_limit) == (True, False)
    clock = filing_clock(north, late.id)
    assert (clock.state, clock.due_at) == ("breached", before + dt.timedelta(minutes=1))
    assert clock.explanation["hours"].startswith("часы приёма: ")
    # The electronic door of the same region is open until midnight.
    assert north.case(north.file(2)).filed_late is False


# --- The published график ---------------------------------------------------------------------------------------------


def published(play: Play, *days: tuple[int, str, str], **more: Any) -> Play:
    """The same season with a график for its exam."""
    exam = play.read(lambda session: session.get_one(Exam, (play.world.rules.tenant.tenant_id, play.world.exam)))
    row = {
        "date": exam.exam_date.isoformat(),
        "subjects": [exam.subject_code],
        "results_on": "2026-06-11",
        "intake": [{"date": f"2026-06-{day}", "opens": opens, "closes": closes} for day, opens, closes in days],
        "clauses": ["core:E1"],
        **more,
    }
    schedule = Schedule.model_validate_json(json.dumps({"exam": [row]}))
    return by_rules(play, schedule=schedule)


@pytest.mark.clause("federal:100.1", "core:D1", "core:E1")
def test_a_schedule_sets_the_hours_of_every_door(play: StartPlay) -> None:
    days = (15, "10:00", "15:00"), (16, "10:00", "15:00"), (17, "10:00", "15:00")
    north = published(
        with_offices(play(participants=4)), *days, clerk_closes={"queue_clerk": "18:00", "portal": "24:00"}
    )
    north.clock_to(local(north, 17, 14, 59))
    assert north.case(north.file(0, channel="school_desk")).filed_late is False
    north.clock_to(local(north, 17, 15))
    assert north.case(north.file(1, channel="school_desk")).filed_late is True
    clerk = north.case(north.file(2, channel="queue_clerk"))
    assert clerk.filed_late is False
    assert filing_clock(north, clerk.id).due_at == local(north, 17, 18)
    north.clock_to(local(north, 17, 23, 59))
    assert north.case(north.file(3)).filed_late is False


@pytest.mark.clause("federal:100.1", "core:D1")
def test_a_schedule_that_turned_out_too_short_takes_no_right_away(play: StartPlay) -> None:
    north = published(play(), (15, "10:00", "15:00"))
    # Before the hour that it names filing is open as soon as the results are (E1).
    assert north.case(north.file(0)).filed_late is False
    north.clock_to(local(north, 16, 23, 59))
    case = north.case(north.file(1))
    assert (case.filed_late, case.filed_after_regional_limit) == (False, True)
    north.clock_to(local(north, 17))
    with refused("filing.too_late", FilingRefused):
        north.file(2)


def announced_after_filing(play: Play) -> Play:
    """The same season where a hearing is announced by 19:00 of the day after the end of filing."""
    part: dict[str, Any] = {
        "id": "hearing.announcement.after_filing",
        "start_event": "filing_closed",
        "event_from": "score.filing",
    }
    part |= {"length": 1, "unit": "calendar_day", "cutoff": "19:00"}
    whole = {"clauses": ("core:D2",), "owed_by": "secretary", "action": "tell", "hardness": "breach", "title": "Срок"}
    return by_term(
        play,
        "hearing.announcement",
        combine="earliest",
        unit="date",
        length=None,
        week=None,
        direction="forward",
        start_event="filing_closed",
        parts=(
            {**whole, **part},
            {**whole, "id": "hearing.announcement.day", "start_event": "hearing_day", "unit": "date"},
        ),
    )


def told(play: Play, case_id: uuid.UUID) -> dt.datetime | None:
    """Until when the appellant is told of a hearing at noon of 30.06."""
    far = local(play, 30, 12)
    return play.do("secretary", lambda desk: announcement(desk, play.case(case_id), far).due)


@pytest.mark.clause("core:D2")
def test_what_follows_from_the_end_of_filing_follows_from_the_schedule(play: StartPlay) -> None:
    north = announced_after_filing(play())
    case = north.file(0)
    assert told(north, case) == local(north, 17, 19)
    assert told(published(north, (15, "10:00", "15:00"), (19, "10:00", "15:00")), case) == local(north, 20, 19)


@pytest.mark.clause("federal:100.3", "core:D2")
def test_the_schedule_says_nothing_of_a_re_check(play: StartPlay) -> None:
    days = (15, "10:00", "15:00"), (16, "10:00", "15:00")
    north = published(announced_after_filing(play()), *days, regional_until="2026-06-25")
    north.clock_to(local(north, 24, 10))
    recheck(north, 0, dt.date(2026, 6, 24))
    case = north.file(0)
    clock = filing_clock(north, case)
    assert (clock.due_at, clock.explanation["published"]) == (local(north, 27), None)
    assert told(north, case) == local(north, 27, 19)
    # Four working days, where the first results' appeals must be considered by the 25th.
    assert clock_of(north, case, "score.consideration").due_at == local(north, 30) + dt.timedelta(days=1)


# --- The clerk's form -------------------------------------------------------------------------------------------------


def door_of_school(play: Play) -> DeskDoor:
    """What the school's operator sees of the first participant's score appeal."""

    def seen(desk: Desk) -> DeskDoor:
        view = work_at_desk(desk, play.world.works[0])
        doors = doors_for(desk, view, decisions=decisions_of(desk), appealed=frozenset())
        return next(door for door in doors if door.kind is AppealKind.SCORE)

    return play.do("school-operator", seen)


@pytest.mark.clause("core:E1")
def test_the_clerk_sees_the_hour_of_the_own_door(play: StartPlay) -> None:
    run = play()
    closes = run.world.rules.tenant.office_hours.closes
    for north, end in (
        (run, local(run, 17)),
        (with_offices(run), local(run, 16, closes.hour, closes.minute)),
        (published(with_offices(run), (15, "10:00", "15:00"), (16, "10:00", "15:00")), local(run, 16, 15)),
    ):
        door = door_of_school(north)
        assert (door.due, door.late, door.closed) == (end, False, False)
        if end.hour:
            assert f"вт 16.06.2026, {end:%H:%M}" in door.window.summary()
    offices = with_offices(run)
    offices.clock_to(local(run, 16, closes.hour, closes.minute))
    assert door_of_school(offices).late is True

"""Reminding of a hearing: on the last working day and on the eve, once each, where the region's table says so."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals import suspension
from apella.appeals.application import Presence
from apella.appeals.states import SuspensionReason
from apella.appeals.suspension import Act
from apella.deadlines.model import Deadline, DeadlineState
from apella.hearings import service as hearings
from apella.hearings.model import Hearing
from apella.jobs.model import Task
from apella.notices.model import Notice, NoticeState
from apella.notices.reminders import ask_for_reminders
from apella.regions.registry import RegionRegistry
from apella.sweeping import sweep_tenant
from apella.tenancy.files import tenant_directories
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

SHIPPED = {rules.slug: rules for rules in RegionRegistry.load(tenant_directories(None))}
REMINDING = sorted(slug for slug, rules in SHIPPED.items() if rules.notice("hearing_reminder", kind="score"))
SILENT = sorted(set(SHIPPED) - set(REMINDING))
FRI, SAT, SUN, MON, TUE = (date(2026, 6, day) for day in (19, 20, 21, 22, 23))


def at(play: Play, day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=play.world.rules.zone)


def door(play: Play) -> str:
    """A paper door of the region, or its portal."""
    doors = [channel.code for channel in play.world.rules.channels_for(kind="score", category="student")]
    return next(code for code in ("school_desk", "portal") if code in doors)


def appointed(play: Play, day: date, **wishes: Any) -> tuple[uuid.UUID, Hearing]:
    """A case whose hearing is at ten of that day; the time is Thursday morning."""
    case_id = play.walk(play.file(channel=door(play), **wishes), "concluded")
    hearing = play.schedule(case_id, starts_at=at(play, day, 10), reason="учебный день")
    play.drain()
    play.clock_to(at(play, FRI - timedelta(days=1), 12))
    return case_id, hearing


def asked(play: Play, now: datetime) -> int:
    """What the sweep asks for at this moment."""
    return play.do(
        "secretary",
        lambda desk: ask_for_reminders(desk.session, rules=desk.rules, season_id=desk.actor.season_id, now=now),
    )


def reminded(play: Play, case_id: uuid.UUID) -> list[tuple[str, NoticeState]]:
    """The days of the reminders that were told, with what became of each message."""
    query = select(Notice).where(Notice.case_id == case_id, Notice.event == "hearing_reminder").order_by(Notice.id)
    rows = play.read(lambda session: session.scalars(query).all())
    return sorted({(row.occasion.partition(":")[2], row.state) for row in rows})


def clocks(play: Play, case_id: uuid.UUID) -> list[Deadline]:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == "hearing.reminder")
    return play.read(lambda session: list(session.scalars(query.order_by(Deadline.starts_at))))


@pytest.mark.clause("kuzbass:48.1", "core:C27")
@pytest.mark.parametrize("slug", REMINDING)
def test_before_a_monday_people_are_reminded_on_friday_and_on_sunday(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id, hearing = appointed(region, MON)
    (clock,) = clocks(region, case_id)
    assert clock.due_at == at(region, MON, 0)
    assert asked(region, at(region, FRI, 0)) == 0
    for day, told in ((FRI, [FRI]), (SAT, [FRI]), (SUN, [FRI, SUN])):
        opens = region.world.rules.tenant.office_hours.opens
        morning = datetime.combine(day, opens, tzinfo=region.world.rules.zone)
        assert asked(region, morning - timedelta(seconds=1)) == 0
        region.clock_to(morning)
        assert asked(region, region.now()) == (day != SAT)
        region.drain()
        # A second look, and the broker bringing the task again, remind nobody twice.
        assert asked(region, region.now()) == 0
        assert reminded(region, case_id) == [(str(day), NoticeState.SENT) for day in told]
        assert clocks(region, case_id)[0].met_at is None or day == SUN
    (clock,) = clocks(region, case_id)
    assert (clock.state, clock.met_at is not None) == (DeadlineState.MET, True)
    assert asked(region, hearing.starts_at - timedelta(minutes=1)) == 0


@pytest.mark.clause("kuzbass:48.1", "core:C27")
@pytest.mark.parametrize("slug", REMINDING)
def test_before_a_tuesday_one_day_is_both(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id, _ = appointed(region, TUE)
    found = [day for day in (FRI, SAT, SUN, MON, TUE) if asked(region, at(region, day, 9, 30))]
    assert found == [MON]
    region.clock_to(at(region, MON, 9, 30))
    region.drain()
    assert reminded(region, case_id) == [(str(MON), NoticeState.SENT)]


@pytest.mark.parametrize("slug", REMINDING)
def test_the_sweep_asks_in_the_season_s_own_time(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id, hearing = appointed(region, TUE)
    task = select(Task.id).where(Task.dedup_key == f"notices.tell:{case_id}:hearing_reminder:{hearing.id}:{MON}")
    sweep_tenant(region.app, region.world.rules)
    assert region.read(lambda session: session.scalars(task).one_or_none()) is None
    region.clock_to(at(region, MON, 9, 30))
    sweep_tenant(region.app, region.world.rules)
    assert region.read(lambda session: session.scalars(task).one_or_none()) is not None


@pytest.mark.parametrize("slug", REMINDING)
def test_nobody_is_reminded_of_what_will_not_be(play: StartPlay, slug: str) -> None:
    region = play(slug)
    alone, _ = appointed(region, TUE, presence=Presence())
    assert clocks(region, alone) == []
    region.clock(days=-4)
    ways = {
        "withdrawn": region.walk(region.file(1, channel=door(region)), "concluded"),
        "stopped": region.walk(region.file(2, channel=door(region)), "concluded"),
    }
    for case_id in ways.values():
        region.schedule(case_id, starts_at=at(region, TUE, 10), reason="учебный день")
    if door(region) == "school_desk":
        take_in_withdrawal(region, "school-operator", ways["withdrawn"])
    region.act(
        "exam-commission-chair",
        suspension.suspend,
        ways["stopped"],
        reason=SuspensionReason.INVESTIGATION,
        act=Act(number="уч-7", day=date(2026, 6, 1)),
    )
    assert asked(region, at(region, MON, 9, 30)) == 0


@pytest.mark.parametrize("slug", REMINDING)
def test_another_time_has_other_days_and_an_overtaken_reminder_is_not_sent(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id, _ = appointed(region, MON)
    region.clock_to(at(region, FRI, 9, 30))
    assert asked(region, region.now()) == 1
    region.act(
        "secretary",
        hearings.reschedule,
        case_id,
        starts_at=at(region, date(2026, 6, 25), 10),
        reason="занят зал",
        site_code=None,
    )
    region.drain()
    assert reminded(region, case_id) == []
    old, new = clocks(region, case_id)
    assert (old.state, new.state) == (DeadlineState.CANCELLED, DeadlineState.RUNNING)
    days = [day for day in (FRI, SUN, MON, TUE, date(2026, 6, 24)) if asked(region, at(region, day, 9, 30))]
    assert days == [date(2026, 6, 24)]


@pytest.mark.parametrize("slug", [*SILENT, "north"])
def test_a_region_without_the_row_reminds_nobody(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id, _ = appointed(region, MON)
    assert clocks(region, case_id) == []
    assert [asked(region, at(region, day, 9, 30)) for day in (FRI, SUN)] == [0, 0]

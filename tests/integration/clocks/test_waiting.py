"""Waiting for an appellant who meant to come: the region's minutes, from the hearing's own time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apella.appeals.application import Presence
from apella.appeals.states import Attendance
from apella.errors import RuleViolation
from apella.hearings import service as hearings
from apella.hearings.model import Hearing
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every region that is shipped, and a made-up one."""
    if "slug" in metafunc.fixturenames:
        shipped = sorted(folder.parent.name for folder in (metafunc.config.rootpath / "tenants").glob("*/tenant.toml"))
        metafunc.parametrize("slug", ["north", *shipped])


def begin(play: Play, case_id: object) -> Hearing:
    return play.do(
        "secretary",
        hearings.open_hearing,
        case_id=case_id,
        version=None,
        came=frozenset(),
        identity_checked=False,
    )


def door(play: Play) -> str:
    doors = [channel.code for channel in play.world.rules.channels_for(kind="score", category="student")]
    return next(code for code in ("school_desk", "portal") if code in doors)


@pytest.mark.clause("kuzbass:77.1", "core:C13", "core:C14")
def test_who_is_late_is_waited_for_until_the_region_s_minutes_are_over(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=door(region)), "concluded")
    hearing = region.schedule(case_id)
    minutes = region.world.rules.terms["hearing.no_show"].length
    assert minutes == 15
    # Set for ten: at 10:15 the waiting goes on, from 10:16 the commission may go on alone.
    region.clock_to(hearing.starts_at + timedelta(minutes=minutes, seconds=30))
    with refused("hearing.waiting", RuleViolation):
        begin(region, case_id)
    region.clock_to(hearing.starts_at + timedelta(minutes=minutes + 1))
    assert begin(region, case_id).attendance is Attendance.NO_SHOW


@pytest.mark.clause("core:C13")
def test_nobody_is_waited_for_who_did_not_mean_to_come(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(presence=Presence()), "concluded")
    hearing = north.schedule(case_id)
    north.clock_to(hearing.starts_at)
    assert begin(north, case_id).attendance is Attendance.ABSENT_BY_CHOICE

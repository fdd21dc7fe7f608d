"""Where a participant may file, and until which hour of the last day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from apella.deadlines import service as deadlines
from apella.portal.doors import Door, DoorState, door_of
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.testing.tenants import write_tenants

OFFICES = ("school_desk", "municipal_desk", "queue_clerk")


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    """A tenant with a portal and desks of staff that close with their office."""
    rules = load_region(write_tenants(tmp_path_factory.mktemp("tenants")) / "north")
    channels = tuple(
        channel.model_copy(update={"closes_with_office": channel.code in OFFICES}) for channel in rules.channels
    )
    return replace(rules, channels=channels)


def at(rules: RegionRules, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """An hour of a day of June 2026; results of the 11th leave Mon 15.06 and Tue 16.06."""
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=rules.zone)


def without_portal(rules: RegionRules) -> RegionRules:
    return replace(rules, channels=tuple(channel for channel in rules.channels if not channel.self_service))


def door(rules: RegionRules, now: dt.datetime, **changes: Any) -> Door:
    window = deadlines.explain(rules, "score.filing", {"results_announced": dt.date(2026, 6, 11)})
    wishes: dict[str, Any] = {"category": "student", "decisions": frozenset({"electronic_filing"}), "annulled": False}
    return door_of(rules, window=window, now=now, open_case=None, **{**wishes, **changes})


@pytest.mark.clause("federal:100.1", "core:E1")
def test_in_the_cabinet_the_window_ends_at_midnight(north: RegionRules) -> None:
    last = door(north, at(north, 16, 23, 59))
    assert (last.state, last.due) == (DoorState.OPEN, at(north, 17))
    assert door(north, at(north, 17)).state is DoorState.OVER


@pytest.mark.clause("federal:100.1", "core:E1")
def test_at_a_desk_the_window_ends_with_its_hours(north: RegionRules) -> None:
    desks = without_portal(north)
    closes = north.tenant.office_hours.closes
    end = at(north, 16, closes.hour, closes.minute)
    before = door(desks, end - dt.timedelta(seconds=1))
    assert (before.state, before.due) == (DoorState.DESK, end)
    assert before.window.cutoff == f"{closes:%H:%M}"
    assert door(desks, end).state is DoorState.OVER


def test_of_several_desks_the_one_that_closes_last_sets_the_end(north: RegionRules) -> None:
    desks = without_portal(north)
    channels = tuple(
        channel.model_copy(update={"closes_with_office": channel.code == "school_desk"}) for channel in desks.channels
    )
    assert door(replace(desks, channels=channels), at(north, 16, 23, 59)).due == at(north, 17)


def test_before_the_results_no_door_is_open(north: RegionRules) -> None:
    assert door(north, at(north, 10, 23, 59)).state is DoorState.NOT_YET
    assert door(north, at(north, 11)).state is DoorState.OPEN


def test_a_kinder_region_keeps_its_doors_open_to_its_own_end(north: RegionRules) -> None:
    longer = north.terms["score.filing"].model_copy(update={"length": 3})
    kind = replace(north, terms={**north.terms, "score.filing": longer})
    assert door(kind, at(north, 17, 23, 59)).due == at(north, 18)
    shorter = north.terms["score.filing"].model_copy(update={"length": 1})
    strict = replace(north, terms={**north.terms, "score.filing": shorter})
    assert door(strict, at(north, 16, 23, 59)).due == at(north, 17)

"""The day of the law is the tenant's day, whatever the server's clock shows."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute, due
from apella.deadlines.terms import Term

ZONES = {
    "Europe/Kaliningrad": 2,
    "Europe/Moscow": 3,
    "Europe/Samara": 4,
    "Asia/Yekaterinburg": 5,
    "Asia/Omsk": 6,
    "Asia/Novokuznetsk": 7,
    "Asia/Irkutsk": 8,
    "Asia/Yakutsk": 9,
    "Asia/Vladivostok": 10,
    "Asia/Magadan": 11,
    "Asia/Kamchatka": 12,
}


@pytest.mark.parametrize(("name", "hours"), ZONES.items())
@pytest.mark.clause("federal:100.1", "core:E18")
def test_a_day_ends_at_midnight_of_the_tenants_zone(
    terms: dict[str, Term], calendar: WorkCalendar, name: str, hours: int
) -> None:
    zone = ZoneInfo(name)
    events = {"results_announced": dt.date(2025, 6, 20)}
    window = compute(terms["score.filing"], events=events, calendar=calendar, zone=zone)
    assert window.due == dt.datetime(2025, 6, 24, 24 - hours, tzinfo=dt.UTC)
    assert window.due is not None
    assert window.due.utcoffset() == dt.timedelta(0)
    assert window.opens == dt.datetime(2025, 6, 19, 24 - hours, tzinfo=dt.UTC)
    assert window.as_json()["due"] == f"2025-06-24T23:59:59+{hours:02}:00"
    assert window.is_open(dt.datetime(2025, 6, 24, 23, 59, 59, tzinfo=zone))
    assert window.is_over(dt.datetime(2025, 6, 25, 0, 0, 0, tzinfo=zone))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.clause("federal:102.3", "core:E18")
def test_an_instant_belongs_to_the_day_it_has_in_the_tenants_zone(
    terms: dict[str, Term], calendar: WorkCalendar, name: str
) -> None:
    zone = ZoneInfo(name)
    term = terms["score.consideration"]
    before = dt.datetime(2025, 6, 17, 23, 59, 59, tzinfo=zone)
    after = dt.datetime(2025, 6, 18, 0, 0, 0, tzinfo=zone)
    ends = []
    for instant in (before, after):
        explanation = compute(term, events={"registered": instant.astimezone(dt.UTC)}, calendar=calendar, zone=zone)
        assert explanation.last_moment is not None
        ends.append(explanation.last_moment.replace(tzinfo=None).isoformat())
    assert ends == ["2025-06-23T23:59:59", "2025-06-24T23:59:59"]


@pytest.mark.parametrize("name", ZONES)
def test_an_hour_of_day_is_the_tenants_hour(terms: dict[str, Term], calendar: WorkCalendar, name: str) -> None:
    zone = ZoneInfo(name)
    events = {"filing_closed": dt.date(2025, 6, 24)}
    mailing = compute(terms["hearing.mailing"], events=events, calendar=calendar, zone=zone)
    assert mailing.due == dt.datetime(2025, 6, 25, 19, 0, tzinfo=zone)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize(
    ("start", "last"),
    [("2025-10-31", "2025-11-05"), ("2025-12-30", "2026-01-13"), ("2027-02-19", "2027-02-24")],
)
def test_a_working_saturday_and_the_new_year_are_crossed_alike_in_every_zone(
    terms: dict[str, Term], calendar: WorkCalendar, name: str, start: str, last: str
) -> None:
    events = {"results_announced": dt.date.fromisoformat(start)}
    window = compute(terms["score.filing"], events=events, calendar=calendar, zone=ZoneInfo(name))
    assert window.last_moment is not None
    assert window.last_moment.date().isoformat() == last


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2025-10-31T23:59:59", "2025-11-05"),
        ("2025-11-01T00:00:00", "2025-11-06"),
        ("2025-11-01T23:59:59", "2025-11-06"),
        ("2025-12-30T23:59:59", "2026-01-13"),
        ("2025-12-31T00:00:00", "2026-01-13"),
        ("2026-01-11T23:59:59", "2026-01-13"),
        ("2026-01-12T00:00:00", "2026-01-14"),
    ],
)
@pytest.mark.clause("federal:100.1", "core:E18")
def test_the_last_second_of_a_day_and_the_first_of_the_next_lie_on_either_side(
    terms: dict[str, Term], calendar: WorkCalendar, name: str, start: str, last: str
) -> None:
    zone = ZoneInfo(name)
    events = {"results_announced": dt.datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(dt.UTC)}
    window = compute(terms["score.filing"], events=events, calendar=calendar, zone=zone)
    assert window.due == due(terms["score.filing"], events=events, calendar=calendar, zone=zone)
    assert window.as_json()["due"].startswith(f"{last}T23:59:59+")
    assert window.is_open(dt.datetime.fromisoformat(f"{last}T23:59:59").replace(tzinfo=zone))
    assert not window.is_open(dt.datetime.fromisoformat(last).replace(tzinfo=zone) + dt.timedelta(days=1))

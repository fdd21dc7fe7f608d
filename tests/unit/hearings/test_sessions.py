"""When the sessions of a region begin, and what room is left in one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apella.hearings.model import Hearing
from apella.hearings.sessions import Session, minutes_left, session_at, sessions_on
from apella.regions.values.hearing import Plan, SessionHours

ZONE = ZoneInfo("Asia/Chita")
PLAN = Plan(
    strategy="session",
    sessions=(
        SessionHours(weekdays=(2, 4), begins=time(15), ends=time(18)),
        SessionHours(weekdays=(2,), begins=time(10), ends=time(13)),
    ),
    clauses=("core:E25",),
)
TUESDAY, THURSDAY = date(2026, 6, 16), date(2026, 6, 18)


def test_sessions_stand_on_their_days_in_the_region_s_hours() -> None:
    assert [one.begins.hour for one in sessions_on(PLAN, TUESDAY, ZONE)] == [10, 15]
    (only,) = sessions_on(PLAN, THURSDAY, ZONE)
    assert only.begins == datetime(2026, 6, 18, 6, tzinfo=UTC)
    assert only.minutes == 180
    assert list(sessions_on(PLAN, date(2026, 6, 17), ZONE)) == []


def test_a_session_is_met_by_its_first_instant_alone() -> None:
    begins = datetime(2026, 6, 18, 6, tzinfo=UTC)
    found = session_at(PLAN, begins, ZONE)
    assert found is not None
    assert found.ends == datetime(2026, 6, 18, 9, tzinfo=UTC)
    for other in (begins + timedelta(minutes=1), begins - timedelta(days=1), begins - timedelta(hours=5)):
        assert session_at(PLAN, other, ZONE) is None


def test_consultations_take_room_too() -> None:
    begins = datetime(2026, 6, 18, 15, tzinfo=ZONE)
    session = Session(begins=begins, ends=begins + timedelta(hours=3))
    explained = Hearing(
        consultation_at=begins, starts_at=begins + timedelta(minutes=15), ends_at=begins + timedelta(minutes=25)
    )
    alone = Hearing(consultation_at=None, starts_at=begins, ends_at=begins + timedelta(minutes=20))
    assert minutes_left(session, []) == 180
    assert minutes_left(session, [explained, alone]) == 135

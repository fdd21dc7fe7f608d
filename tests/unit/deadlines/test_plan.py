"""Planning a case back from its limit: four six-day days hold the kit, the expert, the notice, and nothing to spare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.calendar.working import Week, WorkCalendar
from apella.deadlines import engine
from apella.deadlines.plan import Frame, Leg, Plan, plan_backwards
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term

ZONE = ZoneInfo("Europe/Moscow")
CALENDAR = WorkCalendar()
WED, THU, FRI, SAT, MON, TUE = (dt.date(2025, 6, day) for day in (18, 19, 20, 21, 23, 24))


def _row(start_event: str, length: int, unit: str = "working_day", **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "title": start_event, "sources": ["core:E25"], "start_event": start_event, "length": length, "unit": unit,
        "hardness": "advice", "owed_by": "secretary", "action": "look", **more,
    }  # fmt: skip
    return {**row, "week": 5} if unit == "working_day" and "week" not in more else row


TERMS = load_terms(
    {
        "score.consideration": _row("registered", 4, week=6),
        "kit.receipt": _row("kit_requested", 1),
        "kit.hand_on": _row("kit_received", 0, "calendar_day"),
        "expert.conclusion": _row("expert_assigned", 1),
        "kit.return": _row("expert_concluded", 0, "calendar_day"),
        "kim.delivery": _row("kim_requested", 1),
        "hearing.announcement": _row("hearing_day", 1, direction="backward"),
        "copies": _row("kit_received", 24, "hour"),
    }
)


def due(term: Term, **events: dt.date | dt.datetime) -> dt.datetime:
    end = engine.due(term, events=events, calendar=CALENDAR, zone=ZONE)
    assert end is not None
    return end


def told_by(hearing: dt.datetime) -> dt.datetime:
    return due(TERMS["hearing.announcement"], hearing_day=hearing)


def leg(code: str, *, takes: bool = False, began_at: dt.datetime | None = None, week: Week = 5) -> Leg:
    term = TERMS.get(code)
    return Leg(
        code=code,
        title=code,
        clauses=("core:E25",),
        week=week,
        takes=term if takes else None,
        before=told_by if code == "hearing.announcement" else None,
        began_at=began_at,
    )


def frame(*, registered: dt.date = WED, week: Week = 6, hearing_at: dt.datetime | None = None) -> Frame:
    term = TERMS["score.consideration"].model_copy(update={"week": week})
    return Frame(
        limit=due(term, registered=registered),
        term=term.id,
        clauses=term.grounds,
        week=week,
        lasts=dt.timedelta(minutes=10),
        hearing_at=hearing_at,
        calendar=CALENDAR,
        zone=ZONE,
    )


def telling() -> list[Leg]:
    return [leg("hearing.schedule"), leg("hearing.announcement")]


def preparing() -> list[Leg]:
    return [
        leg("kit.request"),
        leg("kit.receipt", takes=True),
        leg("kit.hand_on", takes=True),
        leg("expert.assignment"),
        leg("expert.conclusion", takes=True),
        leg("kit.return", takes=True),
    ]


def fetching() -> list[Leg]:
    return [leg("kim.request"), leg("kim.delivery", takes=True)]


def at(day: dt.date, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def end_of(day: dt.date) -> dt.datetime:
    return at(day + dt.timedelta(days=1))


def planned(chains: Sequence[Sequence[Leg]], now: dt.datetime, within: Frame | None = None) -> Plan:
    plan = plan_backwards(chains, frame=within or frame(), now=now)
    assert plan is not None
    return plan


def starts(plan: Plan) -> dict[str, dt.datetime | None]:
    return {line.leg.code: line.starts_by for line in plan.lines}


def ends(plan: Plan) -> dict[str, dt.datetime]:
    return {line.leg.code: line.ends_by for line in plan.lines}


@pytest.mark.clause("core:E25")
def test_four_six_day_days_hold_every_step_with_nothing_to_spare() -> None:
    plan = planned([telling(), preparing(), fetching()], at(WED, 12))
    assert plan.limit == end_of(MON)
    assert starts(plan) == {
        "kit.request": end_of(WED),
        "kit.receipt": end_of(WED),
        "kit.hand_on": end_of(THU),
        "expert.assignment": end_of(THU),
        "expert.conclusion": end_of(THU),
        "kit.return": end_of(FRI),
        "hearing.schedule": end_of(FRI),
        "hearing.announcement": end_of(FRI),
        "kim.request": end_of(FRI) - dt.timedelta(days=1),
        "kim.delivery": end_of(THU),
    }
    # Saturday counts in the limit alone: the kit's own days are those of the five-day week.
    assert ends(plan)["kit.receipt"] == end_of(THU)
    assert ends(plan)["expert.conclusion"] == end_of(FRI)
    assert ends(plan)["kit.return"] == end_of(MON) - dt.timedelta(minutes=10)
    assert (plan.slack, plan.is_tight, plan.broken) == (dt.timedelta(hours=12), True, None)
    assert plan.first.leg.code == "kit.request"


@pytest.mark.clause("core:E25")
def test_a_five_day_week_leaves_a_day_to_spare() -> None:
    plan = planned([telling(), preparing()], at(WED, 12), frame(week=5))
    assert plan.limit == end_of(TUE)
    assert (plan.slack, plan.is_tight) == (dt.timedelta(hours=36), False)


@pytest.mark.parametrize(
    ("now", "tight"), [(at(THU), False), (at(THU) + dt.timedelta(seconds=1), True), (at(THU, 12), True)]
)
def test_less_than_a_day_to_spare_is_said(now: dt.datetime, tight: bool) -> None:
    assert planned([preparing()], now, frame(week=5)).is_tight is tight


@pytest.mark.clause("core:E25")
def test_a_kit_asked_for_a_day_too_late_breaks_the_limit_by_a_day() -> None:
    plan = planned([telling(), preparing()], at(THU, 10))
    assert plan.slack == -dt.timedelta(hours=10)
    assert plan.broken is not None
    assert (plan.broken.term, plan.broken.days, plan.broken.earliest) == ("score.consideration", 1, TUE)


@pytest.mark.clause("core:E25")
def test_without_a_working_day_of_notice_the_hearing_moves_past_the_limit() -> None:
    assert planned([telling()], at(FRI, 23, 59)).broken is None
    plan = planned([telling()], at(SAT, 10))
    assert plan.broken is not None
    assert (plan.broken.days, plan.broken.earliest) == (1, TUE)


def test_a_term_that_no_later_hearing_saves_is_named_itself() -> None:
    lost: Callable[[dt.datetime], dt.datetime] = lambda hearing: min(hearing, at(WED, 19))  # noqa: E731 one value
    last = Leg(code="hearing.announcement", title="", clauses=("core:D2",), before=lost)
    assert planned([[last]], at(WED, 18)).slack == dt.timedelta(hours=1)
    plan = planned([[last]], at(WED, 20))
    assert plan.broken is not None
    assert (plan.broken.term, plan.broken.clauses, plan.broken.earliest) == ("hearing.announcement", ("core:D2",), None)


def test_what_is_under_way_has_an_end_but_no_beginning() -> None:
    legs = [leg("kit.receipt", takes=True, began_at=at(WED, 15)), *preparing()[2:]]
    plan = planned([legs], at(WED, 16))
    assert (starts(plan)["kit.receipt"], ends(plan)["kit.receipt"]) == (None, end_of(THU))
    assert plan.slack == dt.timedelta(hours=32)
    late = planned([[leg("kit.receipt", takes=True, began_at=at(THU, 9)), *preparing()[2:]]], at(FRI, 9))
    assert late.broken is not None
    assert late.broken.earliest == TUE


def test_an_appointed_hearing_ends_the_plan() -> None:
    plan = planned([preparing()], at(WED, 9), frame(week=5, hearing_at=at(MON, 10)))
    assert ends(plan)["kit.return"] == at(MON, 10)
    assert starts(plan)["kit.request"] == end_of(WED)
    later = planned([preparing()], at(WED, 9), frame(week=5, hearing_at=at(dt.date(2025, 6, 27), 10)))
    assert ends(later)["kit.return"] == end_of(TUE) - dt.timedelta(minutes=10)


@pytest.mark.clause("core:E25")
def test_over_holidays_four_six_day_days_are_too_few_from_the_very_beginning() -> None:
    # Registered on Tue 10.06: Wed 11, Fri 13, Sat 14, Mon 16 count in a six-day week; a five-day one has Wed and Mon.
    registered = dt.date(2025, 6, 10)
    plan = planned([telling(), preparing()], at(registered, 9), frame(registered=registered))
    assert plan.limit == end_of(dt.date(2025, 6, 16))
    assert starts(plan)["kit.request"] == end_of(dt.date(2025, 6, 9))
    assert ends(plan)["hearing.announcement"] == end_of(dt.date(2025, 6, 11))
    assert plan.broken is not None
    assert (plan.broken.days, plan.broken.earliest) == (1, dt.date(2025, 6, 17))


def test_a_step_in_hours_begins_so_many_hours_before_its_end() -> None:
    plan = planned([[leg("copies", takes=True)]], at(WED), frame(hearing_at=at(MON, 10)))
    assert starts(plan) == {"copies": at(MON, 10) - dt.timedelta(hours=24)}


def test_a_day_off_for_its_own_week_is_no_day_to_begin_on() -> None:
    # Begun on Saturday or Sunday the conclusion would be due by the same Monday; nobody works then.
    only = [leg("expert.conclusion", takes=True)]
    assert starts(planned([only], at(WED), frame(week=5))) == {"expert.conclusion": end_of(FRI)}
    plan = planned([only], at(SAT, 10), frame(week=5))
    assert plan.slack < dt.timedelta(0)
    assert plan.broken is None


def test_where_nothing_remains_there_is_no_plan() -> None:
    assert plan_backwards([[], []], frame=frame(), now=at(WED)) is None


DONE = st.integers(min_value=0, max_value=5)


@given(
    done=DONE,
    minutes=st.integers(min_value=0, max_value=60 * 24 * 12),
    registered=st.dates(dt.date(2025, 1, 9), dt.date(2026, 11, 20)),
    week=st.sampled_from([5, 6]),
)
def test_a_start_in_time_keeps_the_limit_and_a_broken_limit_has_nothing_to_spare(
    done: int, minutes: int, registered: dt.date, week: Week
) -> None:
    within = frame(registered=registered, week=week)
    now = at(registered) + dt.timedelta(minutes=minutes)
    chains = [telling(), preparing()[done:]]
    plan = planned(chains, now, within)
    assert plan.broken is None or plan.slack <= dt.timedelta(0)
    last = planned(chains, plan.first.next_by - dt.timedelta(seconds=1), within)
    assert (last.slack, last.broken) == (dt.timedelta(seconds=1), None)
    if plan.broken is not None:
        assert plan.broken.days > 0
        assert plan.broken.earliest is not None
        assert plan.broken.earliest > within.limit.astimezone(ZONE).date() - dt.timedelta(days=1)

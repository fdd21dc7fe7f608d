"""Counting a clock again without its trace gives what counting it with the trace gives, whatever made it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.calendar.tables import load_regional_days
from apella.calendar.working import WorkCalendar
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Intake, Pause, Published
from apella.deadlines.reading import load_terms
from apella.deadlines.recount import Given, Recount
from apella.deadlines.terms import Term

ZONE = ZoneInfo("Asia/Novokuznetsk")
FIRST = dt.date(2025, 5, 26)
EVENTS = ("registered", "hearing_day", "decided")
Record = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """What a recount takes of a region's rules."""

    terms: Mapping[str, Term]
    federal_terms: Mapping[str, Term]
    zone: ZoneInfo = ZONE

    def published_filing(self, *, exam_date: dt.date, subject_code: str, wave: int) -> Published | None:
        raise NotImplementedError((exam_date, subject_code, wave))


@cache
def calendar(off: frozenset[int]) -> WorkCalendar:
    """The shipped days and some days off of a region, counted from the first day."""
    rows = [
        {
            "date": FIRST + dt.timedelta(days=shift),
            "name": "Праздник",
            "act": {"act": "Учебный указ", "date": dt.date(2025, 5, 20)},
            "carry_over": shift % 2 == 0,
        }
        for shift in sorted(off)
    ]
    return WorkCalendar(regional=load_regional_days(rows, place="any"), version=f"base+{len(off)}")


LEAVES = st.one_of(
    st.builds(
        lambda length, week, direction, cutoff: {
            "unit": "working_day",
            "length": length,
            "week": week,
            "direction": direction,
            **cutoff,
        },
        st.integers(0, 6),
        st.sampled_from((5, 6)),
        st.sampled_from(("forward", "backward")),
        st.sampled_from(({}, {"cutoff": "19:00"})),
    ),
    st.builds(
        lambda length, following: {"unit": "calendar_day", "length": length, "following_day": following},
        st.integers(1, 6),
        st.booleans(),
    ),
    st.builds(lambda unit, length: {"unit": unit, "length": length}, st.sampled_from(("hour", "month")), st.just(1)),
    st.just({"unit": "date"}),
)
STARTED = st.builds(lambda event: {"start_event": event}, st.sampled_from(EVENTS))
FOLLOWING = st.just({"start_event": "filing_closed", "event_from": "any.origin"})
PARTS = st.builds(
    lambda combine, parts: {
        "combine": combine,
        "parts": [{"id": f"part_{'abc'[number]}", **part} for number, part in enumerate(parts)],
    },
    st.sampled_from(("earliest", "latest")),
    st.lists(st.builds(lambda a, b: {**a, **b}, STARTED | FOLLOWING, LEAVES), min_size=2, max_size=3),
)
TERMS = st.builds(lambda a, b: {**a, **b}, STARTED | FOLLOWING, LEAVES) | PARTS
INSTANTS = st.builds(
    lambda minutes: dt.datetime(2025, 6, 2, tzinfo=ZONE) + dt.timedelta(minutes=minutes), st.integers(0, 18 * 24 * 60)
)
PAUSES = st.lists(
    st.builds(
        lambda shift, days: Pause(
            FIRST + dt.timedelta(days=shift), FIRST + dt.timedelta(days=shift + days), "проверка"
        ),
        st.integers(8, 24),
        st.integers(0, 4),
    ),
    max_size=2,
)
OFFS = st.frozensets(st.integers(0, 40), max_size=4)
ACTS = st.sampled_from(("any.term", "any.origin"))


def published(term: str, opens: int) -> Published:
    """The window of an act: two days of intake."""
    days = (dt.datetime.combine(FIRST + dt.timedelta(days=opens + n), dt.time(9), ZONE) for n in range(2))
    intake = tuple(Intake(opens=day, closes=day.replace(hour=18)) for day in days)
    return Published(term=term, intake=intake, source="график", clauses=("core:E17",))


@st.composite
def rules(draw: Callable[..., Any]) -> Rules:
    """A term, one that it may follow from, and the Procedure's own of the same id: its equal, stricter or none."""
    common = {"clauses": ["federal:102.3"], "hardness": "breach", "owed_by": "secretary", "action": "decide"}
    origin = {**common, "title": "Начало", **draw(STARTED), **draw(LEAVES)}
    own = {**common, "title": "Срок", **draw(TERMS)}
    federal = draw(st.sampled_from(("same", "alike", "other", "none")))
    other = {**own, "title": "Срок Порядка"} if federal == "alike" else {**common, "title": "Иной", **draw(TERMS)}
    terms = load_terms({"any.origin": origin, "any.term": own})
    limits = load_terms({"any.origin": origin, "any.term": other})
    return Rules(terms, {"same": terms, "none": {}}.get(federal, limits))


def made(region: Rules, off: frozenset[int], **given_: Any) -> Explanation:
    """Count as the services do when a clock begins."""
    return compute(
        region.terms["any.term"],
        calendar=calendar(off),
        zone=ZONE,
        federal=region.federal_terms.get("any.term"),
        terms=region.terms,
        **given_,
    )


@pytest.mark.clause("federal:102.3")
@settings(deadline=None, max_examples=250)
@given(
    region=rules(),
    events=st.dictionaries(st.sampled_from(EVENTS), INSTANTS | INSTANTS.map(dt.datetime.date), min_size=1),
    pauses=PAUSES,
    act=st.none() | st.builds(published, ACTS, st.integers(5, 20)),
    before=OFFS,
    after=OFFS,
    hour=st.none() | st.just(dt.time(17)),
)
def test_what_is_counted_without_its_trace_moves_as_what_is_counted_with_it(
    region: Rules,
    events: dict[str, dt.date | dt.datetime],
    pauses: list[Pause],
    act: Published | None,
    before: frozenset[int],
    after: frozenset[int],
    hour: dt.time | None,
) -> None:
    old = made(region, before, events=events, pauses=pauses, published=act)
    old = old if hour is None or old.due is None else old.until_hour(hour, of="часы приёма")
    kept: Record = json.loads(json.dumps(old.to_record()))
    found = Given.of(kept)
    recount = Recount(calendar=calendar(after), rules_for=lambda _: region)
    ends = recount.due(found, rule_version="1")
    whole = recount.explanation(found, rule_version="1")
    assert (None if ends is None else ends.regional) == whole.due
    if ends is not None:
        assert ends.federal == whole.federal_due
    if before == after and old.due is not None:
        assert (whole.due, whole.federal_due) == (old.due, old.federal_due)
    if hour is None:
        assert whole == made(region, after, events=found.events, pauses=pauses, published=act)

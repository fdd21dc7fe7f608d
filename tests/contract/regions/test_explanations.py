"""What `apella deadline explain --json` shows of every term of every region keeps the contract with other programs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from apella.deadlines import engine
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Pause
from apella.deadlines.terms import Combine, Direction, StartEvent, Term, Unit
from apella.regions.rules import RegionRules

SCHEMA = Path(__file__).parents[2] / "unit" / "deadlines" / "explain.schema.json"
DAY = dt.date(2026, 6, 16)
EVENTS = [event.value for event in StartEvent]


@cache
def contract() -> Draft202012Validator:
    return Draft202012Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def leaves(term: Term) -> Iterator[Term]:
    if not term.parts:
        yield term
    for part in term.parts:
        yield from leaves(part)


def explain(region: RegionRules, term: Term, events: engine.Events, pauses: tuple[Pause, ...] = ()) -> Explanation:
    return engine.compute(
        term,
        events=events,
        calendar=region.calendar,
        zone=region.zone,
        federal=region.federal_terms[term.id],
        terms=region.terms,
        pauses=pauses,
    )


@pytest.mark.parametrize("shape", ["day", "instant", "nothing", "only the first", "all but the first", "paused"])
def test_every_term_keeps_the_contract_and_its_record(region: RegionRules, shape: str) -> None:
    instant = dt.datetime.combine(DAY, dt.time(12, 30), region.zone)
    for term in region.terms.values():
        names = [leaf.start_event.value for leaf in leaves(term)]
        shapes: dict[str, engine.Events] = {
            "day": dict.fromkeys(EVENTS, DAY),
            "instant": dict.fromkeys(EVENTS, instant),
            "nothing": {},
            "only the first": {names[0]: DAY},
            "all but the first": {name: DAY for name in names if name != names[0]},
            "paused": dict.fromkeys(EVENTS, DAY),
        }
        pauses = (Pause(DAY, None, "идёт проверка"),) if shape == "paused" else ()
        found = explain(region, term, shapes[shape], pauses)
        shown = json.loads(json.dumps(found.as_json()))
        assert [error.message for error in contract().iter_errors(shown)] == []
        assert Explanation.from_record(json.loads(json.dumps(found.to_record()))) == found
        assert shown["summary"]


def test_from_is_the_first_event_as_given_and_a_day_opens_at_midnight(region: RegionRules) -> None:
    instant = dt.datetime.combine(DAY, dt.time(12, 30), region.zone)
    for term in region.terms.values():
        first = next(leaves(term))
        for event, written in ((DAY, DAY.isoformat()), (instant, instant.isoformat())):
            shown = explain(region, term, {first.start_event.value: event}).as_json()
            assert (shown["from"], shown["start_event"]) == (written, first.start_event)
            if first.direction is Direction.BACKWARD or (first.unit is Unit.DATE and first.month_day is None):
                continue
            at_midnight = not isinstance(event, dt.datetime)
            assert shown["opens"].startswith(f"{DAY}T{'00:00' if at_midnight else '12:30'}:00+"), term.id


def test_a_backward_term_has_no_opening_and_ends_before_its_event(region: RegionRules) -> None:
    for term in region.terms.values():
        for leaf in leaves(term):
            if leaf.direction is Direction.BACKWARD:
                found = explain_leaf(region, leaf)
                assert found.as_json()["opens"] is None
                assert found.due is not None
                assert found.due <= dt.datetime.combine(DAY, dt.time(0), region.zone)


def explain_leaf(region: RegionRules, leaf: Term) -> Explanation:
    return engine.compute(
        leaf, events={leaf.start_event.value: DAY}, calendar=region.calendar, zone=region.zone, terms=region.terms
    )


def test_a_part_without_its_event_is_left_out_of_the_combination(region: RegionRules) -> None:
    for term in region.terms.values():
        for given in term.parts:
            own = {leaf.start_event.value for leaf in leaves(given)}
            shown = explain(region, term, dict.fromkeys(own, DAY)).as_json()
            dues = [part["due"] for part in shown["parts"] if part["due"] is not None]
            choose = min if term.combine is Combine.EARLIEST else max
            assert shown["due"] == choose(dues)
            for part, shown_part in zip(term.parts, shown["parts"], strict=True):
                if not own & {leaf.start_event.value for leaf in leaves(part)}:
                    assert shown_part["due"] is None


def test_counted_days_are_as_many_as_the_length(region: RegionRules) -> None:
    for term in region.terms.values():
        for leaf in leaves(term):
            if leaf.unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY):
                assert sum(step.counts for step in explain_leaf(region, leaf).steps) == leaf.length


def test_the_bare_end_is_the_end_of_the_trace_in_every_region(region: RegionRules) -> None:
    for term in region.terms.values():
        for event in (DAY, dt.datetime.combine(DAY, dt.time(23, 59, 59), region.zone)):
            events = dict.fromkeys(EVENTS, event)
            bare = engine.due(term, events=events, calendar=region.calendar, zone=region.zone, terms=region.terms)
            assert bare == explain(region, term, events).due

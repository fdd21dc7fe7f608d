"""Counting a clock again from what its own explanation kept: its events, its pauses, its published dates. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from apella.calendar.working import WorkCalendar
from apella.deadlines import engine
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Pause, Published
from apella.deadlines.terms import Term, find_term

Record = Mapping[str, Any]
"""An explanation as a clock keeps it (`Explanation.to_record`)."""


class CountingRules(Protocol):
    """What of a region's rules a recount needs; the calendar is not among it, for that is what changes."""

    @property
    def terms(self) -> Mapping[str, Term]:
        """The region's terms by id."""

    @property
    def federal_terms(self) -> Mapping[str, Term]:
        """The federal limits by the same ids."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and hours are counted."""

    def published_filing(self, *, exam_date: dt.date, subject_code: str, wave: int) -> Published | None:
        """The график's own window for score appeals on an exam; None where the term is counted."""


RulesFor = Callable[[str], CountingRules]
"""Gives the rules of a case's own version (`appeal.rule_version`), or of a season's (`season.rule_version`)."""


class Due(NamedTuple):
    """Where a term ends in the region and by the federal Procedure: exclusive instants in UTC."""

    regional: dt.datetime
    federal: dt.datetime | None

    def limit(self, *, window: bool) -> dt.datetime:
        """The first instant that is too late: a right lasts until the later of both, a duty ends with the region's."""
        return max(self.regional, self.federal) if window and self.federal is not None else self.regional


@dataclass(frozen=True, slots=True)
class Recount:
    """Counts clocks by another calendar. Every method raises ApellaError for what that calendar cannot count."""

    calendar: WorkCalendar
    rules_for: RulesFor
    _rules: dict[str, CountingRules] = field(default_factory=dict, init=False, repr=False)

    def due(self, record: Record, *, rule_version: str) -> Due | None:
        """Give the new ends of a clock, by the terms that it was started under; None when it stands still."""
        if record["hours"]:
            return self._ends(self.explanation(record, rule_version=rule_version))
        rules = self._rules_of(rule_version)
        calendar, zone, terms = self.calendar, rules.zone, rules.terms
        term, federal = find_term(terms, record["term"]), rules.federal_terms.get(record["term"])
        events, pauses, published = events_of(record), pauses_of(record), published_of(record)
        regional = engine.due(
            term, events=events, calendar=calendar, zone=zone, terms=terms, pauses=pauses, published=published
        )
        if regional is None:
            return None
        if federal is None:
            return Due(regional, None)
        own_dates = published is not None and published.term == federal.id
        if federal is term and not own_dates:
            return Due(regional, regional)
        # As in `engine.compute`: an act sets the region's dates, never the Procedure's.
        published = None if own_dates else published
        limit = engine.due(
            federal, events=events, calendar=calendar, zone=zone, terms=terms, pauses=pauses, published=published
        )
        return Due(regional, limit)

    def explanation(self, record: Record, *, rule_version: str) -> Explanation:
        """Give the whole new trace of a clock."""
        rules = self._rules_of(rule_version)
        counted = engine.compute(
            find_term(rules.terms, record["term"]),
            events=events_of(record),
            calendar=self.calendar,
            zone=rules.zone,
            federal=rules.federal_terms.get(record["term"]),
            terms=rules.terms,
            pauses=pauses_of(record),
            published=published_of(record),
        )
        # Such a clock ends at the hour at which a door closes on its last day, whichever day that is.
        return (
            counted.until_hour(dt.time.fromisoformat(record["cutoff"]), of=record["hours"])
            if record["hours"]
            else counted
        )

    def _rules_of(self, version: str) -> CountingRules:
        if version not in self._rules:
            self._rules[version] = self.rules_for(version)
        return self._rules[version]

    @staticmethod
    def _ends(explanation: Explanation) -> Due | None:
        return None if explanation.due is None else Due(explanation.due, explanation.federal_due)


def events_of(record: Record) -> dict[str, dt.date | dt.datetime]:
    """Give the start events that an explanation was counted from, its parts' and the federal count's among them."""
    events: dict[str, dt.date | dt.datetime] = {}
    _gather(record, events)
    return events


def pauses_of(record: Record) -> Sequence[Pause]:
    """Give the days on which the term stood still."""
    return [Pause.from_record(pause) for pause in record.get("pauses") or ()]


def published_of(record: Record) -> Published | None:
    """Give the dates that an act has set for the term, or for one that it follows from."""
    if record["published"]:
        return Published.from_record(record["published"])
    return next((found for inner in _inner(record) if (found := published_of(inner)) is not None), None)


def _gather(record: Record, events: dict[str, dt.date | dt.datetime]) -> None:
    for inner in _inner(record):
        _gather(inner, events)
    started = record["started"]
    # A combined count repeats its first part's event; one that follows another term has that term's events.
    if started and not record["parts"] and not record["origin"]:
        is_day = "T" not in started
        events[record["start_event"]] = dt.date.fromisoformat(started) if is_day else dt.datetime.fromisoformat(started)


def _inner(record: Record) -> Iterator[Record]:
    yield from record["parts"]
    for name in ("origin", "federal"):
        if record[name]:
            yield record[name]

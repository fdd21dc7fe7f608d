"""Counting a clock again from what its own explanation kept: its events, its pauses, its published dates. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from apella.calendar.working import WorkCalendar
from apella.deadlines import engine
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Pause, Published
from apella.deadlines.lock import COUNTED_BY
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


class Given(NamedTuple):
    """What a clock was counted from: its term, its events, and what an act or a pause did to it.

    `hours` and `cutoff` are set where the hour of a door ended the count's last day early.
    """

    term: str
    events: engine.Events
    pauses: tuple[Pause, ...] = ()
    published: Published | None = None
    hours: str | None = None
    cutoff: str | None = None

    @classmethod
    def of(cls, record: Record) -> Given:
        """Read it from an explanation, also from one without the way of the count."""
        # Where the region's own end comes before the door's hour, that hour ends the federal count alone.
        closed = record if record["hours"] or not record["federal"] else record["federal"]
        return cls(
            term=record["term"],
            events=events_of(record),
            pauses=tuple(Pause.from_record(pause) for pause in record.get("pauses") or ()),
            published=published_of(record),
            hours=closed["hours"],
            cutoff=closed["cutoff"] if closed["hours"] else None,
        )


class Due(NamedTuple):
    """Where a term ends in the region and by the federal Procedure: exclusive instants in UTC."""

    regional: dt.datetime
    federal: dt.datetime | None

    def limit(self, *, window: bool) -> dt.datetime:
        """The first instant that is too late: a right lasts until the later of both, a duty ends with the region's."""
        return max(self.regional, self.federal) if window and self.federal is not None else self.regional


class _Counts(NamedTuple):
    """What one rule version says of one term."""

    term: Term
    federal: Term | None
    alike: bool
    terms: Mapping[str, Term]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Recount:
    """Counts clocks by another calendar. Every method raises ApellaError for what that calendar cannot count."""

    calendar: WorkCalendar
    rules_for: RulesFor
    _counts: dict[tuple[str, str], _Counts] = field(default_factory=dict, init=False, repr=False)

    def due(self, given: Given, *, rule_version: str) -> Due | None:
        """Give the new ends of a clock, by the terms that it was started under; None when it stands still."""
        if given.hours:
            counted = self.explanation(given, rule_version=rule_version)
            return None if counted.due is None else Due(counted.due, counted.federal_due)
        term, federal, alike, terms, zone = self._counts_of(rule_version, given.term)
        _, events, pauses, published, _, _ = given
        calendar = self.calendar
        regional = engine.due(
            term, events=events, calendar=calendar, zone=zone, terms=terms, pauses=pauses, published=published
        )
        if regional is None:
            return None
        if federal is None:
            return Due(regional, None)
        own_dates = published is not None and published.term == federal.id
        if alike and not own_dates:
            return Due(regional, regional)
        # As in `engine.compute`: an act sets the region's dates, never the Procedure's.
        limit = engine.due(
            federal,
            events=events,
            calendar=calendar,
            zone=zone,
            terms=terms,
            pauses=pauses,
            published=None if own_dates else published,
        )
        return Due(regional, limit)

    def explanation(self, given: Given, *, rule_version: str) -> Explanation:
        """Give the whole new trace of a clock."""
        term, federal, _, terms, zone = self._counts_of(rule_version, given.term)
        counted = engine.compute(
            term,
            events=given.events,
            calendar=self.calendar,
            zone=zone,
            federal=federal,
            terms=terms,
            pauses=given.pauses,
            published=given.published,
        )
        if not given.hours or not given.cutoff:
            return counted
        # Such a clock ends at the hour at which a door closes on its last day, whichever day that is.
        return counted.until_hour(dt.time.fromisoformat(given.cutoff), of=given.hours)

    def _counts_of(self, version: str, term_id: str) -> _Counts:
        known = self._counts.get((version, term_id))
        if known is None:
            rules = self.rules_for(version)
            term, federal = find_term(rules.terms, term_id), rules.federal_terms.get(term_id)
            alike = federal is not None and all(getattr(term, key) == getattr(federal, key) for key in COUNTED_BY)
            known = self._counts[version, term_id] = _Counts(term, federal, alike, rules.terms, rules.zone)
        return known


def events_of(record: Record) -> dict[str, dt.date | dt.datetime]:
    """Give the start events that an explanation was counted from, its parts' and the federal count's among them."""
    events: dict[str, dt.date | dt.datetime] = {}
    _gather(record, events)
    return events


def published_of(record: Record) -> Published | None:
    """Give the dates that an act has set for the term, or for one that it follows from."""
    if record["published"]:
        return Published.from_record(record["published"])
    return next((found for inner in _inner(record) if (found := published_of(inner)) is not None), None)


def event_of(started: str) -> dt.date | dt.datetime:
    """Read a start event as an explanation writes it: a day, or an instant."""
    return dt.datetime.fromisoformat(started) if "T" in started else dt.date.fromisoformat(started)


def _gather(record: Record, events: dict[str, dt.date | dt.datetime]) -> None:
    for inner in _inner(record):
        _gather(inner, events)
    started = record["started"]
    # A combined count repeats its first part's event; one that follows another term has that term's events.
    if started and not record["parts"] and not record["origin"]:
        events[record["start_event"]] = event_of(started)


def _inner(record: Record) -> Iterator[Record]:
    yield from record["parts"]
    for name in ("origin", "federal"):
        if record[name]:
            yield record[name]

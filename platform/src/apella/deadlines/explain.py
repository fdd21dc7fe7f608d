"""How a deadline came about: a value that can be shown, stored and compared, and that a person can check by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from apella.calendar.wording import short_date
from apella.deadlines.given import Pause, Published
from apella.deadlines.terms import LAW, Combine, Direction, Hardness, StartEvent, Unit, length_phrase, named_day_phrase

_SECOND = dt.timedelta(seconds=1)
_MIDNIGHT = dt.time(0)


class Step(NamedTuple):
    """One day that the count passed, in the order of counting, and why it counts or does not."""

    date: dt.date
    counts: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The result of counting one term.

    `started` is the start event as it was given: a day, or an instant in UTC; None when it has not happened.
    `opens` and `due` are instants in UTC. `due` is the first instant that is too late: the midnight after the last
    day, or the hour that the rule sets. None: an event is missing, or the term stands still (`stands_still`).
    A combined term has `parts`, no steps of its own, and the start event of its first part.
    `origin` is the term whose last moment is the start event, where that was not given itself.
    `pauses` and `published` are those that the count was given; `is_published` says whether the dates of the act stand
    in the place of this term's own.
    `federal` is the same term as the federal tables count it, in its own week: by the Procedure, or by a reading of the
    platform where it is silent (`law` is the first alone). `deviation` is the act by which the region is weaker;
    `hours` whose hour of day ended a day early, in Russian (see `until_hour`).
    """

    term: str
    title: str
    clauses: tuple[str, ...]
    start_event: StartEvent
    started: dt.date | dt.datetime | None
    opens: dt.datetime | None
    due: dt.datetime | None
    length: int | None
    unit: Unit
    direction: Direction
    following_day: bool
    week: int | None
    month_day: str | None
    years: int | None
    cutoff: str | None
    hardness: Hardness
    combine: Combine | None
    zone: str
    calendar_version: str
    steps: tuple[Step, ...] = ()
    parts: tuple[Explanation, ...] = ()
    origin: Explanation | None = None
    pauses: tuple[Pause, ...] = ()
    published: Published | None = None
    deviation: str | None = None
    hours: str | None = None
    federal: Explanation | None = None

    @property
    def final_due(self) -> dt.datetime | None:
        """The later of the regional and the federal end: the first instant at which a participant is too late."""
        if self.due is None:
            return None
        return max(self.due, self.federal_due or self.due)

    @property
    def first_opens(self) -> dt.datetime | None:
        """The earlier of the regional and the federal opening: from then on a participant is not too early."""
        openings = [end.opens for end in (self, self.federal) if end is not None and end.opens is not None]
        return min(openings, default=None)

    @property
    def is_published(self) -> bool:
        """Whether an act named the dates, so that they were not counted."""
        if self.started is None or self.published is None or self.published.term != self.term:
            return False
        return self.published.until is None or self.published.until == self.due

    @property
    def stands_still(self) -> bool:
        """Whether there is no end because a pause has not ended."""
        if self.parts:
            return self.due is None and any(part.stands_still for part in self.parts)
        return self.due is None and self.started is not None

    @property
    def given(self) -> dict[str, dt.date | dt.datetime]:
        """The start events from which this and the federal limit were counted; followed terms give their own."""
        events = dict(self.federal.given) if self.federal else {}
        for inner in (*self.parts, *([self.origin] if self.origin else [])):
            events.update(inner.given)
        if self.started is not None and self.origin is None and not self.parts:
            events[self.start_event.value] = self.started
        return events

    @property
    def federal_due(self) -> dt.datetime | None:
        """When the term of the federal tables ends, in UTC; None where they have none or an event is missing.

        A reading of the platform counts here as well: nobody is refused before it. What people are told is `law`.
        """
        return self.federal.due if self.federal else None

    @property
    def law(self) -> Explanation | None:
        """The federal count where the Procedure itself sets the term: only that is called a federal limit."""
        if self.federal is None or not any(clause.startswith(LAW) for clause in self.federal.clauses):
            return None
        return self.federal

    @property
    def starts_at(self) -> dt.datetime | None:
        """The instant of the start event in UTC; a day starts at its midnight in the zone."""
        if self.started is None:
            return None
        return instant_of(self.started, ZoneInfo(self.zone))

    @property
    def last_moment(self) -> dt.datetime | None:
        """The last second of the term in its zone: 23:59:59 of a day, or the hour that the rule sets."""
        return _last_moment(self.due, ZoneInfo(self.zone))

    @property
    def deciding(self) -> Explanation:
        """The part that set `due`; the explanation itself when it is not a combined one or nothing is known yet."""
        for part in self.parts:
            if part.due is not None and part.due == self.due:
                return part.deciding
        return self

    def is_over(self, at: dt.datetime) -> bool:
        """Whether the term has run out by `at`. A term whose end is unknown has not."""
        return self.due is not None and at >= self.due

    def is_open(self, at: dt.datetime) -> bool:
        """Whether `at` lies inside the term, its opening included. A term whose end is unknown is not open."""
        return self.due is not None and (self.opens is None or self.opens <= at) and not self.is_over(at)

    def until_hour(self, hour: dt.time, *, of: str) -> Explanation:
        """Let the last day of the region's and of the federal term end at an hour; `of` says in Russian whose it is.

        An end that comes earlier by itself stays.
        """
        federal = self.federal.until_hour(hour, of=of) if self.federal else None
        last = self.last_moment
        if self.due is None or last is None:
            return replace(self, federal=federal)
        end = dt.datetime.combine(last.date(), hour, ZoneInfo(self.zone)).astimezone(dt.UTC)
        if end >= self.due:
            return replace(self, federal=federal)
        return replace(self, due=end, cutoff=f"{hour:%H:%M}", hours=of, federal=federal)

    def summary(self) -> str:
        """Say the whole count in one Russian sentence, with the federal limit where it differs."""
        return f"{self._sentence()}{self._federal_clause()}"

    def as_json(self) -> dict[str, Any]:
        """Give the form that the CLI and the API show: times with the zone's offset, `due` the last second."""
        zone = ZoneInfo(self.zone)
        started = self.started
        if isinstance(started, dt.datetime):
            started = started.astimezone(zone)
        return {
            "term": self.term,
            "title": self.title,
            "clauses": list(self.clauses),
            "start_event": self.start_event.value,
            "from": "" if started is None else _iso(started),
            "opens": _iso(self.opens.astimezone(zone)) if self.opens else None,
            "due": _iso_last(self.due, zone),
            "length": self.length,
            "unit": self.unit.value,
            "direction": self.direction.value,
            "week": self.week,
            "cutoff": self.cutoff,
            "zone": self.zone,
            "calendar_version": self.calendar_version,
            "steps": [
                {"date": step.date.isoformat(), "counts": step.counts, "reason": step.reason} for step in self.steps
            ],
            "parts": [part.as_json() for part in self.parts],
            "federal_due": _iso_last(self.law.due, zone) if self.law else None,
            "federal": self.law.as_json() if self.law else None,
            "origin": self.origin.as_json() if self.origin else None,
            "published": self.published.source if self.published and self.is_published else None,
            "deviation": self.deviation,
            "hardness": self.hardness.value,
            "summary": self.summary(),
        }

    def to_record(self) -> dict[str, Any]:
        """Give a JSON value from which `from_record` makes this very explanation again."""
        return {
            "term": self.term,
            "title": self.title,
            "clauses": list(self.clauses),
            "start_event": self.start_event.value,
            "started": self.started.isoformat() if self.started else None,
            "opens": self.opens.isoformat() if self.opens else None,
            "due": self.due.isoformat() if self.due else None,
            "length": self.length,
            "unit": self.unit.value,
            "direction": self.direction.value,
            "following_day": self.following_day,
            "week": self.week,
            "month_day": self.month_day,
            "years": self.years,
            "cutoff": self.cutoff,
            "hardness": self.hardness.value,
            "combine": self.combine.value if self.combine else None,
            "zone": self.zone,
            "calendar_version": self.calendar_version,
            "steps": [[step.date.isoformat(), step.counts, step.reason] for step in self.steps],
            "parts": [part.to_record() for part in self.parts],
            "origin": self.origin.to_record() if self.origin else None,
            "pauses": [pause.to_record() for pause in self.pauses],
            "published": self.published.to_record() if self.published else None,
            "deviation": self.deviation,
            "hours": self.hours,
            "federal": self.federal.to_record() if self.federal else None,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Explanation:
        """Read what `to_record` gave. Raises KeyError or ValueError for anything else."""
        return cls(
            term=record["term"],
            title=record["title"],
            clauses=tuple(record["clauses"]),
            start_event=StartEvent(record["start_event"]),
            started=_read_started(record["started"]),
            opens=_read_instant(record["opens"]),
            due=_read_instant(record["due"]),
            length=record["length"],
            unit=Unit(record["unit"]),
            direction=Direction(record["direction"]),
            following_day=record["following_day"],
            week=record["week"],
            month_day=record["month_day"],
            years=record["years"],
            cutoff=record["cutoff"],
            hardness=Hardness(record["hardness"]),
            combine=Combine(record["combine"]) if record["combine"] else None,
            zone=record["zone"],
            calendar_version=record["calendar_version"],
            steps=tuple(Step(dt.date.fromisoformat(day), counts, reason) for day, counts, reason in record["steps"]),
            parts=tuple(cls.from_record(part) for part in record["parts"]),
            origin=cls.from_record(record["origin"]) if record["origin"] else None,
            pauses=tuple(Pause.from_record(pause) for pause in record["pauses"]),
            published=Published.from_record(record["published"]) if record["published"] else None,
            deviation=record["deviation"],
            hours=record["hours"],
            federal=cls.from_record(record["federal"]) if record["federal"] else None,
        )

    def _sentence(self) -> str:
        if self.published is not None and self.published.until is not None and self.is_published:
            return f"по графику: не позднее {self._end()} ({self.published.source})"
        if self.combine is not None:
            which = "ранний из сроков" if self.combine is Combine.EARLIEST else "поздний из сроков"
            inner = "; ".join(f"({number}) {part.summary()}" for number, part in enumerate(self.parts, start=1))
            if self.stands_still:
                return f"{which}: {inner}; срок приостановлен, дата появится после возобновления"
            return f"{which}: {inner}; {f'действует {self._end()}' if self.due else 'дата ещё не известна'}"
        if self.started is None:
            return f"{self._rule(f'события «{self.start_event.label}»')}, дата которого ещё не известна"
        if self.published is not None and self.is_published:
            return f"по графику: с {self._opening()} до {self._end()} ({self.published.source})"
        if self.stands_still:
            return f"{self._rule(self._start())}; срок приостановлен, дата появится после возобновления"
        return f"{self._counted()}{self._hours_clause()}{self._pause_clause()}"

    def _counted(self) -> str:
        if self.unit is Unit.DATE:
            return f"не позднее {self._end()}"
        if self.length == 0:
            return f"в тот же день → {self._end()}"
        return f"{self._rule(self._start())} → {self._end()}"

    def _rule(self, start: str) -> str:
        if self.month_day is not None:
            return f"не позднее {named_day_phrase(self.month_day, self.years)} после {start}"
        if self.unit is Unit.DATE:
            return f"не позднее {start}"
        if self.length == 0:
            return f"в день {start}"
        phrase = length_phrase(length=self.length, unit=self.unit, week=self.week)
        if self.direction is Direction.BACKWARD:
            return f"не позднее чем за {phrase} до {start}"
        return f"{phrase} после {start}" if self.following_day else f"{phrase}, считая с {start}"

    def _start(self) -> str:
        if self.started is None:
            return ""
        zone = ZoneInfo(self.zone)
        exact = isinstance(self.started, dt.datetime) and self.unit in (Unit.HOUR, Unit.MINUTE)
        start = (
            _moment(instant_of(self.started, zone).astimezone(zone))
            if exact
            else short_date(day_of(self.started, zone))
        )
        return f"{start} (последний день срока «{self.origin.title}»)" if self.origin else start

    def _opening(self) -> str:
        return _moment(self.opens.astimezone(ZoneInfo(self.zone))) if self.opens else ""

    def _end(self) -> str:
        last = self.last_moment
        return _moment(last) if last else ""

    def _hours_clause(self) -> str:
        return f" ({self.hours})" if self.hours else ""

    def _pause_clause(self) -> str:
        held = [pause.reason for pause in self.pauses if any(pause.covers(step.date) for step in self.steps)]
        return "".join(f"; {reason}" for reason in dict.fromkeys(held))

    def _federal_clause(self) -> str:
        law = self.law  # where the Procedure is silent, nothing limits the region's date
        last = law.last_moment if law else None
        if law is None or last is None or law.due == self.due:
            return ""
        at_day_end = last.time() == dt.time(23, 59, 59)
        return f"; федеральный предел {short_date(last) if at_day_end else _moment(last)}"


def day_of(started: dt.date | dt.datetime, zone: ZoneInfo) -> dt.date:
    """Give the day, in the zone, on which the event falls."""
    if isinstance(started, dt.datetime):
        return started.astimezone(zone).date()
    return started


def instant_of(started: dt.date | dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Give the instant of the event in UTC; a day begins at its midnight in the zone."""
    if isinstance(started, dt.datetime):
        return started.astimezone(dt.UTC)
    return dt.datetime.combine(started, _MIDNIGHT, zone).astimezone(dt.UTC)


def _last_moment(due: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    if due is None:
        return None
    local = due.astimezone(zone)
    return (due - _SECOND).astimezone(zone) if local.time() == _MIDNIGHT else local


def _moment(at: dt.datetime) -> str:
    return f"{short_date(at)}, {at:%H:%M}"


def _iso(value: dt.date | dt.datetime) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, dt.datetime) else value.isoformat()


def _iso_last(due: dt.datetime | None, zone: ZoneInfo) -> str | None:
    last = _last_moment(due, zone)
    return _iso(last) if last else None


def _read_instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _read_started(text: str | None) -> dt.date | dt.datetime | None:
    if not text:
        return None
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)

"""What a count is given beside its start events: days on which a term stood still, dates that an act has set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apella.calendar.wording import short_date


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which a term stood still, both included; without `last` it still stands. `cause` says why, in Russian.

    A pause belongs to terms counted forward; what is counted back hangs on its event and cannot stand still.
    """

    first: dt.date
    last: dt.date | None
    cause: str = ""

    def __post_init__(self) -> None:
        """Refuse a pause that ends before it begins. Raises ValueError."""
        if self.last is not None and self.last < self.first:
            raise ValueError(f"the pause ends on {self.last}, before it begins on {self.first}")

    @property
    def reason(self) -> str:
        """Why a day of the pause does not count: «срок приостановлен: …»."""
        end = f"по {short_date(self.last)}" if self.last else "и пока не возобновлён"
        span = f"с {short_date(self.first)} {end}"
        return f"срок приостановлен: {self.cause}, {span}" if self.cause else f"срок приостановлен: {span}"

    def covers(self, day: dt.date) -> bool:
        """Whether the term stood still on this day."""
        return self.first <= day and (self.last is None or day <= self.last)

    def to_record(self) -> list[str | None]:
        """Give a JSON value from which `from_record` makes this very pause again."""
        return [self.first.isoformat(), self.last.isoformat() if self.last else None, self.cause]

    @classmethod
    def from_record(cls, record: list[str]) -> Pause:
        """Read what `to_record` gave."""
        first, last, cause = record
        return cls(dt.date.fromisoformat(first), dt.date.fromisoformat(last) if last else None, cause)


def pause_of(pauses: Iterable[Pause], day: dt.date) -> Pause | None:
    """Find the pause in which the day lies."""
    return next((pause for pause in pauses if pause.covers(day)), None)


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Join pauses that overlap or touch, in the order of time, so that no day is counted twice."""
    joined: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.first):
        before = joined[-1] if joined else None
        if before is None or (before.last is not None and before.last + dt.timedelta(days=1) < pause.first):
            joined.append(pause)
        else:
            last = None if before.last is None or pause.last is None else max(before.last, pause.last)
            joined[-1] = Pause(before.first, last, before.cause)
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The hours of one day on which an act lets a term run; `closes` is 24:00 when it is the next midnight."""

    opens: dt.datetime
    closes: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Dates and hours that an act has set for one term: they stand in the place of the counted ones.

    Instants are aware; `source` names the act in Russian, `clauses` are its points. It says one of two things: when a
    window is open, in `intake`, whose days stand in order, with `doors`, the codes of channels that close at another
    instant of the last day; or «не позднее», in `until`, the first instant that is too late.
    """

    term: str
    intake: tuple[Intake, ...] = ()
    source: str
    clauses: tuple[str, ...]
    doors: tuple[tuple[str, dt.datetime], ...] = ()
    until: dt.datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an act that says both or neither. Raises ValueError."""
        if bool(self.intake) == (self.until is not None):
            raise ValueError(f"the act names either days of intake or an end of {self.term}")

    @property
    def opens(self) -> dt.datetime:
        """The first instant of the first day."""
        return self.intake[0].opens

    @property
    def closes(self) -> dt.datetime:
        """The first instant after the last day's end."""
        return self.until or self.intake[-1].closes

    def closes_at(self, door: str) -> dt.datetime:
        """The first instant after the end at one door."""
        return next((closes for code, closes in self.doors if code == door), self.closes)

    def to_record(self) -> dict[str, Any]:
        """Give a JSON value from which `from_record` makes this very value again."""
        return {
            "term": self.term,
            "intake": [[day.opens.isoformat(), day.closes.isoformat()] for day in self.intake],
            "source": self.source,
            "clauses": list(self.clauses),
            "doors": [[code, closes.isoformat()] for code, closes in self.doors],
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Published:
        """Read what `to_record` gave."""
        return cls(
            term=record["term"],
            intake=tuple(
                Intake(opens=dt.datetime.fromisoformat(opens), closes=dt.datetime.fromisoformat(closes))
                for opens, closes in record["intake"]
            ),
            source=record["source"],
            clauses=tuple(record["clauses"]),
            doors=tuple((code, dt.datetime.fromisoformat(closes)) for code, closes in record["doors"]),
            until=dt.datetime.fromisoformat(record["until"]) if record["until"] else None,
        )

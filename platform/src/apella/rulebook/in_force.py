"""Which rules answer a question, and how an answer says so: the same for command, API and page.

A season goes by the edition in force on the day of its opening. Without a season the edition of a day counts. What
comes into force later is named beside it, never taken for what is in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apella.calendar.working import WorkCalendar
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterEdition:
    """An edition that comes into force after the one that answers."""

    in_force: dt.date
    edition: str


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The rules that answer, and why these: they are in force on `day`, the opening of `season` where there is one."""

    rules: RegionRules
    season: str | None
    day: dt.date
    later: tuple[LaterEdition, ...]

    @property
    def note(self) -> str | None:
        """By whose act the year is held when the region has no act for it."""
        return self.rules.edition_note(self.rules.year)

    def with_calendar(self, calendar: WorkCalendar) -> InForce:
        """The same rules, counting by another calendar."""
        return replace(self, rules=self.rules.with_calendar(calendar))

    def as_json(self) -> dict[str, Any]:
        """The value that stands beside every answer of the command and the API."""
        return {
            "version": self.rules.version,
            "year": self.rules.year,
            "edition": edition_name(self.rules),
            "in_force": None if self.rules.in_force is None else self.rules.in_force.isoformat(),
            "season": self.season,
            "day": self.day.isoformat(),
            "note": self.note,
            "later": [{"in_force": one.in_force.isoformat(), "edition": one.edition} for one in self.later],
        }


def on_day(regions: RegionRegistry, slug: str, day: dt.date) -> InForce:
    """Give the last edition in force on a day, before the first one the first.

    The exam year is the day's, within the years of the calendar: a question about any other has no answer, and rules
    are not made for it. Raises NotFound for an unknown tenant.
    """
    calendar = regions.get(slug).calendar
    year = min(max(day.year, calendar.first.year), calendar.last.year)
    return InForce(rules=regions.on(slug, day, year=year), season=None, day=day, later=_later(regions, slug, day))


def of_season(regions: RegionRegistry, rules: RegionRules, *, title: str, opened_on: dt.date) -> InForce:
    """Say that these rules are a season's, as `apella.regions.book.rules_of_season` gives them."""
    return InForce(rules=rules, season=title, day=opened_on, later=_later(regions, rules.slug, opened_on))


def edition_name(rules: RegionRules) -> str:
    """The act in force with its title: «Положение … (приказ … от … № …)»."""
    edition = rules.edition
    return f"{edition.title} ({edition.reference})" if edition.act else edition.title


def in_force_lines(shown: Mapping[str, Any], *, today: dt.date | None = None) -> Sequence[str]:
    """Say in Russian sentences which rules answered, from what `InForce.as_json` gave.

    Of later editions those that came into force by `today` are told apart, where it is given.
    """
    which = f"Правила сезона «{shown['season']}»" if shown["season"] else f"Правила на {_day(shown['day'])}"
    lines = [f"{which}: {shown['edition']}."]
    if shown["note"]:
        lines.append(shown["note"])
    return (*lines, *later_lines(shown["later"], today=today))


def later_lines(later: Sequence[Mapping[str, Any]], *, today: dt.date | None = None) -> Sequence[str]:
    """Say of each later edition when it comes into force; by `today` it has, for what begins since."""
    return tuple(
        f"С {_day(one['in_force'])} действует следующая редакция: {one['edition']}."
        if today is not None and dt.date.fromisoformat(one["in_force"]) <= today
        else f"Вступит в силу {_day(one['in_force'])}: {one['edition']}."
        for one in later
    )


def _day(text: str) -> str:
    return f"{dt.date.fromisoformat(text):%d.%m.%Y}"


def _later(regions: RegionRegistry, slug: str, day: dt.date) -> tuple[LaterEdition, ...]:
    """The editions after the one of a day, in order: from the newest one back to that one."""
    found: list[LaterEdition] = []
    rules = regions.get(slug)
    while rules.in_force is not None and rules.in_force > day:
        before = regions.on(slug, rules.in_force - _ONE_DAY, year=rules.year)
        if before.in_force is not None and before.in_force >= rules.in_force:
            break  # the first edition counts on the days before it as well
        found.append(LaterEdition(in_force=rules.in_force, edition=edition_name(rules)))
        rules = before
    return tuple(reversed(found))

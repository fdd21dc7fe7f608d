"""Faults of a folder beside the world of today: points that exist, dates of acts, the zone. Records are not asked.

What zones, calendars and the federal tables say changes with every release; a case goes on by the rules that it was
filed under all the same.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from apella.calendar.wording import short_date
from apella.regions.checks import citations

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from apella.regions.rules import RegionRules

FIRST_ACT: Final = dt.date(1993, 1, 1)
"""The year of the Constitution: no act that a region may cite is older."""

_WEST, _EAST = dt.timedelta(hours=2), dt.timedelta(hours=12)
_OFFSET = re.compile(r"(UTC|GMT|МСК|MSK)\s*([+\N{MINUS SIGN}–-])\s*(\d{1,2})(?::(\d\d))?", re.IGNORECASE)
_YEARLY = frozenset({"subjects", "exams", "schedule"})


def folder_problems(rules: RegionRules, *, folder: str, clauses: Collection[str]) -> tuple[str, ...]:
    """Every such fault as a Russian sentence; `clauses` are the points and readings of the federal tables."""
    return (*_points(rules, folder, clauses), *_acts(rules, folder), *_zone(rules, folder))


def _points(rules: RegionRules, folder: str, clauses: Collection[str]) -> Iterator[str]:
    """Points of the region's own acts are its own to list; those of the federal ones stand in a table."""
    listed = {clause.partition(":")[0] for clause in clauses}
    for place, cited in sorted(set(citations(rules))):
        if cited in clauses or cited.partition(":")[0] not in listed:
            continue
        near = difflib.get_close_matches(cited, clauses, n=3, cutoff=0.6)
        hint = f"похожие: {', '.join(near)}" if near else "проверьте номер"
        yield f"{folder}/{_file(rules, place)}: {place}: пункта {cited} нет; {hint}."


def _file(rules: RegionRules, place: str) -> str:
    """The file that a place of `citations` stands in."""
    kind, _, name = place.partition(" ")
    if kind == "срок":
        return "terms.toml"
    if name == "sites":
        return "sites.csv"
    return f"{rules.tables_year}/{name}.toml" if name in _YEARLY else f"{name}.toml"


def _acts(rules: RegionRules, folder: str) -> Iterator[str]:
    last = rules.calendar.last
    for place, day in _dated(rules):
        if day is not None and not FIRST_ACT <= day <= last:
            yield (
                f"{folder}/{place}: дата акта {short_date(day)} не подходит; нужна дата от {short_date(FIRST_ACT)} "
                f"до {short_date(last)}, последнего дня загруженных календарей."
            )


def _dated(rules: RegionRules) -> Iterator[tuple[str, dt.date | None]]:
    """Every act that has a date: where it stands, and the date."""
    yield "edition.toml: date", rules.edition.date
    for term in rules.terms.values():
        if term.deviation is not None:
            yield f"terms.toml: {term.id}: deviation.date", term.deviation.date
    for day in rules.calendar.regional:
        yield f"days_off.toml: {day.name}, {short_date(day.date)}: act.date", day.act.date
    for act in rules.sources.act:
        yield f"sources.toml: {act.prefix}: date", act.date
    for decision in rules.demo_decisions:
        yield f"demo_decisions.toml: {decision.code}: act_date", decision.act_date


def _zone(rules: RegionRules, folder: str) -> Iterator[str]:
    """The zone is one of the country's, and the caption beside every hour says the same."""
    tenant = rules.tenant
    offsets = {_offset(tenant.tz, dt.date(rules.year, month, 1)) for month in (1, 7)}
    if len(offsets) > 1 or not all(_WEST <= offset <= _EAST for offset in offsets):
        yield (
            f"{folder}/tenant.toml: zone: в поясе «{tenant.zone}» время {', '.join(map(_said, sorted(offsets)))}, "
            f"а в России пояса от {_said(_WEST)} до {_said(_EAST)} и круглый год одни; укажите другой пояс."
        )
        return
    (offset,) = offsets
    named = _named(tenant.time_caption)
    if named is not None and named != offset:
        yield (
            f"{folder}/tenant.toml: time_caption: подпись «{tenant.time_caption}» называет {_said(named)}, "
            f"а в поясе «{tenant.zone}» время {_said(offset)}; исправьте подпись или zone."
        )


def _offset(zone: ZoneInfo, day: dt.date) -> dt.timedelta:
    return dt.datetime.combine(day, dt.time(12), zone).utcoffset() or dt.timedelta(0)


def _named(caption: str) -> dt.timedelta | None:
    """The offset that a caption names, from UTC or from the capital (МСК); None where it names none."""
    found = _OFFSET.search(caption)
    if found is None:
        return None
    base, sign, hours, minutes = found.groups()
    span = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
    start = dt.timedelta(hours=3) if base.upper() in ("МСК", "MSK") else dt.timedelta(0)
    return start + span if sign == "+" else start - span


def _said(offset: dt.timedelta) -> str:
    minutes = round(abs(offset).total_seconds() / 60)
    sign = "−" if offset < dt.timedelta(0) else "+"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")

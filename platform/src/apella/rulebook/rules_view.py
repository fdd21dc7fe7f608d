"""A region's rule set in readable Russian, each value beside the federal one where they differ.

Pure: the same view is printed by the command, shown by the page and given by the API.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apella.deadlines.terms import LAW
from apella.regions.rules import RegionRules
from apella.rulebook.in_force import InForce, LaterEdition, edition_name, later_lines
from apella.rulebook.lines.entry import SILENT, Entry
from apella.rulebook.lines.sections import SECTIONS, lines_of

ABSENT = "в этом регионе нет"
"""What a line says that only the federal tables have."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One value of a region.

    `federal` is the federal value where the region has another one, with `federal_clauses`; None where they are the
    same. `differs` is also true of a value that the federal tables do not know. `deviation` is the act that lets the
    region be weaker than the Procedure.
    """

    key: str
    title: str
    value: str
    clauses: tuple[str, ...]
    rows: tuple[int, ...]
    differs: bool
    federal: str | None = None
    federal_clauses: tuple[str, ...] = ()
    deviation: str | None = None

    @property
    def only_advised(self) -> bool:
        """Whether the federal value is the platform's own reading and no rule of the Procedure."""
        return bool(self.federal_clauses) and not any(one.startswith(LAW) for one in self.federal_clauses)


@dataclass(frozen=True, kw_only=True)
class Section:
    """Lines about one thing."""

    code: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """An act or another source that lines cite by `prefix`."""

    prefix: str
    title: str
    approved: str
    note: str | None


@dataclass(frozen=True, kw_only=True)
class RulesView:
    """The whole rule set: of `season`, opened on `day`, or as in force on `day`; `later` editions are named beside it.

    `note` is what a season of this year is told of the act; `deviations` come first.
    """

    tenant: str
    title: str
    version: str
    year: int
    edition: str
    in_force: dt.date | None
    season: str | None
    day: dt.date | None
    later: tuple[LaterEdition, ...]
    note: str | None
    acts: tuple[ActLine, ...]
    deviations: tuple[Line, ...]
    sections: tuple[Section, ...]
    total: int
    different: int

    def as_json(self) -> dict[str, Any]:
        """The view as the API and `--json` give it."""
        return {
            **asdict(self),
            "in_force": None if self.in_force is None else self.in_force.isoformat(),
            "day": None if self.day is None else self.day.isoformat(),
            "later": self._later(),
        }

    def _later(self) -> list[dict[str, str]]:
        return [{"in_force": one.in_force.isoformat(), "edition": one.edition} for one in self.later]

    def later_lines(self, *, today: dt.date | None = None) -> Sequence[str]:
        """Say of each later edition when it comes into force."""
        return later_lines(self._later(), today=today)


def rules_view(
    rules: RegionRules, federal: RegionRules, *, only_differences: bool = False, found: InForce | None = None
) -> RulesView:
    """Lay a region's rules beside what federal tables alone would say (`regions.loader.federal_counterpart`).

    `found` says whose these rules are.
    """
    lines = _lines(rules, federal)
    shown = {code: [line for line in listed if line.differs or not only_differences] for code, listed in lines.items()}
    return RulesView(
        tenant=rules.slug,
        title=str(rules.tenant.title),
        version=rules.version,
        year=rules.year,
        edition=edition_name(rules),
        in_force=rules.in_force,
        season=found.season if found else None,
        day=found.day if found else None,
        later=found.later if found else (),
        note=rules.edition_note(rules.year),
        acts=tuple(
            ActLine(prefix=act.prefix, title=act.title, approved=act.approved, note=act.note)
            for act in rules.sources.act
        ),
        deviations=tuple(line for listed in lines.values() for line in listed if line.deviation is not None),
        sections=tuple(
            Section(code=code, title=title, lines=tuple(shown[code])) for code, title in SECTIONS.items() if shown[code]
        ),
        total=sum(map(len, lines.values())),
        different=sum(line.differs for listed in lines.values() for line in listed),
    )


def _lines(rules: RegionRules, federal: RegionRules) -> Mapping[str, Sequence[Line]]:
    own = list(lines_of(rules))
    known = {entry.key for _, entry in own}
    federal_lines = [
        (code, entry)
        for code, entry in lines_of(federal, bodies=rules.bodies)
        # Sites are nowhere but in a region's own table; the federal side has only the commission's address.
        if not entry.key.startswith("sites.")
    ]
    beside = {entry.key: entry for _, entry in federal_lines}
    lines: dict[str, list[Line]] = {code: [] for code in SECTIONS}
    for code, entry in own:
        lines[code].append(_line(rules, entry, beside.get(entry.key)))
    for code, entry in federal_lines:
        # Where the region says nothing of something that is not even said in the Procedure, there is nothing to show.
        if entry.key not in known and entry.value != SILENT:
            lines[code].append(_missing(entry))
    return lines


def _line(rules: RegionRules, entry: Entry, federal: Entry | None) -> Line:
    differs = (entry.title, entry.value) != (federal.title, federal.value) if federal else entry.value != SILENT
    shown = federal is not None and differs
    return Line(
        key=entry.key,
        title=entry.title,
        value=entry.value,
        clauses=entry.clauses,
        rows=entry.rows,
        differs=differs,
        federal=_federal_words(entry, federal) if federal is not None and shown else None,
        federal_clauses=federal.clauses if federal is not None and shown else (),
        deviation=_deviation(rules, entry.key),
    )


def _federal_words(entry: Entry, federal: Entry) -> str:
    """The federal value, with its title where it is another one."""
    return federal.value if federal.title == entry.title else f"{federal.title}: {federal.value}"


def _missing(entry: Entry) -> Line:
    return Line(
        key=entry.key,
        title=entry.title,
        value=ABSENT,
        clauses=entry.clauses,
        rows=entry.rows,
        differs=True,
        federal=entry.value,
        federal_clauses=entry.clauses,
    )


def _deviation(rules: RegionRules, key: str) -> str | None:
    term = rules.terms.get(key.removeprefix("terms.")) if key.startswith("terms.") else None
    return str(term.deviation) if term is not None and term.deviation is not None else None


def rules_text(view: RulesView, *, today: dt.date | None = None) -> str:
    """The view for a terminal."""
    return "\n".join(_text(view, today))


def _text(view: RulesView, today: dt.date | None) -> Iterator[str]:
    on = "" if view.day is None else f" на {view.day:%d.%m.%Y}"
    yield f"{view.title}: правила {view.year} года{on} ({view.version})"
    yield f"Действует: {view.edition}"
    yield from view.later_lines(today=today)
    if view.note:
        yield view.note
    yield f"Значений {view.total}, отличаются от федеральных {view.different}."
    yield ""
    yield "Источники"
    for act in view.acts:
        yield f"  {act.prefix}: {act.title}; {act.approved}"
    if view.deviations:
        yield ""
        yield "Отступления от федеральных сроков"
        for line in view.deviations:
            yield f"  {line.title}: {line.value}"
            yield f"    акт: {line.deviation}"
            yield f"    {_beside(line)}: {line.federal or line.value}"
    for section in view.sections:
        yield ""
        yield section.title
        for line in section.lines:
            yield from _line_text(line)


def _line_text(line: Line) -> Iterator[str]:
    yield f"{'≠' if line.differs else ' '} {line.title}: {line.value}"
    if line.clauses:
        yield f"    {', '.join(line.clauses)}"
    if line.federal is not None:
        beside = f" ({', '.join(line.federal_clauses)})" if line.federal_clauses else ""
        yield f"    {_beside(line)}: {line.federal}{beside}"


def _beside(line: Line) -> str:
    """What the federal value is called."""
    return "принято платформой" if line.only_advised else "федеральное правило"

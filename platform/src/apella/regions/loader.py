"""From tables to rules: a tenant's folder over the federal one, or a recorded content; validated, cross-checked."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeVar

from apella.calendar.reading import TableError
from apella.calendar.tables import load_regional_days
from apella.calendar.working import WorkCalendar
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term
from apella.errors import ApellaError, ConfigurationError
from apella.regions.checks import cross_check, site_problems
from apella.regions.clauses import read_clauses
from apella.regions.codes import SiteKind
from apella.regions.editions import Folder, Merged, lay, of_year
from apella.regions.facade import Hooks
from apella.regions.folder_checks import folder_problems
from apella.regions.reading import RegionFilesError, Table, validate
from apella.regions.rules import RegionRules
from apella.regions.tables import (
    EDITION,
    ChannelTable,
    DemoDecisionTable,
    ExamTable,
    NoticeTable,
    SubjectTable,
    value_tables,
)
from apella.regions.values.admission import AdmissionRules
from apella.regions.values.base import Value
from apella.regions.values.decisions import DecisionRules, ExchangeRules, RecordRules
from apella.regions.values.edition import Edition
from apella.regions.values.filing import Presence, Withdrawal
from apella.regions.values.hearing import CommissionRules, Durations, ExpertRules, HearingRules
from apella.regions.values.kits import KitRules
from apella.regions.values.notes import NoteTable
from apella.regions.values.papers import FormRules, Sources
from apella.regions.values.schedule import Schedule
from apella.regions.values.sites import Site, Sites, Territory
from apella.regions.values.sitting import PreparationRules, SittingRules
from apella.regions.values.tenant import Bodies, TenantInfo

FEDERAL: Final = Path(__file__).with_name("federal")
"""The federal tables, in the schema of a tenant's folder."""

ENTRY_POINTS: Final = "apella.regions"
"""The entry point group in which region plugins are installed."""

ValueT = TypeVar("ValueT", bound=Value)

# What a tenant says of itself in tenant.toml; the rest has federal values.
_NAMES: Final = ("slug", "id", "region_code", "title", "zone", "time_caption")


def load_region(directory: Path, *, year: int | None = None, day: dt.date | None = None) -> RegionRules:
    """Load the rules of the tenant in `directory` for an exam year, by default the newest that there are tables for.

    `day` chooses the edition in force then; without it the newest one is taken. Raises RegionFilesError with one
    Russian sentence per fault of any file, and ConfigurationError when the plugin that tenant.toml names is not
    installed or does not fit.
    """
    folder = TenantFolder(directory)
    return folder.rules(folder.edition_on(day or dt.date.max), year=year or folder.years[-1])


def newest_year() -> int:
    """The newest exam year that federal tables exist for."""
    return max(int(folder.name) for folder in FEDERAL.iterdir() if folder.name.isdecimal())


class TenantFolder:
    """A tenant's tables over the federal ones, both with their editions; every file is read once, here.

    `editions` are the days on which the region's rules change, by an act of its own or of the federation, in order;
    the first is None where no source names the day. `years` are those that there are yearly tables for.
    """

    def __init__(self, directory: Path, *, federal: Path = FEDERAL) -> None:
        self._own = Folder(directory, place=directory.name)
        self._federal = _federal(federal)
        self._clauses = _points(federal)
        first = self._own.first
        later = {*self._own.later, *(day for day in self._federal.later if first is None or day > first)}
        self.editions: tuple[dt.date | None, ...] = (first, *sorted(later))
        self.years = tuple(sorted(self._own.years | self._federal.years))

    def edition_on(self, day: dt.date) -> dt.date | None:
        """The edition in force on a day: the last that came into force by then; before the first one, the first."""
        return next((one for one in reversed(self.editions[1:]) if one is not None and one <= day), self.editions[0])

    def rules(self, edition: dt.date | None, *, year: int) -> RegionRules:
        """Make the rules of one of `editions` for an exam year.

        Of yearly tables the newest not later than the year are taken. Raises as `load_region`.
        """
        problems = [*self._own.problems]
        federal, tables_year = of_year(self._federal.on(edition, problems), year)
        own, own_year = of_year(self._own.on(edition, problems), year, since=tables_year)
        both = lay(federal, _known(own, federal, problems), problems)
        content = {
            "year": year,
            "tables_year": max(one for one in (tables_year, own_year) if one is not None),
            "in_force": edition,
            "own_act": EDITION in own.tables,
            "tables": both.tables,
            "federal": {name: federal.tables[name] for name in (EDITION, "terms.toml")},
        }
        plain = json.loads(json.dumps(content, default=str))
        making = _Making(plain, folder=self._own.place, places=both.places)
        return making.rules(problems, clauses=self._clauses)


def rules_again(content: Mapping[str, Any], *, version: str, plugin_version: str, slug: str) -> RegionRules:
    """Make a recorded rule set again (`RegionRules.content`), by the code that validates the files.

    Hooks are asked of the plugin that is installed now. Raises ConfigurationError when the record is damaged, when
    this release does not understand it, or when its plugin is gone.
    """
    rules = _Making(content, folder=slug, places={}).rules([], plugin_version=plugin_version)
    if rules.version != version:
        raise ConfigurationError(
            f"Запись правил {version} повреждена: её содержание этой версии не соответствует. "
            "Восстановите базу из резервной копии.",
            code="configuration.record",
        )
    return rules


def federal_counterpart(rules: RegionRules) -> RegionRules:
    """What would hold for this tenant if federal tables alone spoke: its name, zone and place, nothing else its own.

    The federal edition is the one that the tenant's rules are laid over. Raises as `load_region`.
    """
    own = rules.content["tables"]["tenant.toml"]
    names = {key: own[key] for key in _NAMES}
    names["contacts"] = {**own["contacts"], "clauses": ["federal:98.7"]}
    return _counterpart(rules.year, rules.in_force, json.dumps(names))


@lru_cache(maxsize=64)
def _counterpart(year: int, edition: dt.date | None, names: str) -> RegionRules:
    problems: list[str] = []
    folder = _federal(FEDERAL)
    federal, tables_year = of_year(folder.on(edition, problems), year)
    tenant = {**federal.tables["tenant.toml"], **json.loads(names)}
    content = {
        "year": year,
        "tables_year": tables_year,
        "in_force": edition,
        "own_act": False,
        "tables": {**federal.tables, "tenant.toml": tenant},
        "federal": {name: federal.tables[name] for name in (EDITION, "terms.toml")},
    }
    made = _Making(json.loads(json.dumps(content, default=str)), folder=tenant["slug"], places={})
    return made.rules(problems)


class _Making:
    """One content on its way to rules: problems are gathered until all of them are known.

    `places` says which folder each table was last said in; without it messages name the tenant's own.
    """

    def __init__(self, content: Mapping[str, Any], *, folder: str, places: Mapping[str, str]) -> None:
        self._content = content
        self._tables: Mapping[str, Table] = content["tables"]
        self._folder = folder
        self._places = places
        self._problems: list[str] = []
        self._values: dict[type[Value], Value] = {}

    def rules(
        self, problems: list[str], *, plugin_version: str | None = None, clauses: Collection[str] | None = None
    ) -> RegionRules:
        """Validate every table and put the values together.

        `problems` are those found before. `plugin_version` is the recorded one; without it the installed one counts.
        `clauses` are the points of the federal tables where the content is a folder's, not a record's: only then is
        it held against the world of today (`regions.folder_checks`).
        Raises RegionFilesError with all problems, or where the values contradict each other.
        """
        self._problems = problems
        for name, model in value_tables(0).items():
            short = name.rpartition("/")[2]
            value = validate(model, self._tables.get(short, {}), problems, place=self._place(short))
            if value is not None:
                self._values[model] = value
        place = f"federal/{EDITION}"
        federal_edition = validate(Edition, self._content["federal"][EDITION], problems, place=place)
        terms, federal_terms = self._terms()
        calendar = self._calendar()
        sites, territories = self._sites()
        if problems or federal_edition is None:
            raise RegionFilesError(tuple(dict.fromkeys(problems)))
        tenant = self._of(TenantInfo)
        plugin, installed = _plugin(tenant, place=self._place("tenant.toml"))
        plugin_version = installed if plugin_version is None else plugin_version
        rules = RegionRules(
            version=_version(tenant.slug, self._content, plugin_version),
            content=self._content,
            plugin_version=plugin_version,
            year=self._content["year"],
            tables_year=self._content["tables_year"],
            in_force=None if self._content["in_force"] is None else dt.date.fromisoformat(self._content["in_force"]),
            edition=self._of(Edition),
            federal_edition=federal_edition,
            has_own_act=self._content["own_act"],
            tenant=tenant,
            bodies=self._of(Bodies),
            terms=MappingProxyType(terms),
            federal_terms=MappingProxyType(federal_terms),
            calendar=calendar,
            channels=self._of(ChannelTable).channel,
            admission=self._of(AdmissionRules),
            presence=self._of(Presence),
            withdrawal=self._of(Withdrawal),
            sites=Sites(sites or (self._only_site(),), territories),
            kits=self._of(KitRules),
            preparation=self._of(PreparationRules),
            hearing=self._of(HearingRules),
            sitting=self._of(SittingRules),
            durations=self._of(Durations),
            expert=self._of(ExpertRules),
            commission=self._of(CommissionRules),
            notices=self._of(NoticeTable).notice,
            forms=self._of(FormRules),
            decisions=self._of(DecisionRules),
            exchange=self._of(ExchangeRules),
            records=self._of(RecordRules),
            notes=self._of(NoteTable).note,
            subjects=self._of(SubjectTable).subject,
            exams=self._of(ExamTable).exam,
            schedule=self._of(Schedule),
            demo_decisions=self._of(DemoDecisionTable).decision,
            sources=self._of(Sources),
            hooks=Hooks(tenant.slug, plugin),
        )
        found = cross_check(rules, folder=self._folder)
        if clauses is not None:
            found = (*found, *folder_problems(rules, folder=self._folder, clauses=clauses))
        if found:
            raise RegionFilesError(tuple(map(self._in_its_edition, found)))
        return rules

    def _of(self, model: type[ValueT]) -> ValueT:
        value = self._values[model]
        if not isinstance(value, model):
            raise TypeError(f"{model.__name__} was read as {type(value).__name__}")
        return value

    def _place(self, name: str) -> str:
        """How messages name a table: by the folder where it was last said, with the name of that file."""
        return f"{self._places.get(name, self._folder)}/{name}"

    def _in_its_edition(self, problem: str) -> str:
        """The sentence with the edition's own file in it, where checks between tables name the tenant's folder."""
        found = re.match(rf"{re.escape(self._folder)}/(\w+\.\w+):", problem)
        place = self._places.get(found[1], "") if found else ""
        return f"{place}{problem[len(self._folder) :]}" if place.startswith(f"{self._folder}/") else problem

    def _terms(self) -> tuple[dict[str, Term], dict[str, Term]]:
        federal = load_terms(self._content["federal"]["terms.toml"], source="federal/terms.toml")
        try:
            return load_terms(self._tables["terms.toml"], source=self._place("terms.toml")), federal
        except TableError as error:
            self._problems.extend(error.problems)
            return {}, federal

    def _calendar(self) -> WorkCalendar:
        place = self._place("days_off.toml")
        table = self._tables.get("days_off.toml", {})
        self._problems.extend(
            f"{place}: {key}: такого ключа нет; выходные дни описывают таблицами [[day]]."
            for key in table
            if key != "day"
        )
        try:
            rows = table.get("day", [])
            days = load_regional_days(rows if isinstance(rows, list) else [rows], place=place)
            return WorkCalendar(regional=days) if days else _plain_calendar()
        except TableError as error:
            self._problems.extend(error.problems)
        except ApellaError as error:
            self._problems.append(f"{place}: {error.message}")
        return _plain_calendar()

    def _sites(self) -> tuple[tuple[Site, ...], tuple[Territory, ...]]:
        before = len(self._problems)
        sites, territories = self._rows(Site, "sites.csv"), self._rows(Territory, "territories.csv")
        if len(self._problems) == before and not any(".csv: " in problem for problem in self._problems):
            self._problems.extend(site_problems(sites, territories, folder=self._folder))
        return sites, territories

    def _rows(self, model: type[ValueT], name: str) -> tuple[ValueT, ...]:
        rows = self._tables.get(name, {}).get("row", [])
        found = (validate(model, row, self._problems, place=self._place(name)) for row in rows)
        return tuple(value for value in found if value is not None)

    def _only_site(self) -> Site:
        """The commission's own address, where a tenant has no table of sites."""
        contacts = self._of(TenantInfo).contacts
        return Site(
            code="main",
            kind=SiteKind.MAIN,
            name="Место работы комиссии",
            host=self._of(Bodies).commission.full.nominative,
            address=contacts.address,
            alias="",
            teaching=contacts.teaching,
            clauses=contacts.clauses,
        )


def _version(slug: str, content: Mapping[str, Any], plugin_version: str) -> str:
    text = json.dumps([content, plugin_version], sort_keys=True, ensure_ascii=False)
    return f"{slug}-{content['year']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _known(own: Merged, federal: Merged, problems: list[str]) -> Merged:
    """The region's tables without terms that the federation does not have; each of those is a problem."""
    known = federal.tables["terms.toml"]
    table = own.tables.get("terms.toml", {})
    problems.extend(
        f"{own.places['terms.toml']}/terms.toml: {term_id}: такого срока нет; "
        f"идентификаторы у всех регионов одни: {', '.join(known)}."
        for term_id in table
        if term_id not in known
    )
    kept = {term_id: row for term_id, row in table.items() if term_id in known}
    return Merged(tables={**own.tables, **({"terms.toml": kept} if table else {})}, places=own.places)


@cache
def _federal(directory: Path) -> Folder:
    """The federal tables: read once, never changed. Raises RegionFilesError when they are broken."""
    folder = Folder(directory, place="federal")
    if folder.problems:
        raise RegionFilesError(tuple(folder.problems))
    return folder


@cache
def _points(directory: Path) -> frozenset[str]:
    """The points and readings that the federal tables list. Raises RegionFilesError when the list is broken."""
    return frozenset(clause.id for clause in read_clauses(directory))


@cache
def _plain_calendar() -> WorkCalendar:
    """The federal calendar alone: the same value for every region without days off of its own."""
    return WorkCalendar()


def _plugin(tenant: TenantInfo, *, place: str) -> tuple[ModuleType | None, str]:
    """The module that answers hooks for a tenant, and the name and version that the rule version takes up."""
    if tenant.plugin is None:
        return None, ""
    entries = metadata.entry_points(group=ENTRY_POINTS, name=tenant.plugin)
    if not entries:
        installed = sorted(entry.name for entry in metadata.entry_points(group=ENTRY_POINTS))
        raise ConfigurationError(
            f"{place}: plugin: плагин «{tenant.plugin}» не установлен (есть: {', '.join(installed) or 'ни одного'}); "
            "установите его или уберите ключ plugin, тогда будут действовать федеральные правила.",
            code="configuration.plugin",
        )
    entry = next(iter(entries))
    return entry.load(), f"{entry.name} {entry.dist.version if entry.dist else ''}"

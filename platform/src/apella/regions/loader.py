"""From a tenant's folder to its rules: read, lay over the federal tables, validate, cross-check, join the plugin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final, TypeVar

from apella.calendar.reading import TableError
from apella.calendar.tables import load_regional_days
from apella.calendar.working import WorkCalendar
from apella.deadlines.terms import Term, load_terms
from apella.errors import ApellaError, ConfigurationError
from apella.regions.checks import cross_check, site_problems
from apella.regions.codes import SiteKind
from apella.regions.facade import Hooks
from apella.regions.reading import RegionFilesError, Table, overlay, read_csv, read_toml, unknown_files, validate
from apella.regions.rules import RegionRules
from apella.regions.tables import (
    ChannelTable,
    DemoDecisionTable,
    ExamTable,
    NoticeTable,
    SubjectTable,
    file_names,
    value_tables,
)
from apella.regions.values.base import Value
from apella.regions.values.filing import Presence, Withdrawal
from apella.regions.values.hearing import CommissionRules, Durations, ExpertRules, HearingRules
from apella.regions.values.papers import FormRules, Sources
from apella.regions.values.sites import Site, Sites, Territory
from apella.regions.values.tenant import Bodies, TenantInfo

FEDERAL: Final = Path(__file__).with_name("federal")
"""The federal tables, in the schema of a tenant's folder."""

ENTRY_POINTS: Final = "apella.regions"
"""The entry point group in which region plugins are installed."""

ValueT = TypeVar("ValueT", bound=Value)

# What a term keeps of its federal counterpart when the region counts it in parts of its own.
_UNCOUNTED: Final = ("title", "clauses", "sources", "hardness", "owed_by", "action")


def load_region(directory: Path, *, year: int | None = None) -> RegionRules:
    """Load the rules of the tenant in `directory` for an exam year, by default the newest with federal tables.

    Raises RegionFilesError with one Russian sentence per fault of any file, and ConfigurationError when the plugin
    that tenant.toml names is not installed or does not fit.
    """
    files = _TenantFiles(directory, year or newest_year())
    files.read()
    return files.rules()


def newest_year() -> int:
    """The newest exam year that federal tables exist for."""
    return max(int(folder.name) for folder in FEDERAL.iterdir() if folder.name.isdecimal())


class _TenantFiles:
    """One loading: every table read once, problems gathered until all of them are known."""

    def __init__(self, directory: Path, year: int) -> None:
        self._directory = directory
        self._year = year
        self._problems: list[str] = []
        self._content: dict[str, Any] = {}
        self._values: dict[type[Value], Value] = {}
        self._terms: dict[str, Term] = {}
        self._federal_terms: dict[str, Term] = {}
        self._calendar = _plain_calendar()
        self._sites: tuple[Site, ...] = ()
        self._territories: tuple[Territory, ...] = ()

    def read(self) -> None:
        """Read and validate every table. Raises RegionFilesError with all problems of all files."""
        self._problems.extend(unknown_files(self._directory, file_names(self._year), place=self._directory.name))
        for name, model in value_tables(self._year).items():
            table = self._content[name] = self._merged(name)
            value = validate(model, table, self._problems, place=self._place(name))
            if value is not None:
                self._values[model] = value
        self._read_terms()
        self._read_days_off()
        self._read_sites()
        if self._problems:
            raise RegionFilesError(tuple(self._problems))

    def rules(self) -> RegionRules:
        """Put the values together. Raises RegionFilesError where they contradict each other."""
        tenant = self._of(TenantInfo)
        plugin, plugin_version = _plugin(tenant, place=self._place("tenant.toml"))
        rules = RegionRules(
            version=self._version(tenant, plugin_version),
            year=self._year,
            tenant=tenant,
            bodies=self._of(Bodies),
            terms=MappingProxyType(self._terms),
            federal_terms=MappingProxyType(self._federal_terms),
            calendar=self._calendar,
            channels=self._of(ChannelTable).channel,
            presence=self._of(Presence),
            withdrawal=self._of(Withdrawal),
            sites=Sites(self._sites or (self._only_site(),), self._territories),
            hearing=self._of(HearingRules),
            durations=self._of(Durations),
            expert=self._of(ExpertRules),
            commission=self._of(CommissionRules),
            notices=self._of(NoticeTable).notice,
            forms=self._of(FormRules),
            subjects=self._of(SubjectTable).subject,
            exams=self._of(ExamTable).exam,
            demo_decisions=self._of(DemoDecisionTable).decision,
            sources=self._of(Sources),
            hooks=Hooks(tenant.slug, plugin),
        )
        problems = cross_check(rules, folder=self._directory.name)
        if problems:
            raise RegionFilesError(problems)
        return rules

    def _of(self, model: type[ValueT]) -> ValueT:
        value = self._values[model]
        if not isinstance(value, model):
            raise TypeError(f"{model.__name__} was read as {type(value).__name__}")
        return value

    def _place(self, name: str) -> str:
        """How messages name a table: the tenant's own file, or the federal one where the tenant has none."""
        own = (self._directory / name).is_file() or not (FEDERAL / name).is_file()
        return f"{self._directory.name if own else 'federal'}/{name}"

    def _own(self, name: str) -> Table:
        return read_toml(self._directory / name, self._problems, place=self._place(name))

    def _merged(self, name: str) -> Table:
        own, federal = self._own(name), _federal(name)
        match name:
            case "channels.toml":
                return {**own, "channel": _channels(own, federal)}
            case "notices.toml":
                return {**own, "notice": _notices(own, federal)}
            case "sources.toml":
                return {**own, **{key: [*rows, *_rows(own, key)] for key, rows in federal.items()}}
            case _:
                return overlay(federal, own, self._problems, place=self._place(name))

    def _read_terms(self) -> None:
        place = self._place("terms.toml")
        own, federal = self._own("terms.toml"), dict(_federal("terms.toml"))
        self._federal_terms = load_terms(federal, source="federal/terms.toml")
        for term_id, row in own.items():
            if term_id not in federal:
                self._problems.append(
                    f"{place}: {term_id}: такого срока нет; идентификаторы у всех регионов одни: {', '.join(federal)}."
                )
            elif isinstance(row, dict) and "parts" in row:
                federal[term_id] = {key: value for key, value in federal[term_id].items() if key in _UNCOUNTED}
        known = {term_id: row for term_id, row in own.items() if term_id in federal}
        merged = self._content["terms.toml"] = overlay(federal, known, self._problems, place=place)
        try:
            self._terms = load_terms(merged, source=place)
        except TableError as error:
            self._problems.extend(error.problems)

    def _read_days_off(self) -> None:
        place = self._place("days_off.toml")
        table = self._content["days_off.toml"] = self._own("days_off.toml")
        self._problems.extend(
            f"{place}: {key}: такого ключа нет; выходные дни описывают таблицами [[day]]."
            for key in table
            if key != "day"
        )
        try:
            days = load_regional_days(_rows(table, "day"), place=place)
            self._calendar = WorkCalendar(regional=days) if days else _plain_calendar()
        except TableError as error:
            self._problems.extend(error.problems)
        except ApellaError as error:
            self._problems.append(f"{place}: {error.message}")

    def _read_sites(self) -> None:
        sites, territories = self._directory / "sites.csv", self._directory / "territories.csv"
        before = len(self._problems)
        if sites.is_file():
            self._sites = read_csv(Site, sites, self._problems, place=self._place("sites.csv"))
        if territories.is_file():
            self._territories = read_csv(Territory, territories, self._problems, place=self._place("territories.csv"))
        if len(self._problems) == before:
            self._problems.extend(site_problems(self._sites, self._territories, folder=self._directory.name))
        self._content["sites.csv"] = [site.model_dump(mode="json") for site in self._sites]
        self._content["territories.csv"] = [territory.model_dump(mode="json") for territory in self._territories]

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

    def _version(self, tenant: TenantInfo, plugin_version: str) -> str:
        content = json.dumps([self._content, plugin_version], sort_keys=True, default=str, ensure_ascii=False)
        return f"{tenant.slug}-{self._year}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


@cache
def _federal(name: str) -> Table:
    """A federal table as it stands in its file: read once, never changed. Raises RegionFilesError when it is broken."""
    problems: list[str] = []
    table = read_toml(FEDERAL / name, problems, place=f"federal/{name}")
    if problems:
        raise RegionFilesError(tuple(problems))
    return table


@cache
def _plain_calendar() -> WorkCalendar:
    """The federal calendar alone: the same value for every region without days off of its own."""
    return WorkCalendar()


def _rows(table: Mapping[str, Any], key: str) -> list[Any]:
    rows = table.get(key, [])
    return rows if isinstance(rows, list) else [rows]


def _channels(own: Table, federal: Table) -> list[Any]:
    rows = _rows(own, "channel")
    replaced = [row.get("kind") for row in rows if isinstance(row, dict)]
    return [*rows, *(row for row in federal["channel"] if row["kind"] not in replaced)]


def _notices(own: Table, federal: Table) -> list[Any]:
    rows = _rows(own, "notice")
    replaced = [(row.get("event"), kind) for row in rows if isinstance(row, dict) for kind in _rows(row, "kinds")]
    for row in federal["notice"]:
        kinds = [kind for kind in row["kinds"] if (row["event"], kind) not in replaced]
        if kinds:
            rows = [*rows, {**row, "kinds": kinds}]
    return rows


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

"""All tenants' rules, read once at start and looked up by slug and day."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from apella.calendar.reading import TableError
from apella.errors import ConfigurationError, NotFound
from apella.regions.loader import TenantFolder
from apella.regions.reading import RegionFilesError, read_toml
from apella.regions.rules import RegionRules
from apella.tenancy.files import MARKER

log = logging.getLogger(__name__)

Recorded = Callable[[str], Sequence[RegionRules]]
"""Gives the rule sets of a tenant that the database holds, the last used first; none where it holds none."""


class Editions(Protocol):
    """One tenant's rules in all their editions."""

    @property
    def newest(self) -> RegionRules:
        """The newest edition, for the newest exam year that there are tables for."""

    def on(self, day: dt.date, year: int) -> RegionRules:
        """The edition in force on a day, for an exam year."""


class FolderEditions:
    """Editions made of a tenant's folder: at once for the years that have tables, for others when first asked for.

    Raises RegionFilesError with the faults of all editions, and ConfigurationError for a plugin that does not fit.
    """

    def __init__(self, directory: Path) -> None:
        self._folder = TenantFolder(directory)
        self._made: dict[tuple[dt.date | None, int], RegionRules] = {}
        problems: dict[str, None] = {}
        for edition, year in itertools.product(self._folder.editions, self._folder.years):
            try:
                self._of(edition, year)
            except TableError as error:
                problems |= dict.fromkeys(error.problems)
        if problems:
            raise RegionFilesError(tuple(problems))
        self._refuse_another_tenant(directory.name)

    @property
    def newest(self) -> RegionRules:
        """See `Editions`."""
        return self._of(self._folder.editions[-1], self._folder.years[-1])

    @property
    def all(self) -> tuple[RegionRules, ...]:
        """Every edition for the newest exam year, in order."""
        return tuple(self._of(edition, self._folder.years[-1]) for edition in self._folder.editions)

    def on(self, day: dt.date, year: int) -> RegionRules:
        """See `Editions`."""
        return self._of(self._folder.edition_on(day), year)

    def _of(self, edition: dt.date | None, year: int) -> RegionRules:
        if (edition, year) not in self._made:
            self._made[edition, year] = self._folder.rules(edition, year=year)
        return self._made[edition, year]

    def _refuse_another_tenant(self, name: str) -> None:
        """An edition changes rules, not who the tenant is: its number stands in every row of the database."""
        numbers = {rules.tenant.id for rules in self._made.values()}
        if len(numbers) > 1:
            raise RegionFilesError(
                (f"{name}/editions: tenant.toml: id: у редакций разные номера региона; уберите ключ из редакции.",)
            )


class RecordedEditions:
    """Editions as the database recorded them, while the tenant's files are broken."""

    def __init__(self, recorded: Sequence[RegionRules]) -> None:
        self._recorded = recorded

    @property
    def newest(self) -> RegionRules:
        """The one that was used last."""
        return self._recorded[0]

    def on(self, day: dt.date, year: int) -> RegionRules:
        """See `Editions`; of several years of an edition the nearest to the wanted one that is not later, or else any.

        Of records with the same edition and year the one that was used last.
        """
        begun = [one.in_force for one in self._recorded if one.in_force is not None and one.in_force <= day]
        undated = [one.in_force for one in self._recorded if one.in_force is None]
        edition = max(begun) if begun else undated[0] if undated else self._first()
        of_edition = [one for one in self._recorded if one.in_force == edition]
        fitting = [one for one in of_edition if one.year <= year] or of_edition
        return max(fitting, key=lambda one: one.year)

    def _first(self) -> dt.date | None:
        return min((one.in_force for one in self._recorded), key=lambda day: day or dt.date.min)


class RegionRegistry:
    """The rules of every tenant of this process; iteration goes by slug and gives each tenant's newest edition."""

    def __init__(self, tenants: Mapping[str, Editions]) -> None:
        self._by_slug = dict(sorted(tenants.items()))

    @classmethod
    def load(
        cls,
        directories: Mapping[str, Path],
        *,
        recorded: Recorded | None = None,
        beside: Mapping[str, Path] = MappingProxyType({}),
    ) -> RegionRegistry:
        """Load every tenant found by `apella.tenancy.files.tenant_directories`.

        `beside` are folders that an instance would load with these: their numbers are taken, nothing else is looked at.
        A tenant whose files are broken goes on with what `recorded` gives, its problems in the log. Raises
        RegionFilesError with the problems of all tenants that have nothing to go on with.
        """
        tenants: dict[str, Editions] = {}
        problems: list[str] = []
        for slug, directory in directories.items():
            try:
                tenants[slug] = FolderEditions(directory)
            except ConfigurationError as error:
                found = error.problems if isinstance(error, TableError) else (error.message,)
                kept = recorded(slug) if recorded is not None else ()
                if kept:
                    tenants[slug] = RecordedEditions(kept)
                    _log(slug, found)
                else:
                    problems.extend(found)
        problems.extend(_numbers_taken_twice(tenants, directories, beside))
        if problems:
            raise RegionFilesError(tuple(dict.fromkeys(problems)))
        return cls(tenants)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The tenants' names, sorted."""
        return tuple(self._by_slug)

    def __iter__(self) -> Iterator[RegionRules]:
        return (editions.newest for editions in self._by_slug.values())

    def __len__(self) -> int:
        return len(self._by_slug)

    def get(self, slug: str) -> RegionRules:
        """The rules of a tenant by its name outside, for pages and commands without a season. Raises NotFound.

        That is the newest edition that the files hold, even one that comes into force in the future: what depends on
        a day asks `on`.
        """
        return self._of(slug).newest

    def on(self, slug: str, day: dt.date, *, year: int | None = None) -> RegionRules:
        """The rules of a tenant in force on a day: the last edition that came into force by then; before the first
        one, the first. `year` is the exam year, by default that of the day. Raises NotFound.
        """
        return self._of(slug).on(day, year or day.year)

    def _of(self, slug: str) -> Editions:
        editions = self._by_slug.get(slug)
        if editions is None:
            raise NotFound("Такого региона нет: проверьте адрес.", code="tenant.unknown")
        return editions


def _log(slug: str, problems: Sequence[str]) -> None:
    log.error("the tenant's files are broken, recorded rules stay in force", extra={"tenant": slug})
    for problem in problems:
        # The sentence itself is the message: it names files and keys, never a person.
        log.error(problem, extra={"tenant": slug})


def _numbers_taken_twice(
    tenants: Mapping[str, Editions], directories: Mapping[str, Path], beside: Mapping[str, Path]
) -> Iterator[str]:
    # One of these folders stands in for another of the same name.
    others = {slug: folder for slug, folder in beside.items() if slug not in directories}
    owners = {number: slug for slug, folder in others.items() if (number := _number_in(folder)) is not None}
    folders = {**others, **directories}
    for slug, editions in tenants.items():
        number = editions.newest.tenant.id
        if number in owners:
            yield (
                f"{slug}/tenant.toml: id: номер {number} уже у региона {owners[number]}; дайте каждому региону свой "
                f"номер. Папки: {folders[owners[number]]} и {folders[slug]}."
            )
        owners[number] = slug


def _number_in(directory: Path) -> int | None:
    """The number that a folder's own file names; None where it does not say one, which its own check tells of."""
    number = read_toml(directory / MARKER, [], place=directory.name).get("id")
    return number if isinstance(number, int) else None

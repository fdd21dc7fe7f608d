"""All tenants' rules, loaded once at start and looked up by slug or number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from apella.calendar.reading import TableError
from apella.errors import ConfigurationError, NotFound
from apella.regions.loader import load_region
from apella.regions.reading import RegionFilesError
from apella.regions.rules import RegionRules


class RegionRegistry:
    """The rules of every tenant of this process; iteration goes by slug."""

    def __init__(self, regions: Mapping[str, RegionRules]) -> None:
        self._by_slug = dict(sorted(regions.items()))
        self._by_id = {rules.tenant.tenant_id: rules for rules in regions.values()}

    @classmethod
    def load(cls, directories: Mapping[str, Path]) -> RegionRegistry:
        """Load every tenant found by `apella.tenancy.files.tenant_directories`.

        Raises RegionFilesError with the problems of all tenants at once.
        """
        regions: dict[str, RegionRules] = {}
        problems: list[str] = []
        for slug, directory in directories.items():
            try:
                regions[slug] = load_region(directory)
            except TableError as error:
                problems.extend(error.problems)
            except ConfigurationError as error:
                problems.append(error.message)
        owners: dict[int, str] = {}
        for slug, rules in regions.items():
            if rules.tenant.id in owners:
                problems.append(
                    f"{slug}/tenant.toml: id: номер {rules.tenant.id} уже у региона {owners[rules.tenant.id]}; "
                    "дайте каждому региону свой номер."
                )
            owners[rules.tenant.id] = slug
        if problems:
            raise RegionFilesError(tuple(problems))
        return cls(regions)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The tenants' names, sorted."""
        return tuple(self._by_slug)

    def __iter__(self) -> Iterator[RegionRules]:
        return iter(self._by_slug.values())

    def __len__(self) -> int:
        return len(self._by_slug)

    def get(self, slug: str) -> RegionRules:
        """The rules of a tenant by its name outside. Raises NotFound."""
        rules = self._by_slug.get(slug)
        if rules is None:
            raise NotFound("Такого региона нет: проверьте адрес.", code="tenant.unknown")
        return rules

"""Where hearings take place (sites.csv, territories.csv)."""

from __future__ import annotations

import re

from apella.regions.codes import SiteKind
from apella.regions.values.base import Code, Line, Sourced


class Site(Sourced):
    """A main or remote site. `alias` is the address as the region's act spells it where ours differs, else empty."""

    code: Code
    kind: SiteKind
    name: Line
    host: Line
    address: Line
    alias: str
    teaching: bool


class Territory(Sourced):
    """A municipality attached to a site. `alias` is the act's spelling where ours differs, else empty."""

    site: Code
    name: Line
    alias: str


class Sites:
    """All sites of a tenant; every territory belongs to exactly one. The loader proves both."""

    def __init__(self, sites: tuple[Site, ...], territories: tuple[Territory, ...]) -> None:
        self.all = sites
        self.territories = territories
        self._by_code = {site.code: site for site in sites}
        self._by_territory = {
            territory_key(name): self._by_code[territory.site]
            for territory in territories
            for name in (territory.name, territory.alias)
            if name
        }

    @property
    def main(self) -> Site:
        """Where the commission itself sits."""
        return next(site for site in self.all if site.kind is SiteKind.MAIN)

    @property
    def remote(self) -> tuple[Site, ...]:
        """The remote sites, in the order of the table."""
        return tuple(site for site in self.all if site.kind is SiteKind.REMOTE)

    def get(self, code: str) -> Site | None:
        """The site with this code, or None."""
        return self._by_code.get(code)

    def of_territory(self, name: str) -> Site | None:
        """The site that a territory is attached to, by its name or another spelling of it; None when unknown."""
        return self._by_territory.get(territory_key(name))


_KIND = r"(?:городской округ|муниципальный округ|муниципальный район|город|г\.? ?о\.?|г\.|р-н)"
_KIND_BEFORE = re.compile(rf"^{_KIND}\s+")
_KIND_AFTER = re.compile(rf"\s+{_KIND}$")


def territory_key(name: str) -> str:
    """A municipality's name without its kind, case and ё: «Г.о. Озёрный» and «городской округ Озерный» are one."""
    key = " ".join(name.casefold().replace("ё", "е").replace("(", " ").replace(")", " ").split())
    return _KIND_BEFORE.sub("", _KIND_AFTER.sub("", key))

"""Editions: what a folder's tables say since which day, each later edition laid over the one before it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Final

from apella.regions.clauses import ClauseTable
from apella.regions.reading import Table, overlay, read_csv, read_toml, unknown_files, validate
from apella.regions.tables import CLAUSES, EDITION, file_names
from apella.regions.values.base import Value
from apella.regions.values.sites import Site, Territory

EDITIONS: Final = "editions"
"""The folder of later editions: each in a folder named by the day on which it comes into force."""

_CSV: Final[Mapping[str, type[Value]]] = {"sites.csv": Site, "territories.csv": Territory}
_YEAR = re.compile(r"\d{4}")
# What a term keeps of the one below when the table above counts it in parts of its own.
_UNCOUNTED: Final = ("title", "clauses", "sources", "hardness", "owed_by", "action", "minimum")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The tables of one edition as they stand in its own files; `place` is how messages name its folder."""

    place: str
    in_force: dt.date | None
    tables: Mapping[str, Table]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Tables by name after laying layers over each other; `places` says which folder each was last said in."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


class Folder:
    """A folder of tables with its editions: every file read once, the faults of reading gathered in `problems`."""

    def __init__(self, directory: Path, *, place: str) -> None:
        self.directory = directory
        self.place = place
        self.problems: list[str] = []
        root = self._layer(directory, place, in_force=None)
        first = _day(root.tables.get(EDITION, {}).get("in_force"))
        self._layers = (Layer(place=place, in_force=first, tables=root.tables), *self._later(first))

    @property
    def first(self) -> dt.date | None:
        """The day on which the first edition came into force, where its edition.toml names it."""
        return self._layers[0].in_force

    @property
    def later(self) -> tuple[dt.date, ...]:
        """The days on which the later editions come into force, in order."""
        return tuple(layer.in_force for layer in self._layers[1:] if layer.in_force is not None)

    @property
    def years(self) -> frozenset[int]:
        """The years that any edition has yearly tables for."""
        return frozenset(int(name[:4]) for layer in self._layers for name in layer.tables if _YEAR.match(name))

    def on(self, day: dt.date | None, problems: list[str]) -> Merged:
        """The tables in force on a day; those of the first edition for None and before it."""
        layers = [self._layers[0]]
        layers += [layer for layer in self._layers[1:] if day is not None and layer.in_force and layer.in_force <= day]
        return reduce(
            lambda below, layer: lay(
                below, Merged(tables=layer.tables, places=dict.fromkeys(layer.tables, layer.place)), problems
            ),
            layers[1:],
            Merged(tables=layers[0].tables, places=dict.fromkeys(layers[0].tables, layers[0].place)),
        )

    def _later(self, first: dt.date | None) -> Iterator[Layer]:
        editions = self.directory / EDITIONS
        if not editions.is_dir():
            return
        for folder in sorted(editions.iterdir()):
            place = f"{self.place}/{EDITIONS}/{folder.name}"
            day = _day_of_name(folder.name)
            if day is None or not folder.is_dir():
                self.problems.append(
                    f"{place}: это не папка редакции; назовите папку днём, с которого редакция действует, "
                    "например 2026-09-01."
                )
                continue
            layer = self._layer(folder, place, in_force=day)
            self.problems.extend(_edition_faults(layer, day, first, place=self.place))
            yield layer

    def _layer(self, directory: Path, place: str, *, in_force: dt.date | None) -> Layer:
        years = sorted(folder.name for folder in directory.iterdir() if _YEAR.fullmatch(folder.name))
        known = dict.fromkeys(name for year in years or ["2026"] for name in file_names(int(year)))
        if in_force is not None:
            del known[CLAUSES]
        elif (directory / CLAUSES).is_file():
            where = f"{place}/{CLAUSES}"
            validate(
                ClauseTable, read_toml(directory / CLAUSES, self.problems, place=where), self.problems, place=where
            )
        self.problems.extend(unknown_files(directory, tuple(known), place=place, skip=("forms", EDITIONS)))
        names = [name for name in known if name != CLAUSES and (directory / name).is_file()]
        return Layer(
            place=place, in_force=in_force, tables={name: self._read(directory, name, place) for name in names}
        )

    def _read(self, directory: Path, name: str, place: str) -> Table:
        where = f"{place}/{name}"
        model = _CSV.get(name)
        if model is None:
            return read_toml(directory / name, self.problems, place=where)
        rows = read_csv(model, directory / name, self.problems, place=where)
        return {"row": [row.model_dump(mode="json") for row in rows]}


def _edition_faults(layer: Layer, day: dt.date, first: dt.date | None, *, place: str) -> Iterator[str]:
    table = layer.tables.get(EDITION)
    if table is None:
        yield f"{layer.place}/{EDITION}: файла нет; назовите в нём акт, которым введена эта редакция."
    elif "in_force" in table and _day(table["in_force"]) != day:
        yield (
            f"{layer.place}/{EDITION}: in_force: значение «{table['in_force']}» расходится с именем папки; "
            "исправьте одно из них или уберите ключ."
        )
    if first is not None and day <= first:
        yield (
            f"{layer.place}: редакция действует не позже первой, которая в силе с {first.isoformat()} "
            f"({place}/{EDITION}: in_force); исправьте имя папки или этот ключ."
        )


def lay(below: Merged, above: Merged, problems: list[str]) -> Merged:
    """Lay one set of tables over another, table by table; a source that only one of them has stays as it is."""
    tables = dict(below.tables)
    for name, table in above.tables.items():
        if name in below.tables:
            place = f"{above.places[name]}/{name}"
            tables[name] = _rule_of(name)(below.tables[name], table, problems, place=place)
        else:
            tables[name] = table
    return Merged(tables=tables, places={**below.places, **above.places})


def of_year(tables: Merged, year: int, *, since: int | None = None) -> tuple[Merged, int | None]:
    """Keep the yearly tables of one year: the newest not later than `year`, else the oldest; say which it was.

    With `since` (the year of the tables below) only tables of that year or later ones count, and no older ones are
    taken instead: what a region said for an earlier year is not laid over the law's newer tables.
    """
    years = sorted({int(name[:4]) for name in tables.tables if _YEAR.match(name)})
    if since is not None:
        years = [one for one in years if since <= one <= max(since, year)]
    fitting = [one for one in years if one <= year] or years[:1]
    chosen = fitting[-1] if fitting else None
    kept = {
        name.partition("/")[2] if _YEAR.match(name) else name: name
        for name in tables.tables
        if not _YEAR.match(name) or int(name[:4]) == chosen
    }
    return (
        Merged(
            tables={short: tables.tables[name] for short, name in kept.items()},
            places={
                short: f"{tables.places[name]}{'' if short == name else f'/{chosen}'}" for short, name in kept.items()
            },
        ),
        chosen,
    )


Lay = Callable[..., Table]


def _rule_of(name: str) -> Lay:
    match name.rpartition("/")[2]:
        case "channels.toml":
            return _lay_channels
        case "notices.toml":
            return _lay_notices
        case "terms.toml":
            return _lay_terms
        case "sources.toml" | "days_off.toml" | "notes.toml":
            return _add_rows
        case "sites.csv" | "territories.csv" | "edition.toml":
            return _replace
        case _:
            return overlay


def _replace(below: Table, above: Table, problems: list[str], *, place: str) -> Table:  # noqa: ARG001 one shape for all
    return above


def _add_rows(below: Table, above: Table, problems: list[str], *, place: str) -> Table:  # noqa: ARG001 as above
    return {**below, **above, **{key: [*_rows(below, key), *_rows(above, key)] for key in below}}


def _lay_channels(below: Table, above: Table, problems: list[str], *, place: str) -> Table:  # noqa: ARG001 as above
    rows = _rows(above, "channel")
    replaced = [row.get("kind") for row in rows if isinstance(row, dict)]
    kept = (row for row in _rows(below, "channel") if not isinstance(row, dict) or row.get("kind") not in replaced)
    return {**below, **above, "channel": [*rows, *kept]}


def _lay_notices(below: Table, above: Table, problems: list[str], *, place: str) -> Table:  # noqa: ARG001 as above
    rows = _rows(above, "notice")
    replaced = [(row.get("event"), kind) for row in rows if isinstance(row, dict) for kind in _rows(row, "kinds")]
    for row in _rows(below, "notice"):
        if not isinstance(row, dict):
            rows = [*rows, row]
            continue
        kinds = [kind for kind in _rows(row, "kinds") if (row.get("event"), kind) not in replaced]
        if kinds:
            rows = [*rows, {**row, "kinds": kinds}]
    return {**below, **above, "notice": rows}


def _lay_terms(below: Table, above: Table, problems: list[str], *, place: str) -> Table:
    base = dict(below)
    for term_id, row in above.items():
        under = base.get(term_id)
        if isinstance(row, dict) and isinstance(under, dict) and "parts" in row:
            base[term_id] = {key: value for key, value in under.items() if key in _UNCOUNTED}
    return overlay(base, above, problems, place=place)


def _rows(table: Mapping[str, Any], key: str) -> Sequence[Any]:
    rows = table.get(key, [])
    return rows if isinstance(rows, list) else [rows]


def _day(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


def _day_of_name(name: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None

"""The statements of the acts, by id and by what they are about (clauses.toml): what values and tests may cite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field

from apella.regions.reading import RegionFilesError, read_toml, validate
from apella.regions.values.base import Code, Line, Value

FILE: Final = "clauses.toml"
READINGS: Final = "core"
"""The prefix of readings that stand where the acts are silent or contradict each other; they are no statements."""


class Clause(NamedTuple):
    """One statement: its id (`federal:102.3`) and its kind («deadline», «hearing», …)."""

    id: str
    kind: str

    @property
    def source(self) -> str:
        """The prefix of the act that it belongs to."""
        return self.id.partition(":")[0]


Points = Annotated[tuple[Line, ...], Field(min_length=1, description="список номеров пунктов строками")]


def _no_point_twice(kinds: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    points = [point for listed in kinds.values() for point in listed]
    twice = sorted({point for point in points if points.count(point) > 1})
    if twice:
        raise ValueError(f"пункты {', '.join(twice)} указаны дважды, оставьте каждый один раз")
    return kinds


class ClauseTable(Value):
    """clauses.toml; `points`: act's prefix -> kind -> numbers of points."""

    points: Annotated[
        Mapping[Code, Annotated[Mapping[Code, Points], AfterValidator(_no_point_twice)]],
        Field(description="таблицы [points.<префикс акта>]"),
    ]


def read_clauses(folder: Path) -> tuple[Clause, ...]:
    """The statements that a tenant's folder (or the federal one) lists, readings included; none without the file.

    Raises RegionFilesError with a Russian sentence per fault.
    """
    problems: list[str] = []
    place = f"{folder.name}/{FILE}"
    if not (folder / FILE).is_file():
        return ()
    table = validate(ClauseTable, read_toml(folder / FILE, problems, place=place), problems, place=place)
    if table is None:
        raise RegionFilesError(tuple(problems))
    return tuple(
        Clause(f"{prefix}:{point}", kind)
        for prefix, kinds in table.points.items()
        for kind, points in kinds.items()
        for point in points
    )

"""Every cell of the table of differences between regions stands in some value of that region, with the same clauses.

The table (variation_matrix.md, part 1) and the statements lie beside the repository; without them there is nothing to
compare with.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from apella.regions.checks import citations
from apella.regions.loader import federal_counterpart, load_region
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts
from apella.rulebook.lines.entry import SILENT
from apella.rulebook.rules_view import Line, rules_view
from apella.tenancy.files import tenant_directories

DOMAIN = Path(__file__).parents[2].parent / "shared" / "domain"
TABLE = DOMAIN / "variation_matrix.md"
COLUMNS = ("federal", "kbr", "kuzbass", "moscow")
ROWS = 99
CITED = 468
"""How many citations the cells hold, ranges counted one by one: a parser that lost some would prove nothing."""
DISPLAYED = {"physical": 35, "info": 21}

_CLAUSE = r"(?:federal|kbr_portal|kbr|kuzbass|moscow):\w[\w.-]*\w"
_RANGE = re.compile(rf"({_CLAUSE})(?:\s+–\s+({_CLAUSE}))?")

needs_table = pytest.mark.skipif(not TABLE.is_file(), reason=f"{TABLE} is not beside the repository")


class Cell(NamedTuple):
    """A cell: its row, its column and the clauses it cites."""

    row: int
    name: str
    column: str
    clauses: tuple[str, ...]


@cache
def statements() -> Mapping[str, str]:
    """The kinds of all statements by their ids, in the order of each act."""
    return {
        clause["id"]: clause["kind"]
        for path in sorted((DOMAIN / "clauses").glob("*.toml"))
        for clause in tomllib.loads(path.read_text(encoding="utf-8"))["clause"]
    }


def cells() -> Iterator[Cell]:
    """Every cell of part 1 that cites something."""
    for line in TABLE.read_text(encoding="utf-8").partition("## 2.")[0].splitlines():
        texts = [text.strip() for text in line.strip("|").split("|")]
        if texts[0].isdecimal():
            assert len(texts) == 2 + len(COLUMNS), line
            for column, text in zip(COLUMNS, texts[2:], strict=True):
                yield Cell(int(texts[0]), texts[1], column, tuple(_cited(text)))


def _cited(text: str) -> Iterator[str]:
    order = list(statements())
    for first, last in _RANGE.findall(text):
        yield from order[order.index(first) : order.index(last or first) + 1]


@cache
def region(slug: str) -> RegionRules:
    """A region; `federal` is what any of them would be by federal tables alone."""
    if slug == "federal":
        return federal_counterpart(region(COLUMNS[1]))
    return load_region(tenant_directories(None)[slug])


@cache
def cited_by(slug: str) -> frozenset[str]:
    """What the values of a region cite, and what its plugin answers a case with: the kit's way is said by a hook."""
    rules = region(slug)
    route = rules.kit_route(CaseFacts(kind="score", subject_code="01", category="student", mode="on_site"))
    return frozenset({clause for _, clause in citations(rules)} | {one for stop in route for one in stop.clauses})


@cache
def lines(slug: str) -> tuple[Line, ...]:
    """The lines of a region's rule set."""
    view = rules_view(region(slug), region("federal"))
    return tuple(line for section in view.sections for line in section.lines)


@needs_table
def test_the_whole_table_is_read() -> None:
    found = list(cells())
    assert len(found) == ROWS * len(COLUMNS)
    assert sorted({cell.row for cell in found}) == list(range(1, ROWS + 1))
    assert sum(len(cell.clauses) for cell in found) >= CITED


@needs_table
@pytest.mark.parametrize("column", COLUMNS)
def test_every_clause_of_a_cell_is_cited_by_a_value(column: str) -> None:
    missing = [
        (cell.row, cell.name, clause)
        for cell in cells()
        if cell.column == column
        for clause in cell.clauses
        if clause not in cited_by(column)
    ]
    assert missing == []


@pytest.mark.parametrize("slug", COLUMNS)
def test_every_row_has_a_value(slug: str) -> None:
    answered = {row for line in lines(slug) for row in line.rows}
    assert answered == set(range(1, ROWS + 1))


@needs_table
@pytest.mark.parametrize("column", COLUMNS)
def test_the_clauses_of_a_cell_stand_on_the_lines_of_its_row(column: str) -> None:
    said: dict[int, set[str]] = defaultdict(set)
    for line in lines(column):
        for row in line.rows:
            said[row].update(() if line.value == SILENT else line.clauses)
    missing = [
        (cell.row, cell.name, clause)
        for cell in cells()
        if cell.column == column
        for clause in cell.clauses
        if clause not in said[cell.row]
    ]
    assert missing == []


@pytest.mark.parametrize("slug", COLUMNS)
def test_whatever_a_value_cites_is_shown(slug: str) -> None:
    shown = {clause for line in lines(slug) for clause in line.clauses}
    assert {clause for _, clause in citations(region(slug))} - shown == set()


@needs_table
@pytest.mark.parametrize("kind", DISPLAYED)
def test_what_only_people_can_keep_is_displayed(kind: str) -> None:
    shown = {clause for slug in COLUMNS for line in lines(slug) for clause in line.clauses}
    to_show = {clause for clause, its_kind in statements().items() if its_kind == kind}
    assert len(to_show) == DISPLAYED[kind]
    assert to_show - shown == set()

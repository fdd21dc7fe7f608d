"""How many statements of the acts are proved by a passing test, shown by the product, or open.

What tests proved stands in a record that the pytest plugin writes (`apella.testing.clause_record`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from apella.regions.checks import citations
from apella.regions.clauses import READINGS, Clause
from apella.regions.rules import RegionRules

Status = Literal["proved", "shown", "open"]

RECORD: Final = Path("build") / "clauses.json"
"""Where the record stands in the project's folder."""

Record = Mapping[str, Mapping[str, bool]]
"""Test (`file::test`) -> clause -> whether every run of it passed."""

SHOWN_KINDS: Final = frozenset({"physical", "info"})
"""Statements that software cannot carry out: it records or displays them."""

_HEADINGS: Final[Mapping[Status, str]] = {
    "proved": "доказано испытанием",
    "shown": "показано",
    "open": "открыто",
}


def read_record(path: Path) -> Record:
    """The record of earlier runs; empty when there is none."""
    if not path.is_file():
        return {}
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


@dataclass(frozen=True, kw_only=True)
class Covered:
    """One statement, what becomes of it, and the tests that prove it (`file::test`, sorted)."""

    clause: Clause
    status: Status
    tests: tuple[str, ...]


def coverage(clauses: Iterable[Clause], *, record: Record, regions: Iterable[RegionRules]) -> tuple[Covered, ...]:
    """Say of every statement (readings apart) what becomes of it.

    A statement with a failing test is open, whatever else passes.
    """
    displayed = {clause for rules in regions for _, clause in citations(rules)}
    by_clause: dict[str, dict[str, bool]] = {}
    for test, outcomes in record.items():
        for clause_id, passed in outcomes.items():
            by_clause.setdefault(clause_id, {})[test] = passed
    return tuple(
        _covered(clause, by_clause.get(clause.id, {}), displayed) for clause in clauses if clause.source != READINGS
    )


def _covered(clause: Clause, tests: Mapping[str, bool], displayed: Collection[str]) -> Covered:
    status: Status = "open"
    if tests:
        status = "proved" if all(tests.values()) else "open"
    elif clause.kind in SHOWN_KINDS and clause.id in displayed:
        status = "shown"
    return Covered(clause=clause, status=status, tests=tuple(sorted(tests)))


def as_json(found: Collection[Covered]) -> dict[str, Any]:
    """Give the form that other programs read."""
    counts = Counter(item.status for item in found)
    return {
        "total": len(found),
        "proved": counts["proved"],
        "shown": counts["shown"],
        "open": counts["open"],
        "clauses": [
            {
                "id": item.clause.id,
                "kind": item.clause.kind,
                "source": item.clause.source,
                "status": item.status,
                "tests": list(item.tests),
            }
            for item in found
        ],
    }


def as_text(found: Collection[Covered]) -> str:
    """Give the table of sources and kinds for a terminal: proved / shown / open."""
    sources = list(dict.fromkeys(item.clause.source for item in found))
    width = max(map(len, sources)) + 2
    counts = Counter((item.clause.kind, item.clause.source, item.status) for item in found)
    lines = [f"{'':14}" + "".join(f"{source:>{max(width, 12)}}" for source in (*sources, "всего"))]
    for kind in (*sorted({item.clause.kind for item in found}), "всего"):
        cells = (_cell(counts, kind, source) for source in (*sources, "всего"))
        lines.append(f"{kind:14}" + "".join(f"{cell:>{max(width, 12)}}" for cell in cells))
    total = Counter(item.status for item in found)
    lines.append("")
    lines.append("В клетке: " + " / ".join(_HEADINGS.values()) + ".")
    lines.append(f"Всего {len(found)}: " + ", ".join(f"{name} {total[key]}" for key, name in _HEADINGS.items()) + ".")
    return "\n".join(lines)


def _cell(counts: Mapping[tuple[str, str, Status], int], kind: str, source: str) -> str:
    numbers = [
        sum(
            number
            for (one_kind, one_source, one_status), number in counts.items()
            if one_status == status and kind in (one_kind, "всего") and source in (one_source, "всего")
        )
        for status in _HEADINGS
    ]
    return "/".join(map(str, numbers)) if any(numbers) else "–"


def as_markdown(found: Collection[Covered]) -> str:
    """Give the page docs/clauses.md: the table, then every statement with the tests that prove it."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Collection[Covered]) -> Iterator[str]:
    total = Counter(item.status for item in found)
    yield "# Statements of the regulations and what proves them"
    yield ""
    yield "Made by `make clauses`, which runs every test that carries a clause mark; do not edit by hand."
    yield "**proved**: a test that would fail were the statement broken, and passes. **shown**: a statement that"
    yield "software cannot carry out (kinds `physical` and `info`) is displayed on the page of the region's rules."
    yield "**open**: neither yet."
    yield ""
    yield f"Of {len(found)} statements {total['proved']} are proved, {total['shown']} shown, {total['open']} open."
    yield ""
    sources = list(dict.fromkeys(item.clause.source for item in found))
    counts = Counter((item.clause.kind, item.clause.source, item.status) for item in found)
    yield "Proved / shown / open:"
    yield ""
    yield "| kind | " + " | ".join((*sources, "all")) + " |"
    yield "|---" * (len(sources) + 2) + "|"
    for kind in (*sorted({item.clause.kind for item in found}), "всего"):
        cells = [_cell(counts, kind, source) for source in (*sources, "всего")]
        yield f"| {'all' if kind == 'всего' else kind} | " + " | ".join(cells) + " |"
    for source in sources:
        yield ""
        yield f"## {source}"
        yield ""
        yield "| statement | kind | status | tests |"
        yield "|---|---|---|---|"
        for item in found:
            if item.clause.source == source:
                tests = "<br>".join(f"`{test}`" for test in item.tests)
                yield f"| {item.clause.id} | {item.clause.kind} | {item.status} | {tests} |"

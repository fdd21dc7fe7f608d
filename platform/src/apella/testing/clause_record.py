"""Which statements of the acts the last runs of the tests proved: the plugin writes it, `apella clauses` reads it.

The record is `build/clauses.json` in the project's folder: test -> clause -> whether every run of it passed. A run
replaces what it ran and leaves the rest, so that a few tests run by hand do not lose what the others proved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from apella.regions.clause_coverage import RECORD, read_record

_PROPERTY: Final = "clause"


class ClauseRecorder:
    """Gathers the outcomes of marked tests in the process that sees all reports."""

    def __init__(self, root: Path) -> None:
        self._path = root / RECORD
        self._seen: dict[str, dict[str, bool]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one phase of one test: proved only when nothing of it failed and its body ran."""
        clauses = [str(value) for name, value in report.user_properties if name == _PROPERTY]
        if not clauses or (report.when != "call" and report.passed):
            return
        found = self._seen.setdefault(report.nodeid.partition("[")[0], {})
        for clause in clauses:
            found[clause] = found.get(clause, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        """Write the record, if any marked test ran."""
        if self._seen:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            merged = {**read_record(self._path), **self._seen}
            self._path.write_text(json.dumps(merged, indent=1, sort_keys=True), encoding="utf-8")


def note_clauses(item: pytest.Item, clauses: Iterable[str]) -> None:
    """Send the clauses of a test along with its reports, also from a worker."""
    item.user_properties.extend((_PROPERTY, clause) for clause in clauses)

"""Which statements of the acts the last runs of the tests proved: the plugin writes it, `apella clauses` reads it.

The record is `build/clauses.json` in the project's folder: test -> clause -> whether every run of it passed. A run of
everything (or of every marked test) replaces the record; a few tests run by hand replace their own lines alone.
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
        if not clauses or (report.when != "call" and report.passed) or report.nodeid.startswith("::"):
            return
        found = self._seen.setdefault(report.nodeid.partition("[")[0], {})
        for clause in clauses:
            found[clause] = found.get(clause, True) and report.passed

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the record, if any marked test ran."""
        self.write(whole=_ran_all(session))

    def write(self, *, whole: bool) -> None:
        """Write what was seen, in the place of everything earlier where the run was a `whole` one."""
        if self._seen:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            earlier = {} if whole else read_record(self._path)
            self._path.write_text(json.dumps({**earlier, **self._seen}, indent=1, sort_keys=True), encoding="utf-8")


def _ran_all(session: pytest.Session) -> bool:
    """Whether every marked test was asked for and the run came to its end: then what it did not see is no more."""
    config = session.config
    return (
        config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and config.getoption("keyword") == ""
        and config.getoption("markexpr") in ("", "clause")
        and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    )


def note_clauses(item: pytest.Item, clauses: Iterable[str]) -> None:
    """Send the clauses of a test along with its reports, also from a worker."""
    item.user_properties.extend((_PROPERTY, clause) for clause in clauses)

"""`make proof [T=T5.2]`: the trials of the catalogue beside this file, at full size; writes docs/proof.md.

Each trial runs in a process of its own with APELLA_PROOF=1. A run of one trial replaces its row and keeps the others'.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from apella.testing.machine import Surroundings, surroundings

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "proof.md"
CATALOGUE = Path(__file__).with_name("catalogue.toml")
MOST_SECONDS = 2 * 60 * 60
HELD, HELD_IN_PART, FAILED, UNCOVERED = "held", "held in part", "**failed**", "not yet covered"

_FIGURE = re.compile(r"^PROOF ([^=\n]+)=(.*)$", re.MULTILINE)
_ROW = re.compile(r"^\| (T\d\.\d) \|[^|]*\| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
_TRIAL = re.compile(r"T\d\.\d")
_SKIPPED = re.compile(r"\b(\d+) skipped\b")


@dataclass(frozen=True)
class Row:
    """What came of a trial: the words of the report's columns."""

    result: str
    figures: str
    seconds: str
    commit: str


@dataclass
class Marks:
    """A plugin of pytest that notes which tests bear which trial's mark."""

    tests: dict[str, set[str]] = field(default_factory=dict)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the marks of what was collected; parameters are left out, since a mark stands on the whole test."""
        for item in session.items:
            for mark in item.iter_markers("proof"):
                for trial in mark.args:
                    self.tests.setdefault(trial, set()).add(item.nodeid.partition("[")[0])


class Unusable(Exception):
    """The trials cannot be run; the sentence says why."""


def main(arguments: Sequence[str]) -> int:
    """Run the trials that are named, or all that have tests; return the exit code."""
    os.chdir(ROOT)
    try:
        catalogue = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
        claims = {trial: claim for part in parts(catalogue) for trial, claim in part["trials"].items()}
        marked = collect(claims)
        wanted = choose(arguments, claims, marked)
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    on = surroundings(ROOT)
    rows = earlier_rows() if arguments else {}
    for trial in wanted:
        say(f"{trial}: {claims[trial]}")
        rows[trial] = run(trial, sorted(marked[trial]), on, in_part=trial in catalogue["without"])
        say(f"{trial}: {rows[trial].result}, {rows[trial].seconds} s. {rows[trial].figures}")
    command = f"make proof{' T=' + arguments[0] if arguments else ''}"
    REPORT.write_text(report(catalogue, rows, marked, on, command), encoding="utf-8")
    return 0 if all(rows[trial].result.startswith(HELD) for trial in wanted) else 1


def parts(catalogue: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The catalogue's parts, in order."""
    return [part for part in catalogue.values() if "trials" in part]


def collect(claims: Mapping[str, str]) -> dict[str, set[str]]:
    """Find the tests of every trial. Raises Unusable when tests do not load, or a mark names no trial."""
    marks, said = Marks(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main(["--collect-only", "-q", "-m", "proof", "-p", "no:cacheprovider"], plugins=[marks])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise Unusable(f"Испытания не загружаются:\n{said.getvalue()[-4000:]}")
    if unknown := sorted(marks.tests.keys() - claims.keys()):
        raise Unusable(f"В {CATALOGUE.name} нет испытаний, названных в тестах: {', '.join(unknown)}.")
    return marks.tests


def choose(arguments: Sequence[str], claims: Mapping[str, str], marked: Mapping[str, object]) -> list[str]:
    """Which trials to run. Raises Unusable for one that there is not, or that has no test."""
    if not arguments:
        return [trial for trial in claims if trial in marked]
    for trial in arguments:
        if trial not in claims:
            raise Unusable(f"Испытания {trial} нет. Есть: {', '.join(claims)}.")
        if trial not in marked:
            raise Unusable(
                f"Для испытания {trial} теста ещё нет. Есть для {', '.join(t for t in claims if t in marked)}."
            )
    return list(arguments)


def run(trial: str, tests: Sequence[str], on: Surroundings, *, in_part: bool) -> Row:
    """Run the tests of one trial at full size."""
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-s", "-p", "no:cacheprovider", *tests]
    begun = time.monotonic()
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "APELLA_PROOF": "1"},
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as error:
        output, code = str(error.stdout or ""), -1
    seconds = time.monotonic() - begun
    if code:
        sys.stderr.write(output[-8000:])
    skipped = _SKIPPED.search(output.splitlines()[-1] if output else "")
    held = HELD_IN_PART if in_part else HELD
    result = FAILED if code else f"{held}, {skipped[1]} skipped" if skipped else held
    return Row(result, "; ".join(figures(trial, output)), f"{seconds:.0f}", on.commit)


def figures(trial: str, output: str) -> Iterator[str]:
    """What the tests of a trial printed; a figure that another trial's name stands before is that one's."""
    for name, value in _FIGURE.findall(output):
        owner, _, rest = name.partition(" ")
        if owner == trial or not _TRIAL.fullmatch(owner):
            yield f"{rest if owner == trial else name} {value}".replace("|", "/")


def earlier_rows() -> dict[str, Row]:
    """The rows of the report as it is, for the trials that are not run now."""
    if not REPORT.exists():
        return {}
    found = _ROW.findall(REPORT.read_text(encoding="utf-8"))
    return {trial: Row(*columns) for trial, *columns in found if columns[0] != UNCOVERED}


def report(
    catalogue: Mapping[str, Any],
    rows: Mapping[str, Row],
    marked: Mapping[str, object],
    on: Surroundings,
    command: str,
) -> str:
    """The text of docs/proof.md."""
    every = [trial for part in parts(catalogue) for trial in part["trials"]]
    covered = [trial for trial in every if trial in marked]
    lines = [
        "# What was proved",
        "",
        f"Written by `{command}`; do not edit. The last run was on {on}.",
        "",
        f"{len(covered)} of {len(every)} trials have tests. `make test` runs the same tests at small sizes,",
        "`make proof` at the sizes of the claims; an outage that a claim gives in hours is shortened, and the scale",
        "stands among its figures. «Without» says what a trial's tests leave out: it is not proved in full.",
    ]
    for part in parts(catalogue):
        lines += ["", f"## {part['title']}", "", "| trial | claim | result | figures | seconds | commit |"]
        lines += ["|---|---|---|---|---:|---|"]
        for trial, claim in part["trials"].items():
            row = rows.get(trial) or Row(UNCOVERED if trial not in marked else "not run", "", "", "")
            without = catalogue["without"].get(trial) if trial in marked else None
            text = f"{claim}. Without: {without}" if without else claim
            lines.append(f"| {trial} | {text} | {row.result} | {row.figures} | {row.seconds} | {row.commit} |")
    return "\n".join([*lines, ""])


def say(text: str) -> None:
    """Tell who waits what is going on."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

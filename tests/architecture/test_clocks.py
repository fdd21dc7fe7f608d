"""Two clocks, both read in the unit of work: nobody else asks the machine what time it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

BANNED = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.time",
    "time.time_ns",
}

# File or folder -> (the readings it may take, why); of two that fit, the longer path counts. Spans of waiting only,
# never a date or a time of a case.
ALLOWED: dict[Path, tuple[set[str], str]] = {
    Path("platform/src/apella/embedded"): ({"time.monotonic"}, "patience with our own child processes"),
    Path("platform/src/apella/identity/key_rotation.py"): ({"time.monotonic"}, "how long to rest after a batch"),
    Path("platform/src/apella/relay_process.py"): ({"time.monotonic"}, "how long since the last sweep"),
    Path("platform/src/apella/rulebook/today.py"): (
        {"datetime.datetime.now"},
        "which edition of the rules is in force today, for commands without a database",
    ),
    Path("platform/src/apella/storage/clamd.py"): ({"time.monotonic"}, "how long since the scanner was tried out"),
    Path("platform/src/apella/story"): ({"time.monotonic"}, "how long the story waits for a message"),
    Path("platform/src/apella/testing"): ({"time.monotonic"}, "how long a test waits for a condition"),
    Path("platform/src/apella/testing/sign_in_pages.py"): (
        {"datetime.datetime.now"},
        "one-time codes and a provider on this machine go by its clock",
    ),
}


def clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every mention of a clock, called or passed on, whatever its local name."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    names[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    names[top] = top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            full = _full_name(node, names)
            if full in BANNED:
                yield node.lineno, full


def _full_name(node: ast.expr, names: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _full_name(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def place_of(path: Path) -> Path | None:
    """The most exact place of the list that a file stands in."""
    return max(
        (place for place in ALLOWED if path.is_relative_to(place)), key=lambda place: len(place.parts), default=None
    )


def test_nobody_reads_a_clock_beside_the_unit_of_work(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}:{line}: {name}"
        for path, tree in product_trees.items()
        for line, name in clock_reads(tree)
        if (place := place_of(path)) is None or name not in ALLOWED[place][0]
    ]
    assert not offences


def test_every_allowed_reading_still_exists(product_trees: Mapping[Path, ast.Module]) -> None:
    for place, (names, reason) in ALLOWED.items():
        trees = (tree for path, tree in product_trees.items() if place_of(path) == place)
        assert names == {name for tree in trees for _, name in clock_reads(tree)}, place
        assert reason


@pytest.mark.parametrize(
    "snippet",
    [
        "import datetime\ndatetime.datetime.now(datetime.UTC)",
        "import datetime as dt\ndt.date.today()",
        "from datetime import datetime\nread = datetime.now",
        "from datetime import datetime as moment\nmoment.utcnow()",
        "import time\ntime.time()",
        "from time import monotonic as tick\ntick()",
        "def f():\n    from datetime import date\n    return date.today()",
    ],
)
def test_a_clock_read_is_noticed(snippet: str) -> None:
    assert list(clock_reads(ast.parse(snippet)))


@pytest.mark.parametrize(
    "snippet",
    [
        "from datetime import datetime\ndatetime.fromisoformat(x)",
        "now()",
        "self.time.time",
        "import time\ntime.strptime(a, b)",
    ],
)
def test_other_uses_of_time_are_not_complained_about(snippet: str) -> None:
    assert not list(clock_reads(ast.parse(snippet)))

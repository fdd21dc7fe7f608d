"""A file over 400 lines is split by use case."""

from __future__ import annotations

from pathlib import Path

import pytest

LIMIT = 400

# File -> why it may be longer.
LONGER: dict[Path, str] = {
    Path("platform/src/apella/audit/offline_verify.py"): "an auditor carries it away as one file",
}


def is_measured(path: Path) -> bool:
    """Whether the limit holds for this file: a migration is written once and never read as a whole."""
    return path.suffix == ".py" and "migrations" not in path.parts


def is_too_long(source: str) -> bool:
    """Whether the file is over the limit."""
    return len(source.splitlines()) > LIMIT


def test_no_file_is_too_long(root: Path, repository_files: tuple[Path, ...]) -> None:
    too_long = {
        path
        for path in repository_files
        if is_measured(path) and is_too_long((root / path).read_text(encoding="utf-8"))
    }
    assert too_long == LONGER.keys()


@pytest.mark.parametrize(("lines", "verdict"), [(LIMIT, False), (LIMIT + 1, True)])
def test_the_limit_is_exact(lines: int, *, verdict: bool) -> None:
    assert is_too_long("x = 1\n" * lines) is verdict

"""docs/asvs.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path("docs/asvs.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def absent(text: str, root: Path) -> list[str]:
    """The files and functions that a page names and that there are not."""
    found = []
    for file, function in NAMED.findall(text):
        path = root / file
        if not path.is_file() or (function and f"def {function}(" not in path.read_text()):
            found.append(f"{file}::{function}")
    return found


def test_every_test_that_is_named_exists(pytestconfig: pytest.Config) -> None:
    text = (pytestconfig.rootpath / PAGE).read_text()
    assert len(NAMED.findall(text)) > 50
    assert absent(text, pytestconfig.rootpath) == []


def test_a_test_that_is_gone_is_noticed(pytestconfig: pytest.Config) -> None:
    text = "`tests/architecture/test_asvs.py::test_x` `tests/architecture/test_asvs.py` `tests/none.py`"
    assert absent(text, pytestconfig.rootpath) == ["tests/architecture/test_asvs.py::test_x", "tests/none.py::"]

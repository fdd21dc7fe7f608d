"""Every reading that changes a date, a right or a decision is fixed by a test that carries its mark."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

READINGS = {
    "A1", "A6", "A7", "A10", "A12", "A15", "A17", "A24", "A34", "B1", "B3", "B7", "C1", "C3", "C4", "C5",
    "D1", "D2", "D7", "E1", "E2", "E3", "E6", "E7", "E10", "E13", "E25",
}  # fmt: skip
"""The contradictions between acts that weigh most: their resolutions may not change unseen."""


def marked(tree: ast.Module) -> Iterator[str]:
    """The readings that the marks of a test file name."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "clause"):
            continue
        for argument in node.args:
            if isinstance(argument, ast.Constant) and str(argument.value).startswith("core:"):
                yield str(argument.value).removeprefix("core:")


def test_every_weighty_reading_has_a_test_of_its_own(python_trees: Mapping[Path, ast.Module]) -> None:
    found = {reading for path, tree in python_trees.items() if path.parts[0] == "tests" for reading in marked(tree)}
    assert sorted(READINGS - found) == []


def test_a_mark_is_read_with_everything_that_it_names() -> None:
    tree = ast.parse('@pytest.mark.clause("federal:100.1", "core:E1")\ndef test_it(): ...\nx = "core:A1"')
    assert list(marked(tree)) == ["E1"]

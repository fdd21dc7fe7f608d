"""Tests wait on a condition with a deadline, never for a span of time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

SLEEPS = {"sleep", "wait_for_timeout"}


def sleeps(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that sleep, under whatever name the function was imported."""
    names = set(SLEEPS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.name in SLEEPS and alias.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in names:
                yield node.lineno


def test_no_test_sleeps(python_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}:{line}" for path, tree in python_trees.items() if path.parts[0] == "tests" for line in sleeps(tree)
    ]
    assert not offences


@pytest.mark.parametrize(
    "snippet",
    [
        "import time\ntime.sleep(1)",
        "from time import sleep\nsleep(1)",
        "from time import sleep as nap\nnap(1)",
        "page.wait_for_timeout(500)",
        "async def f():\n    await asyncio.sleep(1)",
    ],
)
def test_a_sleep_is_noticed(snippet: str) -> None:
    assert list(sleeps(ast.parse(snippet)))


def test_waiting_on_a_condition_is_not_complained_about() -> None:
    assert not list(sleeps(ast.parse("condition.wait(timeout=5)\npage.wait_for_selector('h1')")))

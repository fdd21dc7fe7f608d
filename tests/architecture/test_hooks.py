"""A hook exists for plugins' authors only when they can read what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HOOKSPECS = Path("platform/src/apella/regions/hookspecs.py")
GUIDE = Path("docs/plugin-guide.md")


def hooks(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Yield the functions marked as hooks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("hookspec" in ast.unparse(mark) for mark in node.decorator_list):
            yield node


def undocumented_hooks(tree: ast.AST, guide: str) -> Iterator[str]:
    """Yield the hooks without a docstring or without an entry `name` in the guide."""
    for hook in hooks(tree):
        if not ast.get_docstring(hook):
            yield f"{hook.name}: no docstring"
        if f"`{hook.name}`" not in guide and f"`{hook.name}(" not in guide:
            yield f"{hook.name}: not in {GUIDE}"


def test_every_hook_is_documented(root: Path, python_trees: Mapping[Path, ast.Module]) -> None:
    tree = python_trees[HOOKSPECS]
    assert list(hooks(tree)), "the rule no longer sees the hooks"
    guide = (root / GUIDE).read_text(encoding="utf-8") if (root / GUIDE).is_file() else ""
    assert not list(undocumented_hooks(tree, guide))


@pytest.mark.parametrize(
    ("source", "guide"),
    [
        ("@hookspec\ndef admit(case): ...", "### `admit`"),
        ("@hookspec(firstresult=True)\ndef admit(case):\n    '''Say who.'''", "nothing"),
    ],
)
def test_an_undocumented_hook_is_noticed(source: str, guide: str) -> None:
    assert list(undocumented_hooks(ast.parse(source), guide))


def test_a_documented_hook_is_not_complained_about() -> None:
    source = "@hookspec(firstresult=True)\ndef admit(case):\n    '''Say who.'''"
    assert not list(undocumented_hooks(ast.parse(source), "### `admit(case)`"))

"""Every term begins a clock on a case, or stands in the docs among those that do not, with the event it waits for."""

from __future__ import annotations

import ast
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "platform" / "src"
CORE = SOURCE / "apella"
FEDERAL = CORE / "regions" / "federal"
DOCS = ROOT / "docs" / "deadlines.md"
HEADING = "## Terms that count but have no clock yet"
KINDS = ("score", "procedure")
PLACE = 2
"""Where the term's id stands among the arguments of `Desk.start_term`, the one way to begin a clock."""


@cache
def terms() -> Mapping[str, dict[str, Any]]:
    """Every term, as the Procedure's table has it; no region has another."""
    return tomllib.loads((FEDERAL / "terms.toml").read_text(encoding="utf-8"))


def by_data() -> set[str]:
    """The terms of the hands that a paper goes through, which the doors of a region name."""
    folders = [FEDERAL, *(ROOT / "tenants").iterdir(), *(ROOT / "tests" / "data" / "tenants").iterdir()]
    return {
        step["term"]
        for path in (folder / "channels.toml" for folder in folders)
        if path.exists()
        for channel in tomllib.loads(path.read_text(encoding="utf-8")).get("channel", ())
        for step in channel.get("forwarding", ())
    }


@dataclass(frozen=True)
class Module:
    """A module's tree, and where its names come from."""

    tree: ast.Module

    @classmethod
    @cache
    def at(cls, path: Path) -> Module:
        return cls(ast.parse(path.read_text(encoding="utf-8")))

    def named(self, name: str) -> tuple[Module, ast.AST] | None:
        """A constant or a function of the module, or the one that it imports under this name."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return self, node
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                return self, node.value
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and any(name == (a.asname or a.name) for a in node.names)
            ):
                real = next(a.name for a in node.names if name == (a.asname or a.name))
                return module_of(node.module).named(real)
        return None


def module_of(dotted: str) -> Module:
    path = SOURCE.joinpath(*dotted.split("."))
    return Module.at(path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py")


def ids(node: ast.AST, module: Module, function: ast.FunctionDef) -> set[str]:
    """The term ids that an expression may be. Raises AssertionError for one that this reading does not understand."""
    match node:
        case ast.Constant(value=str(term)):
            return {term}
        case ast.JoinedStr(values=parts):
            words = [(str(part.value),) if isinstance(part, ast.Constant) else KINDS for part in parts]
            return {"".join(one) for one in itertools.product(*words)}
        case ast.Tuple(elts=several) | ast.List(elts=several):
            return set().union(*(ids(one, module, function) for one in several))
        case ast.Starred(value=inner) | ast.Subscript(value=inner):
            return ids(inner, module, function)
        case ast.IfExp(body=one, orelse=other):
            return ids(one, module, function) | ids(other, module, function)
        case ast.Attribute(attr="term"):
            return by_data()
        case ast.Attribute(attr="consideration_term"):
            return returned(module_of("apella.appeals.model"), "consideration_term")
        case ast.Name(id=name):
            return named(name, module, function)
        case ast.Call(func=ast.Name(id=name)):
            found = module.named(name)
            assert found is not None
            return returned(found[0], name)
    raise AssertionError(f"{ast.unparse(node)}: say here which terms it may be")


def returned(module: Module, name: str) -> set[str]:
    function = next(n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef) and n.name == name)
    found = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    return set().union(*(ids(value, module, function) for value in found))


def named(name: str, module: Module, function: ast.FunctionDef) -> set[str]:
    """What a name stands for: a loop's or an assigned value, a parameter (by the calls of the function), a constant."""
    for node in ast.walk(function):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id == name:
            return ids(node.iter, module, function)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return ids(node.value, module, function)
    parameters = [one.arg for one in function.args.args]
    if name in parameters:
        place = parameters.index(name)
        return set().union(*(ids(call.args[place], module, caller) for caller, call in calls(module, function.name)))
    found = module.named(name)
    assert found is not None, f"{name}: nothing of this name is known"
    return ids(found[1], found[0], function)


def calls(module: Module, name: str) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    for function in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield function, node


@cache
def started() -> frozenset[str]:
    """The terms that some deed of the product begins on a case."""
    return frozenset().union(
        *(
            ids(call.args[PLACE], module, function)
            for module in modules()
            for function, call in calls(module, "start_term")
        )
    )


def modules() -> Iterator[Module]:
    """What is shipped, but for the kit of tests."""
    return (Module.at(path) for path in sorted(CORE.rglob("*.py")) if "testing" not in path.parts)


def listed() -> Mapping[str, str]:
    """The terms of the table in the docs, with their start events."""
    text = DOCS.read_text(encoding="utf-8").partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z_.]+)` \| `([a-z_]+)` \| \S.*\|$", text, flags=re.MULTILINE))


def test_every_term_begins_a_clock_or_stands_in_the_docs_as_one_that_does_not() -> None:
    assert started() <= set(terms()), "a clock of a term that no table has"
    assert sorted(listed()) == sorted(set(terms()) - started())


def test_the_docs_name_the_event_that_such_a_term_counts_from() -> None:
    for term_id, event in listed().items():
        assert event == terms()[term_id]["start_event"], term_id


def test_a_clock_begins_at_a_desk_alone() -> None:
    """Otherwise this reading would not see it."""
    elsewhere = [
        ast.unparse(call)
        for module in modules()
        for _, call in calls(module, "start")
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "deadlines"
    ]
    assert len(elsewhere) == 1, elsewhere


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('desk.start_term(a, b, "one.term", {})', {"one.term"}),
        ('desk.start_term(a, b, f"{kind}.term", {})', {"score.term", "procedure.term"}),
        ("desk.start_term(a, b, ONE, {})", {"one"}),
        ("for term in (*MORE, ONE): desk.start_term(a, b, term, {})", {"one", "two", "three"}),
        ("desk.start_term(a, b, chosen(a), {})", {"two", "three"}),
        ("desk.start_term(a, b, step.term, {})", {"score.forwarding", "score.onward_forwarding"}),
    ],
)
def test_the_reading_finds_a_term_however_it_is_named(code: str, found: set[str]) -> None:
    module = Module(
        ast.parse(f'ONE = "one"\nMORE = ("two", "three")\ndef chosen(a):\n return MORE[0]\ndef do():\n {code}')
    )
    ((function, call),) = calls(module, "start_term")
    assert found <= ids(call.args[PLACE], module, function)


def test_the_reading_says_what_it_does_not_understand() -> None:
    module = Module(ast.parse("def do():\n desk.start_term(a, b, table[1].name, {})"))
    ((function, call),) = calls(module, "start_term")
    with pytest.raises(AssertionError, match="say here which terms"):
        ids(call.args[PLACE], module, function)

"""What would weaken the walls between tenants, or keep PostgreSQL from its index behind them, is not written at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

# Who may name the tenant of a transaction: the one hook.
NAMES_THE_TENANT = {Path("platform/src/apella/db/engine.py")}
TENANT_NAMED = re.compile(r"set_config\(\s*'app\.", re.IGNORECASE)

# A materialized view shows every tenant's rows to whoever may read it; equality of an ENUM is not leakproof.
NOT_IN_THE_SCHEMA = re.compile(r"\bcreate\s+(materialized\s+view|type\s+\S+\s+as\s+enum)\b", re.IGNORECASE)

# Operators that are not leakproof: under row level security PostgreSQL may not use an index for them.
LEAKING = {"ilike", "like", "match", "not_ilike", "not_like", "regexp_match", "icontains", "istartswith", "iendswith"}
# File -> why it may filter so.
FILTERS_SLOWLY = {
    Path("platform/src/apella/deadlines/clocks.py"): "reads every running clock of a tenant in any case",
}


def leaking_filters(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that call such an operator on a column; `re`'s own functions are no filters."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEAKING
            and not (node.func.attr == "match" and _of_a_pattern(node.func.value))
        ):
            yield node.lineno


def _of_a_pattern(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return name == "re" or name.isupper()


def enum_types(tree: ast.AST) -> Iterator[str]:
    """Yield the code that takes SQLAlchemy's Enum, which PostgreSQL stores as a type of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            taken = any(alias.name in {"Enum", "ENUM"} for alias in node.names)
        else:
            taken = (
                isinstance(node, ast.Attribute)
                and node.attr in {"Enum", "ENUM"}
                and isinstance(node.value, ast.Name)
                and node.value.id in {"sa", "sqlalchemy", "postgresql"}
            )
        if taken:
            yield ast.unparse(node)


def shipped(path: Path) -> bool:
    return path.parts[0] in {"platform", "plugins"} and "testing" not in path.parts


def test_one_hook_alone_names_the_tenant(root: Path, repository_files: tuple[Path, ...]) -> None:
    found = {
        path
        for path in repository_files
        if shipped(path)
        and path.suffix in {".py", ".sql"}
        and TENANT_NAMED.search((root / path).read_text(encoding="utf-8"))
    }
    assert found == NAMES_THE_TENANT


def test_no_matview_and_no_enum_type_is_made(root: Path, repository_files: tuple[Path, ...]) -> None:
    texts = [path for path in repository_files if shipped(path) and path.suffix in {".py", ".sql"}]
    assert texts
    assert not [path for path in texts if NOT_IN_THE_SCHEMA.search((root / path).read_text(encoding="utf-8"))]


def test_filters_are_ones_that_an_index_serves_behind_the_wall(product_trees: Mapping[Path, ast.Module]) -> None:
    trees = {path: tree for path, tree in product_trees.items() if shipped(path)}
    found = {path: lines for path, tree in trees.items() if (lines := list(leaking_filters(tree)))}
    assert found.keys() == FILTERS_SLOWLY.keys(), found
    assert not [path for path, tree in trees.items() if any(enum_types(tree))]


@pytest.mark.parametrize(
    "words",
    ["CREATE MATERIALIZED VIEW v AS SELECT 1", "create type light as enum ('red')", "Create  Materialized\nView x as"],
)
def test_such_a_schema_is_noticed(words: str) -> None:
    assert NOT_IN_THE_SCHEMA.search(words)


def test_a_second_hook_is_noticed() -> None:
    assert TENANT_NAMED.search("select set_config( 'app.tenant', '1', false)")


@pytest.mark.parametrize("snippet", ["Person.surname.like('К%')", "x.where(a.b.ilike(c))", "column.match(words)"])
def test_such_a_filter_is_noticed(snippet: str) -> None:
    assert list(leaking_filters(ast.parse(snippet)))


@pytest.mark.parametrize("snippet", ["re.match(p, s)", "_NUMBER.match(s)", "name.startswith('a')"])
def test_other_calls_are_not_complained_about(snippet: str) -> None:
    assert not list(leaking_filters(ast.parse(snippet)))


@pytest.mark.parametrize("snippet", ["from sqlalchemy import Enum", "sa.Enum(Light)", "postgresql.ENUM('a')"])
def test_an_enum_type_is_noticed(snippet: str) -> None:
    assert list(enum_types(ast.parse(snippet)))

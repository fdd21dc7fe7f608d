"""One request or job is one transaction: only the unit of work ends it, and only one hook names the tenant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

UNIT_OF_WORK = Path("platform/src/apella/db/unit_of_work.py")

# File -> why it may end a transaction itself.
ENDS_TRANSACTIONS: dict[Path, str] = {}

# File -> why it may put a name into SQL text.
BUILDS_SQL: dict[Path, str] = {
    Path("platform/src/apella/testing/hot_queries.py"): "EXPLAIN before a statement that the product sent itself",
}

SESSION_SETTING = re.compile(r"\bset\s+(local\s+|session\s+)?[\"']?app\.", re.IGNORECASE)
TAKES_SQL = {"DDL", "exec_driver_sql", "execute", "text"}


def transaction_ends(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that call `commit` or `rollback` on anything."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "rollback"}
        ):
            yield node.lineno


def built_sql(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that hand a string put together at run time to SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            # A form's `act.text("field")` has the name of SQLAlchemy's function and takes no SQL.
            of_a_module = not isinstance(node.func, ast.Attribute) or getattr(node.func.value, "id", "") != "act"
            if name in TAKES_SQL and of_a_module and _is_put_together(node.args[0]):
                yield node.lineno


def _is_put_together(value: ast.expr) -> bool:
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) and not _is_constant(part.value) for part in value.values)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mod):
        return any(isinstance(part, ast.Constant | ast.JoinedStr) for part in (value.left, value.right))
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in {"format", "join", "replace"}
        and isinstance(value.func.value, ast.Constant)
        and isinstance(value.func.value.value, str)
    )


def _is_constant(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id.isupper()


def test_only_the_unit_of_work_ends_a_transaction(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = {path: lines for path, tree in product_trees.items() if (lines := list(transaction_ends(tree)))}
    assert UNIT_OF_WORK in offences, "the rule no longer sees the unit of work's own commit"
    assert offences.keys() - {UNIT_OF_WORK} == ENDS_TRANSACTIONS.keys(), offences


def test_no_sql_is_put_together_from_strings(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = {
        path: lines
        for path, tree in product_trees.items()
        if "migrations" not in path.parts and (lines := list(built_sql(tree)))
    }
    assert offences.keys() == BUILDS_SQL.keys(), offences


def test_no_code_sets_the_tenant_of_a_session(root: Path, repository_files: tuple[Path, ...]) -> None:
    offences = [
        path
        for path in repository_files
        if path.parts[0] in {"platform", "plugins"}
        and path.suffix in {".py", ".sql", ".toml"}
        and SESSION_SETTING.search((root / path).read_text(encoding="utf-8"))
    ]
    assert not offences


@pytest.mark.parametrize("snippet", ["session.commit()", "self._connection.rollback()", "with x:\n    a().b.commit()"])
def test_a_transaction_ended_elsewhere_is_noticed(snippet: str) -> None:
    assert list(transaction_ends(ast.parse(snippet)))


@pytest.mark.parametrize(
    "snippet",
    [
        'text(f"select * from mark where id = {id}")',
        'sa.text("select * from mark where id = " + id)',
        'connection.exec_driver_sql("select %s" % id)',
        'session.execute("select {}".format(id))',
        'text(" ".join(parts))',
        'DDL(f"drop table {name}")',
    ],
)
def test_sql_put_together_from_strings_is_noticed(snippet: str) -> None:
    assert list(built_sql(ast.parse(snippet)))


@pytest.mark.parametrize(
    "snippet",
    ['text("select now()")', 'text(f"select now()")', "session.execute(select(Mark))", 'text(f"drop role {ROLE}")'],
)
def test_fixed_sql_is_not_complained_about(snippet: str) -> None:
    assert not list(built_sql(ast.parse(snippet)))


@pytest.mark.parametrize(
    "words", ["SET app.tenant = '1'", "set local app.tenant to 1", "ALTER ROLE x SET app.tenant = 1"]
)
def test_a_session_setting_is_noticed(words: str) -> None:
    assert SESSION_SETTING.search(words)


def test_the_hooks_own_call_is_not_complained_about() -> None:
    assert not SESSION_SETTING.search("select set_config('app.tenant', :tenant, true)")

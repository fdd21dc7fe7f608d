"""Codes, tokens and keys come from `secrets`: what `random` gives can be told from what it gave before (ASVS 6.5.3)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

CORE = Path("platform/src/apella")
# Made-up people and tests want the same chance each time; neither makes a code or a token of anybody.
FOR_SHOW = (CORE / "demo", CORE / "testing")
TELLABLE = {"random", "numpy.random", "uuid.uuid1", "uuid.getnode"}
# The functions that make a code, a token or a key of somebody.
MAKERS = {
    "identity/sms_codes.py new_code",
    "identity/school_codes.py issue_school_code",
    "identity/sessions.py create_session",
    "identity/api_tokens.py issue_token",
    "identity/proof.py challenge",
    "identity/api_clients.py create_client",
    "identity/oidc.py begin",
    "web/security.py csrf_token",
    "storage/links.py new_nonce",
    "db/keys.py new_data_key",
    "db/encryption.py encrypt",
}


def tellable(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that take chance from where it can be told."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = {alias.name for alias in node.names}
            case ast.ImportFrom():
                names = {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
            case ast.Attribute():
                names = {ast.unparse(node)}
            case _:
                continue
        if names & TELLABLE:
            yield node.lineno


def makers(tree: ast.AST) -> Iterator[str]:
    """Yield the functions that ask `secrets` for something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "secrets"
            for part in ast.walk(node)
        ):
            yield node.name


def test_no_product_code_takes_chance_from_where_it_can_be_told(product_trees: Mapping[Path, ast.Module]) -> None:
    found = {
        f"{path}:{line}"
        for path, tree in product_trees.items()
        if not any(path.is_relative_to(folder) for folder in FOR_SHOW)
        for line in tellable(tree)
    }
    assert found == set()


def test_what_makes_codes_and_tokens_asks_secrets(product_trees: Mapping[Path, ast.Module]) -> None:
    found = {
        f"{path.relative_to(CORE)} {name}"
        for path, tree in product_trees.items()
        if path.is_relative_to(CORE)
        for name in makers(tree)
    }
    assert MAKERS - found == set()


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import os, random as r",
        "from uuid import uuid1",
        "import uuid\nuuid.uuid1()",
        "from numpy import random",
    ],
)
def test_chance_that_can_be_told_is_noticed(source: str) -> None:
    assert list(tellable(ast.parse(source)))

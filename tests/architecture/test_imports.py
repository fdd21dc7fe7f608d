"""Rooms know each other in one direction only, and Flask ends where a service begins."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

CORE = Path("platform/src/apella")
WEB_LIBRARIES = {"flask", "flask_smorest", "webargs", "werkzeug"}
WEB_MODULES = re.compile(r"(resources|pages)(_\w+)?")

# One import per contract that it must refuse; {first} and {second} are packages of two regions.
REFUSED = {
    "apella/errors.py": "import apella.appeals.model",
    "apella/identity/roles.py": "import apella.db.base",
    "apella/appeals/model.py": "import apella.web.i18n",
    "apella/web/i18n.py": "import apella.commissions.model",
    "apella/settings.py": "import apella.testing.axe",
    "apella/db/base.py": "import flask",
    "apella/deadlines/terms.py": "import sqlalchemy",
    "{first}/__init__.py": "import apella.tenancy.model\nimport {second}",
}


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of every import, also those inside functions and for type checkers only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_know_the_web(path: Path) -> bool:
    """Whether this file of the core stands at the web's edge."""
    inside = path.relative_to(CORE)
    return (
        inside.parts[0] in {"testing", "web"}
        or inside.name in {"web_app.py", "web_parts.py"}
        or "pages" in inside.parts
        or bool(WEB_MODULES.fullmatch(inside.stem))
    )


def web_imports(tree: ast.AST) -> Iterator[str]:
    """Yield the imports that belong to the web's edge."""
    for name in imported_modules(tree):
        if name.partition(".")[0] in WEB_LIBRARIES or f"{name}.".startswith("apella.web."):
            yield name


def is_command(module: str) -> bool:
    """Whether this is the name of a module of the command line, which stands above every room."""
    return module == "cli" or module.startswith("cli_")


def _lint(root: Path, *, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=300, env=environment
    )


def _plugin_packages(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("plugins/*/src/apella_*/__init__.py"))


def test_the_contracts_of_pyproject_hold(root: Path) -> None:
    result = _lint(root)
    assert result.returncode == 0, result.stdout


def test_every_contract_refuses_what_it_is_for(root: Path, tmp_path: Path) -> None:
    only_python = shutil.ignore_patterns("static", "templates", "fonts", "__pycache__")
    plugins = _plugin_packages(root)
    for package in [root / CORE, *plugins]:
        shutil.copytree(package, tmp_path / package.name, ignore=only_python)
    shutil.copy(root / "pyproject.toml", tmp_path)
    names = {"first": plugins[0].name, "second": plugins[1].name}
    for file, line in REFUSED.items():
        with (tmp_path / file.format(**names)).open("a", encoding="utf-8") as source:
            source.write(f"\n{line.format(**names)}\n")
    result = _lint(tmp_path, environment=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert re.search(r"Contracts: 0 kept, \d+ broken", result.stdout), result.stdout + result.stderr


def test_the_contracts_and_the_types_cover_every_plugin(root: Path) -> None:
    tools = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for package in _plugin_packages(root):
        assert package.name in tools["importlinter"]["root_packages"]
        assert str(package.parent.relative_to(root)) in tools["mypy"]["mypy_path"]


def test_every_room_has_its_place_in_the_layers(root: Path, product_trees: Mapping[Path, ast.Module]) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    listed = {name for layer in layers for name in re.findall(r"\w+", layer)}
    rooms = {path.relative_to(CORE).parts[0].removesuffix(".py") for path in product_trees if path.is_relative_to(CORE)}
    contracted_elsewhere = {"__init__", "testing", "web"}
    assert {room for room in rooms if not is_command(room)} - contracted_elsewhere <= listed


def test_nothing_is_built_on_a_command(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}: {name}"
        for path, tree in product_trees.items()
        if not is_command(path.stem)
        for name in imported_modules(tree)
        if is_command(name.removeprefix("apella.").partition(".")[0])
    ]
    assert not offences


def test_only_resources_and_pages_know_the_web(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = [
        f"{path}: {name}"
        for path, tree in product_trees.items()
        if path.is_relative_to(CORE) and not may_know_the_web(path)
        for name in web_imports(tree)
    ]
    assert not offences


@pytest.mark.parametrize(
    "snippet",
    [
        "import flask",
        "def f():\n    from werkzeug.http import dump_cookie",
        "from apella.web import layout",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import apella.web.auth",
    ],
)
def test_an_import_of_the_web_is_noticed(snippet: str) -> None:
    assert list(web_imports(ast.parse(snippet)))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("appeals/service.py", False),
        ("appeals/pagestore.py", False),
        ("appeals/pages.py", True),
        ("appeals/resources_filing.py", True),
        ("web/auth.py", True),
        ("web_app.py", True),
    ],
)
def test_the_edge_is_where_it_should_be(name: str, *, verdict: bool) -> None:
    assert may_know_the_web(CORE / name) is verdict

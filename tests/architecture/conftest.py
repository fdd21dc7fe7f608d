"""The sources under test, read once: rules look at trees and texts, never at imported modules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root(pytestconfig: pytest.Config) -> Path:
    """The repository's root."""
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def repository_files(root: Path) -> tuple[Path, ...]:
    """Every file that git knows or would take, relative to the root; what git ignores is not ours."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    names = (Path(name.decode()) for name in listing.stdout.split(b"\0") if name)
    return tuple(sorted({name for name in names if (root / name).is_file()}))


@pytest.fixture(scope="session")
def python_trees(root: Path, repository_files: tuple[Path, ...]) -> Mapping[Path, ast.Module]:
    """Path relative to the root -> syntax tree, of every Python file in the repository."""
    return {
        path: ast.parse((root / path).read_text(encoding="utf-8"), filename=str(path))
        for path in repository_files
        if path.suffix == ".py"
    }


@pytest.fixture(scope="session")
def product_trees(python_trees: Mapping[Path, ast.Module]) -> Mapping[Path, ast.Module]:
    """The syntax trees of what is shipped: the core and the regions' plugins."""
    return {path: tree for path, tree in python_trees.items() if path.parts[0] in {"platform", "plugins"}}

"""The folder `platform` shares its name with a module of the standard library and must never become importable."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pytest


def layout_offences(paths: Iterable[Path]) -> Iterator[str]:
    """Yield what would let Python or pytest take `platform/` for a package, or hide a module from the tools."""
    known = set(paths)
    for path in known:
        inside = path.parts[0] == "platform" and path.parts[1:2] != ("src",)
        if inside and path.name in {"__init__.py", "conftest.py"}:
            yield f"{path}: platform/ is a project folder, not a package"
        if path.parts[0] == "platform" and ("tests" in path.parts or path.name.startswith("test_")):
            yield f"{path}: tests live in tests/"
        if path.parts[0] == "tests" and path.name == "__init__.py":
            yield f"{path}: test folders are not packages (importlib mode)"
        if "migrations" in path.parts:
            continue  # alembic reads its scripts by path
        source = path.parts[:2] == ("platform", "src") or (path.parts[0] == "plugins" and path.parts[2:3] == ("src",))
        depth = 3 if path.parts[0] == "platform" else 4
        if source and path.suffix == ".py" and len(path.parts) > depth and path.parent / "__init__.py" not in known:
            yield f"{path}: its folder has no __init__.py"


def test_the_tree_keeps_the_layout(repository_files: tuple[Path, ...]) -> None:
    assert not list(layout_offences(repository_files))


@pytest.mark.parametrize(
    "path",
    [
        "platform/__init__.py",
        "platform/conftest.py",
        "platform/tests/test_x.py",
        "platform/src/apella/test_x.py",
        "tests/unit/__init__.py",
        "platform/src/apella/lonely/module.py",
        "plugins/somewhere/src/apella_somewhere/plugin.py",
    ],
)
def test_a_broken_layout_is_noticed(path: str) -> None:
    assert list(layout_offences([Path(PurePosixPath(path))]))


def test_a_good_layout_is_not_complained_about() -> None:
    good = ["platform/src/apella/__init__.py", "platform/src/apella/errors.py", "tests/unit/test_x.py"]
    assert not list(layout_offences(map(Path, good)))


@pytest.mark.parametrize("command", [["-c", "import platform; print(platform.__file__)"], ["-m", "platform"]])
def test_python_started_in_the_root_gets_the_standard_platform_module(root: Path, command: list[str]) -> None:
    answer = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    if command[0] == "-c":
        assert Path(answer.stdout.strip()).parent == Path(sysconfig.get_path("stdlib"))
    else:
        assert "Linux" in answer.stdout

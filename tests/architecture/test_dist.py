"""A wheel carries everything that the platform reads at run time, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def _wheel_files(project: Path, folder: Path) -> set[str]:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=project,
        check=True,
        capture_output=True,
        timeout=300,
        env=os.environ | {"HATCH_BUILD_CLEAN": "false"},
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def _vendored(root: Path) -> set[Path]:
    listing = subprocess.run(
        [sys.executable, "tools/vendor_frontend.py", "--list"], cwd=root, check=True, capture_output=True, text=True
    )
    return set(map(Path, listing.stdout.splitlines()))


@pytest.fixture(scope="module")
def core_wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names inside the core's wheel."""
    return _wheel_files(root / "platform", tmp_path_factory.mktemp("core"))


def test_the_core_wheel_holds_the_package_and_the_tenants(
    root: Path, repository_files: tuple[Path, ...], core_wheel: set[str]
) -> None:
    source = Path("platform/src")
    ours = {path for path in repository_files if path.is_relative_to(source)} | _vendored(root)
    wanted = {path.relative_to(source).as_posix() for path in ours}
    wanted |= {
        f"apella/_tenants/{path.relative_to('tenants').as_posix()}"
        for path in repository_files
        if path.parts[0] == "tenants" and len(path.parts) > 2
    }
    assert core_wheel == wanted


def test_a_plugin_wheel_holds_its_package(root: Path, repository_files: tuple[Path, ...], tmp_path: Path) -> None:
    for project in sorted(path.parent for path in root.glob("plugins/*/pyproject.toml")):
        source = project.relative_to(root) / "src"
        wanted = {path.relative_to(source).as_posix() for path in repository_files if path.is_relative_to(source)}
        assert _wheel_files(project, tmp_path / project.name) == wanted

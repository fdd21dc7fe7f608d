"""Instances with real PostgreSQL and Redis, and stand-ins for the other parts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.embedded.home import Home
from apella.embedded.instance import opened
from apella.embedded.lock import locked
from apella.embedded.processes import end_all, serving
from apella.embedded.runtime import leave_runtime_folder
from apella.testing.embedded import Instance, StartInstance, embedded_settings, toy_schema

SCRIPT = Path(__file__).parent / "toy_instance.py"


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a cluster at the toy schema, made once and copied by the tests that want no first start."""
    root = tmp_path_factory.mktemp("made") / "home"
    home = Home(root)
    with (
        locked(home, command="test") as holder,
        opened(home, holder, settings=embedded_settings(root), schema=toy_schema()) as instance,
    ):
        instance.mark_seeded()
    return root


@pytest.fixture
def home(tmp_path: Path, made_home: Path) -> Iterator[Home]:
    """A home of its own with a stopped, seeded instance: its name needs quoting, its place is too deep for a socket."""
    home = Home(tmp_path / ("длинная папка " * 4) / "it's home")
    shutil.copytree(made_home, home.root)
    yield home
    end_all(lambda: serving(home.data))
    leave_runtime_folder(home)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path that every user may walk to."""
    with tempfile.TemporaryDirectory(prefix="ap-") as folder:
        yield Path(folder)


@pytest.fixture
def start() -> Iterator[StartInstance]:
    """Start instances; whatever is left of them is ended after the test."""
    started: list[Instance] = []

    def start_one(home: Home, *, prefix: tuple[str, ...] = (), **wishes: object) -> Instance:
        started.append(Instance(home, SCRIPT, wishes=wishes, prefix=prefix))
        return started[-1]

    yield start_one
    for instance in started:
        instance.close()
        if instance.home.lock.exists():
            end_all(instance.living)
        leave_runtime_folder(instance.home)

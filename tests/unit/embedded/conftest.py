"""Fixtures of the tests about the embedded instance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for sockets, which pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="ap-") as folder:
        yield Path(folder)

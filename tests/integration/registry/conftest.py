"""Deliveries of the made-up tenant on their way into seasons of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apella.bootstrap import App
from apella.testing.registry import Registry


@pytest.fixture
def registry(app: App, tmp_path: Path) -> Registry:
    """A demo season of the made-up tenant NORTH without a row in it."""
    return Registry(app, "north", tmp_path)


@pytest.fixture
def open_registry(app: App, tmp_path: Path) -> Callable[..., Registry]:
    """Open further seasons: `open_registry("south")`, `open_registry("north", demo=False)`."""

    def open_one(slug: str, **wishes: Any) -> Registry:
        return Registry(app, slug, tmp_path, **wishes)

    return open_one

"""One running instance for every story: the real supervisor with web, relay and worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.story.theatre import own_instance

MADE_UP = Path(__file__).parents[2] / "data" / "tenants"
"""Regions out of tables alone, whose stories are played beside those that are shipped."""


@pytest.fixture(scope="session")
def instance() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("APELLA_TENANTS", str(MADE_UP))
        with own_instance() as address:
            yield address

"""One running instance for every story: the real supervisor with web, relay and worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apella.story.theatre import own_instance


@pytest.fixture(scope="session")
def instance() -> Iterator[str]:
    with own_instance() as address:
        yield address

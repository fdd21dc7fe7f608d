"""People at the console's pages of rules, terms and the calendar."""

from __future__ import annotations

import pytest

from apella.identity.actor import Actor
from apella.testing.console import Console, ConsoleFor
from apella.testing.plugin import ClientFor


@pytest.fixture
def console_for(client_for: ClientFor) -> ConsoleFor:
    """Sign an actor in and give the person's console."""

    def make(actor: Actor | None = None, *, slug: str = "north") -> Console:
        return Console(client_for(actor, slug=slug))

    return make

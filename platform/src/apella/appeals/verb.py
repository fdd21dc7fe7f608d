"""A verb on a case, declared once: the API's route, the console's form and the list of actions come from it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from apella.appeals.desk import Desk

Call = Callable[[Desk, uuid.UUID, int, Mapping[str, Any]], object]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """What may be done to a case.

    `action` is its key in the table of permissions; `title` the button («Передать протокол»); `schema` what it needs
    beside the case; `call` the service verb. `terms` are the obligations that it meets. `warning` says before the act
    what cannot be undone.
    """

    action: str
    title: str
    schema: type[ma.Schema]
    call: Call
    terms: tuple[str, ...] = ()
    warning: str = ""

    @property
    def path(self) -> str:
        """Its segment of an address."""
        return self.action.replace("_", "-")

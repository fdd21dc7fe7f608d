"""Reading the words that stand beside the table of permissions, in `permission_words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from apella.identity.roles import Role


@dataclass(frozen=True, kw_only=True)
class PermissionWords:
    """What people read of the table, in Russian.

    `actions` are the titles of actions that are no verb of a case. `reach` says which cases a role of the table has
    before it, `without_rights` what is to be said of every other role.
    """

    actions: Mapping[str, str]
    reach: Mapping[Role, str]
    without_rights: Mapping[Role, str]


@cache
def permission_words() -> PermissionWords:
    """The words; a role that does not exist raises ValueError."""
    raw = tomllib.loads(resources.files("apella.identity").joinpath("permission_words.toml").read_text("utf-8"))
    return PermissionWords(
        actions=raw["actions"],
        reach={Role(role): text for role, text in raw["reach"].items()},
        without_rights={Role(role): text for role, text in raw["without_rights"].items()},
    )

"""Reading the words that stand beside the table of permissions, in `permission_words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from apella.identity.permissions import Reach, reaches
from apella.identity.roles import Role


@dataclass(frozen=True, kw_only=True)
class PermissionWords:
    """What people read of the table, in Russian.

    `actions` are the titles of actions that are no verb of a case. `reach` says which cases each reach has before it,
    `beyond_reach` what a role may open beside them, `without_rights` what is to be said of a role without any action.
    """

    actions: Mapping[str, str]
    reach: Mapping[Reach, str]
    beyond_reach: Mapping[Role, str]
    without_rights: Mapping[Role, str]

    def cases_of(self, role: Role) -> str:
        """Which cases a role has before it, in words."""
        said = self.reach[reaches()[role]]
        return f"{said}; {self.beyond_reach[role]}" if role in self.beyond_reach else said


@cache
def permission_words() -> PermissionWords:
    """The words; a role that does not exist raises ValueError."""
    raw = tomllib.loads(resources.files("apella.identity").joinpath("permission_words.toml").read_text("utf-8"))
    return PermissionWords(
        actions=raw["actions"],
        reach={Reach(reach): text for reach, text in raw["reach"].items()},
        beyond_reach={Role(role): text for role, text in raw["beyond_reach"].items()},
        without_rights={Role(role): text for role, text in raw["without_rights"].items()},
    )

"""The table role × action × state as tests have it, written apart from the product's: reading `permissions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apella.appeals.states import State
from apella.identity.permissions import ANY
from apella.identity.roles import Role

ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class Right:
    """A line: who may do an action in which states (`ANY` stands for every state), and what that follows from."""

    states: Mapping[Role, frozenset[str]]
    clauses: tuple[str, ...]

    def allows(self, role: Role, state: State) -> bool:
        """Whether a role may do it in a state."""
        return not self.states.get(role, frozenset()).isdisjoint({ANY, str(state)})


def read_rights(file: Path) -> Mapping[str, Right]:
    """Read every line. Raises ValueError for a role or state that there is not, or one that a line names twice."""
    raw = tomllib.loads(file.read_text("utf-8"))
    sets, groups = raw.pop("sets"), raw.pop("roles")
    return {action: _right(action, line, sets, groups) for action, line in raw.items()}


def _right(action: str, line: dict[str, list[str]], sets: dict[str, list[str]], groups: dict[str, list[str]]) -> Right:
    clauses = tuple(line.pop("clauses", ()))
    found: dict[Role, set[str]] = {}
    for where, names in line.items():
        states = {ANY} if where == ALWAYS else {State(state) for state in sets.get(where, [where])}
        for role in (Role(role) for name in names for role in groups.get(name, [name])):
            held = found.setdefault(role, set())
            if held & states:
                raise ValueError(f"{action}: {role} stands twice in {where}")
            held |= states
    return Right(states={role: frozenset(states) for role, states in found.items()}, clauses=clauses)

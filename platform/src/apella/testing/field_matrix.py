"""The matrix role × field: what somebody is given of an answer, compared with what a file says (ASVS 8.2.3).

A field is given when it has a value: `items[].appellant` of a list. A secret is given when its text stands anywhere in
the answer, whatever field or page it is on, also with other spaces and signs between its digits.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apella.identity.roles import Role

_BETWEEN = re.compile(r"[\s().+-]|&nbsp;|&#160;")
_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one address gives: to all `roles` the fields of `everybody`, to some those of `some`, and which secrets."""

    roles: frozenset[Role]
    everybody: frozenset[str]
    some: Mapping[str, frozenset[Role]]
    secrets: Mapping[str, frozenset[Role]]

    def fields_of(self, role: Role) -> frozenset[str]:
        """The fields that a role is given."""
        return self.everybody | {name for name, roles in self.some.items() if role in roles}

    def secrets_of(self, role: Role) -> frozenset[str]:
        """The secrets that a role is given."""
        return frozenset(name for name, roles in self.secrets.items() if role in roles)


def read_fields(file: Path) -> dict[str, Line]:
    """Read every line. Raises ValueError for a role, group or key that there is not."""
    raw = tomllib.loads(file.read_text("utf-8"))
    groups: dict[str, list[str]] = raw.pop("groups")

    def roles(names: list[str]) -> frozenset[Role]:
        return frozenset(Role(role) for name in names for role in groups.get(name, [name]))

    lines = {}
    for key, line in raw.items():
        if unknown := line.keys() - {"roles", "everybody", "some", "secrets"}:
            raise ValueError(f"{key}: not known: {sorted(unknown)}")
        lines[key] = Line(
            roles=roles(line["roles"]),
            everybody=frozenset(line.get("everybody", [])),
            some={name: roles(given) for name, given in line.get("some", {}).items()},
            secrets={name: roles(given) for name, given in line.get("secrets", {}).items()},
        )
    return lines


def given_fields(document: Any, prefix: str = "") -> Iterator[str]:
    """The names of the fields of an answer that have a value, to any depth."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            if value not in _EMPTY:
                yield from given_fields(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(document, list):
        for one in document:
            yield from given_fields(one, f"{prefix}[]")
    else:
        yield prefix


def given_secrets(text: str, secrets: Mapping[str, str]) -> frozenset[str]:
    """Which of the secrets (name -> text) stand in an answer."""
    bare = _BETWEEN.sub("", text)
    return frozenset(name for name, secret in secrets.items() if secret in text or _BETWEEN.sub("", secret) in bare)

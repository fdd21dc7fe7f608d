"""What a database is made of, as lines that can be compared: a restore, or an upgrade, must lack and add none."""

from __future__ import annotations

from importlib import resources

import psycopg


def catalogue(connection: psycopg.Connection[tuple[object, ...]]) -> frozenset[str]:
    """Describe everything the connected database is made of: tables, checks, policies, triggers, grants … one a line.

    Data is no part of it. Roles are named, so both databases must stand in clusters with the same roles.
    """
    statements = resources.files(__package__).joinpath("catalogue.sql").read_text("utf-8").split(";\n")
    lines: set[str] = set()
    for statement in filter(str.strip, statements):
        lines.update(str(row[0]) for row in connection.execute(statement.encode()))
    return frozenset(lines)

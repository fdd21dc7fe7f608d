"""The addresses that answer without a session. Anything that is not listed here needs one."""

from __future__ import annotations

PUBLIC = frozenset(
    {
        "static",
        "health.alive",
        "health.ready",
        "api-docs.openapi_json",
        "preferences.show",
        "preferences.save",
        "home.tenants",
        # A signed link is its own permission; it lives for minutes and its making is in the audit.
        "files.serve",
    }
)
"""Endpoints; a test compares the list with the addresses of the application."""

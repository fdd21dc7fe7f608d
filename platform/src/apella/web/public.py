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
        # Terms are public law: they are counted for anybody, and nothing is written.
        "rulebook.terms",
        "rulebook.explain",
        "rulebook.rule_set",
        # A signed link is its own permission; it lives for minutes and its making is in the audit.
        "files.serve",
        "sign_in.choose",
        "sign_in.begin",
        "sign_in.come_back",
        # The provider's own signature is the permission.
        "sign_in.ended_by_provider",
        "sign_in.ask_code",
        "sign_in.show_code",
        "sign_in.enter_code",
        "sign_in.enter_school_code",
        "sign_in.leave",
        "sign_in_api.scheme",
        "sign_in_api.ask_code",
        "sign_in_api.ask_code_for_application",
        "sign_in_api.enter_code",
        "sign_in_api.enter_school_code",
        # A program's id and secret are the permission.
        "api_tokens.issue",
        # An embedded instance is a classroom: whoever reaches it may be anybody in it and move its clock.
        "embedded_issuer.discovery",
        "embedded_issuer.keys",
        "embedded_issuer.choose_person",
        "embedded_issuer.sign_in_as",
        "embedded_issuer.token",
        "embedded_issuer.end_session",
        "embedded.clock",
        "embedded.season",
        "embedded.outbox",
    }
)
"""Endpoints; a test compares the list with the addresses of the application."""

"""Watches every transaction of a web request: what it changes must leave an event in the same transaction (T5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

AUDIT: Final = "audit_event"
# Tables of no deed: sign-ins under way, sessions' last moment, keys of repeated requests, marks of looking.
SILENT: Final = frozenset(
    {
        "account", "account_tenant", "address_count", "audit_view", "request_key", "session", "sms_code",
        "used_login_code",
    }
)  # fmt: skip
# Endpoints whose changes leave no event, each with its reason.
EXEMPT: Final = {
    "embedded.clock": "the teaching clock of an embedded instance, which production does not have",
    "embedded.season": "the same",
    "sign_in.ask_code": "nobody is known yet: the request itself is the record, and tells no one apart",
    "sign_in_api.ask_code": "the same",
    "sign_in_api.ask_code_for_application": "the same",
    "sign_in.enter_school_code": "a wrong try is counted; once a code was right, the sign-in is recorded",
    "sign_in_api.enter_school_code": "the same",
}
_CHANGE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_KEY = "apella.testing.unheard"


class ChangeWatch:
    """What requests changed and committed: `heard` with an event, by endpoint; `unheard` without, with the tables."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self.unheard: list[tuple[str, tuple[str, ...]]] = []

    @contextmanager
    def watching(self) -> Iterator[ChangeWatch]:
        """Watch every engine of this process while the block runs."""
        hooks = (
            ("before_cursor_execute", self._note),
            ("commit", self._judge),
            ("rollback", self._forget),
        )
        for name, hook in hooks:
            event.listen(Engine, name, hook)
        try:
            yield self
        finally:
            for name, hook in hooks:
                event.remove(Engine, name, hook)

    def _note(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        found = _CHANGE.match(statement)
        if found is not None and has_request_context():
            connection.info.setdefault(_KEY, set()).add(found[1].lower())

    def _judge(self, connection: Connection) -> None:
        tables = connection.info.pop(_KEY, set()) - SILENT
        if not tables or not has_request_context():
            return
        endpoint = str(request.endpoint)
        if AUDIT in tables:
            self.heard.add(endpoint)
        elif endpoint not in EXEMPT:
            self.unheard.append((endpoint, tuple(sorted(tables))))

    def _forget(self, connection: Connection) -> None:
        # A connection that was killed lost its info with itself, and asking for it raises.
        if not connection.invalidated:
            connection.info.pop(_KEY, None)

"""One tree of errors; every class carries a stable code for machines and a Russian sentence for people.

A subclass stands in the module that raises it. Only `apella.web.errors` turns a class into an HTTP status.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar


class ApellaError(Exception):
    """Anything that Apella refuses or cannot do.

    `message` is a Russian sentence that says what to do; `code` is stable and safe to branch on;
    `details` holds values without personal data (ids, field names, dates).
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code
        self.details: Mapping[str, Any] = details
        # What the audit keeps of the refused attempt (`apella.audit.trail.Attempt`); written after the rollback.
        self.attempt: Any = None
        # Whom a refused sign-in was for, as far as it is known: for the log of security alone, never for an answer.
        self.whose: Mapping[str, uuid.UUID] = {}


class NotFound(ApellaError):
    """The row does not exist, or belongs to another tenant or season: both look the same from outside."""

    code = "not_found"


class Forbidden(ApellaError):
    """The person is known, but this action is not theirs."""

    code = "forbidden"


class Unauthenticated(ApellaError):
    """Nobody is signed in, or the session has ended."""

    code = "unauthenticated"


class Malformed(ApellaError):
    """The input cannot be read; `fields` names each field with its own sentence."""

    code = "malformed"

    def __init__(
        self, message: str, *, code: str | None = None, fields: Mapping[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(message, code=code, **details)
        self.fields: Mapping[str, str] = fields or {}


class Conflict(ApellaError):
    """The input is well formed, but the state of things forbids it."""

    code = "conflict"


class RuleViolation(Conflict):
    """A rule of the regulations forbids it; `clauses` says which."""

    code = "rule_violation"

    def __init__(self, message: str, *, code: str | None = None, clauses: tuple[str, ...] = (), **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.clauses = clauses


class TooLarge(ApellaError):
    """The upload is over its limit."""

    code = "too_large"


class TooMany(ApellaError):
    """A limit on tries was reached; `retry_after` is in seconds."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: int, code: str | None = None, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.retry_after = retry_after


class Unavailable(ApellaError):
    """A part that this request needs does not answer; trying again later is safe. `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 5, code: str | None = None, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.retry_after = retry_after


class ConfigurationError(ApellaError):
    """Settings or a tenant's files are wrong; the message names the place and what would be right."""

    code = "configuration"

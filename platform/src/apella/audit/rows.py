"""Events as the offline verifier reads them: each value as text, as it stands in a dump."""

from __future__ import annotations

from datetime import datetime

from apella.audit.model import AuditEvent
from apella.audit.offline_verify import COVERED


def covered_texts(event: AuditEvent) -> dict[str, str | None]:
    """The values that an event's hash covers, by their columns."""
    return {name: _text(getattr(event, name)) for name in COVERED}


def as_row(event: AuditEvent) -> list[bytes | None]:
    """An event as a row of a dump."""
    texts = [None if text is None else text.encode() for text in covered_texts(event).values()]
    return [*texts, *(rb"\x" + digest.hex().encode() for digest in (event.prev_hash, event.hash))]


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)

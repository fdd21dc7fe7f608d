"""Whether a tenant's audit chain is whole, counted anew in Python: nothing here uses the database's own functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent, AuditHead

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = (
    "tenant_id", "seq", "id", "at", "case_at", "season_id", "actor_id", "actor_login", "role", "tag", "subject_type",
    "subject_id", "case_id", "changes", "reason",
)  # fmt: skip

_RECOUNT: Final = text(
    """
    SELECT seq FROM (
        SELECT e.seq, e.hash, e.prev_hash, sha256(e.prev_hash || audit_canonical(e)) AS counted,
               coalesce(lag(e.hash) OVER w, '') AS before, coalesce(lag(e.seq) OVER w, 0) AS previous
        FROM audit_event e WINDOW w AS (ORDER BY e.seq)
    ) links
    WHERE hash <> counted OR prev_hash <> before OR seq <> previous + 1 ORDER BY seq
    """
)


def chain_faults(session: Session) -> list[str]:
    """What is wrong with the chain of the tenant that this session works for; empty when it is whole."""
    table = AuditEvent.__table__
    rows = session.execute(select(table).order_by(table.c.seq)).all()
    head = session.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    faults = list(_faults(rows))
    last = (rows[-1].seq, rows[-1].hash) if rows else None
    if (None if head is None else tuple(head)) != last:
        faults.append("the head is not the last event")
    return faults


def faults_by_sql(session: Session) -> list[int]:
    """The numbers of the events that the database's own count does not bear out."""
    return list(session.execute(_RECOUNT).scalars())


def _faults(rows: Any) -> Iterator[str]:
    previous, seq = b"", 0
    for row in rows:
        seq += 1
        if row.seq != seq:
            yield f"{row.seq} stands where {seq} should"
            seq = row.seq
        if row.prev_hash != previous:
            yield f"{row.seq} does not follow the one before it"
        if row.hash != hashlib.sha256(row.prev_hash + canonical_bytes(row)).digest():
            yield f"{row.seq} was changed"
        previous = row.hash


def canonical_bytes(row: Row[Any]) -> bytes:
    """What the hash of an event covers: every column in a fixed order, each with its length in bytes."""
    return b"".join(_part(getattr(row, column)) for column in _COLUMNS)


def _part(value: object) -> bytes:
    if value is None:
        return b"-"
    if isinstance(value, datetime):
        value = (value - _EPOCH) // timedelta(microseconds=1)
    raw = str(value).encode()
    return str(len(raw)).encode() + b":" + raw

"""Long audit chains made at once: the trigger that makes them takes its time for each event, and rightly so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import Connection

from apella.tenancy.ids import TenantId

_APPEND = Path(__file__).with_name("long_chain.sql").read_text(encoding="utf-8")
_PLAN_TABLE = "CREATE TEMPORARY TABLE planned_event (LIKE audit_event)"
_PLAN = """
INSERT INTO planned_event (
    tenant_id, id, seq, at, case_at, season_id, actor_id, actor_login, role, tag, subject_type, subject_id, case_id,
    changes, reason, prev_hash, hash
)
SELECT %(tenant)s, uuidv7(), number, now(), now(), NULL, uuidv7(), 'p' || mod(number, 5000), 'participant',
    'appeal:state:file', 'appeal', uuidv7(), uuidv7(),
    '{"after":{"round":1,"state":"registered","version":1},"before":{"state":null}}', NULL, '', ''
FROM generate_series(1, %(count)s) AS number
"""


def start_plan(connection: Connection[Any]) -> None:
    """Make the temporary table `planned_event`, empty; fill it, counting `seq` from 1 on, and `append_plan`."""
    connection.execute(_PLAN_TABLE)


def append_plan(connection: Connection[Any]) -> None:
    """Append the planned events to their tenant's chain; the connection is a superuser's, in autocommit."""
    connection.execute(_APPEND.encode())


def append_events(connection: Connection[Any], *, tenant_id: TenantId, count: int) -> None:
    """Append so many filings to the tenant's chain; the connection is a superuser's, in autocommit."""
    start_plan(connection)
    connection.execute(_PLAN, {"tenant": int(tenant_id), "count": count})
    append_plan(connection)

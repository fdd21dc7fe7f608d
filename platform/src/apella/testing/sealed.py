"""A tenant's chain with checkpoints outside the database, and its check by the offline verifier's own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import select

from apella.audit import checkpoints, nightly
from apella.audit.model import AuditCheck, AuditCheckpoint, AuditEvent
from apella.audit.offline_verify import COLUMNS, Row, TenantChain, chains_of, verify
from apella.audit.trail import record
from apella.bootstrap import App
from apella.db.ids import new_id
from apella.db.unit_of_work import UnitOfWork
from apella.identity.actor import Actor
from apella.tenancy.ids import TenantId


class Sealed:
    """Writes events and checkpoints of one tenant."""

    def __init__(self, app: App, slug: str = "north") -> None:
        self.app = app
        self.slug = slug
        self.tenant_id: TenantId = app.regions.get(slug).tenant.tenant_id
        self.season_id = new_id()

    def write(self, count: int, *, reason: str | None = None) -> None:
        """Append events, each in a transaction of its own."""
        actor = Actor.system(tenant_id=self.tenant_id, slug=self.slug, season_id=self.season_id)
        for number in range(count):
            with self.app.database.unit_of_work(self.tenant_id) as work:
                record(
                    work.session,
                    actor=actor,
                    tag="appeal:vote:cast",
                    subject_type="appeal",
                    subject_id=new_id(),
                    after={"ballot": "for", "round": number},
                    reason=reason,
                )

    def seal(self, *, later: timedelta = timedelta(), due_only: bool = False, **wishes: Any) -> AuditCheckpoint | None:
        """Write a checkpoint, as if it were so much later."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            return self.seal_in(work, later=later, due_only=due_only, **wishes)

    def seal_in(
        self, work: UnitOfWork, *, later: timedelta = timedelta(), due_only: bool = False, **wishes: Any
    ) -> AuditCheckpoint | None:
        """Write a checkpoint inside a unit of work."""
        given: dict[str, Any] = {
            "store": self.app.store,
            "key": self.app.audit_key,
            "slug": self.slug,
            "machine_now": work.machine_now + later,
        }
        if due_only:
            return checkpoints.write_if_due(work.session, **given)
        return checkpoints.write(work.session, **{"why": "test", **given, **wishes})

    def check(self, *, later: timedelta = timedelta(), most_events: int = nightly.MOST_EVENTS) -> AuditCheck | None:
        """Go on with the nightly check."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            return nightly.check_some(
                work.session,
                store=self.app.store,
                key=self.app.audit_key,
                slug=self.slug,
                zone=self.app.regions.get(self.slug).zone,
                machine_now=work.machine_now + later,
                most_events=most_events,
            )

    def stored(self) -> list[dict[str, Any]]:
        """The checkpoints as they lie in the store."""
        return list(checkpoints.stored_checkpoints(self.app.store, slug=self.slug, number=1))

    def events(self) -> list[AuditEvent]:
        """The chain's events."""
        with self.app.database.unit_of_work(self.tenant_id) as work:
            return list(work.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))

    def verified(
        self, connection: psycopg.Connection[Any], *, points: list[dict[str, Any]] | None = None
    ) -> TenantChain:
        """What the offline verifier finds in the tenant's chain, as this connection sees it."""
        signed = self.stored() if points is None else points
        chains = chains_of(json.loads(json.dumps(signed)), self.app.audit_key.trusted)
        return verify(rows_of(connection), chains)[int(self.tenant_id)]


def rows_of(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, Row]]:
    """Both tables of the audit as text, in the connection's own transaction."""
    connection.execute("set local timezone = 'UTC'")
    for table, names in COLUMNS.items():
        columns = ", ".join(f"{name}::text" for name in names)
        for row in connection.execute(f"select {columns} from {table}".encode()):  # noqa: S608 names from a fixed table
            yield table, [None if value is None else value.encode() for value in row]

"""What the embedded issuer's processes share, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from apella.db.unit_of_work import Database
from apella.identity.spent_codes import spend_once
from apella.tenancy.model import Tenant


class DatabaseIssuerStore:
    """Machine time is SQL now(); a used code is a row of the tenant whose person was signed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Give machine time."""
        with self._database.unit_of_work(None) as unit:
            return unit.machine_now

    def spend(self, *, tenant: str, code_id: str, expires_at: datetime) -> bool:
        """Mark the code as used; False when it was used before or its tenant is gone."""
        with self._database.unit_of_work(None) as unit:
            tenant_id = unit.session.scalar(select(Tenant.id).where(Tenant.slug == tenant))
        if tenant_id is None:
            return False
        with self._database.unit_of_work(tenant_id) as unit:
            return spend_once(unit.session, code_id=code_id, expires_at=expires_at, machine_now=unit.machine_now)

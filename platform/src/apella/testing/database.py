"""The databases of a test run: one PostgreSQL cluster, one template, one clone for each process that tests."""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import Engine, event

from apella.testing.postgres import SharedCluster

TEMPLATE = "apella_with_tenants"


class DatabaseForbidden(AssertionError):
    """A unit test opened a database connection."""


class ConnectionGuard:
    """Refuses every connection of SQLAlchemy while `closed`: unit tests stay what they are called."""

    def __init__(self) -> None:
        self.closed = False

    def install(self) -> None:
        """Listen to every engine of this process."""
        event.listen(Engine, "do_connect", self._look)

    def remove(self) -> None:
        """Listen no more."""
        event.remove(Engine, "do_connect", self._look)

    def _look(self, *_: object) -> None:
        if self.closed:
            raise DatabaseForbidden("a unit test opens no database: move it to tests/integration or tests/api")


def shared_folder(base: Path, *, worker: bool) -> Path:
    """The folder that all processes of a test run share; `base` is this process's own temporary folder."""
    return base.parent if worker else base


def migrated_template(cluster: SharedCluster, tenants: Path) -> str:
    """The template with the newest schema and a row for every tenant, shipped or made up; made once per run."""

    def migrate(database_url: str) -> None:
        from apella.db.migrate import upgrade
        from apella.onboarding.tenants import enter_tenants
        from apella.regions.registry import RegionRegistry
        from apella.tenancy.files import tenant_directories

        upgrade(database_url)
        enter_tenants(database_url, RegionRegistry.load(tenant_directories((tenants,))))

    return cluster.create_template(migrate, name=TEMPLATE)


def fresh_name(purpose: str) -> str:
    """A name for one more database of the cluster."""
    return f"{purpose}_{uuid.uuid4().hex[:12]}"

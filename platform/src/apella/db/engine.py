"""Engines: one database role for each kind of work, and the one hook that tells PostgreSQL the tenant."""

from __future__ import annotations

import enum

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from apella.db.tenant_context import tenant_or_none

BEGAN_AT = "apella.began_at"
"""Where a connection keeps SQL now() of its transaction: read with the tenant's setting, for one round trip less."""


class DbRole(enum.StrEnum):
    """The database roles of reliability.md 8; none but OPS sees more than one tenant, and only the relay's queue."""

    OWNER = "app_owner"
    RW = "app_rw"
    RELAY = "app_relay"
    OPS = "app_ops"


def make_engine(database_url: str, role: DbRole, *, pool_size: int = 5, pooled: bool = False) -> Engine:
    """Make the engine of `role` for the database that the URL names (the URL's own user is replaced).

    Parameters are hidden from errors and logs, since they hold personal data. The password comes from the file that
    PGPASSFILE names or from the URL. `pooled` says that the URL leads to a pooler in transaction mode: statements are
    then never prepared, since the next transaction may meet a server connection that has not seen them, or another's.
    """
    url = make_url(database_url).set(drivername="postgresql+psycopg", username=role.value)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=3,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": f"apella-{role.value}",
            **({"prepare_threshold": None} if pooled else {}),
        },
    )
    event.listen(engine, "begin", _set_tenant)
    return engine


def _set_tenant(connection: Connection) -> None:
    tenant = tenant_or_none()
    connection.info[BEGAN_AT] = connection.exec_driver_sql(
        "select now() from set_config('app.tenant', %s, true)", ("" if tenant is None else str(tenant),)
    ).scalar_one()

"""Which tenant the code that runs now works for.

Only `apella.db.unit_of_work` sets it; the engine's hook hands it to PostgreSQL at the start of each transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from apella.tenancy.ids import TenantId

_tenant: ContextVar[TenantId | None] = ContextVar("tenant", default=None)


def tenant_or_none() -> TenantId | None:
    """The tenant of the transaction that begins now, or None: then row level security shows no rows."""
    return _tenant.get()


def tenant_of_new_rows() -> TenantId:
    """The tenant that new rows belong to; raises RuntimeError outside a unit of work of a tenant."""
    tenant = _tenant.get()
    if tenant is None:
        raise RuntimeError("a tenant's row was made outside a unit of work of a tenant")
    return tenant


@contextmanager
def working_for(tenant: TenantId | None) -> Iterator[None]:
    """Transactions begun inside belong to `tenant`; those already begun keep theirs."""
    token = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(token)

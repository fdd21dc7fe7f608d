"""The number of a tenant inside the database and the broker; outside stands the slug."""

from __future__ import annotations

from typing import NewType

TenantId = NewType("TenantId", int)

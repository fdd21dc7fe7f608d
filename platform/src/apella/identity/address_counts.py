"""How many sign-ins an address has asked for in the last minutes: by prefix, as a keyed hash, never the address itself.

A school or a mobile operator stands behind one address, so that nobody is ever refused by these counters: over the
limit the sign-in asks for a proof of work (`apella.identity.proof`).
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from apella.db.base import Base, TenantRow
from apella.db.ids import new_id

WITHIN = timedelta(minutes=10)
_IPV4_PREFIX = 24
_IPV6_PREFIX = 64


class AddressCount(TenantRow, Base):
    """Sign-ins asked for from one prefix in one minute (machine time)."""

    __tablename__ = "address_count"
    __table_args__ = (
        UniqueConstraint("tenant_id", "prefix_index", "minute"),
        Index(None, "tenant_id", "minute"),
    )

    prefix_index: Mapped[bytes]
    minute: Mapped[datetime]
    requests: Mapped[int]


def prefix_of(address: str) -> str:
    """The network that an address is counted with: /24 of IPv4, /64 of IPv6; what is no address stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    length = _IPV4_PREFIX if found.version == 4 else _IPV6_PREFIX
    return str(ipaddress.ip_network((found, length), strict=False))


def count_request(session: Session, prefix_index: bytes, *, machine_now: datetime) -> int:
    """Count one more request of a prefix; give how many there were within ten minutes, this one included."""
    minute = machine_now.replace(second=0, microsecond=0)
    session.execute(
        insert(AddressCount)
        .values(id=new_id(), prefix_index=prefix_index, minute=minute, requests=1)
        .on_conflict_do_update(
            index_elements=["tenant_id", "prefix_index", "minute"], set_={"requests": AddressCount.requests + 1}
        )
    )
    counted = session.scalar(
        select(sql.sum(AddressCount.requests)).where(
            AddressCount.prefix_index == prefix_index, AddressCount.minute > minute - WITHIN
        )
    )
    return int(counted or 0)

"""Counting receipts and journal lines without gaps."""

from __future__ import annotations

import uuid

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.appeals.model import NumberCounter, NumberSeries
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows

_COUNTER = NumberCounter.metadata.tables[NumberCounter.__tablename__]
# The table itself, not the class: a counter is no object that a session should look after.
_NEXT = (
    insert(_COUNTER)
    .values({name: bindparam(name) for name in ("tenant_id", "id", "season_id", "series")} | {"last": 1})
    .on_conflict_do_update(index_elements=["tenant_id", "season_id", "series"], set_={"last": _COUNTER.c.last + 1})
    .returning(_COUNTER.c.last)
)


def next_number(session: Session, season_id: uuid.UUID, series: NumberSeries) -> int:
    """Take the next number of a series. The counter stays locked until commit, so call it late; a rollback frees it."""
    row = {"tenant_id": tenant_of_new_rows(), "id": new_id(), "season_id": season_id, "series": series}
    number: int = session.execute(_NEXT, row).scalar_one()
    return number

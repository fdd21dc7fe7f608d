"""Counting receipts and journal lines without gaps."""

from __future__ import annotations

import uuid

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.appeals.model import NumberCounter, NumberSeries
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows


def next_number(session: Session, season_id: uuid.UUID, series: NumberSeries) -> int:
    """Take the next number of a series. The counter stays locked until commit, so call it late; a rollback frees it."""
    statement = (
        insert(NumberCounter)
        .values(tenant_id=tenant_of_new_rows(), id=new_id(), season_id=season_id, series=series, last=1)
        .on_conflict_do_update(
            index_elements=["tenant_id", "season_id", "series"], set_={"last": NumberCounter.last + 1}
        )
        .returning(NumberCounter.last)
    )
    return session.scalars(statement).one()

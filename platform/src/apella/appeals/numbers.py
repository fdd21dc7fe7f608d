"""Counting receipts and journal lines without gaps."""

from __future__ import annotations

import uuid

from sqlalchemy import Insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.appeals.model import NumberCounter, NumberSeries
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows

_COUNTER = NumberCounter.metadata.tables[NumberCounter.__tablename__]


def next_numbers(
    session: Session, season_id: uuid.UUID, *series: NumberSeries, beside: Insert | None = None
) -> tuple[int, ...]:
    """Take the next number of each series, in one statement; `beside` is done by the same one.

    The counters stay locked until commit, so call it late; a rollback frees them. They are locked in the order that
    is given, so everybody who takes several names them in the same one.
    """
    rows = [
        {"tenant_id": tenant_of_new_rows(), "id": new_id(), "season_id": season_id, "series": one, "last": 1}
        for one in series
    ]
    # The table itself, not the class: a counter is no object that a session should look after.
    taking = (
        insert(_COUNTER)
        .values(rows)
        .on_conflict_do_update(index_elements=["tenant_id", "season_id", "series"], set_={"last": _COUNTER.c.last + 1})
        .returning(_COUNTER.c.series, _COUNTER.c.last)
    )
    taken = session.execute(taking if beside is None else taking.add_cte(beside.cte("beside")))
    last = {NumberSeries(name): number for name, number in taken}
    return tuple(last[one] for one in series)

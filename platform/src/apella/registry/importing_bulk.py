"""Writing many rows at once: an array for each column, unpacked by the database.

COPY refuses tables under row level security, and a statement for each row takes ten times as long (measured).

Checks of foreign keys are planned by the parent table's statistics. Once the database has counted it as empty, which
happens when an earlier import was rolled back, they go through every row of the tenant: an import of minutes takes
hours (measured). So a table that has just been filled is counted before rows point at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Column, Table, Text, bindparam, column, insert, select, text, update
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from apella.db.base import EnumText, TenantRow
from apella.db.tenant_context import tenant_of_new_rows

BATCH = 5000
_FEW = 1000
_TUPLES = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
_COUNTS = {
    "person": text("ANALYZE person"),
    "work": text("ANALYZE work"),
    "result": text("ANALYZE result"),
    "stored_file": text("ANALYZE stored_file"),
}


def insert_rows(session: Session, model: type[TenantRow], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows of the present tenant, 5,000 at a time; all rows name the same columns. Returns their number."""
    table = _table(model)
    number = 0
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        names = ("tenant_id", *batch[0])
        unpacked = _unpacked(table, names)
        statement = insert(table).from_select(list(names), select(*unpacked.c), include_defaults=False)
        session.execute(statement, _arrays(names, batch))
        number += len(batch)
    _count_new(session, table.name, number)
    return number


def update_rows(session: Session, model: type[TenantRow], rows: Sequence[Mapping[str, Any]]) -> int:
    """Update rows of the present tenant by their `id`; all rows name the same columns. Returns their number."""
    table = _table(model)
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        names = ("tenant_id", *batch[0])
        unpacked = _unpacked(table, names)
        statement = (
            update(table)
            .values({name: unpacked.c[name] for name in names if name not in ("tenant_id", "id")})
            .where(table.c.tenant_id == unpacked.c.tenant_id, table.c.id == unpacked.c.id)
        )
        session.execute(statement, _arrays(names, batch))
    return len(rows)


def _count_new(session: Session, name: str, added: int) -> None:
    """Let the database count a table that is mostly new; needs the right MAINTAIN, without it nothing happens."""
    if name in _COUNTS and added > _FEW and added > session.execute(_TUPLES, {"name": name}).scalar_one():
        session.execute(_COUNTS[name])


def _table(model: type[TenantRow]) -> Table:
    table = model.__dict__["__table__"]
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} has no table")
    return table


def _unpacked(table: Table, names: tuple[str, ...]) -> TableValuedAlias:
    arrays = [bindparam(f"every_{name}", type_=ARRAY(_plain(table.c[name]))) for name in names]
    columns = [column(name, _plain(table.c[name])) for name in names]
    return sql.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def _plain(of: Column[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(of.type, EnumText) else of.type


def _arrays(names: tuple[str, ...], batch: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    tenant_id = tenant_of_new_rows()
    return {f"every_{name}": [tenant_id if name == "tenant_id" else row[name] for row in batch] for name in names}

"""No column that can hold a text is forgotten when personal data are erased."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ARRAY, JSON, Column, LargeBinary, Text

from apella.db.base import EnumText
from apella.db.encrypted_columns import ENCRYPTED
from apella.retention.plan import PLAN, STAYS, TOMBSTONE, Rows
from apella.tables import METADATA


def holds_texts(column: Column[object]) -> bool:
    if isinstance(column.type, EnumText):
        return False
    return isinstance(column.type, Text | LargeBinary | JSON | ARRAY)


def staying() -> list[tuple[str, str]]:
    return [(table, name) for table, words in STAYS.items() for name in words.partition(":")[0].split()]


def changed(rows: Rows) -> list[tuple[str, str]]:
    return [(rows.table, name) for name in (*rows.texts, *rows.empty, *rows.ids)]


def test_every_column_that_can_hold_a_text_is_erased_or_known_to_hold_none() -> None:
    gone = {rows.table for rows in PLAN if rows.goes and rows.table != "membership"}
    found = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.c
        if holds_texts(column) and table.name not in gone
    }
    assert found == {*staying(), *(one for rows in PLAN for one in changed(rows))}


def test_no_column_is_named_twice() -> None:
    named = Counter(staying()) + Counter(one for rows in PLAN for one in changed(rows))
    assert [name for name, count in named.items() if count > 1] == []


def test_each_row_of_the_plan_leads_somewhere_and_does_something() -> None:
    for rows in PLAN:
        table = METADATA.tables[rows.table]
        assert rows.column in table.c
        assert rows.goes != bool(changed(rows))
        assert all(table.c[name].nullable for name in rows.empty)
        assert all(isinstance(table.c[name].type, Text) for name in (*rows.texts, *rows.ids))


def test_no_encrypted_value_is_left_behind() -> None:
    emptied = {one for rows in PLAN for one in changed(rows)}
    gone = {rows.table for rows in PLAN if rows.goes}
    for one in ENCRYPTED:
        assert one.table in gone or all((one.table, f"{name}_cipher") in emptied for name in one.fields)


def test_the_tombstone_is_long_enough_for_every_column() -> None:
    assert len(TOMBSTONE) >= 20

"""Rows of a tenant as files: COPY in its text format, sorted by key, so that the same rows give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Table
from sqlalchemy.orm import Session

from apella.tenancy.ids import TenantId
from apella.transfer.manifest import TableEntry, columns_of

_CHUNK: Final = 1 << 20
_SAME_TEXT: Final = (
    "SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true),"
    " set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true)"
)
# Whose accounts a tenant's people have.
_CONDITIONS: Final = {
    "account": sql.SQL(
        "WHERE id IN (SELECT account_id FROM membership WHERE tenant_id = {tenant}"
        " UNION SELECT account_id FROM api_client WHERE tenant_id = {tenant}"
        " UNION SELECT account_id FROM account_tenant WHERE slug = {slug})"
    ),
    "account_tenant": sql.SQL("WHERE slug = {slug}"),
}
_OF_TENANT: Final = sql.SQL("WHERE tenant_id = {tenant}")


@contextmanager
def driver(session: Session) -> Iterator[psycopg.Cursor[Any]]:
    """A cursor of the session's own connection and transaction, which writes values the same way everywhere."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("tenants are moved through psycopg")
    with connection.cursor() as cursor:
        cursor.execute(_SAME_TEXT)
        yield cursor


def write_out(
    cursor: psycopg.Cursor[Any], table: Table, *, tenant_id: TenantId, slug: str, file: Path | None = None
) -> TableEntry:
    """Write a tenant's rows of a table into a file, or only count and hash them."""
    digest, rows = hashlib.sha256(), 0
    query = sql.SQL("COPY (SELECT {columns} FROM {table} {condition} ORDER BY {key}) TO STDOUT").format(
        columns=_identifiers(columns_of(table)),
        table=sql.Identifier(table.name),
        condition=_CONDITIONS.get(table.name, _OF_TENANT).format(tenant=sql.Literal(int(tenant_id)), slug=slug),
        key=_identifiers([column.name for column in table.primary_key.columns]),
    )
    target = None if file is None else file.open("xb")
    try:
        with cursor.copy(query) as copy:
            for data in copy:
                block = bytes(data)
                digest.update(block)
                rows += block.count(b"\n")
                if target is not None:
                    target.write(block)
    finally:
        if target is not None:
            target.close()
    return TableEntry(rows=rows, sha256=digest.hexdigest())


def read_in(cursor: psycopg.Cursor[Any], table: Table, file: Path) -> None:
    """Put a file's rows into a table of tenants' rows, or those that are not there yet into a global one.

    They come by a temporary table: COPY does not go into a table with row level security, whose policy then refuses
    any row of another tenant.
    """
    columns, name = _identifiers(columns_of(table)), sql.Identifier(table.name)
    temporary = sql.Identifier(f"restored_{table.name}")
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {temporary} (LIKE {name}) ON COMMIT DROP").format(
            temporary=temporary, name=name
        )
    )
    with (
        file.open("rb") as source,
        cursor.copy(
            sql.SQL("COPY {temporary} ({columns}) FROM STDIN").format(temporary=temporary, columns=columns)
        ) as copy,
    ):
        while block := source.read(_CHUNK):
            copy.write(block)
    known = sql.SQL("") if "tenant_id" in table.columns else sql.SQL(" ON CONFLICT ({key}) DO NOTHING")
    insert = sql.SQL("INSERT INTO {name} ({columns}) SELECT {columns} FROM {temporary}").format(
        name=name, columns=columns, temporary=temporary
    )
    cursor.execute(insert + known.format(key=_identifiers([column.name for column in table.primary_key.columns])))


def is_empty(cursor: psycopg.Cursor[Any], table: Table, *, tenant_id: TenantId) -> bool:
    """Whether the tenant has no row in a table."""
    query = sql.SQL("SELECT NOT EXISTS (SELECT FROM {table} WHERE tenant_id = %s)")
    row = cursor.execute(query.format(table=sql.Identifier(table.name)), (int(tenant_id),)).fetchone()
    return bool(row and row[0])


def _identifiers(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))

"""Whether a database keeps tenants apart: what its catalogue says, and what a tenant can in fact see.

`catalogue_faults` and `foreign_rows` take plain psycopg connections, so that they also see what another connection
could not: changes of a transaction that is rolled back afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

GLOBAL_TABLES: Final = frozenset({"tenant", "account", "session", "account_tenant", "alembic_version"})
"""The reviewed list of tables that belong to no tenant (architecture rule 13)."""

QUEUE_INDEX: Final = "ix_task_waiting"
"""The one index that spans tenants: the relay's, of waiting tasks by time."""

_WALL: Final = (
    "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer AS \"nullif\"))"
)
_RELAY: Final = ("relay", ["app_relay"], "true", "true")

_TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner), a.atttypid::regtype::text,
           a.attnotnull
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
_POLICIES = """
    SELECT c.relname, p.polname, ARRAY(SELECT pg_get_userbyid(role) FROM unnest(p.polroles) role WHERE role <> 0),
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), p.polcmd = '*', p.polpermissive
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ORDER BY c.relname, p.polname
"""
_INDEXES = """
    SELECT c.relname, i.indexrelid::regclass::text, i.indisprimary, a.attname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE c.relnamespace = 'public'::regnamespace
"""
_FOREIGN_KEYS = """
    SELECT t.relname, c.conname, c.confrelid::regclass::text, own.attname, other.attname
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attnum = c.conkey[1]
    JOIN pg_attribute other ON other.attrelid = c.confrelid AND other.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace
"""
_ENUM_COLUMNS = """
    SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE t.typtype = 'e' AND c.relnamespace = 'public'::regnamespace
"""
_VIEWS = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
_DEFINERS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1"


def tenant_tables(connection: Connection) -> list[str]:
    """Every table of tenants' rows, sorted."""
    return [row[0] for row in connection.execute(_TABLES) if row[0] not in GLOBAL_TABLES]


def catalogue_faults(connection: Connection) -> list[str]:
    """Everything in the catalogue that would let one tenant meet another, a sentence each; empty when all is well."""
    faults: list[str] = []
    tables = connection.execute(_TABLES).fetchall()
    policies = _by_table(connection, _POLICIES)
    indexes = _by_table(connection, _INDEXES)
    foreign_keys = _by_table(connection, _FOREIGN_KEYS)
    for table, enabled, forced, owner, kind, not_null in tables:
        if owner != "app_owner":
            faults.append(f"{table}: belongs to {owner}")
        if table in GLOBAL_TABLES:
            continue
        if kind != "integer" or not not_null:
            faults.append(f"{table}: tenant_id is {kind}, not null: {not_null}")
        if not enabled or not forced:
            faults.append(f"{table}: row level security enabled {enabled}, forced {forced}")
        faults.extend(_policy_faults(table, policies[table]))
        faults.extend(_key_faults(table, indexes[table], foreign_keys[table]))
    faults.extend(f"{table}.{column}: an ENUM type" for table, column in connection.execute(_ENUM_COLUMNS))
    faults.extend(f"{name}: a view ({kind})" for name, kind in connection.execute(_VIEWS))
    definers = [name for (name,) in connection.execute(_DEFINERS)]
    if definers != ["audit_chain"]:
        faults.append(f"functions with their owner's rights: {definers}")
    return faults


def _by_table(connection: Connection, query: str) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, *rest in connection.execute(query.encode()):
        found[table].append(tuple(rest))
    return found


def _policy_faults(table: str, found: list[tuple[Any, ...]]) -> Iterator[str]:
    wanted: list[tuple[Any, ...]] = [("tenant", [], _WALL, _WALL)]
    if table == "task":
        wanted.insert(0, _RELAY)
    if [row[:4] for row in found] != wanted:
        yield f"{table}: policies {[row[:4] for row in found]}"
    yield from (
        f"{table}: policy {row[0]} is not for all commands or not permissive" for row in found if not all(row[4:])
    )


def _key_faults(table: str, indexes: list[tuple[Any, ...]], foreign_keys: list[tuple[Any, ...]]) -> Iterator[str]:
    if not any(primary for _, primary, _ in indexes):
        yield f"{table}: no primary key"
    for name, _, first in indexes:
        if first != "tenant_id" and name != QUEUE_INDEX:
            yield f"{table}: index {name} begins with {first}"
    for name, other, own, theirs in foreign_keys:
        if other not in GLOBAL_TABLES and (own, theirs) != ("tenant_id", "tenant_id"):
            yield f"{table}: foreign key {name} leaves the tenant"


def foreign_rows(connection: Connection, *, tenant: int | None, tables: list[str]) -> dict[str, int]:
    """How many rows of others `app_rw` sees in each table when it works for `tenant`; only tables with some.

    The connection is a superuser's, in a transaction: the role is taken for the rest of it.
    """
    connection.execute("SET LOCAL ROLE app_rw")
    connection.execute("SELECT set_config('app.tenant', %s, true)", ("" if tenant is None else str(tenant),))
    seen: dict[str, int] = {}
    for table in tables:
        query = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id IS DISTINCT FROM %s").format(sql.Identifier(table))
        (count,) = connection.execute(query, (tenant,)).fetchone() or (0,)
        if count:
            seen[table] = count
    return seen


def writes_for_others(connection: Connection, *, tenant: int, other: int, tables: list[str]) -> list[str]:
    """The tables into which `app_rw`, at work for `tenant`, may write a row of `other`; it must be none.

    PostgreSQL asks the policy before it looks at what else is wrong with a row, so that a row needs no more than its
    tenant: any other refusal means that the policy let it pass. The connection is a superuser's, in a transaction.
    """
    connection.execute("SET LOCAL ROLE app_rw")
    connection.execute("SELECT set_config('app.tenant', %s, true)", (str(tenant),))
    passed = []
    for table in tables:
        query = sql.SQL("INSERT INTO {} (tenant_id) VALUES (%s)").format(sql.Identifier(table))
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(query, (other,))
        except psycopg.errors.InsufficientPrivilege:
            continue
        except psycopg.DatabaseError:
            passed.append(table)
        else:
            passed.append(table)
    return passed

"""T1.1 and T1.2: the catalogue keeps tenants apart, and whatever weakens it is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from apella.tables import METADATA
from apella.testing.isolation import Connection, catalogue_faults, foreign_rows, tenant_tables, writes_for_others
from apella.testing.plugin import StartPlay
from apella.testing.sizes import figure

TENANT_TABLES = sorted(set(METADATA.tables) - {"tenant", "account", "session", "account_tenant"})

# What would open a table to other tenants, each in a way of its own.
MUTANTS = {
    "no row level security": "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "not for the owner": "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
    "no policy": "DROP POLICY tenant ON {}",
    "everything is seen": "ALTER POLICY tenant ON {} USING (true)",
    "everything is written": "ALTER POLICY tenant ON {} WITH CHECK (true)",
    "another policy beside it": "CREATE POLICY wide ON {} USING (true)",
    "an index across tenants": "CREATE INDEX crossing ON {} (id)",
    "a value that reveals others'": "CREATE UNIQUE INDEX crossing ON {} (id) WHERE false",
}
NEVER_INSERTED = {"audit_head"}
"""What `app_rw` has no right to insert into at all: the trigger of the audit's chain does."""
BEHIND_ANOTHER = {"audit_event"}
"""Whose trigger writes into `audit_head`: the policy of that table refuses when its own would let a row pass."""
LEAKING = ("no row level security", "everything is seen", "another policy beside it")


def mutate(connection: Connection, mutant: str, table: str) -> None:
    connection.execute(sql.SQL(MUTANTS[mutant]).format(sql.Identifier(table)))


@pytest.fixture(scope="module")
def killed() -> Iterator[list[str]]:
    """Every opening that was noticed."""
    killed: list[str] = []
    yield killed
    figure("T1.2 openings noticed", f"{len(killed)} in {len(TENANT_TABLES)} tables")


@pytest.mark.proof("T1.1")
def test_every_table_is_walled_or_on_the_reviewed_list(superuser: Connection) -> None:
    assert catalogue_faults(superuser) == []
    assert tenant_tables(superuser) == TENANT_TABLES
    figure("T1.1 tables", len(TENANT_TABLES))


@pytest.mark.proof("T1.2")
@pytest.mark.parametrize("table", TENANT_TABLES)
def test_each_way_of_opening_a_table_is_noticed(superuser: Connection, killed: list[str], table: str) -> None:
    for mutant in MUTANTS:
        with superuser.transaction(force_rollback=True):
            mutate(superuser, mutant, table)
            assert any(fault.startswith(f"{table}:") for fault in catalogue_faults(superuser)), mutant
            killed.append(f"{table}: {mutant}")
    assert catalogue_faults(superuser) == []


@pytest.mark.proof("T1.2")
@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        ("CREATE TABLE stray (id int PRIMARY KEY)", "stray: tenant_id"),
        ("CREATE VIEW every_person AS SELECT * FROM person", "every_person: a view"),
        ("CREATE MATERIALIZED VIEW every_case AS SELECT * FROM appeal", "every_case: a view"),
        (
            "CREATE TYPE light AS ENUM ('red', 'green'); ALTER TABLE season ADD COLUMN colour light",
            "season.colour: an ENUM type",
        ),
        ("ALTER FUNCTION audit_refuse() SECURITY DEFINER", "functions with their owner's rights"),
        (
            "ALTER TABLE kit ADD CONSTRAINT wide FOREIGN KEY (case_id, tenant_id) REFERENCES appeal (id, tenant_id)",
            "kit: foreign key wide",
        ),
        ("ALTER TABLE season ALTER tenant_id DROP NOT NULL", "season: tenant_id"),
    ],
)
def test_other_openings_are_noticed_too(superuser: Connection, change: str, noticed: str) -> None:
    if "FOREIGN KEY" in change:
        superuser.execute("ALTER TABLE appeal ADD CONSTRAINT other_way UNIQUE (id, tenant_id)")
    if "NOT NULL" in change:
        superuser.execute("ALTER TABLE season DROP CONSTRAINT pk_season CASCADE")
    superuser.execute(change.encode())
    assert any(fault.startswith(noticed) for fault in catalogue_faults(superuser))


@pytest.mark.proof("T1.1", "T1.2")
def test_nobody_writes_a_row_of_another_and_a_policy_that_let_it_would_be_noticed(superuser: Connection) -> None:
    with superuser.transaction(force_rollback=True):
        assert writes_for_others(superuser, tenant=901, other=902, tables=TENANT_TABLES) == []
    # The same row for oneself does pass the policy, in every table.
    writable = [table for table in TENANT_TABLES if table not in NEVER_INSERTED]
    with superuser.transaction(force_rollback=True):
        assert writes_for_others(superuser, tenant=901, other=901, tables=TENANT_TABLES) == writable
    for table in writable:
        for mutant in ("everything is written", "no row level security"):
            with superuser.transaction(force_rollback=True):
                mutate(superuser, mutant, table)
                passed = writes_for_others(superuser, tenant=901, other=902, tables=[table])
                assert passed == ([] if table in BEHIND_ANOTHER else [table]), mutant


@pytest.mark.proof("T1.1", "T1.2")
def test_nobody_sees_a_row_of_another_and_without_a_tenant_nobody_sees_any(
    superuser: Connection, play: StartPlay, paperless: None
) -> None:
    north, south = play(), play("south")
    north.walk(north.file(), "closed", outcome="up")
    south.walk(south.file(channel="queue_clerk"), "closed", outcome="up")
    filled = {"appeal", "person", "audit_event", "task", "mark", "decision", "notice", "outbox_message", "packet"}
    for tenant in (north.world.rules.tenant.id, south.world.rules.tenant.id, None):
        with superuser.transaction(force_rollback=True):
            assert foreign_rows(superuser, tenant=tenant, tables=TENANT_TABLES) == {}
    # The same look, through each opening, does see them: it would notice.
    for table in filled:
        for mutant in LEAKING:
            with superuser.transaction(force_rollback=True):
                mutate(superuser, mutant, table)
                assert table in foreign_rows(superuser, tenant=north.world.rules.tenant.id, tables=[table]), mutant

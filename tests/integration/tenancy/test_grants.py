"""What each database role may do: the second wall behind row level security."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from apella.tables import METADATA
from apella.testing.isolation import Connection
from apella.testing.postgres import SharedCluster

# Never changed once written: history, votes, decisions, results (architecture rule 17).
APPEND_ONLY = {
    "appeal_transition", "approval", "audit_checkpoint", "audit_event", "conclusion", "conclusion_line", "decision",
    "deadline_move", "decision_line", "interest_statement", "mark", "representation", "result", "rule_set",
    "substitution", "vote",
}  # fmt: skip
READ_ONLY = {"tenant", "audit_head"}
# An import ends with ANALYZE of these: foreign keys checked on empty statistics take minutes.
MAY_BE_ANALYSED = {"person", "work", "result", "stored_file"}
MAY_GO = {
    "address_count", "api_token", "audit_view", "membership", "outbox_message", "phone_binding", "request_key",
    "school_code", "school_code_try", "session", "sms_code", "task", "used_login_code",
}  # fmt: skip

_GRANTS = """
    SELECT c.relname, pg_get_userbyid(g.grantee), g.privilege_type FROM pg_class c, aclexplode(c.relacl) g
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND g.grantee <> c.relowner
"""
_COLUMN_GRANTS = """
    SELECT a.attrelid::regclass::text, a.attname, pg_get_userbyid(g.grantee), g.privilege_type
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) g
    WHERE c.relnamespace = 'public'::regnamespace
"""
_MEMBERS = """
    SELECT pg_get_userbyid(member), pg_get_userbyid(roleid) FROM pg_auth_members WHERE pg_get_userbyid(member) ~ '^app_'
"""


def wanted(table: str) -> set[str]:
    if table in READ_ONLY or table == "alembic_version":
        return {"SELECT"}
    maintain = {"MAINTAIN"} if table in MAY_BE_ANALYSED else set()
    if table in APPEND_ONLY:
        return {"SELECT", "INSERT"} | maintain
    return {"SELECT", "INSERT", "UPDATE"} | ({"DELETE"} if table in MAY_GO else set()) | maintain


def test_each_role_has_its_rights_and_no_more(superuser: Connection) -> None:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for table, role, right in superuser.execute(_GRANTS.encode()):
        found[role][table].add(right)
    tables = {*METADATA.tables, "alembic_version"}
    assert set(found) == {"app_rw", "app_ops"}
    assert {table: found["app_rw"][table] for table in tables} == {table: wanted(table) for table in tables}
    assert all(found["app_ops"][table] == {"SELECT"} for table in tables)


def test_single_columns_are_granted_where_the_rest_of_a_row_never_changes(superuser: Connection) -> None:
    found = set(superuser.execute(_COLUMN_GRANTS.encode()))
    seen = {("task", name, "app_relay", "SELECT") for name in ("tenant_id", "id", "job", "state", "sends", "next_at")}
    moved = {("task", name, "app_relay", "UPDATE") for name in ("state", "sends", "next_at")}
    ended = {("substitution", name, "app_rw", "UPDATE") for name in ("ended_at", "ended_by")}
    ended |= {("representation", name, "app_rw", "UPDATE") for name in ("ended_at", "ended_by", "end_reason")}
    assert found == seen | moved | ended | {("rule_set", "used_at", "app_rw", "UPDATE")}


def test_the_roles_themselves_are_plain_but_for_the_one_that_backs_up(superuser: Connection) -> None:
    rows = superuser.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles"
        " WHERE rolname LIKE 'app%'"
    )
    found = {name: flags for name, *flags in rows}
    assert set(found) == {"app_owner", "app_rw", "app_relay", "app_ops"}
    assert {name: flags[1] for name, flags in found.items()} == {
        "app_owner": False,
        "app_rw": False,
        "app_relay": False,
        "app_ops": True,
    }
    assert not any(flag for flags in found.values() for flag in (flags[0], *flags[2:]))
    assert not [pair for pair in superuser.execute(_MEMBERS.encode()) if pair[1] in found]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app_rw", "TRUNCATE appeal"),
        ("app_rw", "UPDATE audit_event SET tag = tag"),
        ("app_rw", "DELETE FROM audit_event"),
        ("app_rw", "UPDATE audit_head SET seq = 0"),
        ("app_rw", "UPDATE decision SET outcome = 'rejected'"),
        ("app_rw", "UPDATE mark SET mark = max_mark"),
        ("app_rw", "DELETE FROM appeal"),
        ("app_rw", "INSERT INTO tenant (id, slug) VALUES (9, 'x')"),
        ("app_rw", "CREATE TABLE own (id int)"),
        ("app_rw", "ALTER TABLE appeal DISABLE ROW LEVEL SECURITY"),
        ("app_rw", "DROP POLICY tenant ON appeal"),
        ("app_rw", "SET ROLE app_owner"),
        ("app_relay", "SELECT args FROM task"),
        ("app_relay", "SELECT * FROM appeal"),
        ("app_relay", "UPDATE task SET attempts = 0"),
        ("app_relay", "DELETE FROM task"),
        ("app_ops", "UPDATE appeal SET version = 1"),
        ("app_ops", "INSERT INTO season SELECT * FROM season"),
    ],
)
def test_what_a_role_may_not_do_is_refused(
    cluster: SharedCluster, database_url: str, role: str, statement: str
) -> None:
    with cluster.address.connect(user=role, dbname=make_url(database_url).database) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
        connection.execute("SELECT 1")


_CODE = "INSERT INTO used_login_code (tenant_id, id, code_id, expires_at) VALUES (%s, gen_random_uuid(), 'x', now())"
_SEASON = """
    INSERT INTO season
        (tenant_id, id, code, year, period, title, opened_on, rule_version, demo, clock_offset,
         timetable_shift_days)
    VALUES (%s, gen_random_uuid(), gen_random_uuid()::text, 2031, 'main', '', '2031-05-01', '', true, '0', 0)
    RETURNING id
"""
_COMMISSION = "INSERT INTO commission (tenant_id, id, season_id, code) VALUES (%s, gen_random_uuid(), %s, 'main')"


def work_for(connection: Connection, tenant: int) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, true)", (str(tenant),))


@pytest.fixture
def as_rw(cluster: SharedCluster, database_url: str) -> Iterator[Connection]:
    """A connection of the application's role, in a transaction that is rolled back."""
    dbname = make_url(database_url).database
    with (
        cluster.address.connect(user="app_rw", dbname=dbname) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


def test_a_row_is_not_written_for_another_tenant(as_rw: Connection) -> None:
    work_for(as_rw, 901)
    as_rw.execute(_CODE, (901,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), as_rw.transaction():
        as_rw.execute(_CODE, (902,))


def test_a_child_s_parent_is_of_its_own_tenant(as_rw: Connection) -> None:
    work_for(as_rw, 901)
    (mine,) = as_rw.execute(_SEASON, (901,)).fetchone() or (None,)
    as_rw.execute(_COMMISSION, (901, mine))
    work_for(as_rw, 902)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), as_rw.transaction():
        as_rw.execute(_COMMISSION, (902, mine))

"""The nightly check: the whole chain in parts, once a night, and an alarm when it is broken."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from apella.audit.nightly import FROM_HOUR, MOST_POINTS
from apella.bootstrap import App
from apella.sweeping import check_audit, sweep_all
from apella.testing.sealed import Sealed

Connection = psycopg.Connection[Any]
DAY = timedelta(days=1)
CUT = "delete from audit_event where seq > 7"
SET_BACK = "update audit_head set seq = 7, hash = (select hash from audit_event where seq = 7)"


def tamper(connection: Connection, statement: str) -> None:
    connection.execute("set local session_replication_role = replica")
    connection.execute(statement.encode())
    connection.commit()


def until_night(sealed: Sealed) -> timedelta:
    """How long from now to a minute after the hour of the next night's check."""
    zone = sealed.app.regions.get(sealed.slug).zone
    with sealed.app.database.unit_of_work(sealed.tenant_id) as work:
        now = work.machine_now.astimezone(zone)
    day = now.date() + DAY
    return datetime(day.year, day.month, day.day, FROM_HOUR, 1, tzinfo=zone).astimezone(UTC) - now


def test_the_first_one_is_made_at_once_and_the_next_in_the_night(sealed: Sealed) -> None:
    sealed.write(3)
    first = sealed.check()
    assert first is not None
    assert (first.seq, first.faults, first.finished_at is not None) == (3, 0, True)
    assert sealed.check(later=timedelta(minutes=1)) is None
    assert sealed.check(later=until_night(sealed) - timedelta(minutes=2)) is None
    second = sealed.check(later=until_night(sealed))
    assert second is not None
    assert second.id != first.id
    assert sealed.check(later=until_night(sealed) + timedelta(minutes=30)) is None


def test_it_goes_through_a_long_chain_in_parts(sealed: Sealed) -> None:
    for _ in range(4):
        sealed.write(5)
        sealed.seal()
    progress = []
    for _ in range(10):
        check = sealed.check(most_events=6)
        if check is None:
            break
        progress.append((check.seq, check.point, check.finished_at is not None))
    assert progress == [(6, 1, False), (12, 2, False), (18, 3, False), (20, 4, True)]


def test_more_checkpoints_than_one_part_reads_are_all_compared(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apella.audit.nightly.MOST_POINTS", 3)
    for _ in range(8):
        sealed.write(1)
        sealed.seal()
    sealed.write(2)
    parts = [sealed.check() for _ in range(6)]
    last = [part for part in parts if part is not None][-1]
    assert (last.seq, last.point, last.faults, last.finished_at is not None) == (10, 8, 0, True)
    assert MOST_POINTS > 3


@pytest.mark.parametrize(
    ("statement", "seq", "code"),
    [
        ("update audit_event set tag = 'x' where seq = 7", 7, "event_changed"),
        ("delete from audit_event where seq = 7", 7, "events_missing"),
        ("update audit_head set seq = 11", 12, "head_differs"),
        (f"{CUT}; {SET_BACK}", 7, "chain_cut"),
    ],
)
def test_what_was_done_is_found_kept_and_alarmed(
    sealed: Sealed,
    own_superuser: Connection,
    caplog: pytest.LogCaptureFixture,
    statement: str,
    seq: int,
    code: str,
) -> None:
    for _ in range(3):
        sealed.write(4)
        sealed.seal()
    for one in statement.split(";"):
        tamper(own_superuser, one)
    with caplog.at_level(logging.INFO):
        while (check := sealed.check(most_events=5)) is not None and check.finished_at is None:
            pass
    assert check is not None
    assert check.faults >= 1
    assert (code, seq) in {(finding["code"], finding["seq"]) for finding in check.findings}
    assert {getattr(line, "code", None) for line in caplog.records} == {"audit.chain_broken"}
    assert {getattr(line, "tenant", None) for line in caplog.records} == {"north"}


def test_a_rebuilt_chain_is_found_by_the_checkpoints_outside(sealed: Sealed, own_superuser: Connection) -> None:
    sealed.write(4)
    sealed.seal()
    # Every event made anew by the database's own trigger, under other content: a whole chain, but another one.
    tamper(own_superuser, "create temporary table kept as select * from audit_event order by seq")
    tamper(own_superuser, "delete from audit_event")
    tamper(own_superuser, "delete from audit_head")
    tamper(own_superuser, "update kept set actor_login = 'another' where seq = 2")
    tamper(own_superuser, "delete from audit_checkpoint")
    own_superuser.execute("set session_replication_role = origin")
    own_superuser.execute("select set_config('app.tenant', %s, false)", (str(sealed.tenant_id),))
    own_superuser.execute("insert into audit_event select * from kept order by seq")
    own_superuser.commit()
    check = sealed.check()
    assert check is not None
    assert [finding["code"] for finding in check.findings] == ["checkpoint_differs"]


def test_a_whole_chain_is_said_to_be_whole(sealed: Sealed, caplog: pytest.LogCaptureFixture) -> None:
    sealed.write(2)
    with caplog.at_level(logging.INFO):
        sealed.check()
    assert [(getattr(line, "code", None), getattr(line, "count", None)) for line in caplog.records] == [
        ("audit.chain_whole", 2)
    ]


def test_a_sweep_goes_on_with_one_tenant_at_a_time(own: App) -> None:
    tenants = [Sealed(own, rules.slug) for rules in own.regions]
    sweep_all(own)
    for _ in range(len(tenants) - 2):
        check_audit(own)
    with own.database.unit_of_work(tenants[-1].tenant_id):
        assert tenants[-1].check() is not None  # the last one's turn has not come
    assert [tenant.check() for tenant in tenants] == [None] * len(tenants)

"""Signed ends of the chain outside the database: when they are made, and that they cannot fork or be made up."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from apella.audit import checkpoints
from apella.audit.checkpoints import CheckpointConflict, checkpoint_key
from apella.audit.model import AuditCheckpoint
from apella.audit.offline_verify import CHECKPOINT, is_signed, signed_bytes
from apella.bootstrap import App
from apella.storage.port import StorageUnavailable
from apella.sweeping import seal_audit, sweep_all
from apella.testing.expect import refused
from apella.testing.sealed import Sealed

MINUTES = timedelta(minutes=5)


def bodies(sealed: Sealed) -> list[dict[str, Any]]:
    return [one["checkpoint"] for one in sealed.stored()]


def test_of_an_empty_chain_there_is_none(sealed: Sealed) -> None:
    assert sealed.seal(due_only=True) is None
    assert sealed.seal() is None
    assert sealed.stored() == []


def test_it_holds_the_end_of_the_chain_signed_and_the_one_before_it(sealed: Sealed) -> None:
    for count in (3, 2):
        sealed.write(count)
        sealed.seal()
    first, second = sealed.stored()
    events = sealed.events()
    assert (first["checkpoint"]["first"], first["checkpoint"]["seq"]) == (1, 3)
    assert (second["checkpoint"]["first"], second["checkpoint"]["seq"]) == (4, 5)
    assert second["checkpoint"]["hash"] == events[-1].hash.hex()
    assert second["checkpoint"]["tenant"] == "north"
    # Counted here from the words of the format: keys in order, no spaces.
    text = json.dumps(first["checkpoint"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert second["checkpoint"]["previous"] == hashlib.sha256(f"{CHECKPOINT}\n{text}".encode()).hexdigest()
    for one in (first, second):
        body = one["checkpoint"]
        message = signed_bytes(CHECKPOINT, body)
        assert is_signed(sealed.app.audit_key.trusted, body["key"], message, one["signature"])
        assert not is_signed(sealed.app.audit_key.trusted, body["key"], message + b" ", one["signature"])


def test_the_sweep_writes_one_every_five_minutes_and_only_when_something_happened(sealed: Sealed) -> None:
    sealed.write(1)
    assert sealed.seal(due_only=True) is not None
    sealed.write(1)
    assert sealed.seal(due_only=True, later=MINUTES - timedelta(seconds=1)) is None
    second = sealed.seal(due_only=True, later=MINUTES)
    assert second is not None
    assert (second.number, second.seq) == (2, 2)
    assert sealed.seal(due_only=True, later=3 * MINUTES) is None
    assert sealed.seal() is not None  # the present one again: a protocol asks whenever it is made
    assert len(sealed.stored()) == 2


def test_the_sweep_of_all_tenants_seals_those_who_did_something(own: App, sealed: Sealed) -> None:
    sealed.write(1)
    sweep_all(own)
    assert len(sealed.stored()) == 1
    assert Sealed(own, "south").stored() == []


def test_what_is_not_committed_is_not_sealed(own: App, sealed: Sealed) -> None:
    sealed.write(2)

    def seal_and_fail() -> None:
        with own.database.unit_of_work(sealed.tenant_id) as work:
            sealed.seal_in(work)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seal_and_fail()
    with own.database.unit_of_work(sealed.tenant_id) as work:
        assert work.session.scalars(select(AuditCheckpoint)).all() == []
    # The file stays, for it cannot be taken back; the next one adopts it and goes on behind it.
    sealed.write(1)
    last = sealed.seal(later=MINUTES)
    assert last is not None
    assert [(one["number"], one["seq"]) for one in bodies(sealed)] == [(1, 2), (2, 3)]
    assert (last.number, last.first) == (2, 3)


def test_many_at_once_make_one_chain(own: App, sealed: Sealed) -> None:
    start = threading.Barrier(6)

    def go() -> None:
        start.wait()
        for _ in range(4):
            sealed.write(1)
            sealed.seal()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(go) for _ in range(6)]:
            done.result()
    found = bodies(sealed)
    assert [one["number"] for one in found] == list(range(1, len(found) + 1))
    assert [one["first"] for one in found] == [1, *(one["seq"] + 1 for one in found[:-1])]
    assert found[-1]["seq"] == 24


def test_one_of_another_history_is_not_adopted(sealed: Sealed, own_superuser: psycopg.Connection[Any]) -> None:
    sealed.write(2)
    sealed.seal()
    sealed.write(1)
    sealed.seal()
    # The database comes back from a copy that was made before the second checkpoint, and people go on.
    forget_after(own_superuser, sealed, seq=2, number=1)
    sealed.write(2)
    with refused("audit.checkpoint_conflict", CheckpointConflict):
        sealed.seal()


def forget_after(connection: psycopg.Connection[Any], sealed: Sealed, *, seq: int, number: int) -> None:
    """Bring the database back to an earlier state, as a restored copy is."""
    tenant = int(sealed.tenant_id)
    connection.execute("delete from audit_event where tenant_id = %s and seq > %s", (tenant, seq))
    connection.execute("delete from audit_checkpoint where tenant_id = %s and number > %s", (tenant, number))
    connection.execute(
        "update audit_head set (seq, hash) = (select seq, hash from audit_event where tenant_id = %s and seq = %s)"
        " where tenant_id = %s",
        (tenant, seq, tenant),
    )
    connection.commit()
    connection.execute("set local session_replication_role = replica")


def test_a_restored_database_is_said_so_and_goes_on(sealed: Sealed, own_superuser: psycopg.Connection[Any]) -> None:
    for _ in range(3):
        sealed.write(2)
        sealed.seal()
    forget_after(own_superuser, sealed, seq=2, number=1)
    sealed.write(1)
    assert [fault.code for fault in sealed.verified(own_superuser).faults] == ["chain_cut", "chain_cut"]
    own_superuser.rollback()
    last = sealed.seal(after_restore=True)
    assert last is not None
    assert (last.number, last.first, last.seq, last.why) == (4, 3, 3, "restored")
    sealed.write(5)
    sealed.seal()
    found = sealed.verified(own_superuser)
    assert found.faults == []
    assert found.notes == [
        "контрольная точка 4 на событии 3: базу вернули из копии, прежние события с 3 по 6 утрачены",
    ]
    night = sealed.check()
    assert night is not None
    assert (night.faults, night.seq, night.findings) == (0, 8, [])


def test_while_the_store_is_down_the_sweep_goes_on_and_says_so(
    own: App, sealed: Sealed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sealed.write(1)

    def down(*_: object, **__: object) -> None:
        raise StorageUnavailable("Хранилище не отвечает.")

    monkeypatch.setattr(own.store, "put", down)
    with caplog.at_level(logging.ERROR):
        seal_audit(own)
    assert [getattr(line, "code", None) for line in caplog.records] == ["storage.unavailable"]
    assert [getattr(line, "tenant", None) for line in caplog.records] == ["north"]
    monkeypatch.undo()
    seal_audit(own)
    assert len(sealed.stored()) == 1


def test_in_the_folder_they_are_files_that_nobody_writes(own: App, sealed: Sealed) -> None:
    sealed.write(1)
    sealed.seal()
    key = checkpoint_key("north", 1)
    folder = Path(own.settings.home) / "objects" / "evidence" / key.path
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}
    assert json.loads((folder / "content").read_text())["checkpoint"]["seq"] == 1


def test_every_place_is_another(sealed: Sealed) -> None:
    places = {checkpoint_key(slug, number).path for slug in ("north", "south") for number in range(1, 500)}
    assert len(places) == 998
    assert checkpoints.checkpoint_key("north", 7) == checkpoint_key("north", 7)

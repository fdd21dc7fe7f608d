"""A season gets a new data key, and the old one is destroyed when nothing is under it any more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.db.encrypted_columns import ENCRYPTED, SEALED_OTHERWISE
from apella.db.keys import DataKeys, KeyPlace, KeyRefused, MasterKey
from apella.db.unit_of_work import Database
from apella.identity import key_rotation
from apella.identity.actor import Actor
from apella.identity.key_rotation import rotate
from apella.identity.model import DataKey, Person
from apella.identity.vault import KEPT, Vault, Vaults
from apella.tables import METADATA
from apella.tenancy.ids import TenantId
from apella.testing.sealed_registry import Registry


def turn(
    own: App,
    owner: Database,
    system: Actor,
    *,
    grace: timedelta = timedelta(0),
    wait: Callable[[float], object] = lambda _: None,
    share: float = 1,
) -> int:
    """Rotate without the wait for other processes: there are none."""
    return rotate(owner, master=own.master, actor=system, grace=grace, wait=wait, told=lambda *_: None, share=share)


def test_every_cipher_of_the_schema_is_rotated() -> None:
    listed = {f"{one.table}.{name}_cipher" for one in ENCRYPTED for name in one.fields}
    found = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.c}
    assert listed | set(SEALED_OTHERWISE) == {name for name in found if name.endswith("_cipher")}
    assert all(f"{one.table}.{name}_index" in found for one in ENCRYPTED for name in one.indexed)
    assert all("season_id" in METADATA.tables[one.table].c for one in ENCRYPTED)


def test_no_encrypted_column_lacks_the_databases_guard(own: App) -> None:
    with own.database.unit_of_work(None) as work:
        guarded = work.session.execute(
            text(
                "SELECT t.tgrelid::regclass::text, a.attname FROM pg_trigger t JOIN pg_attribute a"
                " ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr) WHERE t.tgname = 'sealed_under_a_key'"
            )
        ).all()
    assert set(guarded) == {(one.table, f"{name}_cipher") for one in ENCRYPTED for name in one.fields}


def test_values_move_to_the_new_key_and_the_old_one_is_destroyed(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    registry.fill(25)
    assert turn(own, owner, system) == 2
    assert registry.wrong(2) == []
    assert registry.versions() == {2}
    assert turn(own, owner, system) == 3
    assert registry.wrong(3) == []
    with own.database.unit_of_work(registry.tenant_id) as work:
        tags = work.session.scalars(
            select(AuditEvent.tag).where(AuditEvent.tag.like("key:%")).order_by(AuditEvent.seq)
        ).all()
    assert tags == ["key:season:made", "key:season:destroyed"] * 2


def test_after_each_batch_it_rests_so_that_it_works_for_its_share_of_the_time(
    own: App, owner: Database, system: Actor, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that goes on by a second whenever it is looked at: each batch takes one."""
    registry.fill(2 * key_rotation.BATCH + 1)
    monkeypatch.setattr(key_rotation, "monotonic", count().__next__)
    rested: list[float] = []
    turn(own, owner, system, wait=rested.append, share=0.2)
    assert rested[:3] == [pytest.approx(4)] * 3
    rested.clear()
    turn(own, owner, system, wait=rested.append)
    assert rested == []


def test_another_process_learns_of_the_new_key_by_the_first_value_under_it(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    registry.fill(3)
    other = Vaults(own.master)
    somebody = next(iter(registry.given))
    registry.read(other, somebody)
    turn(own, owner, system)
    assert registry.read(other, somebody) == registry.given[somebody]


def test_the_old_key_stands_until_every_process_can_know_the_new_one(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    registry.fill(3)
    asked: list[float] = []

    def wait(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        turn(own, owner, system, grace=2 * KEPT, wait=wait)
    assert registry.versions() == {1, 2}
    assert 100 < max(asked) <= 120


def test_a_process_that_slept_cannot_write_under_a_destroyed_key(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    registry.fill(3)
    asleep = Vaults(own.master)
    somebody, other = list(registry.given)[:2]
    registry.read(asleep, somebody)
    turn(own, owner, system)
    # It has seen no value under the new key yet.
    with pytest.raises(OperationalError, match="no data key 1 stands"):
        registry.write(asleep, other, "+79019999999")
    registry.write(Vaults(own.master), other, "+79018888888")
    assert registry.wrong(2) == []


def test_who_writes_under_the_old_key_meanwhile_holds_its_destruction_up(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    registry.fill(3)
    somebody = next(iter(registry.given))
    with owner.unit_of_work(registry.tenant_id) as work:
        key_rotation.begin(work.session, master=own.master, actor=system, grace=timedelta(0))
    writer = StaleVaults(own.master, 1)
    with ThreadPoolExecutor(1) as pool:
        with own.database.unit_of_work(registry.tenant_id) as work:
            vault = writer.of_season(work.session, tenant_id=registry.tenant_id, season_id=registry.season_id)
            person = work.session.get_one(Person, (registry.tenant_id, somebody))
            vault.fill_person(person, document=None, phone="+79017777777")
            work.session.flush()
            turning = pool.submit(turn, own, owner, system, wait=Event().wait)
            with pytest.raises(TimeoutError):
                turning.result(timeout=0.5)
        registry.given[somebody]["phone"] = "+79017777777"
        assert turning.result(timeout=20) == 2
    assert registry.wrong(2) == []


class StaleVaults(Vaults):
    """What a process has that read the keys before a newer one was made."""

    def __init__(self, master: MasterKey, version: int) -> None:
        super().__init__(master)
        self._master_key, self._version = master, version

    def of_season(self, session: Session, *, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
        """The vault with the keys up to that version."""
        rows = session.scalars(select(DataKey).where(DataKey.season_id == season_id)).all()
        keys = DataKeys(
            {
                row.key_version: self._master_key.unwrap(
                    row.wrapped,
                    place=KeyPlace(tenant_id=tenant_id, season_id=season_id, key_version=row.key_version),
                )
                for row in rows
                if row.key_version <= self._version
            }
        )
        return Vault(
            session=session,
            tenant_id=tenant_id,
            season_id=season_id,
            keys=keys,
            master=self._master_key,
            again=lambda: keys,
        )


def test_a_season_without_keys_has_nothing_to_rotate(
    own: App, owner: Database, system: Actor, registry: Registry
) -> None:
    with owner.unit_of_work(registry.tenant_id) as work:
        work.session.execute(delete(DataKey))
    with pytest.raises(KeyRefused) as refused:
        turn(own, owner, system)
    assert refused.value.error_code == "keys.destroyed"

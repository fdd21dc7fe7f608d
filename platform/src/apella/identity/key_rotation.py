"""New data keys for a season and its cases: values are sealed anew while people work, then the old keys are destroyed.

How far a rotation has come stands in the data: each value names its key, so whoever begins again goes on from there.
A row is locked while it is sealed anew, so a write beside it is neither lost nor undone. After each batch it rests, so
that people's pages stay as quick as they were. The old key goes only when
every process has learnt the new one; a process that slept longer writes nothing, the database refuses a value whose
key does not stand.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Table, Uuid, bindparam, delete, null, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.db.base import Base
from apella.db.encrypted_columns import ENCRYPTED, EncryptedTable
from apella.db.keys import KeysDestroyed, MasterKey
from apella.db.unit_of_work import Database
from apella.errors import Conflict
from apella.identity.actor import Actor
from apella.identity.case_keys import CaseVault
from apella.identity.model import DataKey
from apella.identity.vault import KEPT, Vault, add_key, read_keys
from apella.tenancy.ids import TenantId

BATCH: Final = 200
"""How many rows are locked at once."""
SHARE: Final = 0.1
"""The part of the time in which a rotation works; the rest is left to people."""
GRACE: Final = 2 * KEPT
"""How old a key is when every process knows it, with as much again for those that are in the middle of something."""
_PASSES: Final = 300
_LOCK: Final = 0x6B657973


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """A rotation under way: the season's keys before and after; `known_at` is when the old one may be destroyed."""

    season_id: uuid.UUID
    old: int
    new: int
    known_at: datetime


def rotate(
    database: Database,
    *,
    master: MasterKey,
    actor: Actor,
    wait: Callable[[float], object],
    told: Callable[[str, int], object],
    grace: timedelta = GRACE,
    share: float = SHARE,
) -> int:
    """Give the actor's season a new data key; returns its version. Safe to repeat after a kill at any moment.

    `database` is of the role that may destroy keys. `told` hears of each batch: its table and rows. `wait(seconds)` is
    asked to wait: after each batch so long that the rotation works for this `share` of the time (1: no rest). Raises
    KeysDestroyed for a season that was erased, Conflict (`keys.busy`) when rows stay locked for minutes.
    """
    with database.unit_of_work(actor.tenant_id) as work:
        rotation = begin(work.session, master=master, actor=actor, grace=grace)
    for _ in range(_PASSES):
        rewritten = 0
        for encrypted in ENCRYPTED:
            begun = monotonic()
            for count in _pass(database, encrypted, master=master, actor=actor, rotation=rotation):
                rewritten += count
                told(encrypted.table, count)
                if share < 1:
                    wait((monotonic() - begun) * (1 / share - 1))
                begun = monotonic()
        with database.unit_of_work(actor.tenant_id) as work:
            missing = (rotation.known_at - work.machine_now).total_seconds()
            if missing <= 0 and destroy(work.session, actor=actor, rotation=rotation):
                return rotation.new
        # Rows that others hold, or values that were written under the old key meanwhile: once more.
        wait(max(0.1, missing) if not rewritten else 0.1)
    raise Conflict(
        "Часть записей долго занята другими. Данные целы, прежний ключ ещё действует: повторите команду позже.",
        code="keys.busy",
    )


def begin(session: Session, *, master: MasterKey, actor: Actor, grace: timedelta = GRACE) -> Rotation:
    """Make the next key, or take up the rotation that somebody began. Raises KeysDestroyed."""
    session.execute(select(sql.pg_advisory_xact_lock(_LOCK, int(actor.tenant_id))))
    season_id = actor.season_id
    versions = _versions(session, season_id)
    if not versions:
        raise KeysDestroyed
    if len(versions) == 1:
        new = versions[0] + 1
        add_key(session, master=master, tenant_id=actor.tenant_id, season_id=season_id, key_version=new)
        _tell(session, actor, tag="key:season:made", versions=(new,))
        versions.append(new)
    made_at = session.scalars(_of_season(season_id).where(DataKey.key_version == versions[-1])).one()
    return Rotation(season_id=season_id, old=versions[-2], new=versions[-1], known_at=made_at + grace)


def rewrite_batch(
    session: Session, encrypted: EncryptedTable, *, vault: Vault, rotation: Rotation, after: uuid.UUID | None
) -> Sequence[uuid.UUID]:
    """Seal anew up to BATCH rows behind `after`; rows that others hold are left for the next pass. Returns their ids.

    The vault is of this transaction's keys: it writes with the new one.
    """
    table = Base.metadata.tables[encrypted.table]
    columns = [table.c[f"{field}_cipher"] for field in encrypted.fields]
    case_id = null() if encrypted.case is None else table.c[encrypted.case]
    query = (
        select(table.c.id, case_id.label("case_id"), *columns)
        .where(table.c.season_id == rotation.season_id, is_older(encrypted, rotation.new))
        .order_by(table.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = session.execute(query if after is None else query.where(table.c.id > after)).all()
    if rows:
        cases = vault.of_cases({row.case_id for row in rows if row.case_id is not None})
        sealed: dict[str, list[Any]] = {"ids": [row.id for row in rows]}
        for number, field in enumerate(encrypted.fields, start=2):
            column = encrypted.column(field)
            sealed[f"{field}_cipher"] = [
                None if row[number] is None else _anew(cases.get(row.case_id, vault), column, row.id, row[number])
                for row in rows
            ]
        put(session, table, sealed)
    return [row.id for row in rows]


def _anew(vault: Vault | CaseVault, column: str, row_id: uuid.UUID, value: bytes) -> bytes:
    return vault.seal(column, row_id, vault.open(column, row_id, value))


def put(session: Session, table: Table, values: dict[str, list[Any]]) -> None:
    """Write columns of many rows by one statement: `ids`, and under each column's name its bytes in the same order."""
    columns = [name for name in values if name != "ids"]
    new = (
        sql.unnest(
            bindparam("ids", type_=ARRAY(Uuid)),
            *(bindparam(f"new_{name}", type_=ARRAY(LargeBinary)) for name in columns),
        )
        .table_valued("row_id", *columns)
        .render_derived()
    )
    session.execute(
        update(table).where(table.c.id == new.c.row_id).values({name: new.c[name] for name in columns}),
        {"ids": values["ids"], **{f"new_{name}": values[name] for name in columns}},
        execution_options={"synchronize_session": False},
    )


def destroy(session: Session, *, actor: Actor, rotation: Rotation) -> bool:
    """Destroy the old keys, the season's and its cases', if no value is under them any more; say whether they are gone.

    The lock on the season's waits for everybody who is writing a value under any of them, and lets nobody begin.
    """
    old = _of_season(rotation.season_id).where(DataKey.key_version < rotation.new)
    session.execute(old.with_for_update()).all()
    if remaining(session, rotation=rotation):
        return False
    gone = session.scalars(
        delete(DataKey)
        .where(DataKey.season_id == rotation.season_id, DataKey.key_version < rotation.new)
        .returning(DataKey.key_version)
    ).all()
    if gone:
        _tell(session, actor, tag="key:season:destroyed", versions=sorted(set(gone)))
    return True


def remaining(session: Session, *, rotation: Rotation) -> bool:
    """Whether some value is still under an older key than the new one."""
    return any(
        session.scalar(
            select(table.c.id).where(table.c.season_id == rotation.season_id, is_older(one, rotation.new)).limit(1)
        )
        for one in ENCRYPTED
        for table in (Base.metadata.tables[one.table],)
    )


def is_older(encrypted: EncryptedTable, version: int) -> ColumnElement[bool]:
    """The rows with a value that was sealed under an older key than this version."""
    table = Base.metadata.tables[encrypted.table]
    ciphers = [table.c[f"{field}_cipher"] for field in encrypted.fields]
    return or_(*(sql.get_byte(one, 1) * 256 + sql.get_byte(one, 2) < version for one in ciphers))


def _pass(
    database: Database, encrypted: EncryptedTable, *, master: MasterKey, actor: Actor, rotation: Rotation
) -> Iterator[int]:
    after: uuid.UUID | None = None
    while True:
        with database.unit_of_work(actor.tenant_id) as work:
            vault = vault_now(work.session, master=master, tenant_id=actor.tenant_id, season_id=rotation.season_id)
            done = rewrite_batch(work.session, encrypted, vault=vault, rotation=rotation, after=after)
        if not done:
            return
        after = done[-1]
        yield len(done)


def vault_now(session: Session, *, master: MasterKey, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
    """A season's vault with the keys of this very moment: nothing of it is kept."""
    keys = read_keys(session, master=master, tenant_id=tenant_id, season_id=season_id)
    return Vault(
        session=session, tenant_id=tenant_id, season_id=season_id, keys=keys, master=master, again=lambda: keys
    )


def _versions(session: Session, season_id: uuid.UUID) -> list[int]:
    query = select(DataKey.key_version).where(DataKey.season_id == season_id, DataKey.case_id.is_(None))
    return sorted(session.scalars(query).all())


def _of_season(season_id: uuid.UUID) -> Any:
    return select(DataKey.made_at).where(DataKey.season_id == season_id, DataKey.case_id.is_(None))


def _tell(session: Session, actor: Actor, *, tag: str, versions: Sequence[int]) -> None:
    record(
        session,
        actor=actor,
        tag=tag,
        subject_type="season",
        subject_id=actor.season_id,
        after={"key_versions": list(versions)},
    )

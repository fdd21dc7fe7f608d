"""Another master key: every data key is wrapped by it, every blind index is made anew.

Done while nothing else runs: an index under the old key would not be found by the new one. Each step may be repeated
after a kill: a wrapped key names its master key, an index that is right already is left alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import RowMapping, delete, or_, select, text
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.db.base import Base
from apella.db.encrypted_columns import ENCRYPTED, EncryptedTable
from apella.db.keys import KeyPlace, MasterKey, wrapped_by
from apella.db.unit_of_work import Database
from apella.errors import Conflict
from apella.identity.actor import Actor
from apella.identity.key_rotation import put, vault_now
from apella.identity.model import DataKey, SignInSession
from apella.identity.vault import Vault
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season

BATCH: Final = 1000
"""How many rows are changed by one statement."""
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename IN ('app_rw', 'app_relay')"
)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """How much of a tenant was under the old master key."""

    keys: int
    indexes: int


def check_alone(database: Database) -> None:
    """Raise Conflict (`keys.running`) while a process of Apella is connected to the database."""
    with database.unit_of_work(None) as work:
        if work.session.scalar(_OTHERS):
            raise Conflict(
                "К базе данных подключены работающие части Apella. Остановите их все и повторите: пока они работают, "
                "они пишут с прежним главным ключом.",
                code="keys.running",
            )


def change_master(database: Database, *, tenant_id: TenantId, slug: str, old: MasterKey, new: MasterKey) -> Changed:
    """Put a tenant under the new master key. Raises KeyRefused where neither of the two wrapped a key."""
    with database.unit_of_work(tenant_id) as work:
        seasons = work.session.scalars(select(Season.id).order_by(Season.created_at)).all()
        if not seasons:
            return Changed(keys=0, indexes=0)
        keys = _rewrap(work.session, tenant_id=tenant_id, old=old, new=new)
        for one in ENCRYPTED:
            if one.fleeting and keys:
                work.session.execute(delete(Base.metadata.tables[one.table]))
        if keys:
            record(
                work.session,
                actor=Actor.system(tenant_id=tenant_id, slug=slug, season_id=seasons[-1]),
                tag="key:master:changed",
                subject_type="season",
                subject_id=seasons[-1],
                before={"key": old.fingerprint},
                after={"key": new.fingerprint, "keys": keys},
            )
    indexes = sum(
        _reindex(database, one, tenant_id=tenant_id, season_id=season_id, master=new)
        for season_id in seasons
        for one in ENCRYPTED
        if one.indexed
    )
    return Changed(keys=keys, indexes=indexes)


def end_sessions(database: Database) -> None:
    """Sign everybody out: what a session keeps for the identity provider was sealed under the old key."""
    with database.unit_of_work(None) as work:
        work.session.execute(delete(SignInSession))


def _rewrap(session: Session, *, tenant_id: TenantId, old: MasterKey, new: MasterKey) -> int:
    query = select(DataKey.id, DataKey.season_id, DataKey.case_id, DataKey.key_version, DataKey.wrapped)
    rows = [row for row in session.execute(query.with_for_update()) if wrapped_by(row.wrapped) != new.fingerprint]
    for first in range(0, len(rows), BATCH):
        part, wrapped = rows[first : first + BATCH], []
        for row in part:
            place = KeyPlace(
                tenant_id=tenant_id, season_id=row.season_id, case_id=row.case_id, key_version=row.key_version
            )
            wrapped.append(new.wrap(old.unwrap(row.wrapped, place=place), place=place))
        put(session, Base.metadata.tables["data_key"], {"ids": [row.id for row in part], "wrapped": wrapped})
    return len(rows)


def _reindex(
    database: Database, encrypted: EncryptedTable, *, tenant_id: TenantId, season_id: uuid.UUID, master: MasterKey
) -> int:
    after, changed = uuid.UUID(int=0), 0
    while True:
        with database.unit_of_work(tenant_id) as work:
            vault = vault_now(work.session, master=master, tenant_id=tenant_id, season_id=season_id)
            rows = _sealed_rows(work.session, encrypted, season_id=season_id, after=after)
            changed += _put_indexes(work.session, encrypted, rows, vault=vault)
        if not rows:
            return changed
        after = rows[-1]["id"]


def _sealed_rows(
    session: Session, encrypted: EncryptedTable, *, season_id: uuid.UUID, after: uuid.UUID
) -> Sequence[RowMapping]:
    table = Base.metadata.tables[encrypted.table]
    columns = [table.c[f"{field}_{part}"] for field in encrypted.indexed for part in ("cipher", "index")]
    return (
        session.execute(
            select(table.c.id, *columns)
            .where(
                table.c.season_id == season_id,
                table.c.id > after,
                or_(*(table.c[f"{field}_cipher"].is_not(None) for field in encrypted.indexed)),
            )
            .order_by(table.c.id)
            .limit(BATCH)
        )
        .mappings()
        .all()
    )


def _put_indexes(session: Session, encrypted: EncryptedTable, rows: Sequence[RowMapping], *, vault: Vault) -> int:
    ids: list[uuid.UUID] = []
    values: dict[str, list[Any]] = {f"{field}_index": [] for field in encrypted.indexed}
    for row in rows:
        made = {f"{field}_index": _index(encrypted.column(field), row, field, vault) for field in encrypted.indexed}
        if any(made[name] != row[name] for name in made):
            ids.append(row["id"])
            for name, value in made.items():
                values[name].append(value)
    if ids:
        put(session, Base.metadata.tables[encrypted.table], {"ids": ids, **values})
    return len(ids)


def _index(column: str, row: RowMapping, field: str, vault: Vault) -> bytes | None:
    sealed = row[f"{field}_cipher"]
    return None if sealed is None else vault.index(column, vault.open(column, row["id"], sealed))

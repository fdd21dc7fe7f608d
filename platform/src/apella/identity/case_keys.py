"""The data keys of single cases: what belongs to one case is sealed under keys of its own, which go when it is erased.

A case's key is made with the first thing of it that is sealed, and has the version of the season's newest key: one
rotation renews both. The database lets a value of a case stand only while both its keys do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.db.base import Base
from apella.db.encryption import FieldCipher, FieldPlace, key_version
from apella.db.ids import new_id
from apella.db.keys import DataKeys, KeyPlace, MasterKey, new_data_key
from apella.identity.model import DataKey
from apella.tenancy.ids import TenantId


@dataclass(frozen=True, kw_only=True)
class CaseKeys:
    """The keys of the cases of one season, as this session's transaction sees them; nothing of them is kept."""

    session: Session
    master: MasterKey
    tenant_id: TenantId
    season_id: uuid.UUID

    def read(self, cases: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[int, bytes]]:
        """The keys of these cases by version; nothing for a case that has none. Raises KeyRefused."""
        found: dict[uuid.UUID, dict[int, bytes]] = {case_id: {} for case_id in cases}
        query = select(DataKey.case_id, DataKey.key_version, DataKey.wrapped).where(DataKey.case_id.in_(cases))
        for case_id, version, wrapped in self.session.execute(query):
            if case_id is not None:
                found[case_id][version] = self.master.unwrap(wrapped, place=self._place(case_id, version))
        return found

    def for_writing(self, cases: Collection[uuid.UUID], *, version: int) -> dict[uuid.UUID, dict[int, bytes]]:
        """The keys of these cases; one of this version is made for whichever has none."""
        found = self.read(cases) if cases else {}
        # In one order for everybody: of two who make keys of the same cases, the second waits and makes none.
        missing = sorted(case_id for case_id, keys in found.items() if version not in keys)
        if not missing:
            return found
        rows = [self.row(case_id, version=version, key=new_data_key()) for case_id in missing]
        self.session.execute(insert(Base.metadata.tables["data_key"]).on_conflict_do_nothing(), rows)
        return self.read(cases)

    def row(self, case_id: uuid.UUID, *, version: int, key: bytes) -> dict[str, Any]:
        """A key as its row keeps it."""
        return {
            "tenant_id": int(self.tenant_id),
            "id": new_id(),
            "season_id": self.season_id,
            "case_id": case_id,
            "key_version": version,
            "wrapped": self.master.wrap(key, place=self._place(case_id, version)),
        }

    def _place(self, case_id: uuid.UUID, version: int) -> KeyPlace:
        return KeyPlace(tenant_id=self.tenant_id, season_id=self.season_id, case_id=case_id, key_version=version)


class CaseVault:
    """Seals and opens what belongs to one case. `newest` says the season's version, which new values get."""

    def __init__(
        self,
        keys: CaseKeys,
        case_id: uuid.UUID,
        *,
        newest: Callable[[], int],
        held: Mapping[int, bytes] | None = None,
    ) -> None:
        self._keys = keys
        self._case_id = case_id
        self._newest = newest
        self._held = {} if held is None else held

    def seal(self, column: str, row_id: uuid.UUID, text: str) -> bytes:
        """Encrypt a field of a row; the case's key is made if this is the first. Raises KeysDestroyed."""
        version = self._newest()
        if version not in self._held:
            self._held = self._keys.for_writing([self._case_id], version=version)[self._case_id]
        return _sealed(self._held[version], version, text, place=_place(self._keys, column, row_id))

    def open(self, column: str, row_id: uuid.UUID, value: bytes) -> str:
        """Decrypt a field of a row. Raises FieldRefused and KeyRefused; KeysDestroyed where the case was erased."""
        if key_version(value) not in self._held:
            self._held = self._keys.read([self._case_id])[self._case_id]
        return FieldCipher(DataKeys(self._held)).decrypt(value, place=_place(self._keys, column, row_id))


class NewCaseVault:
    """Seals what belongs to a case that is being made: its key goes into the database with the case.

    After the last field was sealed, `key` is to be written before the case's row, by itself or with another statement.
    """

    def __init__(self, keys: CaseKeys, case_id: uuid.UUID, *, newest: Callable[[], int]) -> None:
        self._keys = keys
        self._case_id = case_id
        self._newest = newest
        self._made: tuple[int, bytes] | None = None

    @property
    def key(self) -> Insert | None:
        """The statement that writes the case's key; None where nothing was sealed."""
        if self._made is None:
            return None
        version, key = self._made
        row = self._keys.row(self._case_id, version=version, key=key)
        return insert(Base.metadata.tables["data_key"]).values(row)

    def seal(self, column: str, row_id: uuid.UUID, text: str) -> bytes:
        """Encrypt a field of a row. Raises KeysDestroyed."""
        if self._made is None:
            self._made = self._newest(), new_data_key()
        version, key = self._made
        return _sealed(key, version, text, place=_place(self._keys, column, row_id))


def _sealed(key: bytes, version: int, text: str, *, place: FieldPlace) -> bytes:
    return FieldCipher(DataKeys({version: key})).encrypt(text, place=place)


def _place(keys: CaseKeys, column: str, row_id: uuid.UUID) -> FieldPlace:
    return FieldPlace(tenant_id=keys.tenant_id, column=column, row_id=row_id)

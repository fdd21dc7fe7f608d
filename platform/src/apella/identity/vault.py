"""Personal data of one season, and of one case: sealed into its row, opened again, found by its index."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.db.encryption import BlindIndex, FieldCipher, FieldPlace, normal_email
from apella.db.engine import BEGAN_AT
from apella.db.keys import DataKeys, KeyPlace, KeyRefused, KeysDestroyed, MasterKey, new_data_key
from apella.identity.case_keys import CaseKeys, CaseVault, NewCaseVault
from apella.identity.model import DataKey, Person
from apella.identity.people import normal_document, normal_phone
from apella.tenancy.ids import TenantId

KEPT: Final = timedelta(minutes=1)
"""How long a process uses a season's keys before it asks the database again."""


class Vault:
    """The cipher and the indexes of one season. `column` is `table.column`.

    `keys` are None where the season's data were erased: such a vault finds by index, and neither seals nor opens.
    `again` reads the keys anew: a value may be under a key that was made since.
    """

    def __init__(
        self,
        *,
        session: Session,
        tenant_id: TenantId,
        season_id: uuid.UUID,
        keys: DataKeys | None,
        master: MasterKey,
        again: Callable[[], DataKeys | None],
    ) -> None:
        self._session = session
        self._tenant_id = tenant_id
        self._season_id = season_id
        self._take(keys)
        self._master = master
        self._again = again
        self._indexes: dict[str, BlindIndex] = {}

    @property
    def is_erased(self) -> bool:
        """Whether the season's data were erased: nothing is sealed here any more."""
        return self._cipher is None

    @property
    def newest(self) -> int:
        """The version that new values of the season and of its cases are written with. Raises KeysDestroyed."""
        if self._newest is None:
            raise KeysDestroyed
        return self._newest

    def of_case(self, case_id: uuid.UUID | None) -> Vault | CaseVault:
        """What seals and opens the data of one case; of no case, the season's."""
        return self if case_id is None else CaseVault(self._case_keys(), case_id, newest=lambda: self.newest)

    def of_cases(self, cases: Collection[uuid.UUID]) -> dict[uuid.UUID, CaseVault]:
        """The same for many cases at once, to seal with the newest version; keys that are missing are made."""
        keys = self._case_keys()
        held = keys.for_writing(cases, version=self.newest)
        return {one: CaseVault(keys, one, newest=lambda: self.newest, held=held[one]) for one in cases}

    def of_new_case(self, case_id: uuid.UUID) -> NewCaseVault:
        """What seals the data of a case that is being made in this transaction."""
        return NewCaseVault(self._case_keys(), case_id, newest=lambda: self.newest)

    def seal(self, column: str, row_id: uuid.UUID, text: str) -> bytes:
        """Encrypt a field of a row. Raises KeysDestroyed."""
        return self._usable().encrypt(text, place=self._place(column, row_id))

    def open(self, column: str, row_id: uuid.UUID, value: bytes) -> str:
        """Decrypt a field of a row. Raises FieldRefused and KeyRefused."""
        place = self._place(column, row_id)
        try:
            return self._usable().decrypt(value, place=place)
        except KeyRefused as refused:
            if refused.error_code != "keys.version":
                raise
        self._take(self._again())
        return self._usable().decrypt(value, place=place)

    def index(self, column: str, normal: str) -> bytes:
        """The blind index of a normalised value."""
        if column not in self._indexes:
            self._indexes[column] = BlindIndex(self._master, tenant_id=self._tenant_id, column=column)
        return self._indexes[column].of(normal)

    def fill_person(
        self, person: Person, *, document: str | None, phone: str | None = None, email: str | None = None
    ) -> None:
        """Put a person's document, phone and e-mail into the row, each with its index. Raises Malformed."""
        if document is not None:
            normal = normal_document(document)
            person.document_cipher = self.seal("person.document", person.id, normal)
            person.document_index = self.index("person.document", normal)
        if phone is not None:
            normal = normal_phone(phone)
            person.phone_cipher = self.seal("person.phone", person.id, normal)
            person.phone_index = self.index("person.phone", normal)
        if email is not None:
            normal = normal_email(email)
            person.email_cipher = self.seal("person.email", person.id, normal)
            person.email_index = self.index("person.email", normal)

    def _take(self, keys: DataKeys | None) -> None:
        self._cipher = None if keys is None else FieldCipher(keys)
        self._newest = None if keys is None else keys.newest

    def _usable(self) -> FieldCipher:
        if self._cipher is None:
            raise KeysDestroyed
        return self._cipher

    def _case_keys(self) -> CaseKeys:
        return CaseKeys(
            session=self._session, master=self._master, tenant_id=self._tenant_id, season_id=self._season_id
        )

    def _place(self, column: str, row_id: uuid.UUID) -> FieldPlace:
        return FieldPlace(tenant_id=self._tenant_id, column=column, row_id=row_id)


class Vaults:
    """Opens the vaults of seasons; unwrapped keys are kept in the process for a minute, as the master key is for ever.

    A key that another process made is learnt at the first value under it, at the latest after `KEPT`; a key that was
    destroyed is forgotten after `KEPT`.
    """

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._keys: dict[tuple[TenantId, uuid.UUID], tuple[DataKeys | None, datetime]] = {}
        self._lock = Lock()

    def of_season(self, session: Session, *, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
        """The vault of a season. Raises KeyRefused where another master key wrapped its keys."""
        with self._lock:
            kept = self._keys.get((tenant_id, season_id))
        if kept is not None and timedelta(0) <= _began(session) - kept[1] < KEPT:
            keys = kept[0]
        else:
            keys = self._read(session, tenant_id, season_id)

        def again() -> DataKeys | None:
            # A vault may outlive its transaction, and then has nobody to ask.
            return self._read(session, tenant_id, season_id) if session.in_transaction() else keys

        return Vault(
            session=session,
            tenant_id=tenant_id,
            season_id=season_id,
            keys=keys,
            master=self._master,
            again=again,
        )

    def make_for_season(self, session: Session, *, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
        """Make the first data key of a new season."""
        add_key(session, master=self._master, tenant_id=tenant_id, season_id=season_id, key_version=1)
        return self.of_season(session, tenant_id=tenant_id, season_id=season_id)

    def _read(self, session: Session, tenant_id: TenantId, season_id: uuid.UUID) -> DataKeys | None:
        keys = read_keys(session, master=self._master, tenant_id=tenant_id, season_id=season_id)
        with self._lock:
            self._keys[tenant_id, season_id] = keys, _began(session)
        return keys


def read_keys(session: Session, *, master: MasterKey, tenant_id: TenantId, season_id: uuid.UUID) -> DataKeys | None:
    """The data keys of a season's registry as they stand now; None when they were destroyed. Raises KeyRefused."""
    rows = session.execute(
        select(DataKey.key_version, DataKey.wrapped).where(DataKey.season_id == season_id, DataKey.case_id.is_(None))
    ).all()
    unwrapped = {
        version: master.unwrap(wrapped, place=KeyPlace(tenant_id=tenant_id, season_id=season_id, key_version=version))
        for version, wrapped in rows
    }
    return DataKeys(unwrapped) if unwrapped else None


def add_key(
    session: Session, *, master: MasterKey, tenant_id: TenantId, season_id: uuid.UUID, key_version: int
) -> None:
    """Make a random data key of a season's registry."""
    place = KeyPlace(tenant_id=tenant_id, season_id=season_id, key_version=key_version)
    session.add(DataKey(season_id=season_id, key_version=key_version, wrapped=master.wrap(new_data_key(), place=place)))
    session.flush()


def _began(session: Session) -> datetime:
    """SQL now() of the session's transaction."""
    began: datetime = session.connection().info[BEGAN_AT]
    return began

"""Personal data of one season: sealed into its row, opened again, found by its index."""

from __future__ import annotations

import uuid
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.db.encryption import BlindIndex, FieldCipher, FieldPlace, normal_email
from apella.db.keys import DataKeys, KeyPlace, MasterKey, new_data_key
from apella.identity.model import DataKey, Person
from apella.identity.people import normal_document, normal_phone
from apella.tenancy.ids import TenantId


class Vault:
    """The cipher and the indexes of one season. `column` is `table.column`."""

    def __init__(self, *, tenant_id: TenantId, cipher: FieldCipher, master: MasterKey) -> None:
        self._tenant_id = tenant_id
        self._cipher = cipher
        self._master = master

    def seal(self, column: str, row_id: uuid.UUID, text: str) -> bytes:
        """Encrypt a field of a row."""
        return self._cipher.encrypt(text, place=FieldPlace(tenant_id=self._tenant_id, column=column, row_id=row_id))

    def open(self, column: str, row_id: uuid.UUID, value: bytes) -> str:
        """Decrypt a field of a row. Raises FieldRefused and KeyRefused."""
        return self._cipher.decrypt(value, place=FieldPlace(tenant_id=self._tenant_id, column=column, row_id=row_id))

    def index(self, column: str, normal: str) -> bytes:
        """The blind index of a normalised value."""
        return BlindIndex(self._master, tenant_id=self._tenant_id, column=column).of(normal)

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


class Vaults:
    """Opens the vaults of seasons; unwrapped keys are kept in the process, as the master key is."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._keys: dict[tuple[TenantId, uuid.UUID], DataKeys] = {}
        self._lock = Lock()

    def of_season(self, session: Session, *, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
        """The vault of a season. Raises KeyRefused where another master key wrapped its keys."""
        with self._lock:
            keys = self._keys.get((tenant_id, season_id))
        if keys is None:
            rows = session.scalars(
                select(DataKey).where(DataKey.season_id == season_id, DataKey.case_id.is_(None))
            ).all()
            keys = DataKeys(
                {
                    row.key_version: self._master.unwrap(
                        row.wrapped,
                        place=KeyPlace(tenant_id=tenant_id, season_id=season_id, key_version=row.key_version),
                    )
                    for row in rows
                }
            )
            with self._lock:
                self._keys[tenant_id, season_id] = keys
        return Vault(tenant_id=tenant_id, cipher=FieldCipher(keys), master=self._master)

    def make_for_season(self, session: Session, *, tenant_id: TenantId, season_id: uuid.UUID) -> Vault:
        """Make the first data key of a new season."""
        place = KeyPlace(tenant_id=tenant_id, season_id=season_id, key_version=1)
        wrapped = self._master.wrap(new_data_key(), place=place)
        session.add(DataKey(season_id=season_id, key_version=1, wrapped=wrapped))
        session.flush()
        return self.of_season(session, tenant_id=tenant_id, season_id=season_id)

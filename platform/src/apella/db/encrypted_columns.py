"""Every encrypted column, once: rotation and erasure go by this list, a test finds each column of the schema in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class EncryptedTable:
    """A table of a season whose `fields` are sealed under data keys, each in its column `<field>_cipher`.

    The keys are the season's; in a row that names a case in its column `case`, they are that case's own. `indexed`
    fields have a blind index in `<field>_index`. Rows of a `fleeting` table live minutes: where keys of indexes change,
    they go.
    """

    table: str
    fields: tuple[str, ...]
    case: str | None = None
    indexed: tuple[str, ...] = ()
    fleeting: bool = False

    def column(self, field: str) -> str:
        """The name that the value is bound to."""
        return f"{self.table}.{field}"


ENCRYPTED: Final = (
    EncryptedTable(table="person", fields=("document", "phone", "email"), indexed=("document", "phone", "email")),
    EncryptedTable(table="appeal", fields=("contact_phone", "contact_email"), case="id"),
    EncryptedTable(table="representation", fields=("paper",)),
    EncryptedTable(table="sms_code", fields=("code", "phone"), fleeting=True),
    EncryptedTable(table="phone_binding", fields=("phone", "old_phone", "code"), fleeting=True),
    EncryptedTable(table="outbox_message", fields=("address", "text"), case="case_id"),
)

SEALED_OTHERWISE: Final = {
    "session.refresh_cipher": "the provider's token, under a derived key, for the session's life"
}
"""Columns that no data key seals, and why."""

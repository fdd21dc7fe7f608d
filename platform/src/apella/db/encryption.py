"""Personal data in a row: encrypted per field, found again by a keyed index.

A value is bound to its tenant, column and row: moved anywhere else it does not open. Equal values look different each
time, so a column that is searched has a blind index beside it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import struct
import unicodedata
import uuid
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apella.db.keys import DataKeys, MasterKey
from apella.errors import ApellaError, Malformed
from apella.tenancy.ids import TenantId

INDEX_BYTES = 16
MAX_KEY_VERSION = 0xFFFF
_HEAD = struct.Struct(">BH")
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_MAX_EMAIL = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class FieldRefused(ApellaError):
    """An encrypted value does not open: it was changed, or belongs to another tenant, column or row."""

    code = "encryption.refused"


@dataclass(frozen=True, kw_only=True)
class FieldPlace:
    """Where a value stands: `column` is `table.column`, `row_id` the row's own id."""

    tenant_id: TenantId
    column: str
    row_id: uuid.UUID

    def __post_init__(self) -> None:
        _require_column(self.column)

    def bound(self, key_version: int) -> bytes:
        """The text that authenticates the value."""
        return f"{self.tenant_id}|{self.column}|{self.row_id}|{key_version}".encode()


class Suite(Protocol):
    """An authenticated cipher; its code is the first byte of every value that it made."""

    @property
    def code(self) -> int:
        """1 to 255, never given twice."""

    @property
    def nonce_bytes(self) -> int:
        """How many random bytes each value needs."""

    def seal(self, plain: bytes, *, key: bytes, nonce: bytes, bound: bytes) -> bytes:
        """Encrypt, and authenticate together with `bound`."""

    def open(self, sealed: bytes, *, key: bytes, nonce: bytes, bound: bytes) -> bytes:
        """Decrypt. Raises ValueError when anything was changed."""


class Aes256Gcm:
    """AES-256 in Galois/counter mode with random nonces of 96 bits."""

    code = 1
    nonce_bytes = 12

    def seal(self, plain: bytes, *, key: bytes, nonce: bytes, bound: bytes) -> bytes:
        """Encrypt, and authenticate together with `bound`."""
        return AESGCM(key).encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, *, key: bytes, nonce: bytes, bound: bytes) -> bytes:
        """Decrypt. Raises ValueError when anything was changed."""
        try:
            return AESGCM(key).decrypt(nonce, sealed, bound)
        except InvalidTag as error:
            raise ValueError("the value does not authenticate") from error


AES_256_GCM = Aes256Gcm()
# A national cipher joins here under a code of its own; values made earlier stay readable.
SUITES: MappingProxyType[int, Suite] = MappingProxyType({AES_256_GCM.code: AES_256_GCM})


class FieldCipher:
    """Encrypts and decrypts the fields that one place's data keys protect.

    A value is `suite code (1) | key version (2) | nonce | ciphertext and tag`; its length tells the text's length.
    """

    def __init__(self, keys: DataKeys, *, suite: Suite = AES_256_GCM) -> None:
        if not 0 < keys.newest <= MAX_KEY_VERSION:
            raise ValueError(f"key versions are 1 to {MAX_KEY_VERSION}")
        self._keys = keys
        self._suite = suite

    def encrypt(self, text: str, *, place: FieldPlace) -> bytes:
        """Give the text in the form that the row keeps, under the newest key."""
        version = self._keys.newest
        nonce = secrets.token_bytes(self._suite.nonce_bytes)
        sealed = self._suite.seal(text.encode(), key=self._keys.key(version), nonce=nonce, bound=place.bound(version))
        return _HEAD.pack(self._suite.code, version) + nonce + sealed

    def decrypt(self, value: bytes, *, place: FieldPlace) -> str:
        """Give the text back. Raises FieldRefused, and KeyRefused when the value's key version is no longer read."""
        suite = SUITES.get(value[0]) if len(value) > _HEAD.size else None
        if suite is None:
            raise FieldRefused("Зашифрованное значение записано в неизвестном виде.", code="encryption.format")
        version = key_version(value)
        nonce, sealed = value[_HEAD.size :][: suite.nonce_bytes], value[_HEAD.size + suite.nonce_bytes :]
        try:
            plain = suite.open(sealed, key=self._keys.key(version), nonce=nonce, bound=place.bound(version))
        except ValueError as error:
            raise FieldRefused("Зашифрованное значение изменено или взято из чужой записи.") from error
        return plain.decode()


class BlindIndex:
    """A keyed hash of one column's normalised values in one tenant: equal values meet, nobody without the key can try.

    The key is derived from the master key, so a new master key means new indexes.
    """

    def __init__(self, master: MasterKey, *, tenant_id: TenantId, column: str) -> None:
        _require_column(column)
        self._key = master.derive(f"blind-index|{tenant_id}|{column}")

    def of(self, normal: str) -> bytes:
        """Give the 16 bytes by which the normalised value is found."""
        return hmac.digest(self._key, normal.encode(), "sha256")[:INDEX_BYTES]


def key_version(value: bytes) -> int:
    """Read from an encrypted value which key wrote it. Raises FieldRefused (`encryption.format`)."""
    if len(value) <= _HEAD.size:
        raise FieldRefused("Зашифрованное значение записано в неизвестном виде.", code="encryption.format")
    version: int = _HEAD.unpack_from(value)[1]
    return version


def normal_email(text: str) -> str:
    """Give an e-mail address as its index compares it: lower case, the domain in its ASCII form.

    Raises Malformed (`identity.email`).
    """
    address = unicodedata.normalize("NFC", text.strip()).lower()
    local, _, domain = address.rpartition("@")
    try:
        normal = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        normal = ""
    if _EMAIL.fullmatch(normal) is None or len(normal) > _MAX_EMAIL or not normal.isprintable():
        raise Malformed(
            "Адрес электронной почты записан с ошибкой.",
            code="identity.email",
            fields={"email": "Укажите адрес целиком, например ivanova@example.ru"},
        )
    return normal


def _require_column(column: str) -> None:
    if _COLUMN.fullmatch(column) is None:
        raise ValueError(f"{column} is not table.column")

"""Keys: a master key behind a port, and random data keys that it wraps.

Each season's registry and each case has data keys of its own; a row keeps them wrapped. Destroying that
row erases what they encrypted. Derived keys exist only where equal inputs must meet again (blind indexes) or where
nothing is kept (links, one-time codes). The adapter that stands keeps the master key in a file; a service that keeps
keys takes its place behind the same port.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import stat
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apella.errors import ApellaError, ConfigurationError, Conflict
from apella.settings import INSTANCE_RECORD, Settings
from apella.tenancy.ids import TenantId

KEY_BYTES = 32
_WRAP_AES_256_GCM = 1
_FINGERPRINT_BYTES = 4
_NONCE_BYTES = 12
_HEAD_BYTES = 1 + _FINGERPRINT_BYTES + _NONCE_BYTES
_FOREIGN_EYES = stat.S_IRWXG | stat.S_IRWXO
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class KeyRefused(ApellaError):
    """A wrapped key does not open: another master key, another place, spoilt, or its version is no longer read."""

    code = "keys.refused"


class KeysDestroyed(KeyRefused, Conflict):
    """The data were erased, and their keys with them: nothing of them is opened, nothing more is sealed there."""

    code = "keys.destroyed"

    def __init__(self) -> None:
        super().__init__("Личные данные здесь стёрты, их ключи уничтожены: показать или записать такие данные нельзя.")


@dataclass(frozen=True, kw_only=True)
class KeyPlace:
    """Which data key: that of a season's registry, or of one case when `case_id` is named.

    A wrapped key opens only for the place it was wrapped for.
    """

    tenant_id: TenantId
    season_id: uuid.UUID
    case_id: uuid.UUID | None = None
    key_version: int

    @property
    def bound(self) -> bytes:
        """The text that authenticates the wrapped key."""
        return f"data-key|{self.tenant_id}|{self.season_id}|{self.case_id or ''}|{self.key_version}".encode()


class MasterKey(Protocol):
    """The port of the installation's key: it wraps data keys and derives the keys of purposes, and is never given out.

    A wrapped key names the master key that wrapped it (`wrapped_by`), so that a master key can be changed.
    """

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell one master key from another, and nothing else of it."""

    def wrap(self, data_key: bytes, *, place: KeyPlace) -> bytes:
        """Give the data key in the form that a row may keep; it opens for this place only."""

    def unwrap(self, wrapped: bytes, *, place: KeyPlace) -> bytes:
        """Give the data key back. Raises KeyRefused: `keys.master` when another master key wrapped it,
        `keys.format` when it is no wrapped key, `keys.refused` when it was changed or is of another place."""

    def derive(self, purpose: str) -> bytes:
        """Give the 32-byte key of one purpose, the same each time: for blind indexes, links, one-time codes."""


class FileMasterKey:
    """A master key whose 32 bytes were read from a file; they stay in the process and show nothing of themselves."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes")
        self._secret = secret
        self._wrapping = AESGCM(_derived(secret, "wrap"))
        self._fingerprint = _derived(secret, "fingerprint")[:_FINGERPRINT_BYTES]

    def __repr__(self) -> str:
        return f"FileMasterKey({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell one master key from another, and nothing else of it."""
        return self._fingerprint.hex()

    def wrap(self, data_key: bytes, *, place: KeyPlace) -> bytes:
        """Give the data key in the form that a row may keep."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = bytes([_WRAP_AES_256_GCM]) + self._fingerprint
        return head + nonce + self._wrapping.encrypt(nonce, data_key, head + place.bound)

    def unwrap(self, wrapped: bytes, *, place: KeyPlace) -> bytes:
        """Give the data key back. Raises KeyRefused (`keys.master` when another master key wrapped it)."""
        head, nonce = wrapped[: 1 + _FINGERPRINT_BYTES], wrapped[1 + _FINGERPRINT_BYTES : _HEAD_BYTES]
        if wrapped_by(wrapped) != self.fingerprint:
            raise KeyRefused(
                "Ключ данных закрыт другим главным ключом. Верните файл главного ключа, с которым работали раньше.",
                code="keys.master",
            )
        try:
            return self._wrapping.decrypt(nonce, wrapped[_HEAD_BYTES:], head + place.bound)
        except InvalidTag as error:
            raise KeyRefused("Ключ данных испорчен или взят из чужой записи.") from error

    def derive(self, purpose: str) -> bytes:
        """Give the 32-byte key of one purpose, the same each time: for blind indexes, links, one-time codes."""
        return _derived(self._secret, f"purpose|{purpose}")


class DataKeys:
    """The data keys of one place by their versions: the newest writes, it and the one before it read.

    Raises KeysDestroyed where no key is left: what they encrypted has been erased.
    """

    def __init__(self, by_version: Mapping[int, bytes]) -> None:
        if not by_version:
            raise KeysDestroyed
        if any(len(key) != KEY_BYTES for key in by_version.values()):
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        self._newest = max(by_version)
        self._keys = {version: key for version, key in by_version.items() if version >= self._newest - 1}

    def __repr__(self) -> str:
        return f"DataKeys({sorted(self._keys)})"

    @property
    def newest(self) -> int:
        """The version that new values are written with."""
        return self._newest

    def key(self, version: int) -> bytes:
        """Give the key of a version that is still read. Raises KeyRefused (`keys.version`)."""
        try:
            return self._keys[version]
        except KeyError as error:
            raise KeyRefused(
                "Ключ этой записи уничтожен или заменён: прочитать её нельзя.", code="keys.version", key_version=version
            ) from error


def wrapped_by(wrapped: bytes) -> str:
    """Read from a wrapped key the fingerprint of the master key that opens it. Raises KeyRefused (`keys.format`)."""
    if len(wrapped) < _HEAD_BYTES or wrapped[0] != _WRAP_AES_256_GCM:
        raise _unknown_form()
    return wrapped[1 : 1 + _FINGERPRINT_BYTES].hex()


def new_data_key() -> bytes:
    """Make a random data key."""
    return secrets.token_bytes(KEY_BYTES)


def master_key(settings: Settings) -> FileMasterKey:
    """Give the installation's master key: made at the first start in embedded mode, only read in production.

    Raises ConfigurationError; `keys.file_lost` where there is data already, which a new key could never open.
    """
    path = settings.master_key_file
    if not settings.embedded:
        return load_master_key(path)
    # Asked first: of a home that is being made, the key is there before its record.
    if (settings.home / INSTANCE_RECORD).exists():
        if not path.exists():
            raise ConfigurationError(
                f"Файл главного ключа {path} потерян: без него данные в папке {settings.home} не прочитать. "
                "Верните файл из той копии, которую вы храните отдельно от данных.",
                code="keys.file_lost",
            )
        return load_master_key(path)
    return ensure_master_key(path)


def ensure_master_key(path: Path) -> FileMasterKey:
    """Read the master key, or make the file when there is none; of two processes, both get the same key.

    Raises ConfigurationError.
    """
    if not path.exists():
        _make_key_file(path)
    return load_master_key(path)


def load_master_key(path: Path) -> FileMasterKey:
    """Read 32 bytes in base64 from a file that only its owner may read. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(1024)
    except OSError as error:
        raise ConfigurationError(
            f"Файл главного ключа {path} не читается: {error.strerror}. Укажите верный путь в APELLA_MASTER_KEY_FILE.",
            code="keys.file_missing",
        ) from error
    if mode & _FOREIGN_EYES:
        raise ConfigurationError(
            f"Файл главного ключа {path} открыт другим пользователям. Выполните: chmod 600 {path}",
            code="keys.file_open",
        )
    try:
        secret = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigurationError(
            f"В файле главного ключа {path} должны быть {KEY_BYTES} случайных байта в виде base64. "
            f"Новый ключ делает команда: openssl rand -base64 {KEY_BYTES}",
            code="keys.file_content",
        )
    return FileMasterKey(secret)


def _make_key_file(path: Path) -> None:
    write_key_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")


def write_key_once(path: Path, content: bytes) -> None:
    """Write a new key beside its place and link it there, so that a half-written or second key cannot appear."""
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unknown_form() -> KeyRefused:
    return KeyRefused("Ключ данных записан в неизвестном виде.", code="keys.format")


def _derived(secret: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"apella|{info}".encode()).derive(secret)

"""The key that signs checkpoints and exports: a file beside the master key, in the form that openssl reads."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from apella.audit.offline_verify import fingerprint, read_key
from apella.db.keys import write_key_once
from apella.errors import ConfigurationError
from apella.settings import Settings

KEY_NAME: Final = "audit.key"
FORMER_KEYS: Final = "audit-*.pub"
"""Public keys of the time before a change of keys, beside the present one: what they signed still holds."""
_FOREIGN_EYES = stat.S_IRWXG | stat.S_IRWXO


class SigningKey:
    """The installation's Ed25519 key; the private part never leaves the process. `former` are earlier public keys."""

    def __init__(self, private: Ed25519PrivateKey, *, former: dict[str, Ed25519PublicKey]) -> None:
        self._private = private
        self._public = private.public_key()
        self.fingerprint = fingerprint(self._public.public_bytes_raw())
        self.trusted = {**former, self.fingerprint: self._public}

    def __repr__(self) -> str:
        return f"SigningKey({self.fingerprint})"

    def sign(self, message: bytes) -> str:
        """Give the signature in base64."""
        return base64.b64encode(self._private.sign(message)).decode("ascii")

    @property
    def public_pem(self) -> str:
        """The public key as `openssl pkey -pubout` writes it."""
        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def signing_key(settings: Settings) -> SigningKey:
    """Read the key beside the master key; an embedded instance makes it when there is none.

    Raises ConfigurationError.
    """
    path = settings.master_key_file.with_name(KEY_NAME)
    if settings.embedded and not path.exists():
        made = Ed25519PrivateKey.generate()
        write_key_once(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return load_signing_key(path)


def load_signing_key(path: Path) -> SigningKey:
    """Read a private key that only its owner may read, and the public ones beside it. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(4096)
    except OSError as error:
        raise ConfigurationError(
            f"Файл ключа журнала {path} не читается: {error.strerror}. "
            f"Новый ключ делает команда: openssl genpkey -algorithm ed25519 -out {path}",
            code="audit.key_missing",
        ) from error
    if mode & _FOREIGN_EYES:
        raise ConfigurationError(
            f"Файл ключа журнала {path} открыт другим пользователям. Выполните: chmod 600 {path}",
            code="audit.key_open",
        )
    try:
        private = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(
            f"В файле {path} должен быть закрытый ключ Ed25519 в виде PEM, без пароля. "
            f"Новый ключ делает команда: openssl genpkey -algorithm ed25519 -out {path}",
            code="audit.key_content",
        )
    return SigningKey(private, former=dict(_former(path.parent)))


def _former(folder: Path) -> list[tuple[str, Ed25519PublicKey]]:
    keys = []
    for file in sorted(folder.glob(FORMER_KEYS)):
        try:
            keys.append(read_key(file.read_bytes()))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"В файле {file} должен быть открытый ключ Ed25519 в виде PEM.", code="audit.key_former"
            ) from error
    return keys

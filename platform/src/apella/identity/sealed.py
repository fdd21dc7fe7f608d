"""Small records that travel through a browser and come back: encrypted, unchangeable, readable by every process."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class SealBroken(ValueError):
    """The text was not made by this seal, or was changed on its way."""


class Seal:
    """Makes and opens records of one purpose (JWE, A256GCM) under a key derived from a secret of this installation."""

    def __init__(self, secret: bytes, *, purpose: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"apella/{purpose}".encode()).derive(secret)
        self._key = OctKey.import_key(key)

    def seal(self, record: dict[str, Any]) -> str:
        """Give the record as a text fit for a cookie or a URL."""
        return jwe.encrypt_compact(_HEADER, json.dumps(record).encode(), self._key, algorithms=list(_HEADER.values()))

    def open(self, text: str) -> dict[str, Any]:
        """Give the record back; raises SealBroken."""
        try:
            plain = jwe.decrypt_compact(text, self._key, algorithms=list(_HEADER.values())).plaintext
            record: dict[str, Any] = json.loads(plain or b"")
        except (JoseError, ValueError) as error:
            raise SealBroken from error
        return record

"""The embedded issuer's two keys: made once, kept in `$APELLA_HOME/keys`, the same for every process."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from apella.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class IssuerKeys:
    """`signing` (RS256) signs today, `next_signing` (ES256) stands ready for a rotation; `secret` seals the codes."""

    signing: RSAKey
    next_signing: ECKey
    secret: bytes = field(repr=False)

    @property
    def public(self) -> KeySet:
        """Both keys, for the JWKS document."""
        return KeySet([self.signing, self.next_signing])


def load_issuer_keys(folder: Path) -> IssuerKeys:
    """Read `issuer-1.pem` and `issuer-2.pem`, making those that are missing (mode 0600).

    Raises ConfigurationError (`embedded.issuer_keys`) for a file that is not a key.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = _read_or_make(folder / "issuer-1.pem", _new_rsa)
    second = _read_or_make(folder / "issuer-2.pem", _new_ec)
    try:
        signing = RSAKey.import_key(first, {"use": "sig", "alg": "RS256"})
        next_signing = ECKey.import_key(second, {"use": "sig", "alg": "ES256"})
    except (JoseError, ValueError) as error:
        raise ConfigurationError(
            f"Ключи учебного входа в папке {folder} повреждены: удалите issuer-1.pem и issuer-2.pem, "
            "при следующем запуске появятся новые.",
            code="embedded.issuer_keys",
        ) from error
    signing.ensure_kid()
    next_signing.ensure_kid()
    return IssuerKeys(signing=signing, next_signing=next_signing, secret=first)


def _new_rsa() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _new_ec() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            # A link never replaces: of two processes that start together, one key wins for both.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink()
    return path.read_bytes()

"""Signed links of the local store: what a link grants stands in the link itself, under an HMAC."""

from __future__ import annotations

import base64
import binascii
import enum
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apella.errors import Forbidden, Malformed
from apella.storage.keys import Area, ObjectKey

MIN_SECRET_BYTES = 32
_MAX_TOKEN = 4096
_PURPOSE = b"apella.storage.link.1\0"


class LinkRefused(Forbidden):
    """The link is forged, spoilt, expired, or meant for something else: all look the same from outside."""

    code = "storage.link"

    def __init__(self) -> None:
        super().__init__("Ссылка на файл не действует или устарела. Откройте файл заново со страницы дела.")


class Method(enum.StrEnum):
    """What a link may be used for."""

    GET = "GET"
    PUT = "PUT"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What one link allows; the tenant is a part of the key. `expires_at` is exclusive, machine time, whole seconds.

    A download carries `disposition`, the value of its header; an upload carries the promised `size` and `sha256`.
    """

    method: Method
    key: ObjectKey
    expires_at: datetime
    content_type: str
    nonce: str
    disposition: str = ""
    size: int = 0
    sha256: bytes = b""


def new_nonce() -> str:
    """Make what tells two links for the same object apart."""
    return secrets.token_urlsafe(9)


def sign(grant: Grant, *, secret: bytes) -> str:
    """Give the grant as a text fit for one segment of a URL."""
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"the secret of the links has at least {MIN_SECRET_BYTES} bytes")
    record = {
        "m": grant.method,
        "a": grant.key.area,
        "k": grant.key.path,
        "e": int(grant.expires_at.timestamp()),
        "t": grant.content_type,
        "n": grant.nonce,
        "d": grant.disposition,
        "s": grant.size,
        "h": grant.sha256.hex(),
    }
    body = _encode(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{body}.{_signature(body, secret)}"


def verify(token: str, *, secret: bytes, method: str, now: datetime) -> Grant:
    """Give what the token grants for this method at this moment. Raises LinkRefused."""
    body, _, signature = token.partition(".")
    if len(token) > _MAX_TOKEN or not token.isascii() or not hmac.compare_digest(signature, _signature(body, secret)):
        raise LinkRefused
    try:
        grant = _grant(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (KeyError, TypeError, ValueError, binascii.Error, Malformed) as error:
        raise LinkRefused from error
    if grant.method != method or now >= grant.expires_at:
        raise LinkRefused
    return grant


def _grant(record: dict[str, Any]) -> Grant:
    return Grant(
        method=Method(record["m"]),
        key=ObjectKey.parse(record["k"], area=Area(record["a"])),
        expires_at=datetime.fromtimestamp(record["e"], tz=UTC),
        content_type=record["t"],
        nonce=record["n"],
        disposition=record["d"],
        size=record["s"],
        sha256=bytes.fromhex(record["h"]),
    )


def _signature(body: str, secret: bytes) -> str:
    return _encode(hmac.digest(secret, _PURPOSE + body.encode(), "sha256"))


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")

"""The port of object storage: what Apella asks of a store of files, and how a store refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

from apella.errors import Conflict, Malformed, NotFound, TooLarge, Unavailable
from apella.storage.keys import Area, ObjectKey

MAX_DOWNLOAD_SECONDS = 300
MAX_UPLOAD_SECONDS = 900
MAX_OBJECT_SIZE = 1024**3
CHUNK = 256 * 1024
# Types that a browser only shows or plays; anything else is always saved, whatever the caller asks.
SHOWN_TYPES = frozenset(
    {"application/pdf", "image/png", "image/jpeg", "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac"}
)


class ObjectNotFound(NotFound):
    """No object has this key."""

    code = "storage.not_found"


class ObjectExists(Conflict):
    """Another object already has this key; nothing was overwritten."""

    code = "storage.exists"


class ObjectLocked(Conflict):
    """The store keeps this object for a set term and refuses to delete it."""

    code = "storage.locked"


class ChecksumMismatch(Conflict):
    """The bytes are not those whose SHA-256 was named."""

    code = "storage.checksum"


class ObjectTooLarge(TooLarge):
    """The object is over the store's limit."""

    code = "storage.too_large"


class RangeRefused(Malformed):
    """The asked part lies outside the object."""

    code = "storage.range"


class StorageUnavailable(Unavailable):
    """The store does not answer, is full, or refuses this installation; nothing was stored."""

    code = "storage.unavailable"


class Readable(Protocol):
    """A stream of bytes that is read from its beginning to its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Give up to `size` bytes, all of the rest when negative; empty at the end."""


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object as the store holds it; `sha256` is the raw digest (32 bytes), `stored_at` machine time."""

    size: int
    sha256: bytes
    etag: str
    content_type: str
    stored_at: datetime


@dataclass(frozen=True, kw_only=True)
class ListedObject:
    """A line of a listing."""

    key: ObjectKey
    size: int
    stored_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignedLink:
    """A link that gives one object to whoever holds it until `expires_at` (machine time); never logged."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignedUpload:
    """A link that takes one PUT of exactly the promised bytes; `headers` must be sent with it as they stand."""

    url: str = field(repr=False)
    headers: Mapping[str, str]
    expires_at: datetime


class ObjectStore(Protocol):
    """A store of immutable objects in three areas; what lies in the evidence area is never deleted.

    An object is written once and never changed; putting the same bytes under the same key again is harmless, so a
    retry is safe. Every method may raise StorageUnavailable. `now` is machine time.
    """

    def put(self, key: ObjectKey, source: bytes | Readable, *, content_type: str, sha256: bytes) -> StoredObject:
        """Store the bytes durably before returning.

        Raises ChecksumMismatch, ObjectExists (other bytes have this key) and ObjectTooLarge; nothing is stored then.
        """

    def get(self, key: ObjectKey, *, sha256: bytes | None = None) -> bytes:
        """Give all bytes, compared with `sha256` when it is named. Raises ObjectNotFound and ChecksumMismatch."""

    def open_range(
        self, key: ObjectKey, *, start: int = 0, stop: int | None = None
    ) -> AbstractContextManager[Readable]:
        """Open the bytes from `start` up to, not including, `stop`. Raises ObjectNotFound and RangeRefused."""

    def head(self, key: ObjectKey) -> StoredObject:
        """Say what is stored. Raises ObjectNotFound."""

    def delete(self, key: ObjectKey) -> None:
        """Remove the object with all its versions; a missing one is no error. Raises ObjectLocked."""

    def listing(self, area: Area, *, tenant: str, kind: str | None = None) -> Iterator[ListedObject]:
        """Go through a tenant's objects in the order of their paths."""

    def discard_unfinished(self, *, before: datetime) -> int:
        """Remove what interrupted writes that began before this moment left behind; give their number."""

    def presign_get(
        self, key: ObjectKey, *, filename: str, content_type: str, seconds: int, now: datetime, inline: bool = False
    ) -> SignedLink:
        """Sign a link for at most 300 seconds; the caller checked the access and records the issue.

        `filename` stands in the link, so it carries no personal data. `inline` shows the file in the browser instead
        of saving it, for the types in SHOWN_TYPES only. Whether the object exists is not looked at.
        """

    def presign_put(
        self, key: ObjectKey, *, content_type: str, size: int, sha256: bytes, seconds: int, now: datetime
    ) -> SignedUpload:
        """Sign an upload into quarantine for at most 900 seconds. Raises ObjectTooLarge."""


def sha256_of(source: BinaryIO) -> bytes:
    """Hash a file from where it stands, and put it back there."""
    start = source.tell()
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    source.seek(start)
    return digest.digest()


def require_digest(sha256: bytes) -> None:
    """Refuse what cannot be a SHA-256, such as its hexadecimal text."""
    if len(sha256) != hashlib.sha256().digest_size:
        raise ValueError("sha256 is the raw digest of 32 bytes")


def require_download(seconds: int) -> None:
    """Refuse a download link that would live too long."""
    if not 0 < seconds <= MAX_DOWNLOAD_SECONDS:
        raise ValueError(f"a download link lives 1 to {MAX_DOWNLOAD_SECONDS} seconds")


def require_upload(key: ObjectKey, *, size: int, sha256: bytes, seconds: int, max_size: int) -> None:
    """Refuse an upload link that would live too long, reach the clean area, or promise too much.

    Raises ObjectTooLarge; ValueError for what only a mistake in our code can ask.
    """
    require_digest(sha256)
    if key.area is not Area.QUARANTINE:
        raise ValueError("uploads go into quarantine only")
    if not 0 < seconds <= MAX_UPLOAD_SECONDS:
        raise ValueError(f"an upload link lives 1 to {MAX_UPLOAD_SECONDS} seconds")
    if size < 0:
        raise ValueError("a size is not negative")
    if size > max_size:
        raise too_large(max_size)


def require_served(key: ObjectKey) -> None:
    """Refuse a link to what is kept and never served."""
    if key.area is Area.EVIDENCE:
        raise ValueError("no link leads to the evidence area")


def require_deletable(key: ObjectKey) -> None:
    """Refuse to delete evidence. Raises ObjectLocked."""
    if key.area is Area.EVIDENCE:
        raise locked()


def locked() -> ObjectLocked:
    """The refusal to delete what must be kept."""
    return ObjectLocked("Этот файл хранилище обязано беречь до конца срока хранения, удалить его нельзя.")


def require_range(*, start: int, stop: int | None) -> None:
    """Refuse a range that is empty or begins before the object. Raises RangeRefused."""
    if start < 0 or (stop is not None and stop <= start):
        raise range_refused()


def not_found() -> ObjectNotFound:
    """The refusal to give what is not there."""
    return ObjectNotFound("Файл не найден: возможно, он уже удалён.")


def exists() -> ObjectExists:
    """The refusal to overwrite."""
    return ObjectExists("Под этим именем уже сохранён другой файл. Повторите загрузку: файл получит новое имя.")


def mismatch() -> ChecksumMismatch:
    """The refusal of bytes with another hash."""
    return ChecksumMismatch("Содержимое файла не совпало с его контрольной суммой. Загрузите файл ещё раз.")


def checked(content: bytes, sha256: bytes | None) -> bytes:
    """Give the bytes back; raises ChecksumMismatch when they have another hash than the one named."""
    if sha256 is not None and hashlib.sha256(content).digest() != sha256:
        raise mismatch()
    return content


def too_large(limit: int) -> ObjectTooLarge:
    """The refusal of what is over the limit, in bytes."""
    return ObjectTooLarge("Файл больше, чем может принять хранилище.", limit=limit)


def range_refused() -> RangeRefused:
    """The refusal of a range outside the object."""
    return RangeRefused("Такой части у файла нет.")

"""The store that needs nothing but a folder: one folder per object, published by a rename.

An object is the folder `area/tenant/kind/year/id` with its bytes and their description. Both are written and flushed
in `.incoming`, then the whole folder is renamed: a reader sees all or nothing, a second writer cannot overwrite
(a folder that is not empty is no target of a rename), and what a crash leaves lies in `.incoming`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from apella.db.ids import new_id
from apella.storage import port
from apella.storage.filenames import content_disposition
from apella.storage.keys import Area, ObjectKey, listing_prefix
from apella.storage.links import Grant, Method, new_nonce, sign, verify

_CONTENT = "content"
_ABOUT = "about.json"
_INCOMING = ".incoming"
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
# Evidence is written once; whoever owns the folder can still remove it, a store with locked objects refuses even that.
EVIDENCE_MODE = 0o444
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class LocalObjectStore:
    """An ObjectStore in a folder of its own, with links signed by `secret` and served by `apella.storage.resources`.

    `links_at` is where that blueprint stands, as a path or a whole address. Other users cannot read the folder.
    """

    def __init__(
        self, root: Path, *, secret: bytes, links_at: str = "/files", max_size: int = port.MAX_OBJECT_SIZE
    ) -> None:
        self._root = root.absolute()
        self._secret = secret
        self._links_at = links_at.rstrip("/")
        self._max_size = max_size
        with _translated():
            _make_folders(self._root / _INCOMING)

    def put(
        self, key: ObjectKey, source: bytes | port.Readable, *, content_type: str, sha256: bytes
    ) -> port.StoredObject:
        """Store the bytes: written, flushed, renamed, and the folder flushed, before this returns."""
        port.require_digest(sha256)
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        with _translated():
            part = self._root / _INCOMING / str(new_id())
            part.mkdir(mode=_FOLDER_MODE)
            try:
                self._write(part, stream, content_type=content_type, sha256=sha256)
                if key.area is Area.EVIDENCE:
                    for name in (_CONTENT, _ABOUT):
                        (part / name).chmod(EVIDENCE_MODE)
                published = self._publish(part, self._folder(key))
            finally:
                shutil.rmtree(part, ignore_errors=True)
        stored = self.head(key)
        if not published and stored.sha256 != sha256:
            raise port.exists()
        return stored

    def get(self, key: ObjectKey, *, sha256: bytes | None = None) -> bytes:
        """Give all bytes, compared with `sha256` when it is named."""
        with self.open_range(key) as source:
            return port.checked(source.read(), sha256)

    @contextmanager
    def open_range(self, key: ObjectKey, *, start: int = 0, stop: int | None = None) -> Iterator[port.Readable]:
        """Open the bytes from `start` up to, not including, `stop`."""
        port.require_range(start=start, stop=stop)
        with _translated(reading=True):
            content = self.content_path(key).open("rb")
        with content:
            size = os.fstat(content.fileno()).st_size
            if start and start >= size:
                raise port.range_refused()
            content.seek(start)
            yield _Window(content, (size if stop is None else min(stop, size)) - start)

    def head(self, key: ObjectKey) -> port.StoredObject:
        """Say what is stored."""
        with _translated(reading=True):
            about = json.loads((self._folder(key) / _ABOUT).read_bytes())
            status = self.content_path(key).stat()
        return port.StoredObject(
            size=status.st_size,
            sha256=bytes.fromhex(about["sha256"]),
            etag=f'"{about["sha256"]}"',
            content_type=about["content_type"],
            stored_at=datetime.fromtimestamp(status.st_mtime, tz=UTC),
        )

    def delete(self, key: ObjectKey) -> None:
        """Take the object away at once, then remove its bytes."""
        port.require_deletable(key)
        folder = self._folder(key)
        grave = self._root / _INCOMING / str(new_id())
        with _translated():
            with contextlib.suppress(FileNotFoundError):
                folder.rename(grave)
                _flush_folder(folder.parent)
            shutil.rmtree(grave, ignore_errors=True)

    def listing(self, area: Area, *, tenant: str, kind: str | None = None) -> Iterator[port.ListedObject]:
        """Go through a tenant's objects in the order of their paths."""
        top = self._root / area
        start = top / listing_prefix(tenant=tenant, kind=kind)
        depth = 3 if kind is None else 2
        for folder in sorted(start.glob("/".join("*" * depth))):
            key = ObjectKey.recognise(folder.relative_to(top).as_posix(), area=area)
            if key is None:
                continue
            with contextlib.suppress(FileNotFoundError):
                status = (folder / _CONTENT).stat()
                yield port.ListedObject(
                    key=key,
                    size=status.st_size,
                    stored_at=datetime.fromtimestamp(status.st_mtime, tz=UTC),
                )

    def discard_unfinished(self, *, before: datetime) -> int:
        """Remove what interrupted writes and deletions that began before this moment left behind."""
        removed = 0
        for part in (self._root / _INCOMING).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if datetime.fromtimestamp(part.stat().st_mtime, tz=UTC) < before:
                    shutil.rmtree(part)
                    removed += 1
        return removed

    def presign_get(
        self, key: ObjectKey, *, filename: str, content_type: str, seconds: int, now: datetime, inline: bool = False
    ) -> port.SignedLink:
        """Sign a link for at most 300 seconds."""
        port.require_download(seconds)
        port.require_served(key)
        grant = Grant(
            method=Method.GET,
            key=key,
            expires_at=_whole(now) + timedelta(seconds=seconds),
            content_type=content_type,
            nonce=new_nonce(),
            disposition=content_disposition(filename, inline=inline and content_type in port.SHOWN_TYPES),
        )
        return port.SignedLink(url=self._url(grant), expires_at=grant.expires_at)

    def presign_put(
        self, key: ObjectKey, *, content_type: str, size: int, sha256: bytes, seconds: int, now: datetime
    ) -> port.SignedUpload:
        """Sign an upload into quarantine for at most 900 seconds."""
        port.require_upload(key, size=size, sha256=sha256, seconds=seconds, max_size=self._max_size)
        grant = Grant(
            method=Method.PUT,
            key=key,
            expires_at=_whole(now) + timedelta(seconds=seconds),
            content_type=content_type,
            nonce=new_nonce(),
            size=size,
            sha256=sha256,
        )
        headers = {"Content-Type": content_type, "Content-Length": str(size), "If-None-Match": "*"}
        return port.SignedUpload(url=self._url(grant), headers=headers, expires_at=grant.expires_at)

    def granted(self, token: str, *, method: str, now: datetime) -> Grant:
        """Give what a link's token grants. Raises LinkRefused."""
        return verify(token, secret=self._secret, method=method, now=now)

    def content_path(self, key: ObjectKey) -> Path:
        """Give the file that holds the object's bytes, for serving. Raises ObjectNotFound."""
        path = self._folder(key) / _CONTENT
        if not path.is_file():
            raise port.not_found()
        return path

    def _url(self, grant: Grant) -> str:
        return f"{self._links_at}/{sign(grant, secret=self._secret)}"

    def _folder(self, key: ObjectKey) -> Path:
        folder = self._root / key.area / key.path
        if folder.resolve() != self._root.resolve() / key.area / key.path:
            # A key cannot say so; somebody put a symbolic link into the store.
            raise port.StorageUnavailable(
                "Папка хранилища файлов изменена посторонней программой. Сообщите администратору.",
                code="storage.foreign_link",
            )
        return folder

    def _write(self, part: Path, stream: port.Readable, *, content_type: str, sha256: bytes) -> None:
        digest = hashlib.sha256()
        size = 0
        with _new_file(part / _CONTENT) as target:
            while chunk := stream.read(port.CHUNK):
                size += len(chunk)
                if size > self._max_size:
                    raise port.too_large(self._max_size)
                digest.update(chunk)
                target.write(chunk)
            if digest.digest() != sha256:
                raise port.mismatch()
        with _new_file(part / _ABOUT) as target:
            target.write(json.dumps({"content_type": content_type, "sha256": sha256.hex()}).encode())
        _flush_folder(part)

    def _publish(self, part: Path, folder: Path) -> bool:
        _make_folders(folder.parent)
        try:
            part.rename(folder)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        _flush_folder(folder.parent)
        return True


class _Window:
    """The next `left` bytes of an open file."""

    def __init__(self, source: BinaryIO, left: int) -> None:
        self._source = source
        self._left = left

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file for writing; its bytes are on the disk when the block ends without an error."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    with os.fdopen(handle, "wb") as target:
        yield target
        target.flush()
        os.fsync(target.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_folders(folder: Path) -> None:
    """Make the missing folders, each durably in its parent."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=_FOLDER_MODE)
    _flush_folder(folder.parent)


@contextmanager
def _translated(*, reading: bool = False) -> Iterator[None]:
    """Turn the operating system's errors into the port's; while reading, a missing file is a missing object."""
    try:
        yield
    except OSError as error:
        if reading and isinstance(error, FileNotFoundError):
            raise port.not_found() from error
        if error.errno in _NO_SPACE:
            raise port.StorageUnavailable(
                "На диске хранилища файлов закончилось место, файл не сохранён. Освободите место и повторите.",
                code="storage.full",
            ) from error
        raise port.StorageUnavailable(
            "Хранилище файлов сейчас недоступно, файл не сохранён. Повторите попытку позже.",
            code="storage.unavailable",
        ) from error

"""From quarantine to the clean area: the only way of an upload, and the sweep of what no row points at."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO, cast

from apella.storage import port
from apella.storage.inspect import inspect_upload
from apella.storage.keys import Area, ObjectKey
from apella.storage.scanner import Scanner
from apella.storage.uploads import FileKind, Limits, infected, too_large

_SPOOL = 8 * 1024**2
_SWEEP_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """An upload that lies in the clean area; `stored` describes it there, `file_name` is fit to be shown."""

    key: ObjectKey
    kind: FileKind
    file_name: str
    stored: port.StoredObject


def admit(
    store: port.ObjectStore,
    key: ObjectKey,
    *,
    sha256: bytes,
    file_name: str,
    accepted: Set[FileKind],
    limits: Limits,
    scanner: Scanner,
) -> Admitted:
    """Check the upload in quarantine and store what may be kept under the same path in the clean area.

    The upload itself stays, for the caller to delete after its commit; doing this twice gives the same object.
    The scanner looks at what was sent, before anything else reads it. Raises UploadRefused (`upload.infected` and the
    refusals of `inspect_upload`), UploadTooLarge, ObjectNotFound, ChecksumMismatch when the bytes are not those
    promised, and ScannerUnavailable: then nobody knows yet, and the upload stays where it is.
    """
    uploaded = store.head(key)
    limit = max(limits.sizes[kind] for kind in accepted)
    if uploaded.size > limit:
        raise too_large(limit)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spooled:
        content = cast("BinaryIO", spooled)
        with store.open_range(key) as source:
            while chunk := source.read(port.CHUNK):
                content.write(chunk)
        content.seek(0)
        if port.sha256_of(content) != sha256:
            raise port.mismatch()
        refuse_infected(scanner, content)
        found = inspect_upload(content, file_name=file_name, accepted=accepted, limits=limits)
        clean = key.in_area(Area.CLEAN)
        stored = store.put(clean, found.content, content_type=found.kind.content_type, sha256=found.sha256)
    return Admitted(key=clean, kind=found.kind, file_name=found.file_name, stored=stored)


def refuse_infected(scanner: Scanner, content: BinaryIO) -> None:
    """Have a file scanned from its beginning, and put it back there.

    Raises UploadRefused (`upload.infected`) and ScannerUnavailable.
    """
    content.seek(0)
    signature = scanner.scan(content)
    content.seek(0)
    if signature is not None:
        raise infected(signature)


def remove_orphans(
    store: port.ObjectStore,
    area: Area,
    *,
    tenant: str,
    known: Callable[[Sequence[ObjectKey]], Collection[ObjectKey]],
    before: datetime,
) -> list[ObjectKey]:
    """Delete the tenant's objects stored before this moment (machine time) that no row points at; give their keys.

    `known` says which of up to 500 keys rows point at. Files are stored before the commit that points at them, so
    `before` lies well behind now: a day.
    """
    removed: list[ObjectKey] = []
    old = (line.key for line in store.listing(area, tenant=tenant) if line.stored_at < before)
    for keys in _batches(old):
        pointed_at = set(known(keys))
        for key in keys:
            if key not in pointed_at:
                store.delete(key)
                removed.append(key)
    return removed


def _batches(keys: Iterator[ObjectKey]) -> Iterator[list[ObjectKey]]:
    while batch := list(islice(keys, _SWEEP_BATCH)):
        yield batch

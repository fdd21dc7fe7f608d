"""Scans and recordings of a delivery: looked through when it is checked, stored when it is imported."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.errors import ApellaError
from apella.registry.importing_bulk import insert_rows, update_rows
from apella.registry.model import Work, WorkFile
from apella.registry.reading import Problems, open_inside
from apella.registry.tables import FILES, FileRow, WorkFileKind
from apella.storage.inspect import Inspected, inspect_upload
from apella.storage.intake import refuse_infected
from apella.storage.keys import Area, new_key
from apella.storage.model import FileState, StoredFile
from apella.storage.port import CHUNK, ObjectStore
from apella.storage.scanner import Scanner, ScannerUnavailable
from apella.storage.uploads import AUDIO, PAPERS, FileKind, Limits

OBJECT_KIND = "registry"
_LIMITS = Limits()
_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """A file of the delivery that was looked through; `sha256` (raw) is of what will be stored."""

    row: FileRow
    kind: FileKind
    file_name: str
    sha256: bytes


def look_through(
    directory: Path, row: FileRow, *, line: int, problems: Problems, scanner: Scanner
) -> DeliveredFile | None:
    """Check that the file is there, is the one that the table means, holds no malware, and is what it seems to be.

    Raises ScannerUnavailable: a delivery that nobody could look through waits, whole.
    """
    try:
        with open_inside(directory, row.file) as file:
            limit = max(_LIMITS.sizes[kind] for kind in _accepted(row))
            if os.fstat(file.fileno()).st_size > limit:
                problems.add(FILES.file, line, "file", f"файл больше {limit // 1024**2} МБ")
                return None
            if _hash(file) != row.sha256:
                problems.add(FILES.file, line, "sha256", "файл не тот: SHA-256 не совпадает")
                return None
            refuse_infected(scanner, file)
            found = _inspected(file, row)
    except ScannerUnavailable:
        raise
    except ValueError as error:
        problems.add(FILES.file, line, "file", str(error))
        return None
    except ApellaError as error:
        problems.add(FILES.file, line, "file", error.message.rstrip("."))
        return None
    return DeliveredFile(row=row, kind=found.kind, file_name=found.file_name, sha256=found.sha256)


@dataclass(frozen=True, kw_only=True)
class FileWriter:
    """Stores the files of one import and writes their rows; `slug` and `year` stand in the objects' keys."""

    session: Session
    store: ObjectStore
    directory: Path
    season_id: uuid.UUID
    slug: str
    year: int
    machine_now: datetime

    def write(self, files: Iterable[DeliveredFile], works: Mapping[str, uuid.UUID]) -> int:
        """Store what is new or changed, a hundred at a time, so that the transaction is never idle for long.

        A changed scan is stored beside the earlier one, which kits may hold. Returns how many were stored.
        """
        known = self._known()
        wanted = (file for file in files if self._is_new(known, file))
        written = 0
        while batch := list(islice(wanted, _BATCH)):
            stored = [self._stored_row(file) for file in batch]
            insert_rows(self.session, StoredFile, stored)
            self._point(batch, [row["id"] for row in stored], known, works)
            written += len(batch)
        return written

    def _known(self) -> dict[tuple[str, str, int], tuple[uuid.UUID, bytes]]:
        rows = self.session.execute(
            select(Work.code, WorkFile.kind, WorkFile.page, WorkFile.id, StoredFile.sha256)
            .join(WorkFile, and_(WorkFile.tenant_id == Work.tenant_id, WorkFile.work_id == Work.id))
            .join(StoredFile, and_(StoredFile.tenant_id == WorkFile.tenant_id, StoredFile.id == WorkFile.file_id))
            .where(Work.season_id == self.season_id)
        )
        return {(code, kind, page): (work_file_id, sha256) for code, kind, page, work_file_id, sha256 in rows}

    def _is_new(self, known: Mapping[tuple[str, str, int], tuple[uuid.UUID, bytes]], file: DeliveredFile) -> bool:
        return known.get(_place(file.row), (None, b""))[1] != file.sha256

    def _stored_row(self, file: DeliveredFile) -> dict[str, object]:
        key = new_key(Area.CLEAN, tenant=self.slug, kind=OBJECT_KIND, year=self.year)
        with open_inside(self.directory, file.row.file) as source:
            found = _inspected(source, file.row)
            found.content.seek(0)
            stored = self.store.put(key, found.content, content_type=file.kind.content_type, sha256=file.sha256)
        return {
            "id": new_id(),
            "season_id": self.season_id,
            "case_id": None,
            "key": key.path,
            "kind": str(file.row.kind),
            "file_name": file.file_name,
            "content_type": file.kind.content_type,
            "size": stored.size,
            "sha256": file.sha256,
            "state": FileState.CLEAN,
            "checked_at": self.machine_now,
        }

    def _point(
        self,
        batch: list[DeliveredFile],
        ids: list[object],
        known: Mapping[tuple[str, str, int], tuple[uuid.UUID, bytes]],
        works: Mapping[str, uuid.UUID],
    ) -> None:
        added: list[dict[str, object]] = []
        moved: list[dict[str, object]] = []
        for file, file_id in zip(batch, ids, strict=True):
            place = _place(file.row)
            if place in known:
                moved.append({"id": known[place][0], "file_id": file_id})
                continue
            added.append(
                {
                    "id": new_id(),
                    "work_id": works[file.row.work_code],
                    "kind": str(file.row.kind),
                    "page": file.row.page,
                    "file_id": file_id,
                }
            )
        insert_rows(self.session, WorkFile, added)
        update_rows(self.session, WorkFile, moved)


def _place(row: FileRow) -> tuple[str, str, int]:
    return row.work_code, str(row.kind), row.page


def _inspected(file: BinaryIO, row: FileRow) -> Inspected:
    return inspect_upload(file, file_name=row.file, accepted=_accepted(row), limits=_LIMITS)


def _accepted(row: FileRow) -> Set[FileKind]:
    return AUDIO if row.kind is WorkFileKind.AUDIO else PAPERS


def _hash(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(file):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk

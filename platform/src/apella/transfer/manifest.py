"""What an exported tenant consists of: counts, checksums and the version that they fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Table

from apella.db.migrate import newest
from apella.errors import Malformed
from apella.storage.keys import Area
from apella.tables import METADATA

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
TABLES: Final = "tables"
OBJECTS: Final = "objects"
GLOBAL: Final = ("account", "account_tenant")
"""Tables of no tenant whose rows a tenant's people need; sessions are left behind, since everybody signs in anew."""

_CHUNK: Final = 1 << 20


class CopyRefused(Malformed):
    """The folder is no whole export, or does not fit this installation. Nothing was changed."""

    code = "transfer.refused"


@dataclass(frozen=True, kw_only=True)
class TableEntry:
    """A table's file: how many rows, and the SHA-256 of the file."""

    rows: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ObjectEntry:
    """A stored file: where it lies in the store, and what it is."""

    area: Area
    path: str
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The whole export. `schema` is what `schema_of` said, `master_key` names the key that wrapped the data keys."""

    format: int
    schema: str
    tenant_id: int
    slug: str
    made_at: str
    master_key: str
    tables: Mapping[str, TableEntry]
    objects: Sequence[ObjectEntry]

    def write(self, folder: Path) -> None:
        """Put it into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest. Raises CopyRefused (`transfer.manifest`)."""
    try:
        raw = json.loads((folder / MANIFEST).read_text("utf-8"))
        raw["tables"] = {name: TableEntry(**entry) for name, entry in raw["tables"].items()}
        raw["objects"] = [ObjectEntry(**{**entry, "area": Area(entry["area"])}) for entry in raw["objects"]]
        return Manifest(**raw)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CopyRefused(
            f"В папке {folder} нет выгрузки региона или она повреждена.", code="transfer.manifest"
        ) from error


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest. Raises CopyRefused (`transfer.checksum`)."""
    wanted = {table_file(folder, name): entry.sha256 for name, entry in manifest.tables.items()}
    wanted |= {object_file(folder, entry): entry.sha256 for entry in manifest.objects}
    for file, sha256 in wanted.items():
        if not file.is_file() or file_sha256(file) != sha256:
            raise CopyRefused(
                f"Файл {file.relative_to(folder)} повреждён или пропал: контрольная сумма не та.",
                code="transfer.checksum",
            )


def table_file(folder: Path, name: str) -> Path:
    """Where a table's rows lie, in the text format of COPY."""
    return folder / TABLES / f"{name}.copy"


def object_file(folder: Path, entry: ObjectEntry) -> Path:
    """Where a stored file lies."""
    return folder / OBJECTS / entry.area / entry.path


def file_sha256(file: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def tenant_tables() -> Iterator[Table]:
    """Every table of tenants' rows, each after those that it refers to; last the audit's, whose lock all feel."""
    found = [table for table in METADATA.sorted_tables if "tenant_id" in table.columns]
    yield from (table for table in found if table.name != "audit_event")
    yield METADATA.tables["audit_event"]


def global_tables() -> Iterator[Table]:
    """The tables of `GLOBAL`."""
    return (METADATA.tables[name] for name in GLOBAL)


def columns_of(table: Table) -> list[str]:
    """A table's columns in the order of the files."""
    return sorted(column.name for column in table.columns)


def schema_of() -> str:
    """The migration and the columns of all tables in a word: an export fits only the same."""
    columns = {table.name: columns_of(table) for table in (*tenant_tables(), *global_tables())}
    digest = hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()
    return f"{newest()}-{digest[:16]}"

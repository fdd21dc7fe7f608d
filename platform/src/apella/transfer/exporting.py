"""Writing a tenant into a folder: one snapshot of its rows, and its stored files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from apella.audit.trail import record
from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database
from apella.errors import Conflict
from apella.identity.actor import Actor
from apella.regions.rules import RegionRules
from apella.storage.keys import Area, ObjectKey
from apella.storage.port import CHUNK
from apella.transfer.manifest import (
    FORMAT,
    OBJECTS,
    TABLES,
    CopyRefused,
    Manifest,
    ObjectEntry,
    global_tables,
    object_file,
    schema_of,
    table_file,
    tenant_tables,
)
from apella.transfer.rows import driver, write_out

_UNFINISHED: Final = ".unfinished"


def export_tenant(app: App, rules: RegionRules, *, actor: Actor, folder: Path) -> Manifest:
    """Write everything of a tenant into a new folder; that it was written out stands in its audit.

    Rows are of one moment (REPEATABLE READ), read as the tenant itself sees them: row level security lets nothing of
    another into the files. Keys stay wrapped; the master key is not written. Raises Conflict (`transfer.folder`).
    """
    if folder.exists():
        raise Conflict(f"Папка {folder} уже есть. Назовите новую.", code="transfer.folder")
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / TABLES).mkdir(parents=True, mode=0o700)
    try:
        manifest = _write(app, rules, actor=actor, folder=unfinished)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def _write(app: App, rules: RegionRules, *, actor: Actor, folder: Path) -> Manifest:
    tenant_id, slug = rules.tenant.tenant_id, rules.slug
    with app.database.unit_of_work(tenant_id) as work:
        record(work.session, actor=actor, tag="tenant:data:exported", subject_type="season", subject_id=actor.season_id)
    # A checkpoint seals what is committed: those found now are no further than the snapshot that comes after them.
    evidence = list(app.store.listing(Area.EVIDENCE, tenant=slug))
    url = app.settings.database_url or ""
    engine = make_engine(url, DbRole.RW, pool_size=1, pooled=app.settings.database_pooled)
    try:
        snapshot = Database(engine.execution_options(isolation_level="REPEATABLE READ"))
        with snapshot.unit_of_work(tenant_id) as work, driver(work.session) as cursor:
            made_at = work.machine_now
            tables = {
                table.name: write_out(
                    cursor, table, tenant_id=tenant_id, slug=slug, file=table_file(folder, table.name)
                )
                for table in (*global_tables(), *tenant_tables())
            }
    finally:
        engine.dispose()
    served = [one for area in (Area.QUARANTINE, Area.CLEAN) for one in app.store.listing(area, tenant=slug)]
    manifest = Manifest(
        format=FORMAT,
        schema=schema_of(),
        tenant_id=int(tenant_id),
        slug=slug,
        made_at=made_at.isoformat(),
        master_key=app.master.fingerprint,
        tables=tables,
        objects=list(_objects(app, (one.key for one in (*evidence, *served)), folder)),
    )
    manifest.write(folder)
    return manifest


def _objects(app: App, keys: Iterable[ObjectKey], folder: Path) -> Iterator[ObjectEntry]:
    """Write the stored files. Raises CopyRefused (`transfer.object`) for one that is not what was stored."""
    (folder / OBJECTS).mkdir()
    for key in keys:
        head = app.store.head(key)
        entry = ObjectEntry(
            area=key.area, path=key.path, size=head.size, sha256=head.sha256.hex(), content_type=head.content_type
        )
        file = object_file(folder, entry)
        file.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with app.store.open_range(key) as source, file.open("xb") as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
        if digest.digest() != head.sha256:
            raise CopyRefused(f"Файл {key.path} в хранилище повреждён: выгрузка не сделана.", code="transfer.object")
        yield entry

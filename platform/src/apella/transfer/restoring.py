"""Bringing a tenant from a folder into a database where it has nothing yet: all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database
from apella.errors import Conflict
from apella.identity.actor import Actor
from apella.identity.repository import newest_season
from apella.storage.keys import Area, ObjectKey
from apella.storage.port import ObjectNotFound
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Tenant
from apella.transfer.manifest import (
    FORMAT,
    CopyRefused,
    Manifest,
    check_files,
    global_tables,
    object_file,
    read_manifest,
    schema_of,
    table_file,
    tenant_tables,
)
from apella.transfer.rows import driver, is_empty, read_in, write_out

_LOCK_TIMEOUT: Final = "10s"


def restore_tenant(app: App, folder: Path) -> Manifest:
    """Bring in a tenant from an export; that it was brought in stands in its audit.

    The rows are written out again and compared before anything is committed. Raises CopyRefused for a folder that is
    not whole or fits another version, master key or tenant, and Conflict (`transfer.not_empty`, `transfer.account`).
    """
    manifest = read_manifest(folder)
    _check_fits(app, manifest)
    check_files(folder, manifest)
    tenant_id = TenantId(manifest.tenant_id)
    url = app.settings.database_url or ""
    # The owner of the tables: nobody else may write a chain that was made elsewhere.
    engine = make_engine(url, DbRole.OWNER, pool_size=1, pooled=app.settings.database_pooled)
    new: list[ObjectKey] = []
    try:
        with Database(engine).unit_of_work(tenant_id) as work:
            _enter_tenant(work.session, manifest)
            with driver(work.session) as cursor:
                _forget_recorded_base(cursor, tenant_id)
                _check_empty(cursor, tenant_id)
                _read_rows(cursor, folder)
                _compare(cursor, manifest)
            season = newest_season(work.session)
            if season is not None:
                actor = Actor.system(tenant_id=tenant_id, slug=manifest.slug, season_id=season.id)
                record(
                    work.session,
                    actor=actor,
                    tag="tenant:data:restored",
                    subject_type="season",
                    subject_id=season.id,
                    after={"made_at": manifest.made_at},
                )
            _store(app, manifest, folder, new)
    except BaseException:
        # Also where the commit itself fails: no file stays without its row.
        _remove(app, new)
        raise
    finally:
        engine.dispose()
    return manifest


def _check_fits(app: App, manifest: Manifest) -> None:
    if manifest.format != FORMAT or manifest.schema != schema_of():
        raise CopyRefused(
            "Выгрузка сделана другой версией Apella. Восстановите её той же версией, затем обновите.",
            code="transfer.version",
        )
    if manifest.master_key != app.master.fingerprint:
        raise CopyRefused(
            "Личные данные в выгрузке зашифрованы под другим главным ключом. Положите тот ключ и повторите.",
            code="transfer.key",
        )
    rules = app.regions.get(manifest.slug)
    if int(rules.tenant.tenant_id) != manifest.tenant_id:
        raise CopyRefused("Номер региона в его файлах другой, чем в выгрузке.", code="transfer.tenant")


def _enter_tenant(session: Session, manifest: Manifest) -> None:
    known = session.get(Tenant, manifest.tenant_id)
    if known is None:
        session.add(Tenant(id=TenantId(manifest.tenant_id), slug=manifest.slug))
        session.flush()
    elif known.slug != manifest.slug:
        raise CopyRefused(f"Этот номер в базе у региона {known.slug}.", code="transfer.tenant")


def _forget_recorded_base(cursor: psycopg.Cursor[Any], tenant_id: TenantId) -> None:
    """Let the base that the region brings along stand in place of the one recorded when it was entered here."""
    cursor.execute("DELETE FROM calendar_version WHERE tenant_id = %s AND number = 0", (int(tenant_id),))


def _check_empty(cursor: psycopg.Cursor[Any], tenant_id: TenantId) -> None:
    for table in tenant_tables():
        if not is_empty(cursor, table, tenant_id=tenant_id):
            raise Conflict(
                "У этого региона в базе уже есть данные. Восстановить можно только в базу, где их нет.",
                code="transfer.not_empty",
                table=table.name,
            )


def _read_rows(cursor: psycopg.Cursor[Any], folder: Path) -> None:
    try:
        for table in global_tables():
            read_in(cursor, table, table_file(folder, table.name))
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(
            "Учётная запись из выгрузки в этой базе уже есть под другим номером: базу нужно взять пустую.",
            code="transfer.account",
        ) from error
    cursor.execute(sql.SQL("SELECT set_config('lock_timeout', {}, true)").format(_LOCK_TIMEOUT))
    for table in tenant_tables():
        if table.name == "audit_event":
            # Its trigger would make another chain. Everybody's events wait from here to the commit.
            cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_chain")
        read_in(cursor, table, table_file(folder, table.name))
    # What is checked only at the end would else be checked after the alteration, which PostgreSQL refuses.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_chain")


def _compare(cursor: psycopg.Cursor[Any], manifest: Manifest) -> None:
    """Raises CopyRefused (`transfer.rows`) unless the tenant's rows are now what the export says."""
    for table in tenant_tables():
        found = write_out(cursor, table, tenant_id=TenantId(manifest.tenant_id), slug=manifest.slug)
        if found != manifest.tables[table.name]:
            raise CopyRefused(f"Таблица {table.name} восстановлена не такой, какой была.", code="transfer.rows")


def _store(app: App, manifest: Manifest, folder: Path, new: list[ObjectKey]) -> None:
    """Store the files, noting in `new` those that were not there; evidence last, since it cannot be removed."""
    for entry in sorted(manifest.objects, key=lambda one: one.area is Area.EVIDENCE):
        key = ObjectKey.parse(entry.path, area=entry.area)
        try:
            app.store.head(key)
        except ObjectNotFound:
            new.append(key)
        with object_file(folder, entry).open("rb") as source:
            app.store.put(key, source, content_type=entry.content_type, sha256=bytes.fromhex(entry.sha256))


def _remove(app: App, new: list[ObjectKey]) -> None:
    for key in new:
        if key.area is not Area.EVIDENCE:
            app.store.delete(key)

"""A copy becomes an instance again, and is proved to be whole before anybody may use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from apella.embedded.backup import DUMP, OBJECTS, RECORD, SUMS, Backup, copy_hashed, hash_of, run_client
from apella.embedded.binaries import POSTGRES_MAJOR
from apella.embedded.catalogue import catalogue
from apella.embedded.home import Home
from apella.embedded.lock import locked
from apella.embedded.logs import log_file, open_log
from apella.embedded.postgres import ClusterAddress, EmbeddedPostgres
from apella.embedded.postgres_files import SUPERUSER, database_rights
from apella.embedded.record import InstanceRecord, check_key, new_record, parse_record, write_record
from apella.embedded.refusals import InstanceRefused, check_embedded, disk_full_named
from apella.embedded.schema import Schema
from apella.settings import Settings
from apella.storage.keys import Area
from apella.storage.local import EVIDENCE_MODE

_FRESH = "apella_fresh"


def restore_backup(
    settings: Settings, folder: Path, *, schema: Schema, forget: Callable[[Settings], object] | None = None
) -> Backup:
    """Make an instance of a copy in a home that has none; the master key must be in its place already.

    `forget` is called with the address of the restored database before anybody may use it: it erases again what was
    erased after the copy was made.

    Raises InstanceRefused, and leaves the home as it was, when the copy is not whole, is of another key or a newer
    version, when pg_restore has anything to say, or when the result is not made of what the migrations make.
    """
    check_embedded(settings, command="restore")
    home = Home(settings.home)
    _check_empty(home)
    sums = _read_sums(folder)
    record = _read_record(folder, schema)
    check_key(record, settings.master_key_file)
    with disk_full_named(home.root), locked(home, command="restore") as holder:
        _check_empty(home)
        home.check_space()
        restored = replace(
            new_record(key_fingerprint=record.key_fingerprint), schema=schema.newest, seeded=record.seeded
        )
        postgres = EmbeddedPostgres(home, instance_id=restored.instance_id, mark=holder.mark)
        try:
            files = _restore_objects(home, folder, sums)
            _restore_database(
                home,
                folder,
                postgres=postgres,
                schema=schema,
                forget=lambda url: None if forget is None else forget(replace(settings, database_url=url)),
            )
            os.sync()
            # The record comes last: without it the folder is known to be half restored.
            write_record(home, restored)
        except BaseException:
            postgres.stop()
            for left in (home.postgres, home.objects):
                shutil.rmtree(left)
            raise
    return Backup(folder=folder, files=files, record=restored)


def _check_empty(home: Home) -> None:
    if not home.root.exists():
        return
    beside = {home.keys, home.lock, home.logs, home.run, home.postgres, home.objects}
    filled = [folder for folder in (home.postgres, home.objects) if folder.exists() and any(folder.iterdir())]
    if filled or set(home.root.iterdir()) - beside:
        raise InstanceRefused(
            f"В папке {home.root} уже есть данные. Копию восстанавливают в новую папку: APELLA_HOME=/путь/к/папке,"
            " где лежит только keys с главным ключом.",
            code="restore.not_empty",
        )


def _read_sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InstanceRefused(
            f"В папке {folder} нет законченной копии (файла {SUMS}). Укажите папку, которую сделала apella backup.",
            code="restore.unfinished",
        ) from error
    sums = {}
    for line in lines:
        value, _, name = line.partition("  ")
        sums[name] = value
    for name in (DUMP, RECORD):
        _check_sum(folder, name, sums)
    return sums


def _check_sum(folder: Path, name: str, sums: dict[str, str]) -> None:
    file = folder / name
    if not file.is_file() or hash_of(file) != sums.get(name):
        raise _damaged(file)


def _damaged(file: Path) -> InstanceRefused:
    return InstanceRefused(
        f"Файл копии {file} пропал или испорчен. Восстановите данные из другой копии.", code="restore.damaged"
    )


def _read_record(folder: Path, schema: Schema) -> InstanceRecord:
    try:
        record = parse_record((folder / RECORD).read_text())
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder / RECORD) from error
    if record.postgres_major > POSTGRES_MAJOR or not schema.knows(record.schema):
        raise InstanceRefused(
            f"Копия {folder} сделана более новой версией Apella (PostgreSQL {record.postgres_major}, схема"
            f" {record.schema}). Обновите Apella.",
            code="restore.newer",
        )
    return record


def _restore_database(
    home: Home, folder: Path, *, postgres: EmbeddedPostgres, schema: Schema, forget: Callable[[str], object]
) -> None:
    address = postgres.start()
    said = run_client(
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        str(folder.absolute() / DUMP),
        address=address,
        user=SUPERUSER,
    )
    if said:
        with open_log(home, "restore") as log:
            log.write(said)
        # A warning counts: a restore that «ignored» one once came up without an index.
        raise InstanceRefused(
            f"Копия {folder} не восстановлена: pg_restore сообщил об ошибке. Подробности в файле"
            f" {log_file(home, 'restore')}.",
            code="restore.dump",
        )
    schema.upgrade(address.database_url)
    _compare_with_fresh(home, address, schema)
    forget(address.database_url)
    with address.connect(user=SUPERUSER) as connection:
        connection.execute("analyze")
    postgres.stop()


def _compare_with_fresh(home: Home, address: ClusterAddress, schema: Schema) -> None:
    fresh = replace(address, dbname=_FRESH)
    with address.connect(user=SUPERUSER) as connection:
        connection.execute(f"create database {_FRESH} owner app_owner")
        for statement in database_rights(_FRESH):
            connection.execute(statement.encode())
    schema.upgrade(fresh.database_url)
    with fresh.connect(user=SUPERUSER) as connection:
        wanted = catalogue(connection)
    with address.connect(user=SUPERUSER) as connection:
        found = catalogue(connection)
        connection.execute(f"drop database {_FRESH}")
    if found != wanted:
        lines = [f"- {line}" for line in sorted(wanted - found)] + [f"+ {line}" for line in sorted(found - wanted)]
        with open_log(home, "restore") as log:
            log.write("".join(f"{line}\n" for line in lines).encode())
        raise InstanceRefused(
            "Восстановленная база отличается от той, что создаёт эта версия Apella: различий"
            f" {len(lines)}, они в файле {log_file(home, 'restore')}. Данные не приняты.",
            code="restore.catalogue",
            differences=len(lines),
        )


def _restore_objects(home: Home, folder: Path, sums: dict[str, str]) -> int:
    names = [name for name in sums if name.startswith(f"{OBJECTS}/")]
    for name in names:
        source, target = folder / name, home.root / name
        if ".." in source.parts or not source.is_file() or copy_hashed(source, target) != sums[name]:
            raise _damaged(source)
        if target.is_relative_to(home.objects / Area.EVIDENCE):
            target.chmod(EVIDENCE_MODE)
    return len(names)

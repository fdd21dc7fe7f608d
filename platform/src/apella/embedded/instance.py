"""An instance's database, from an empty folder or from last year's to one that this code can work with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from apella.embedded.home import Home
from apella.embedded.lock import Holder
from apella.embedded.postgres import ClusterAddress, EmbeddedPostgres
from apella.embedded.record import (
    InstanceRecord,
    check_key,
    first_key_fingerprint,
    new_record,
    read_record,
    write_record,
)
from apella.embedded.refusals import InstanceRefused
from apella.embedded.schema import Schema
from apella.settings import Settings


@dataclass(kw_only=True)
class Instance:
    """An instance whose PostgreSQL runs at the newest schema."""

    home: Home
    record: InstanceRecord
    postgres: EmbeddedPostgres
    address: ClusterAddress

    def mark_seeded(self) -> None:
        """Remember that the first start was finished."""
        self.record = replace(self.record, seeded=True)
        write_record(self.home, self.record)


def check_home(home: Home, settings: Settings, schema: Schema, *, create: bool = True) -> InstanceRecord:
    """Read what the home is, or (`create`) begin a new instance in it. Raises InstanceRefused saying what is wrong."""
    record = read_record(home)
    if record is None:
        if home.data.exists():
            raise InstanceRefused(
                f"В папке {home.root} осталось недоделанное восстановление. Удалите в ней папки postgres и objects и"
                " повторите apella restore.",
                code="instance.half_restored",
            )
        if not create:
            raise InstanceRefused(
                f"В папке {home.root} ещё нет данных Apella. Создайте их командой apella up или укажите другую папку:"
                " APELLA_HOME=/путь/к/папке.",
                code="instance.empty",
            )
        record = new_record(key_fingerprint=first_key_fingerprint(settings.master_key_file))
        write_record(home, record)
    home.check_postgres_major()
    if record.schema and not schema.knows(record.schema):
        raise InstanceRefused(
            f"Папка данных {home.root} создана более новой версией Apella (схема {record.schema}, здесь"
            f" {schema.newest}). Обновите Apella.",
            code="instance.schema",
        )
    check_key(record, settings.master_key_file)
    return record


@contextmanager
def opened(
    home: Home, holder: Holder, *, settings: Settings, schema: Schema, create: bool = True
) -> Iterator[Instance]:
    """Start the home's PostgreSQL at the newest schema and stop it at the end. The caller holds the lock."""
    home.check_space()
    record = check_home(home, settings, schema, create=create)
    postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
    try:
        address = postgres.start()
        if record.schema != schema.newest:
            schema.upgrade(address.database_url)
            record = replace(record, schema=schema.newest)
            write_record(home, record)
        yield Instance(home=home, record=record, postgres=postgres, address=address)
    finally:
        postgres.stop()

"""What a home is: which instance, made by which PostgreSQL, at which schema, with which master key."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from apella.db.keys import MasterKey, ensure_master_key, load_master_key
from apella.embedded.binaries import POSTGRES_MAJOR
from apella.embedded.home import Home
from apella.embedded.refusals import InstanceRefused


@dataclass(frozen=True, kw_only=True)
class InstanceRecord:
    """`instance_id` is random and stands in the cluster too; `schema` is the revision, empty before the first one;
    `seeded` says whether the first start was finished; `key_fingerprint` tells master keys apart, not more."""

    instance_id: str
    postgres_major: int
    schema: str
    seeded: bool
    key_fingerprint: str


def new_record(*, key_fingerprint: str) -> InstanceRecord:
    """The record of an instance that begins now."""
    return InstanceRecord(
        instance_id=secrets.token_hex(16),
        postgres_major=POSTGRES_MAJOR,
        schema="",
        seeded=False,
        key_fingerprint=key_fingerprint,
    )


def read_record(home: Home) -> InstanceRecord | None:
    """Read the home's record; None for a new home. Raises InstanceRefused when it cannot be read."""
    try:
        return parse_record(home.record.read_text())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise InstanceRefused(
            f"Файл {home.record} испорчен. Верните его из резервной копии или укажите другую папку: APELLA_HOME=….",
            code="instance.record",
        ) from error


def parse_record(text: str) -> InstanceRecord:
    """Read a record's text. Raises ValueError, KeyError or TypeError on anything else."""
    values = tomllib.loads(text)
    if type(values["seeded"]) is not bool:
        raise TypeError("seeded")
    return InstanceRecord(
        instance_id=str(values["instance_id"]),
        postgres_major=int(values["postgres_major"]),
        schema=str(values["schema"]),
        seeded=values["seeded"],
        key_fingerprint=str(values["key_fingerprint"]),
    )


def record_text(record: InstanceRecord) -> str:
    """The record as TOML."""
    # For texts without exotic characters, whole numbers and truth values, JSON's notation is TOML's.
    lines = [f"{name} = {json.dumps(value)}" for name, value in asdict(record).items()]
    return "\n".join(["# Паспорт папки данных Apella. Не правьте его вручную.", *lines, ""])


def write_record(home: Home, record: InstanceRecord) -> None:
    """Put the record in place of the old one; a kill or a loss of power leaves one of the two whole."""
    write_whole(home.record, record_text(record))


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file so that it exists whole or not at all, and survives a loss of power once this returns."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def first_key_fingerprint(path: Path) -> str:
    """Make the master key of a new instance unless its file is there already; returns its fingerprint."""
    return _fingerprint(ensure_master_key(path))


def key_fingerprint(path: Path) -> str:
    """A short text that tells one master key from another. Raises InstanceRefused without the file."""
    if not path.exists():
        raise InstanceRefused(
            f"Нет файла главного ключа {path}: без него зашифрованные данные не прочитать. Верните файл на место.",
            code="instance.key_missing",
        )
    return _fingerprint(load_master_key(path))


def _fingerprint(key: MasterKey) -> str:
    return key.derive("fingerprint of the instance's key").hex()[:16]


def check_key(record: InstanceRecord, path: Path) -> None:
    """Raise InstanceRefused when the master key is not the one that this data was written with."""
    if key_fingerprint(path) != record.key_fingerprint:
        raise InstanceRefused(
            f"Файл главного ключа {path} не от этих данных (нужен ключ с отпечатком {record.key_fingerprint})."
            " Положите на его место верный файл.",
            code="instance.key_wrong",
        )

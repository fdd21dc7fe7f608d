"""Copies of an instance: the database and the stored files. The master key is kept apart, by a person."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apella.embedded.attach import attached_cluster
from apella.embedded.binaries import postgres_program
from apella.embedded.home import Home
from apella.embedded.postgres import ClusterAddress
from apella.embedded.processes import spawn
from apella.embedded.record import InstanceRecord, read_record, record_text, write_whole
from apella.embedded.refusals import InstanceRefused, disk_full, disk_full_named
from apella.embedded.schema import Schema
from apella.settings import Settings

DUMP = "database.dump"
RECORD = "instance.toml"
OBJECTS = "objects"
# Written last: a copy without it is not finished. `sha256sum -c SHA256SUMS` reads it too.
SUMS = "SHA256SUMS"
_BLOCK = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A finished copy; `files` counts the stored files in it."""

    folder: Path
    files: int
    record: InstanceRecord


def make_backup(settings: Settings, folder: Path, *, schema: Schema) -> Backup:
    """Copy the instance, running or not, into a new or empty folder. Raises InstanceRefused; half a copy is removed."""
    home = Home(settings.home)
    folder = folder.absolute()
    if folder.resolve().is_relative_to(home.root.resolve()):
        raise InstanceRefused(
            f"Папка {folder} лежит внутри папки данных. Копию кладут в другое место, лучше на другой диск.",
            code="backup.inside_home",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InstanceRefused(f"Папка {folder} не пуста. Укажите новую или пустую папку.", code="backup.not_empty")
    with attached_cluster(settings, command="backup", schema=schema) as address, disk_full_named(folder):
        record = read_record(home)
        if record is None:
            raise RuntimeError("a started instance has a record")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            files = _fill(folder, home=home, record=record, address=address)
        except BaseException:
            for left in folder.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            raise
    return Backup(folder=folder, files=files, record=record)


def _fill(folder: Path, *, home: Home, record: InstanceRecord, address: ClusterAddress) -> int:
    _dump(address, folder / DUMP)
    write_whole(folder / RECORD, record_text(record))
    sums = {DUMP: hash_of(folder / DUMP), RECORD: hash_of(folder / RECORD)}
    # After the dump: a file is stored before the commit that points at it, so each row of the dump finds its file.
    objects = folder / OBJECTS
    objects.mkdir(mode=0o700)
    for file in files_in(home.objects):
        name = file.relative_to(home.objects)
        sums[f"{OBJECTS}/{name}"] = copy_hashed(file, objects / name)
    os.sync()
    write_whole(folder / SUMS, "".join(f"{value}  {name}\n" for name, value in sums.items()))
    return len(sums) - 2


def _dump(address: ClusterAddress, file: Path) -> None:
    said = run_client("pg_dump", "--format=custom", f"--file={file}", address=address, user="app_ops")
    if said:
        if b"No space left on device" in said:
            raise disk_full(file.parent)
        raise InstanceRefused(
            f"Копия базы данных не сделана, pg_dump сообщает: {said.decode(errors='replace').splitlines()[0]}",
            code="backup.dump",
        )


def run_client(program: str, *arguments: str, address: ClusterAddress, user: str) -> bytes:
    """Run a client program of PostgreSQL as `user`; returns what it said, which is nothing when all went well."""
    child = spawn(
        (
            postgres_program(program),
            "--no-password",
            f"--host={address.host}",
            f"--port={address.port}",
            f"--username={user}",
            f"--dbname={address.dbname}",
            *arguments,
        ),
        mark="",
        output=subprocess.PIPE,
        death_signal=signal.SIGKILL,
        cwd=address.passfile.parent,
        environment={"PGPASSFILE": str(address.passfile), "LC_ALL": "C"},
    )
    try:
        said, _ = child.communicate()
    finally:
        child.kill()
        child.wait()
    return said or (f"exit code {child.returncode}".encode() if child.returncode else b"")


def files_in(folder: Path) -> Iterator[Path]:
    """The files below a folder, in order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def copy_hashed(source: Path, target: Path) -> str:
    """Copy a file, making the folders it needs; returns the SHA-256 of what was copied, in hex."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sha256 = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while block := reader.read(_BLOCK):
            sha256.update(block)
            writer.write(block)
    return sha256.hexdigest()


def hash_of(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()

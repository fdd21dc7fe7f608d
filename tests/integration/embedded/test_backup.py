"""A copy becomes an instance again, or is refused with the reason."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from apella.db.keys import KEY_BYTES
from apella.embedded import backup
from apella.embedded.attach import attached
from apella.embedded.backup import make_backup
from apella.embedded.binaries import postgres_program
from apella.embedded.home import Home
from apella.embedded.record import read_record
from apella.embedded.refusals import InstanceRefused
from apella.embedded.restore import restore_backup
from apella.settings import Settings
from apella.testing.embedded import StartInstance, connected, embedded_settings, read_notes, toy_schema, write_note
from apella.testing.sizes import figure, size

FILES = size("files", small=1, full=200)
SCHEMA = toy_schema()


def store(home: Home, name: str, content: bytes) -> None:
    file = home.objects / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def copy(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished copy, made of a stopped instance with one row and its files; the first holds the word «scan»."""
    folder = tmp_path_factory.mktemp("copy")
    home = Home(folder / "home")
    shutil.copytree(made_home, home.root)
    store(home, "1/scan/2026/a", b"scan")
    for number in range(1, FILES):
        store(home, f"1/scan/2026/{number}", os.urandom(100_000))
    settings = embedded_settings(home.root)
    with attached(settings, command="test", schema=SCHEMA) as with_database:
        assert with_database.database_url is not None
        write_note(with_database.database_url, "kept")
    made = make_backup(settings, folder / "copy", schema=SCHEMA)
    assert made.files == FILES
    return folder / "copy"


@pytest.fixture
def target(tmp_path: Path, made_home: Path) -> Settings:
    """The settings of an empty home, where only the master key lies."""
    shutil.copytree(made_home / "keys", tmp_path / "new" / "keys")
    return embedded_settings(tmp_path / "new")


@pytest.fixture
def spoilt(copy: Path, tmp_path: Path) -> Path:
    """A copy of the copy, to be spoilt by the test."""
    shutil.copytree(copy, tmp_path / "spoilt")
    return tmp_path / "spoilt"


@pytest.mark.proof("T7.7")
def test_a_restored_copy_has_every_row_right_and_file(copy: Path, target: Settings) -> None:
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=copy, check=False).returncode == 0
    assert copy.stat().st_mode & 0o777 == 0o700
    assert not [path for path in copy.rglob("*") if "key" in path.name]
    began = time.monotonic()
    restored = restore_backup(target, copy, schema=SCHEMA)
    figure("seconds to restore", time.monotonic() - began)
    assert restored.files == FILES
    home = Home(target.home)
    assert (home.objects / "1/scan/2026/a").read_bytes() == b"scan"
    assert contents(home.objects) == contents(copy / "objects")
    record = read_record(home)
    assert record is not None
    assert (record.schema, record.seeded) == ("1", True)
    with attached(target, command="test", schema=SCHEMA) as with_database:
        assert with_database.database_url is not None
        assert read_notes(with_database.database_url) == ["kept"]
        with connected(with_database.database_url, user="app_rw") as rw:
            assert rw.execute("select count(*) from note").fetchone() == (0,)
        write_note(with_database.database_url, "new")


@pytest.mark.proof("T7.7")
def test_a_running_instance_is_copied_without_a_stop(
    start: StartInstance, home: Home, tmp_path: Path, target: Settings
) -> None:
    instance = start(home)
    write_note(instance.until(r"ready (.*)\n"), "while it runs")
    make_backup(embedded_settings(home.root), tmp_path / "copy", schema=SCHEMA)
    assert instance.process.poll() is None
    restore_backup(target, tmp_path / "copy", schema=SCHEMA)
    with attached(target, command="test", schema=SCHEMA) as with_database:
        assert with_database.database_url is not None
        assert read_notes(with_database.database_url) == ["while it runs"]


def refused(act: Callable[[], object], code: str) -> str:
    with pytest.raises(InstanceRefused) as refusal:
        act()
    assert refusal.value.error_code == code
    return refusal.value.message


def test_a_copy_is_never_put_into_the_home_or_over_something(home: Home, copy: Path) -> None:
    settings = embedded_settings(home.root)
    refused(lambda: make_backup(settings, home.objects / "copy", schema=SCHEMA), "backup.inside_home")
    refused(lambda: make_backup(settings, copy, schema=SCHEMA), "backup.not_empty")


def test_an_empty_home_has_nothing_to_copy(tmp_path: Path) -> None:
    settings = embedded_settings(tmp_path / "none")
    refused(lambda: make_backup(settings, tmp_path / "copy", schema=SCHEMA), "instance.empty")
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "none").exists()


def test_a_home_with_data_is_never_restored_over(copy: Path, home: Home) -> None:
    refused(lambda: restore_backup(embedded_settings(home.root), copy, schema=SCHEMA), "restore.not_empty")


def test_a_copy_is_refused_without_its_master_key(copy: Path, target: Settings) -> None:
    target.master_key_file.write_bytes(base64.b64encode(b"a" * KEY_BYTES))
    refused(lambda: restore_backup(target, copy, schema=SCHEMA), "instance.key_wrong")
    target.master_key_file.unlink()
    refused(lambda: restore_backup(target, copy, schema=SCHEMA), "instance.key_missing")


def test_a_copy_that_was_not_finished_is_refused(spoilt: Path, target: Settings) -> None:
    (spoilt / "SHA256SUMS").unlink()
    refused(lambda: restore_backup(target, spoilt, schema=SCHEMA), "restore.unfinished")


@pytest.mark.parametrize("name", ["database.dump", "instance.toml"])
def test_a_damaged_copy_is_refused_before_anything_is_made(spoilt: Path, target: Settings, name: str) -> None:
    with (spoilt / name).open("ab") as file:
        file.write(b"\n")
    refused(lambda: restore_backup(target, spoilt, schema=SCHEMA), "restore.damaged")
    assert [path.name for path in target.home.iterdir()] == ["keys"]


def test_a_copy_from_a_newer_version_is_refused(copy: Path, target: Settings) -> None:
    older = replace(SCHEMA, newest="0", knows={"0"}.__contains__)
    refused(lambda: restore_backup(target, copy, schema=older), "restore.newer")


@pytest.mark.proof("T7.7")
def test_a_damaged_file_leaves_the_home_as_it_was(spoilt: Path, target: Settings) -> None:
    (spoilt / "objects/1/scan/2026/a").write_bytes(b"scam")
    refused(lambda: restore_backup(target, spoilt, schema=SCHEMA), "restore.damaged")
    home = Home(target.home)
    assert not any(folder.exists() for folder in (home.record, home.postgres, home.objects))


@pytest.mark.proof("T7.7")
def test_a_single_warning_of_pg_restore_refuses_the_copy(
    copy: Path, target: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = postgres_program("pg_restore")
    noisy = tmp_path / "pg_restore"
    noisy.write_text(f'#!/bin/sh\n"{real}" "$@" && echo "warning: something was left out" >&2\n')
    noisy.chmod(0o700)
    monkeypatch.setattr(backup, "postgres_program", lambda _: noisy)
    refused(lambda: restore_backup(target, copy, schema=SCHEMA), "restore.dump")
    assert (Home(target.home).logs / "restore.log").read_text() == "warning: something was left out\n"
    assert not Home(target.home).postgres.exists()


CHANGES = {
    "drop index note_body": "- index CREATE INDEX note_body",
    "drop policy tenant on note": "- policy note tenant",
    "alter table note no force row level security": "- relation r note app_owner p rls t t",
    "drop trigger append_only on note": "- trigger CREATE TRIGGER append_only",
    "grant truncate on note to app_rw": "+ grant on note app_rw TRUNCATE f",
    "revoke insert on note from app_rw": "- grant on note app_rw INSERT f",
    "alter table note drop constraint note_body_check": "- constraint note note_body_check",
    "alter table note add column more text": "+ column note.more text",
}


@pytest.mark.proof("T7.7")
def test_a_copy_whose_tables_differ_from_the_migrations_is_refused(copy: Path, target: Settings) -> None:
    def upgrade(database_url: str) -> None:
        SCHEMA.upgrade(database_url)
        if "fresh" not in database_url:
            with connected(database_url, user="app_owner") as owner:
                for change in CHANGES:
                    owner.execute(change.encode())

    changed = replace(SCHEMA, upgrade=upgrade)
    assert "Данные не приняты" in refused(lambda: restore_backup(target, copy, schema=changed), "restore.catalogue")
    log = (Home(target.home).logs / "restore.log").read_text()
    assert [line for line in CHANGES.values() if line not in log] == []
    assert not Home(target.home).postgres.exists()

"""What a home says about itself, and its master key."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from apella.db.keys import KEY_BYTES
from apella.embedded.home import Home
from apella.embedded.instance import check_home
from apella.embedded.record import (
    key_fingerprint,
    new_record,
    read_record,
    record_text,
    write_record,
    write_whole,
)
from apella.embedded.refusals import InstanceRefused
from apella.embedded.schema import Schema
from apella.settings import Mode, Settings

SCHEMA = Schema(newest="2", knows={"1", "2"}.__contains__, upgrade=lambda _: None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


@pytest.fixture
def settings(home: Home) -> Settings:
    return Settings(
        home=home.root,
        port=8000,
        mode=Mode.EMBEDDED,
        database_url=None,
        redis_url=None,
        tenants=(),
        master_key_file=home.keys / "master.key",
        trusted_proxies=0,
    )


def put_key(path: Path, secret: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(base64.b64encode(secret))


def test_a_record_is_read_back_as_it_was_written(home: Home) -> None:
    record = replace(new_record(key_fingerprint="ab" * 8), schema="0001", seeded=True)
    write_record(home, record)
    assert read_record(home) == record
    assert home.record.stat().st_mode & 0o777 == 0o600


def test_a_home_without_a_record_is_new(home: Home) -> None:
    assert read_record(home) is None


@pytest.mark.parametrize("text", ["", "instance_id = ", 'instance_id = "x"\npostgres_major = 18\n', "\x00"])
def test_a_damaged_record_is_refused_with_a_sentence(home: Home, text: str) -> None:
    home.record.write_text(text)
    with pytest.raises(InstanceRefused, match="испорчен") as refusal:
        read_record(home)
    assert refusal.value.error_code == "instance.record"


def test_a_record_whose_seeded_is_no_truth_value_is_refused(home: Home) -> None:
    home.record.write_text(record_text(new_record(key_fingerprint="")).replace("false", '"false"'))
    with pytest.raises(InstanceRefused):
        read_record(home)


def test_a_part_left_by_a_kill_does_not_stop_the_next_write(tmp_path: Path) -> None:
    (tmp_path / "file.part").write_text("half")
    write_whole(tmp_path / "file", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_new_instance_gets_a_master_key_that_only_its_owner_reads(home: Home, settings: Settings) -> None:
    record = check_home(home, settings, SCHEMA)
    assert settings.master_key_file.stat().st_mode & 0o777 == 0o600
    assert check_home(home, settings, SCHEMA) == record


def test_a_master_key_that_is_there_already_is_kept(home: Home, settings: Settings) -> None:
    put_key(settings.master_key_file, b"o" * KEY_BYTES)
    given = settings.master_key_file.read_bytes()
    assert check_home(home, settings, SCHEMA).key_fingerprint == key_fingerprint(settings.master_key_file)
    assert settings.master_key_file.read_bytes() == given


def test_a_lost_master_key_is_never_replaced_by_a_new_one(home: Home, settings: Settings) -> None:
    check_home(home, settings, SCHEMA)
    settings.master_key_file.unlink()
    with pytest.raises(InstanceRefused, match="Нет файла главного ключа") as refusal:
        check_home(home, settings, SCHEMA)
    assert refusal.value.error_code == "instance.key_missing"
    assert not settings.master_key_file.exists()


def test_another_master_key_is_refused(home: Home, settings: Settings) -> None:
    check_home(home, settings, SCHEMA)
    put_key(settings.master_key_file, b"a" * KEY_BYTES)
    with pytest.raises(InstanceRefused, match="не от этих данных") as refusal:
        check_home(home, settings, SCHEMA)
    assert refusal.value.error_code == "instance.key_wrong"


def test_data_at_a_schema_from_the_future_is_refused(home: Home, settings: Settings) -> None:
    write_record(home, replace(check_home(home, settings, SCHEMA), schema="3"))
    with pytest.raises(InstanceRefused, match="более новой версией Apella") as refusal:
        check_home(home, settings, SCHEMA)
    assert refusal.value.error_code == "instance.schema"


def test_data_at_an_older_schema_is_accepted(home: Home, settings: Settings) -> None:
    write_record(home, replace(check_home(home, settings, SCHEMA), schema="1"))
    assert check_home(home, settings, SCHEMA).schema == "1"


def test_an_empty_home_is_refused_where_none_may_be_made(home: Home, settings: Settings) -> None:
    with pytest.raises(InstanceRefused, match="ещё нет данных") as refusal:
        check_home(home, settings, SCHEMA, create=False)
    assert refusal.value.error_code == "instance.empty"


def test_a_half_restored_home_is_refused(home: Home, settings: Settings) -> None:
    home.data.mkdir()
    with pytest.raises(InstanceRefused, match="недоделанное восстановление") as refusal:
        check_home(home, settings, SCHEMA)
    assert refusal.value.error_code == "instance.half_restored"

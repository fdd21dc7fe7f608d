"""The master key's file, and data keys that open only where they belong."""

from __future__ import annotations

import base64
import dataclasses
import stat
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.db.keys import (
    KEY_BYTES,
    DataKeys,
    FileMasterKey,
    KeyPlace,
    KeyRefused,
    ensure_master_key,
    load_master_key,
    master_key,
    new_data_key,
)
from apella.errors import ConfigurationError
from apella.settings import Settings
from apella.tenancy.ids import TenantId

MASTER = FileMasterKey(bytes(range(32)))
DATA_KEY = bytes(range(100, 132))
SEASON, CASE = uuid.UUID(int=1), uuid.UUID(int=2)
PLACE = KeyPlace(tenant_id=TenantId(7), season_id=SEASON, key_version=1)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "master.key"
    ensure_master_key(path)
    return path


def test_a_master_key_is_made_once_and_read_ever_after(key_file: Path) -> None:
    text = key_file.read_bytes()
    wrapped = load_master_key(key_file).wrap(DATA_KEY, place=PLACE)
    assert ensure_master_key(key_file).unwrap(wrapped, place=PLACE) == DATA_KEY
    assert key_file.read_bytes() == text
    assert len(base64.b64decode(text)) == KEY_BYTES


def test_only_the_owner_reads_a_new_master_key(key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert list(key_file.parent.iterdir()) == [key_file]


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    wrapped = ensure_master_key(tmp_path / "a").wrap(DATA_KEY, place=PLACE)
    with pytest.raises(KeyRefused) as refusal:
        ensure_master_key(tmp_path / "b").unwrap(wrapped, place=PLACE)
    assert refusal.value.error_code == "keys.master"


def test_of_many_first_starts_all_get_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(ensure_master_key, [path] * 8))
    assert len({key.derive("x") for key in keys}) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644, 0o610])
def test_a_key_that_others_may_touch_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    for read in (load_master_key, ensure_master_key):
        with pytest.raises(ConfigurationError, match="chmod 600") as refusal:
            read(key_file)
        assert refusal.value.error_code == "keys.file_open"


def test_a_key_that_nobody_may_change_is_taken(key_file: Path) -> None:
    key_file.chmod(0o400)
    load_master_key(key_file)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        base64.b64encode(bytes(31)),
        base64.b64encode(bytes(33)),
        base64.b64encode(bytes(64)),
        bytes(32),
        b"=" * 44,
        base64.b64encode(bytes(32)) * 50,
    ],
)
def test_a_file_that_holds_no_key_is_refused(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="openssl rand -base64 32") as refusal:
        load_master_key(key_file)
    assert refusal.value.error_code == "keys.file_content"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="APELLA_MASTER_KEY_FILE") as refusal:
        load_master_key(tmp_path / "none")
    assert refusal.value.error_code == "keys.file_missing"
    assert str(tmp_path / "none") in refusal.value.message


def test_production_never_makes_a_master_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    environment = {
        "APELLA_MODE": "production",
        "APELLA_CLAMD": "off",
        "APELLA_DATABASE_URL": "x",
        "APELLA_REDIS_URL": "x",
        "APELLA_MASTER_KEY_FILE": str(path),
    }
    with pytest.raises(ConfigurationError):
        master_key(Settings.from_environment(environment))
    assert not path.exists()


def test_an_embedded_instance_makes_its_own(tmp_path: Path) -> None:
    settings = Settings.from_environment({"APELLA_HOME": str(tmp_path)})
    made = master_key(settings)
    assert settings.master_key_file.exists()
    assert master_key(settings).derive("x") == made.derive("x")


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_wrapped_key_opens_again(secret: bytes, data_key: bytes) -> None:
    master = FileMasterKey(secret)
    wrapped = master.wrap(data_key, place=PLACE)
    assert data_key not in wrapped
    assert master.unwrap(wrapped, place=PLACE) == data_key


@pytest.mark.parametrize(
    "change",
    [
        {"tenant_id": TenantId(8)},
        {"season_id": CASE},
        {"case_id": CASE},
        {"key_version": 2},
    ],
)
def test_a_wrapped_key_opens_in_its_own_place_only(change: dict[str, object]) -> None:
    wrapped = MASTER.wrap(DATA_KEY, place=PLACE)
    other = dataclasses.replace(PLACE, **change)  # type: ignore[arg-type]  # one field of several types
    with pytest.raises(KeyRefused):
        MASTER.unwrap(wrapped, place=other)


def test_a_cases_key_does_not_open_as_another_cases() -> None:
    place = dataclasses.replace(PLACE, case_id=CASE)
    wrapped = MASTER.wrap(DATA_KEY, place=place)
    assert MASTER.unwrap(wrapped, place=place) == DATA_KEY
    with pytest.raises(KeyRefused):
        MASTER.unwrap(wrapped, place=dataclasses.replace(PLACE, case_id=uuid.UUID(int=3)))


def test_another_master_key_is_told_from_a_spoilt_value() -> None:
    with pytest.raises(KeyRefused) as refusal:
        FileMasterKey(bytes(32)).unwrap(MASTER.wrap(DATA_KEY, place=PLACE), place=PLACE)
    assert refusal.value.error_code == "keys.master"


def test_no_changed_byte_and_no_cut_of_a_wrapped_key_is_accepted() -> None:
    wrapped = MASTER.wrap(DATA_KEY, place=PLACE)
    for at in range(len(wrapped)):
        for spoilt in (wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], wrapped[:at]):
            with pytest.raises(KeyRefused):
                MASTER.unwrap(spoilt, place=PLACE)


def test_wrapping_twice_looks_different() -> None:
    assert len({MASTER.wrap(DATA_KEY, place=PLACE) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("show", [repr, str])
def test_keys_do_not_show_themselves(show: Callable[[object], str]) -> None:
    secret = bytes(range(32))
    for shown in (show(FileMasterKey(secret)), show(DataKeys({1: secret}))):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
        assert base64.b64encode(secret).decode() not in shown


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_no_key(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FileMasterKey(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        DataKeys({1: bytes(size)})


def test_derived_keys_differ_by_purpose_and_by_master() -> None:
    derived = {MASTER.derive("a"), MASTER.derive("b"), FileMasterKey(bytes(32)).derive("a"), bytes(range(32))}
    assert len(derived) == 4
    assert {len(key) for key in derived} == {KEY_BYTES}
    assert MASTER.derive("a") == MASTER.derive("a")


def test_the_newest_key_and_the_one_before_it_are_read() -> None:
    keys = DataKeys({1: bytes([1] * 32), 2: bytes([2] * 32), 3: bytes([3] * 32)})
    assert keys.newest == 3
    assert keys.key(3) == bytes([3] * 32)
    assert keys.key(2) == bytes([2] * 32)
    for version in (0, 1, 4):
        with pytest.raises(KeyRefused) as refusal:
            keys.key(version)
        assert refusal.value.error_code == "keys.version"


def test_where_every_key_was_destroyed_nothing_can_be_read_or_written() -> None:
    with pytest.raises(KeyRefused) as refusal:
        DataKeys({})
    assert refusal.value.error_code == "keys.destroyed"


def test_data_keys_are_random() -> None:
    assert len({new_data_key() for _ in range(1000)}) == 1000


def test_a_home_with_data_whose_key_is_lost_gets_no_new_one(tmp_path: Path) -> None:
    embedded = Settings.from_environment({"APELLA_HOME": str(tmp_path)})
    master_key(embedded)
    (tmp_path / "instance.toml").touch()
    key = repr(master_key(embedded))
    embedded.master_key_file.rename(tmp_path / "away")
    with pytest.raises(ConfigurationError) as refusal:
        master_key(embedded)
    assert refusal.value.error_code == "keys.file_lost"
    assert "Верните файл" in refusal.value.message
    assert not embedded.master_key_file.exists()
    (tmp_path / "away").rename(embedded.master_key_file)
    assert repr(master_key(embedded)) == key

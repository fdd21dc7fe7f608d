"""A short private folder for sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.embedded.home import Home
from apella.embedded.refusals import InstanceRefused
from apella.embedded.runtime import leave_runtime_folder, runtime_folder


@pytest.fixture
def deep_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    home = Home(tmp_path / ("д" * 60) / ("ъ" * 60))
    home.make()
    yield home
    leave_runtime_folder(home)


def test_a_home_with_a_long_path_gets_a_folder_with_a_short_one(deep_home: Home) -> None:
    folder = runtime_folder(deep_home)
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 107
    assert folder.stat().st_mode & 0o777 == 0o700
    assert runtime_folder(deep_home) == folder


def test_the_systems_runtime_folder_is_preferred(
    deep_home: Home, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    assert runtime_folder(deep_home).parent == short_folder


def test_a_runtime_folder_too_deep_for_a_socket_is_passed_over(
    deep_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep_home.run))
    folder = runtime_folder(deep_home)
    assert not folder.is_relative_to(deep_home.run)


def test_two_homes_get_two_folders(short_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    homes = [Home(tmp_path / name) for name in ("a", "b")]
    for home in homes:
        home.make()
    assert runtime_folder(homes[0]) != runtime_folder(homes[1])


@pytest.mark.parametrize("bad", ["open", "link"])
def test_a_folder_that_others_may_enter_is_refused(
    deep_home: Home, short_folder: Path, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    folder = runtime_folder(deep_home)
    if bad == "open":
        folder.chmod(0o755)
    else:
        folder.rmdir()
        (short_folder / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(short_folder / "elsewhere")
    with pytest.raises(InstanceRefused, match="чужая или открыта другим") as refusal:
        runtime_folder(deep_home)
    assert refusal.value.error_code == "instance.runtime_folder"


def test_what_killed_servers_left_goes_with_the_folder(deep_home: Home) -> None:
    folder = runtime_folder(deep_home)
    for name in (".s.PGSQL.5432", "redis.sock"):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(folder / name))
    (folder / ".s.PGSQL.5432.lock").touch()
    leave_runtime_folder(deep_home)
    assert not folder.exists()


def test_a_folder_where_somebody_listens_stays_whole(deep_home: Home) -> None:
    folder = runtime_folder(deep_home)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / ".s.PGSQL.5432"))
        server.listen()
        (folder / ".s.PGSQL.5432.lock").touch()
        leave_runtime_folder(deep_home)
        assert {path.name for path in folder.iterdir()} == {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}


def test_strange_files_and_a_strangers_folder_stay(
    deep_home: Home, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runtime_folder(deep_home)
    (folder / "note").touch()
    leave_runtime_folder(deep_home)
    assert (folder / "note").exists()
    (folder / "note").unlink()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    mine = runtime_folder(deep_home)
    mine.chmod(0o755)
    (mine / "redis.sock").touch()
    leave_runtime_folder(deep_home)
    assert (mine / "redis.sock").exists()

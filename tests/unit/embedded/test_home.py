"""The folder of an instance: its places, its room, its port."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from apella.embedded.home import FREE_SPACE_FLOOR, Home, check_port
from apella.embedded.refusals import InstanceRefused

Usage = namedtuple("Usage", "total used free")


def test_a_new_home_is_closed_to_other_people(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    home.make()
    for folder in (home.root, home.postgres, home.objects, home.keys, home.logs, home.run):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_making_a_home_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (home.objects / "file").write_text("x")
    home.make()
    assert (home.objects / "file").read_text() == "x"


def test_a_home_where_a_file_stands_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InstanceRefused, match="нельзя писать") as refusal:
        Home(tmp_path / "taken").make()
    assert refusal.value.error_code == "instance.not_writable"


def test_a_disk_with_little_room_is_refused_with_both_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 12 * 1024 * 1024))
    with pytest.raises(InstanceRefused, match=r"свободно 12 МБ, нужно не меньше 300 МБ") as refusal:
        Home(tmp_path).check_space()
    assert refusal.value.error_code == "instance.disk_low"


def test_a_disk_with_just_enough_room_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, FREE_SPACE_FLOOR))
    Home(tmp_path).check_space()


def test_data_of_another_postgres_is_refused_and_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.data.mkdir(parents=True)
    (home.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(InstanceRefused, match="создана PostgreSQL 17") as refusal:
        home.check_postgres_major()
    assert refusal.value.error_code == "instance.postgres_major"
    (home.data / "PG_VERSION").write_text("18\n")
    home.check_postgres_major()


def test_a_port_in_use_is_refused_and_another_is_proposed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InstanceRefused, match=rf"Порт {port} занят.*APELLA_PORT=") as refusal:
            check_port(port)
    assert refusal.value.error_code == "instance.port_in_use"
    check_port(port)

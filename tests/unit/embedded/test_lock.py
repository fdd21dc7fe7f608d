"""One process at a time owns a home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from apella.embedded.home import Home
from apella.embedded.lock import holder_now, locked
from apella.embedded.refusals import InstanceRefused


def test_a_second_holder_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with (
        locked(home, command="up"),
        pytest.raises(InstanceRefused, match=f"команда apella up, процесс {os.getpid()}") as refusal,
        locked(home, command="backup"),
    ):
        pytest.fail("two holders at once")
    assert refusal.value.error_code == "instance.locked"
    assert refusal.value.details == {"pid": os.getpid(), "command": "up"}


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with locked(home, command="up") as first:
        pass
    with locked(home, command="up") as second:
        assert first.mark != second.mark


def test_anybody_sees_who_holds_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert holder_now(home) is None
    with locked(home, command="restore") as holder:
        assert holder_now(home) == holder
    assert holder_now(home) is None


def test_a_lock_whose_record_cannot_be_read_is_still_a_lock(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with locked(home, command="up"):
        home.lock.write_text("?")
        with pytest.raises(InstanceRefused, match="другая команда apella"), locked(home, command="up"):
            pytest.fail("two holders at once")

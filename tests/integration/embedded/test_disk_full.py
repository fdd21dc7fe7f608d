"""A full disk gets one sentence and spoils nothing. The disk is a tiny one, in a mount namespace of the test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from apella.embedded.home import Home
from apella.testing.embedded import StartInstance

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def mounts_are_allowed() -> bool:
    probe = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return (
        shutil.which("unshare") is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.parametrize(
    ("floor", "code"),
    [(None, "instance.disk_low"), (0, "instance.disk_full")],
    ids=["low at the start", "full on the way"],
)
def test_a_full_disk_ends_the_start_with_one_sentence(
    start: StartInstance, tmp_path: Path, floor: int | None, code: str
) -> None:
    if not mounts_are_allowed():
        pytest.skip("this machine lets nobody mount in a user namespace")
    home = Home(tmp_path / "home")
    home.root.mkdir()
    mount = f'mount -t tmpfs -o size=24m none "{home.root}" && exec "$@"'
    wishes = {} if floor is None else {"floor": floor}
    instance = start(home, prefix=(*NAMESPACE, "sh", "-c", mount, "sh"), **wishes)
    said = instance.until("refused [a-z_.]+: .*\n")
    assert said.startswith(f"refused {code}: На диске с папкой {home.root} ")
    assert instance.process.wait(30) == 1

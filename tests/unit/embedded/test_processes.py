"""Processes are recognised by their mark and ended with everything they started."""

from __future__ import annotations

import os
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apella.embedded.processes import end_all, end_child, in_session, marked, serving, spawn

PARENT = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[1] == "stubborn" else signal.SIG_DFL)
if os.fork() == 0:
    signal.pause()
sys.stdout.write("up\\n"); sys.stdout.flush()
signal.pause()
"""


@pytest.fixture
def mark() -> Iterator[str]:
    mark = secrets.token_hex(8)
    yield mark
    end_all(lambda: marked(mark))


def start(mark: str, folder: Path, *, manner: str = "gentle") -> subprocess.Popen[bytes]:
    child = spawn(
        (sys.executable, "-S", "-E", "-c", PARENT, manner),
        mark=mark,
        output=subprocess.PIPE,
        death_signal=signal.SIGKILL,
        cwd=folder,
    )
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"up\n"
    return child


def test_a_child_leads_its_own_session_and_its_children_bear_the_mark(mark: str, tmp_path: Path) -> None:
    child = start(mark, tmp_path)
    assert sorted(marked(mark)) == sorted(in_session(child.pid))
    assert len(marked(mark)) == 2
    end_child(child, signal.SIGTERM, seconds=5)


def test_a_gentle_child_stops_by_itself_and_what_it_left_is_ended(mark: str, tmp_path: Path) -> None:
    child = start(mark, tmp_path)
    assert end_child(child, signal.SIGTERM, seconds=5)
    assert child.returncode == -signal.SIGTERM
    assert marked(mark) == []


def test_a_stubborn_child_is_killed_with_its_children_when_its_time_is_over(mark: str, tmp_path: Path) -> None:
    child = start(mark, tmp_path, manner="stubborn")
    assert not end_child(child, signal.SIGTERM, seconds=0.1)
    assert child.returncode == -signal.SIGKILL
    assert marked(mark) == []


def test_another_runs_mark_is_left_alone(mark: str, tmp_path: Path) -> None:
    child = start(mark, tmp_path)
    end_all(lambda: marked(mark[:-1]))
    assert child.poll() is None
    end_child(child, signal.SIGTERM, seconds=5)


def test_a_process_that_is_not_postgres_does_not_serve_the_folder_it_stands_in(mark: str, tmp_path: Path) -> None:
    child = start(mark, tmp_path)
    assert serving(tmp_path) == []
    end_child(child, signal.SIGTERM, seconds=5)


def test_a_child_dies_with_the_process_that_started_it(mark: str, tmp_path: Path) -> None:
    code = f"""
import signal, subprocess, sys
from pathlib import Path
from apella.embedded.processes import spawn
child = spawn(
    ("sleep", "600"), mark={mark!r}, output=subprocess.DEVNULL, death_signal=signal.SIGKILL, cwd=Path("/")
)
sys.stdout.write(f"{{child.pid}}\\n")
sys.stdout.flush()
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) in marked(mark)
        parent.kill()
        parent.wait()
    # The kernel sends the signal while the parent is being reaped; the child is gone at once or a moment later.
    for pid in marked(mark):
        wait_gone(pid)
    assert marked(mark) == []


def wait_gone(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(5000), f"process {pid} lives on"
    os.close(descriptor)

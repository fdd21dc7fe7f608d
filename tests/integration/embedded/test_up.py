"""`apella up`: the first start, the next, the end, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psycopg

from apella.embedded.home import Home
from apella.embedded.processes import in_session, process_table
from apella.embedded.record import read_record
from apella.embedded.runtime import runtime_folder
from apella.testing.embedded import StartInstance, connected, read_notes, wait_until, write_note

RESTARTED = {"web": 1, "postgres": 1, "redis": 1, "guard": 1, "worker": 0, "relay": 0}


def test_a_first_start_makes_everything_and_a_stop_ends_it_in_order(start: StartInstance, tmp_path: Path) -> None:
    home = Home(tmp_path / "дом")
    toy = start(home)
    url = toy.until(r"ready (.*)\n")
    order = ("Первый запуск", "tenants entered", "first start", "ready")
    assert sorted(order, key=toy.said.index) == list(order)
    record = read_record(home)
    assert record is not None
    assert (record.schema, record.seeded, record.postgres_major) == ("1", True, 18)
    with connected(url, user="app_owner") as connection:
        row = connection.execute("select lower('ЁЖИК'), current_setting('server_encoding')").fetchone()
        assert row == ("ёжик", "UTF8")
    assert set(toy.parts()) == {"guard", "postgres", "redis", "web", "worker", "relay"}
    assert toy.stop(signal.SIGTERM) == 0
    assert (home.root / "notes").read_text() == "web\nworker\nrelay\n"
    assert toy.living() == set()
    assert "database system is shut down" in (home.logs / "postgres.log").read_text()
    assert home.passfile.stat().st_mode & 0o777 == 0o600


def test_the_next_start_fills_nothing_again_and_only_the_web_part_listens_on_tcp(
    start: StartInstance, home: Home
) -> None:
    toy = start(home)
    toy.until("ready")
    assert "first start" not in toy.said
    assert toy.said.index("tenants entered") < toy.said.index("ready")
    ours = {str(path.readlink()) for pid in toy.living() for path in Path(f"/proc/{pid}/fd").iterdir()}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]
    listening += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines() if " 0A " in line]
    assert [row[1] for row in listening if f"socket:[{row[9]}]" in ours] == [f"0100007F:{toy.port:04X}"]
    assert toy.stop(signal.SIGINT) == 0


def test_a_killed_supervisor_leaves_no_process_and_loses_no_committed_row(start: StartInstance, home: Home) -> None:
    toy = start(home)
    url = toy.until(r"ready (.*)\n")
    write_note(url, "kept")
    assert len(toy.living()) > 10
    sockets = runtime_folder(home)
    toy.kill()
    wait_until(lambda: toy.living() == set())
    assert not sockets.exists()
    again = start(home)
    assert read_notes(again.until(r"ready (.*)\n")) == ["kept"]


def test_a_start_ends_what_a_killed_supervisor_and_guard_left_alive(start: StartInstance, home: Home) -> None:
    toy = start(home)
    toy.until("ready")
    before = toy.living()
    # Stopped first, so that the supervisor cannot start another guard in between.
    toy.process.send_signal(signal.SIGSTOP)
    os.kill(toy.parts()["guard"]["pid"], signal.SIGKILL)
    toy.kill()
    # The children of the parts ignore the signal that their parents die by.
    assert toy.living() & before
    again = start(home)
    again.until("ready")
    assert not {entry.pid for entry in process_table()} & before


def test_a_first_start_that_was_killed_or_stopped_half_way_is_done_again(start: StartInstance, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (home.postgres / "data.part").mkdir(parents=True)
    (home.postgres / "data.part" / "left").write_text("by a killed initdb")
    killed = start(home, first_start="hangs")
    killed.until("first start\n")
    killed.kill()
    stopped = start(home, first_start="hangs")
    stopped.until("first start\n")
    assert stopped.stop(signal.SIGHUP) == 0
    assert stopped.living() == set()
    whole = start(home)
    whole.until("ready")
    assert "first start\n" in whole.said
    assert whole.stop(signal.SIGTERM) == 0
    record = read_record(home)
    assert record is not None
    assert record.seeded


def test_a_part_that_does_not_stop_is_killed_with_its_children(start: StartInstance, home: Home) -> None:
    toy = start(home, worker="stubborn")
    toy.until("ready")
    assert toy.stop(signal.SIGTERM) == 0
    toy.until("Часть worker не остановилась вовремя")
    assert toy.living() == set()


def test_a_part_that_is_killed_is_started_again(start: StartInstance, home: Home) -> None:
    toy = start(home)
    url = toy.until(r"ready (.*)\n")
    before = toy.parts()
    for name in ("web", "postgres", "redis", "guard"):
        os.kill(before[name]["pid"], signal.SIGKILL)
        toy.until(f"Часть {name} остановилась \\(код -9\\), запускаю снова")
    wait_until(lambda: {name: part["restarts"] for name, part in toy.parts().items()} == RESTARTED)
    after = toy.parts()
    assert {name for name in after if after[name]["pid"] != before[name]["pid"]} == {
        "web",
        "postgres",
        "redis",
        "guard",
    }
    assert in_session(before["web"]["pid"]) == []
    wait_until(lambda: answers(url))
    wait_until(lambda: listens(toy.port))


def test_a_part_that_never_starts_ends_the_start_with_one_sentence(start: StartInstance, home: Home) -> None:
    toy = start(home, web="broken")
    toy.until("refused instance.part_failed: Часть web не запускается. Причина — в конце файла .*web.log")
    assert toy.process.wait(30) == 1
    assert toy.living() == set()


def answers(url: str) -> bool:
    try:
        connected(url, user="app_rw").close()
    except psycopg.OperationalError:
        return False
    return True


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

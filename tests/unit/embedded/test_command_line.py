"""The command `apella` answers in Russian and leaves with 0, 1 or 2."""

from __future__ import annotations

import errno
import socket
from datetime import timedelta
from pathlib import Path

import pytest

from apella import cli_client
from apella.cli import main
from apella.embedded.home import Home
from apella.embedded.lock import locked
from apella.identity.api_clients import LONGEST_OVERLAP


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APELLA_HOME", str(tmp_path / "home"))
    for name in ("APELLA_MODE", "APELLA_PORT", "APELLA_MASTER_KEY_FILE", "APELLA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "Нет команды nothing. Справка: apella --help"),
        (["up", "--fast"], "Нет параметра --fast. Справка: apella up --help"),
        (["backup"], "Не указано: ПАПКА. Справка: apella backup --help"),
        (["status", "extra", "more"], "Лишнее: extra more. Справка: apella status --help"),
        (["story"], "Не указано: tenant. Справка: apella story --help"),
        (["story", "--seed", "x"], "Неверное значение seed: нужно целое число. Справка: apella story --help"),
        (["story", "--tenant"], "Параметру --tenant нужно значение."),
        (["story", "--json=1"], "Параметру --json значение не нужно."),
        (["demo", "season", "--scans", "x"], "Неверное значение scans: выберите из some, all, none."),
        (["audit", "export"], "Не указано: tenant."),
        (
            ["audit", "export", "--from", "0001-01-01"],
            "Неверное значение from: нужен день вида 2026-06-01",
        ),
        (["audit", "export", "--to", "9999-12-31"], "Неверное значение to: нужен день вида 2026-06-01"),
        (["audit", "verify", "/"], "нужен файл, который можно прочитать."),
        (["audit", "verify", "--checkpoints", __file__], "checkpoints: нужна папка, которую можно прочитать."),
        (
            ["client", "rotate", "--overlap", "999999999999"],
            "Неверное значение overlap: нужно целое число от 0 до 720.",
        ),
        (["client", "rotate", "--overlap", "-1"], "Неверное значение overlap: нужно целое число от 0 до 720"),
        (["client", "rotate", "--overlap", "day"], "Неверное значение overlap: нужно целое число от 0 до 720"),
        (["erase", "person", "--act-date", "завтра"], "Неверное значение act-date: нужна дата вида 2026-06-18."),
        (["retention", "replay", "--erasures", "/none"], "erasures: нужна папка, которую можно прочитать."),
    ],
)
def test_a_misused_command_exits_with_2_and_says_how_to_use_it(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert sentence in capsys.readouterr().err


def test_help_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    said = capsys.readouterr().out
    for command in ("up", "status", "backup", "restore"):
        assert f"  {command} " in said


@pytest.mark.parametrize("command", [[], ["demo"], ["demo", "season"], ["story"], ["up"], ["tenant", "check"]])
def test_help_speaks_russian(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Использование: {' '.join(['apella', *command])} [ПАРАМЕТРЫ]")
    assert "\nПараметры:\n" in said
    assert "Показать эту справку." in said
    for word in ("Usage", "Options", "Commands", "Show this", "default", "required", "INTEGER", "ARGS"):
        assert word not in said


def test_status_of_an_empty_home_makes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 0
    assert "Apella не запущена." in capsys.readouterr().out
    assert not home.exists()


def test_a_second_instance_gets_one_sentence_naming_the_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(Home(home), command="up") as holder:
        assert run("up") == 1
    said = capsys.readouterr().err
    assert f"процесс {holder.pid}" in said
    assert said.count("\n") == 1


def test_a_port_in_use_gets_one_sentence_before_anything_starts(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("APELLA_PORT", str(port))
        assert run("up") == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"Порт {port} занят")
    assert said.err.count("\n") == 1
    assert not Home(home).record.exists()


def test_a_wrong_setting_gets_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("APELLA_PORT", "http")
    assert run("up") == 1
    assert capsys.readouterr().err.startswith("APELLA_PORT=http: укажите номер порта")


def test_the_longest_overlap_of_the_command_is_that_of_the_rule() -> None:
    assert timedelta(hours=cli_client.MOST_HOURS) == LONGEST_OVERLAP


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "/none/x"), 2, "/none/x: такого файла или папки нет.\n"),
        (NotADirectoryError(errno.ENOTDIR, "Not a", "/x/y"), 2, "/x/y: часть пути – файл, а не папка.\n"),
        (PermissionError(errno.EACCES, "Denied", "/x"), 2, "/x: нет прав на чтение или запись.\n"),
        (OSError(errno.EIO, "I/O error", "/x"), 1, "/x: файл не удалось прочитать или записать: проверьте диск.\n"),
    ],
)
def test_a_path_that_leads_nowhere_gets_one_sentence(
    error: OSError,
    code: int,
    sentence: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: Home) -> None:
        raise error

    monkeypatch.setattr("apella.embedded.record.read_record", fail)
    assert run("status") == code
    assert capsys.readouterr().err == sentence


def test_what_is_no_wrong_path_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Home) -> None:
        raise OSError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr("apella.embedded.record.read_record", fail)
    with pytest.raises(OSError, match="Connection refused"):
        main(["status"])

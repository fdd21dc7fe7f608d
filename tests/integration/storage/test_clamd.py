"""The adapter of clamd against a real one, with the configurations that it must not trust."""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apella.errors import ConfigurationError
from apella.storage.clamd import ClamdAddress, ClamdScanner
from apella.storage.scanner import ScannerUnavailable
from apella.testing.clamd import DEBIAN_LIMITS, SAFE_LIMITS, Clamd, eicar, running_clamd

OVER_DEBIAN_S = 26 * 1024**2


def found(clamd: Clamd, content: bytes) -> str | None:
    return clamd.scanner.scan(io.BytesIO(content))


def test_a_signature_is_named_and_a_clean_file_is_clean(clamd: Clamd) -> None:
    clamd.scanner.ping()
    assert found(clamd, b"x" + eicar()) == "Test.Eicar.UNOFFICIAL"
    assert found(clamd, b"x") is None
    assert found(clamd, b"") is None


def test_a_file_is_read_from_where_it_stands_in_pieces_of_any_size(clamd: Clamd) -> None:
    content = io.BytesIO(eicar() + b"tail")
    content.seek(len(eicar()))
    assert clamd.scanner.scan(content) is None
    assert found(clamd, bytes(700_000) + eicar()) is not None


@pytest.mark.proof("T3.3")
def test_with_the_limits_of_our_handbook_a_file_over_debian_s_is_looked_through(clamd: Clamd) -> None:
    assert found(clamd, bytes(OVER_DEBIAN_S) + eicar()) is not None


@pytest.mark.proof("T3.3")
def test_a_clamd_that_calls_what_exceeds_its_limits_clean_is_not_trusted(
    program: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_clamd(program, tmp_path, limits=DEBIAN_LIMITS) as debian:
        with pytest.raises(ScannerUnavailable) as refusal:
            debian.scanner.ping()
        assert refusal.value.error_code == "scanner.limits"
        with pytest.raises(ScannerUnavailable):
            found(debian, b"x")
    assert "AlertExceedsMax must be yes" in caplog.text


@pytest.mark.proof("T3.3")
@pytest.mark.parametrize("low", ["StreamMaxLength", "MaxFileSize"])
def test_a_file_over_the_limits_of_clamd_waits_and_is_not_called_clean(
    program: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, low: str
) -> None:
    with running_clamd(program, tmp_path, limits={**SAFE_LIMITS, low: "25M"}) as clamd:
        assert found(clamd, b"x") is None
        with caplog.at_level(logging.ERROR), pytest.raises(ScannerUnavailable) as refusal:
            found(clamd, bytes(OVER_DEBIAN_S) + eicar())
    assert refusal.value.error_code == "scanner.limits"
    assert caplog.records


def test_nobody_at_the_address_is_unavailable_at_once(tmp_path: Path) -> None:
    scanner = ClamdScanner(ClamdAddress(path=tmp_path / "nobody.sock"))
    with pytest.raises(ScannerUnavailable) as refusal:
        scanner.ping()
    assert refusal.value.error_code == "scanner.unavailable"
    with pytest.raises(ScannerUnavailable):
        scanner.scan(io.BytesIO(b"x"))


@contextmanager
def answering(answer: bytes) -> Iterator[ClamdScanner]:
    """Something that takes what it is sent and gives this answer, whatever it was asked."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(64)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield ClamdScanner(ClamdAddress.parse(f"127.0.0.1:{listener.getsockname()[1]}"))
        thread.join(timeout=5)


@pytest.mark.parametrize("answer", [b"", b"PONG", b"stream: OK\0", b"\0"])
def test_half_an_answer_or_a_strange_one_is_no_answer(answer: bytes) -> None:
    with answering(answer) as scanner, pytest.raises(ScannerUnavailable):
        scanner.ping()


@pytest.mark.parametrize(
    "text", ["", "clamd.example.org:3310", "10.0.0.5:3310", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", "run/clamd.ctl"]
)
def test_an_address_elsewhere_or_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        ClamdAddress.parse(text)
    assert refusal.value.error_code == "settings.clamd"


@pytest.mark.parametrize("text", ["/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310"])
def test_a_socket_or_a_port_of_this_machine_is_taken(text: str) -> None:
    ClamdAddress.parse(text)

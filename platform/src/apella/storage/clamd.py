"""The scanner of ClamAV: clamd over a unix socket or loopback TCP, by its command INSTREAM (clamd(8)).

Two of clamd's habits let malware through, and both are met here. A file over its limits is called OK unless
`AlertExceedsMax yes` stands in clamd.conf: a probe that exceeds every possible limit of nesting, sent before the first
file and every minute, must raise that alert, else nothing counts as scanned. And an alert about a limit says that a
file was not looked through: that is never «clean».
"""

from __future__ import annotations

import io
import logging
import socket
import struct
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from apella.errors import ConfigurationError
from apella.storage.port import CHUNK, Readable
from apella.storage.scanner import unavailable

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 180.0
"""Over clamd's own MaxScanTime of 120 s, so that its answer comes first."""
_PROBE_EVERY = 60.0
_MOST_ANSWER = 4096
# clamd takes no MaxRecursion over 100.
_PROBE_DEPTH = 110
_HUNG_UP = "hung up in the middle"
_LIMIT = "Heuristics.Limits.Exceeded"
# The operator's limits are under those of uploads, or the machine was too slow: the file itself may be innocent.
_UNLOOKED = frozenset({f"{_LIMIT}.MaxFileSize", f"{_LIMIT}.MaxScanTime"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ClamdAddress:
    """Where clamd listens: a socket's path, or a loopback address and a port."""

    path: Path | None = None
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> ClamdAddress:
        """Read APELLA_CLAMD. Raises ConfigurationError (`settings.clamd`).

        clamd's protocol is neither sealed nor signed, so it goes over no network.
        """
        if text.startswith("/"):
            return cls(path=Path(text))
        host, _, port = text.rpartition(":")
        host = host.strip("[]")
        with suppress(ValueError):
            if port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535 and ip_address(host).is_loopback:
                return cls(host=host, port=int(port))
        raise ConfigurationError(
            f"APELLA_CLAMD={text}: укажите путь к сокету clamd, например /run/clamav/clamd.ctl, адрес этой же машины с "
            "портом, например 127.0.0.1:3310, или off, если проверки на вирусы не будет.",
            code="settings.clamd",
        )

    def connect(self) -> socket.socket:
        """Open a connection. Raises OSError."""
        if self.path is None:
            return socket.create_connection((self.host, self.port), timeout=_CONNECT_SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        return connection


class ClamdScanner:
    """Scans by clamd; any number of threads at once."""

    active = True

    def __init__(self, address: ClamdAddress) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._probed_at: float | None = None

    def scan(self, source: Readable) -> str | None:
        """See `Scanner.scan`."""
        self._probe()
        found = self._sent(source)
        if found in _UNLOOKED:
            log.error("clamd did not look through a file", extra={"code": found})
            raise unavailable(code="scanner.limits")
        return found

    def ping(self) -> None:
        """See `Scanner.ping`; with a configuration that lets files through unseen there is no scanner either."""
        if self._asked(b"zPING\0", None, seconds=_CONNECT_SECONDS) != "PONG":
            raise unavailable()
        self._probe()

    def _probe(self) -> None:
        with self._lock:
            now = time.monotonic()
            if self._probed_at is not None and now - self._probed_at < _PROBE_EVERY:
                return
            self._probed_at = None
            found = self._sent(io.BytesIO(_nested()))
            if found is None or not found.startswith(_LIMIT):
                log.error("clamd calls files over its limits clean: its AlertExceedsMax must be yes")
                raise unavailable(code="scanner.limits")
            self._probed_at = now

    def _sent(self, source: Readable) -> str | None:
        """Give the name of what clamd found in the stream; None for its OK."""
        answer = self._asked(b"zINSTREAM\0", source, seconds=_ANSWER_SECONDS)
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        # «INSTREAM size limit exceeded. ERROR», or a hang-up in the middle.
        log.error("clamd did not take a whole file: its StreamMaxLength must be over the limit of uploads")
        raise unavailable(code="scanner.limits")

    def _asked(self, command: bytes, source: Readable | None, *, seconds: float) -> str:
        try:
            with self._address.connect() as connection:
                connection.settimeout(seconds)
                connection.sendall(command)
                whole = source is None or _send(connection, source)
                try:
                    return _answer(connection)
                except OSError:
                    if whole:
                        raise
                    return _HUNG_UP
        except OSError as error:
            self._probed_at = None
            log.warning("clamd does not answer", extra={"error": type(error).__name__})
            raise unavailable() from error


def _send(connection: socket.socket, source: Readable) -> bool:
    """Send a stream; False when clamd hung up in the middle: its answer, if it still comes, says why."""
    try:
        while chunk := source.read(CHUNK):
            connection.sendall(struct.pack("!I", len(chunk)))
            connection.sendall(chunk)
        connection.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _answer(connection: socket.socket) -> str:
    answer = b""
    while len(answer) < _MOST_ANSWER and (part := connection.recv(_MOST_ANSWER)):
        answer += part
    if not answer.endswith(b"\0"):
        raise ConnectionResetError("clamd hung up")
    return answer[:-1].decode("ascii", "replace")


@cache
def _nested() -> bytes:
    """An archive within an archive, deeper than clamd ever looks; 9 KB."""
    content = b"probe"
    for _ in range(_PROBE_DEPTH):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("probe", content)
        content = target.getvalue()
    return content

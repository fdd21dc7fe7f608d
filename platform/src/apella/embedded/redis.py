"""The instance's own Redis: only a transport of ids, which may lose everything (the task table is the record)."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import time
from pathlib import Path

from apella.embedded.binaries import redis_program
from apella.embedded.home import Home
from apella.embedded.logs import log_file, open_log
from apella.embedded.processes import end_child, spawn
from apella.embedded.refusals import InstanceRefused
from apella.embedded.runtime import REDIS_SOCKET, runtime_folder

_READY_SECONDS = 10
_LOOK_MILLISECONDS = 10
STOP_SECONDS = 5


class EmbeddedRedis:
    """The Redis of one home, on a socket in a private folder; whoever makes it holds the home's lock."""

    def __init__(self, home: Home, *, mark: str) -> None:
        self._home = home
        self._mark = mark
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return runtime_folder(self._home) / REDIS_SOCKET

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"unix://{self.socket}"

    def start(self) -> str:
        """Start the server and wait until it answers; returns its URL. Raises InstanceRefused."""
        if not self.is_running():
            self.spawn()
        self._wait_ready()
        return self.url

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it."""
        self.socket.unlink(missing_ok=True)
        with open_log(self._home, "redis") as log:
            self.process = spawn(
                (
                    redis_program(),
                    *("--port", "0"),
                    *("--unixsocket", self.socket),
                    *("--unixsocketperm", "700"),
                    *("--save", ""),
                    *("--appendonly", "no"),
                    *("--databases", "1"),
                    *("--daemonize", "no"),
                ),
                mark=self._mark,
                output=log,
                death_signal=signal.SIGKILL,
                cwd=self._home.run,
            )
        return self.process

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            end_child(self.process, signal.SIGTERM, seconds=STOP_SECONDS)
            self.process = None

    def is_running(self) -> bool:
        """Whether the server that we started is alive."""
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """Whether the server answers a ping."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16) == b"+PONG\r\n"
            except OSError:
                return False

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self.answers():
            select.poll().poll(_LOOK_MILLISECONDS)
            if not self.is_running() or time.monotonic() > deadline:
                raise InstanceRefused(
                    f"Redis не запустился. Причина — в конце файла {log_file(self._home, 'redis')}.",
                    code="instance.redis",
                )

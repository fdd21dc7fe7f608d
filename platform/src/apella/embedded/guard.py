"""The guard of a run: when the supervisor is gone, however it went, nothing of its run stays alive.

It is a process of its own that waits for the end of its standard input, whose other end only the supervisor holds.
Run as `python -m apella.embedded.guard MARK HOME`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from apella.embedded.home import Home
from apella.embedded.logs import open_log
from apella.embedded.processes import RUN_MARK, end_all, marked, serving
from apella.embedded.runtime import leave_runtime_folder


class Guard:
    """The supervisor's hold on its guard."""

    def __init__(self, home: Home, *, mark: str) -> None:
        self._home = home
        self._mark = mark
        # Only this process has the write end, and keeps it to its death.
        self._read_end, self._write_end = os.pipe()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Guard:
        self.spawn()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the guard end what is left of the run, and wait until it has."""
        os.close(self._write_end)
        os.close(self._read_end)
        if self.process is not None:
            self.process.wait()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the guard."""
        with open_log(self._home, "guard") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "apella.embedded.guard", self._mark, str(self._home.root)],
                stdin=self._read_end,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, RUN_MARK: self._mark},
                start_new_session=True,
            )
        return self.process


def main(mark: str, home: Home) -> None:
    """Wait for the supervisor's end, then end its run and take away its sockets."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 4096):
        pass
    end_all(lambda: {*marked(mark), *serving(home.data)}, seconds=30)
    leave_runtime_folder(home)


if __name__ == "__main__":
    main(sys.argv[1], Home(Path(sys.argv[2])))

"""A real clamd with one signature: the harmless test file that every scanner knows. Nothing is downloaded."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from apella.embedded.processes import spawn
from apella.storage.clamd import ClamdAddress, ClamdScanner

SAFE_LIMITS: Final = {
    "StreamMaxLength": "320M",
    "MaxFileSize": "320M",
    "MaxScanSize": "640M",
    "AlertExceedsMax": "yes",
}
"""What docs/operating.md asks of clamd.conf: limits above those of uploads, and an alert about what exceeds them."""
DEBIAN_LIMITS: Final = {
    "StreamMaxLength": "25M",
    "MaxFileSize": "25M",
    "MaxScanSize": "100M",
    "AlertExceedsMax": "no",
}
_START_SECONDS = 20
_LOOK_SECONDS = 0.02
_STOP_SECONDS = 10


def clamd_program() -> str | None:
    """Where clamd is on this machine; None without it. Debian keeps it out of an ordinary user's PATH."""
    return shutil.which("clamd", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))


def eicar() -> bytes:
    """The test file of EICAR; it stands here backwards, so that no file of ours is one."""
    return rb"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X"[::-1]


class Clamd:
    """A clamd that can be started and ended; its socket stays at the same place."""

    def __init__(self, program: str, folder: Path, *, limits: dict[str, str]) -> None:
        self._program = program
        self._folder = folder
        # A socket's path has at most 107 bytes; a test's own folder may be longer.
        self._sockets = Path(tempfile.mkdtemp(prefix="clamd-"))
        self._process: subprocess.Popen[bytes] | None = None
        signatures = folder / "signatures"
        signatures.mkdir(parents=True)
        (signatures / "eicar.ndb").write_text(f"Test.Eicar:0:*:{eicar().hex()}\n")
        (folder / "clamd.conf").write_text(
            "".join(
                f"{name} {value}\n"
                for name, value in {
                    "LocalSocket": self.socket,
                    "DatabaseDirectory": signatures,
                    "Foreground": "yes",
                    **limits,
                }.items()
            )
        )

    @property
    def socket(self) -> Path:
        """Where it listens; the value of APELLA_CLAMD."""
        return self._sockets / "clamd.sock"

    @property
    def scanner(self) -> ClamdScanner:
        """A scanner that asks it."""
        return ClamdScanner(ClamdAddress.parse(str(self.socket)))

    def start(self) -> None:
        """Start it. Raises RuntimeError when it does not answer in time."""
        log = self._folder / "clamd.log"
        with log.open("ab") as output:
            self._process = spawn(
                [self._program, "-c", self._folder / "clamd.conf"],
                mark=secrets.token_hex(8),
                output=output,
                death_signal=signal.SIGKILL,
                cwd=self._folder,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._listening()
            except OSError:
                try:
                    self._process.wait(timeout=_LOOK_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
                break
            else:
                return
        raise RuntimeError(f"clamd did not start: see {log}")

    def stop(self) -> None:
        """End it, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=_STOP_SECONDS)
            self._process = None
        self.socket.unlink(missing_ok=True)

    def close(self) -> None:
        """End it and forget its folder."""
        self.stop()
        shutil.rmtree(self._sockets)

    def _listening(self) -> None:
        ClamdAddress.parse(str(self.socket)).connect().close()


@contextmanager
def running_clamd(program: str, folder: Path, *, limits: dict[str, str] | None = None) -> Iterator[Clamd]:
    """Run clamd, with the limits that the operator's handbook asks for unless others are named."""
    clamd = Clamd(program, folder, limits=SAFE_LIMITS if limits is None else limits)
    try:
        clamd.start()
        yield clamd
    finally:
        clamd.close()

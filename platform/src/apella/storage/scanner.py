"""The port of the malware scanner: what every upload passes before it may be served."""

from __future__ import annotations

from typing import Final, Protocol

from apella.errors import Unavailable
from apella.storage.port import Readable


class ScannerUnavailable(Unavailable):
    """The scanner does not answer, or does not look into everything; whether the file is clean is not known."""

    code = "scanner.unavailable"


class Scanner(Protocol):
    """Looks for malware in bytes. A file that nobody could look at is never called clean."""

    @property
    def active(self) -> bool:
        """Whether there is a scanner at all."""

    def scan(self, source: Readable) -> str | None:
        """Read the rest of the stream and give the name of what was found; None when it is clean.

        Raises ScannerUnavailable.
        """

    def ping(self) -> None:
        """Ask whether files can be scanned now, within a second or two. Raises ScannerUnavailable."""


class NoScanner:
    """No scanner: an embedded instance of a classroom, or an operator's explicit choice."""

    active = False

    def scan(self, source: Readable) -> str | None:  # noqa: ARG002 nobody looks
        """Find nothing."""
        return None

    def ping(self) -> None:
        """There is nothing to wait for."""


NOBODY: Final = NoScanner()
"""Nobody looks at files."""


def unavailable(*, code: str = ScannerUnavailable.code) -> ScannerUnavailable:
    """The answer while no file can be scanned."""
    return ScannerUnavailable("Проверка файлов на вирусы сейчас не работает. Повторите позже.", code=code)

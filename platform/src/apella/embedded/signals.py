"""The signals that ask the supervisor to stop."""

from __future__ import annotations

import os
import signal
from types import FrameType

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked the supervisor to stop while it was starting; no error, so no handler of errors takes it."""


class StopSignals:
    """While open, a stop signal interrupts what runs with StopRequested, until `wait_quietly` was called; from then
    on it only sets `requested` and makes `descriptor` readable. A stop that has begun is not disturbed."""

    def __init__(self) -> None:
        self.requested = False
        self._interrupts = True

    def __enter__(self) -> StopSignals:
        self.descriptor, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_wake = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._handle) for number in _STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wake)
        os.close(self.descriptor)
        os.close(self._wake)

    def wait_quietly(self) -> None:
        """From now on the caller looks at `requested` itself."""
        self._interrupts = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        first, self.requested = not self.requested, True
        if first and self._interrupts:
            raise StopRequested

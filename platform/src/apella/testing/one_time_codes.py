"""An application for one-time codes, as people have it on their phone: RFC 6238, SHA-1, six digits, 30 s."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

PERIOD = 30


@dataclass(kw_only=True)
class CodeApp:
    """One secret, and the codes of it. `window` is how many periods before and after now the server takes."""

    secret: bytes
    window: int = 1
    _next: int = 0

    def code(self, period: int) -> str:
        """The code of this period (seconds of the epoch, divided by thirty)."""
        digest = hmac.digest(self.secret, period.to_bytes(8, "big"), hashlib.sha1)
        offset = digest[-1] & 15
        return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"

    def unused(self, *, seconds: int) -> str:
        """A code that the server takes at this moment and that was not given before, since each works once."""
        self._next = max(self._next, seconds // PERIOD - self.window + 1)
        self._next += 1
        return self.code(self._next - 1)

    def wrong(self, *, seconds: int) -> str:
        """A code that the server takes at no moment near this one."""
        now = seconds // PERIOD
        right = {self.code(period) for period in range(now - self.window - 2, now + self.window + 3)}
        return next(code for code in (f"{number:06}" for number in range(1_000)) if code not in right)

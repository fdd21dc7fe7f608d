"""«Версия для слабовидящих»: how a person asked to see every page, kept in a cookie and drawn by the server.

The choice is a few letters of no secret in the cookie `apella_vi`; it becomes classes of <html>, so it works on the
first byte, without a script and before anybody is signed in.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from flask import request

COOKIE = "apella_vi"

_STORED = re.compile(r"([123])-(light|dark|blue)-([123])-([01])")
# A path of this site: one slash, then neither a second slash nor a backslash, which browsers read as one.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")


class Scheme(enum.StrEnum):
    """The pairs of colours to choose from: black on white, white on black, blue on light blue."""

    LIGHT = "light"
    DARK = "dark"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """A person's way to see pages; `size` and `spacing` run from 1 to 3. Without `enabled` the usual view is drawn."""

    enabled: bool = False
    size: int = 1
    scheme: Scheme = Scheme.LIGHT
    spacing: int = 1
    images: bool = True

    @property
    def html_classes(self) -> str:
        """Classes of <html>; an empty text for the usual view."""
        if not self.enabled:
            return ""
        classes = ["vi", f"vi-{self.scheme}"]
        if self.size > 1:
            classes.append(f"vi-size-{self.size}")
        if self.spacing > 1:
            classes.append(f"vi-space-{self.spacing}")
        if not self.images:
            classes.append("vi-noimg")
        return " ".join(classes)

    def as_cookie(self) -> str:
        """Return the value to store: «2-dark-1-0»."""
        return f"{self.size}-{self.scheme}-{self.spacing}-{int(self.images)}"

    @classmethod
    def from_cookie(cls, stored: str | None) -> Preferences:
        """Read a stored value; anything that this code did not write means the usual view."""
        match = _STORED.fullmatch(stored or "")
        if match is None:
            return cls()
        size, scheme, spacing, images = match.groups()
        return cls(enabled=True, size=int(size), scheme=Scheme(scheme), spacing=int(spacing), images=images == "1")


def current() -> Preferences:
    """Return what the person behind the current request chose."""
    return Preferences.from_cookie(request.cookies.get(COOKIE))


def local_path(target: str | None, *, otherwise: str = "/") -> str:
    """Return `target` when it is a path of this site, else `otherwise`: nobody is sent to a foreign address."""
    return target if target and _LOCAL_PATH.fullmatch(target) else otherwise

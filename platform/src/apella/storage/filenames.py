"""Names of files as people see them: cleaned for a page and for the header of a download (RFC 6266)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

FALLBACK_NAME = "файл"
_MAX_BYTES = 150
_MAX_SUFFIX = 12
_MAX_READ = 4096
_RESERVED = re.compile(r'["*:<>?|%]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
# Cc control, Cf formatting (turns of writing direction among them), Cs halves of pairs, Co private, Cn unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ATTR_CHARS = "!#$&+-.^_`|~"


def display_name(name: str, *, fallback: str = FALLBACK_NAME) -> str:
    """Give the last part of a sent file name, without anything that hides, moves or breaks the text around it.

    At most 150 bytes of UTF-8, the extension kept; never empty, never a device name of an operating system.
    """
    last = re.split(r"[/\\]", name[-_MAX_READ:])[-1]
    seen = "".join(
        letter for letter in unicodedata.normalize("NFC", last) if unicodedata.category(letter) not in _UNSEEN
    )
    plain = " ".join(_RESERVED.sub("_", seen).split()).strip(". ")
    if not plain:
        return fallback
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    return _shortened(plain)


def extension(name: str) -> str:
    """Give the cleaned name's last extension in lower case, without the dot; empty when it has none."""
    stem, dot, suffix = display_name(name, fallback="").rpartition(".")
    return suffix.lower() if stem and dot else ""


def content_disposition(filename: str, *, inline: bool) -> str:
    """Give the header's value: an ASCII name for old programs, and the whole one in UTF-8."""
    name = display_name(filename)
    ascii_name = "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MAX_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _MAX_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = _MAX_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + suffix

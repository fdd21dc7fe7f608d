"""The documents' fonts and the characters that they can show."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst

from apella.errors import ConfigurationError

FAMILIES = ("Tinos", "DejaVu Sans")


@dataclass(frozen=True)
class FontSet:
    """Loaded fonts and, for each font file, the code points that it has a glyph for."""

    fonts: typst.Fonts
    coverage: tuple[frozenset[int], ...]

    def shows(self, cluster: str) -> bool:
        """Whether one font holds every character of the cluster: typst refuses a cluster that would need two."""
        return any(all(ord(character) in glyphs for character in cluster) for glyphs in self.coverage)


@lru_cache(maxsize=4)
def load_fonts(folder: Path) -> FontSet:
    """Load the fonts of a folder; raise ConfigurationError naming the family that is not there."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    missing = [family for family in FAMILIES if family not in fonts.families()]
    if missing:
        raise ConfigurationError(
            f"Нет шрифтов документов: {', '.join(missing)} (папка {folder}). Выполните make setup.",
            code="documents.fonts",
        )
    regular = (
        font
        for family in FAMILIES
        for font in fonts.fonts()
        if font.family == family and font.style == "normal" and font.weight == 400 and font.path
    )
    return FontSet(fonts, tuple(frozenset(_code_points(Path(font.path or "").read_bytes())) for font in regular))


def _code_points(font: bytes) -> Iterator[int]:
    """Read the Unicode `cmap` subtables (OpenType, formats 4 and 12) of a TrueType font."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for table in range(tables):
        tag, _, cmap, _ = struct.unpack_from(">4sIII", font, 12 + 16 * table)
        if tag != b"cmap":
            continue
        (subtables,) = struct.unpack_from(">H", font, cmap + 2)
        for subtable in range(subtables):
            platform, encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * subtable)
            if (platform, encoding) == (3, 1):
                yield from _segments(font, cmap + offset)
            elif (platform, encoding) == (3, 10):
                yield from _groups(font, cmap + offset)


def _segments(font: bytes, start: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, start + 14)
    starts = struct.unpack_from(f">{count}H", font, start + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", font, start + 16 + 2 * doubled)
    place = start + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", font, place)
    for segment, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for point in range(first, last + 1):
            glyph = point
            if offsets[segment]:
                index = place + 2 * segment + offsets[segment] + 2 * (point - first)
                (glyph,) = struct.unpack_from(">H", font, index)
                if not glyph:
                    continue
            if (glyph + deltas[segment]) & 0xFFFF:
                yield point


def _groups(font: bytes, start: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">I", font, start + 12)
    for group in range(count):
        first, last, glyph = struct.unpack_from(">III", font, start + 16 + 12 * group)
        yield from range(first if glyph else first + 1, last + 1)

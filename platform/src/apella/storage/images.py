"""PNG and JPEG: structure, size in pixels, and removal of everything that does not make the picture.

The compressed picture itself is copied byte for byte: a scan is evidence and is never recoded.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from apella.storage.uploads import FileKind, damaged, too_many_pixels

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"bKGD", b"pHYs"}
)
_EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_JFIF, _EXIF, _ICC, _ADOBE = b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"
_JFIF_WITHOUT_THUMBNAIL = 12
_TURN_TAG, _SHORT = 0x0112, 3
_TURNED = range(2, 9)


def cleaned_image(data: bytes, kind: FileKind, *, max_pixels: int) -> bytes:
    """Give the image without comments, EXIF, thumbnails and trailing bytes; how a photo is turned is kept.

    Raises UploadRefused: damaged, or over `max_pixels`.
    """
    try:
        cleaned = _cleaned_png(data, max_pixels) if kind is FileKind.PNG else _cleaned_jpeg(data, max_pixels)
        with Image.open(io.BytesIO(cleaned), formats=[kind.name]) as image:
            image.load()
    # SyntaxError is what Pillow raises for a broken PNG.
    except (
        OSError,
        SyntaxError,
        ValueError,
        IndexError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        raise damaged() from error
    return cleaned


def _cleaned_png(data: bytes, max_pixels: int) -> bytes:
    kept = [PNG_MAGIC]
    first = True
    for name, body in _chunks(data):
        if first:
            if name != b"IHDR":
                raise damaged()
            width, height = struct.unpack_from(">II", body)
            if width * height > max_pixels:
                raise too_many_pixels(max_pixels)
            first = False
        if name in _PNG_KEPT:
            kept.append(struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)))
    return b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_MAGIC)
    name = b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if checksum != zlib.crc32(name + body):
            raise damaged()
        yield name, body
        at += length + 12


def _cleaned_jpeg(data: bytes, max_pixels: int) -> bytes:
    kept = [data[:2]]
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        mark = data[at + 1]
        if data[at] != 0xFF:
            raise damaged()
        if mark == _EOI:
            kept.append(data[at : at + 2])
            return b"".join(kept)
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise damaged()
        if mark == _SOS:
            scan_end = _END_OF_SCAN.search(data, end)
            if scan_end is None:
                raise damaged()
            end = scan_end.start()
            kept.append(data[at:end])
        else:
            if mark in _FRAMES:
                height, width = struct.unpack_from(">HH", data, at + 5)
                if width * height > max_pixels:
                    raise too_many_pixels(max_pixels)
            kept.append(_kept_segment(mark, data[at + 4 : end]))
        at = end


def _kept_segment(mark: int, body: bytes) -> bytes:
    if mark == _APP0 and body.startswith(_JFIF):
        body = body[:_JFIF_WITHOUT_THUMBNAIL] + b"\0\0"
    elif mark == _APP1 and body.startswith(_EXIF):
        body = _turn_only(body)
        if not body:
            return b""
    elif not (
        mark in _FRAMES
        or mark in _TABLES
        or (mark == _APP2 and body.startswith(_ICC))
        or (mark == _APP14 and body.startswith(_ADOBE))
    ):
        return b""
    return struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body


def _turn_only(body: bytes) -> bytes:
    """Give an EXIF body that says only how the photo is turned; empty when it stands upright or says nothing clear."""
    try:
        turn = _turn(body[len(_EXIF) :])
    except struct.error:
        return b""
    if turn not in _TURNED:
        return b""
    return _EXIF + b"II*\0" + struct.pack("<IHHHIII", 8, 1, _TURN_TAG, _SHORT, 1, turn, 0)


def _turn(tiff: bytes) -> int:
    """Read the turn out of the first directory of a TIFF; 1 when it is not there."""
    order = ">" if tiff.startswith(b"MM") else "<"
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for number in range(entries):
        tag, sort, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * number)
        if (tag, sort) == (_TURN_TAG, _SHORT):
            return int(value)
    return 1

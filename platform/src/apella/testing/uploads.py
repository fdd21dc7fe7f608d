"""Small valid files of every accepted kind, made from nothing."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from collections.abc import Mapping

import pikepdf
from PIL import ExifTags, Image, PngImagePlugin

from apella.storage.uploads import FileKind

_SIZE = (60, 40)


def picture() -> Image.Image:
    """A picture whose corners differ, so that a turn is noticed."""
    image = Image.new("RGB", _SIZE, "white")
    image.putpixel((0, 0), (200, 30, 30))
    image.putpixel((59, 39), (30, 30, 200))
    return image


def png(*, comment: str = "") -> bytes:
    """A PNG, with a text chunk when a comment is given."""
    info = PngImagePlugin.PngInfo()
    if comment:
        info.add_text("Comment", comment)
        info.add_text("Long", comment * 100, zip=True)
    return _saved(picture(), format="PNG", pnginfo=info, dpi=(300, 300))


def jpeg(*, turn: int = 1, place: str = "", comment: bytes = b"") -> bytes:
    """A JPEG as a telephone makes it: how it was turned, and where and with what it was taken."""
    exif = Image.Exif()
    if turn != 1:
        exif[ExifTags.Base.Orientation] = turn
    if place:
        exif[ExifTags.Base.ImageDescription] = place
        exif[ExifTags.Base.Artist] = place
    return _saved(picture(), format="JPEG", quality=90, exif=exif.tobytes(), comment=comment)


def pdf(*, root: Mapping[str, pikepdf.Object] | None = None, packed: bool = False, password: str = "") -> bytes:
    """A PDF of one empty page; `root` adds entries to its catalogue, `packed` hides them in an object stream."""
    document = pikepdf.new()
    document.add_blank_page()
    for name, value in (root or {}).items():
        document.Root[pikepdf.Name(name)] = document.make_indirect(value)
    target = io.BytesIO()
    document.save(
        target,
        object_stream_mode=pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable,
        encryption=pikepdf.Encryption(owner=password, user=password) if password else False,
    )
    return target.getvalue()


def script() -> pikepdf.Dictionary:
    """A PDF action that runs a program."""
    return pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")


def wav() -> bytes:
    """A tenth of a second of silence."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return target.getvalue()


def mp3(*, frames: int = 10) -> bytes:
    """Frames of 128 kbit/s at 44,100 Hz behind an ID3 tag."""
    frame = bytes.fromhex("fffb9064").ljust(417, b"\0")
    return b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + frame * frames


def ogg(*, codec: bytes = b"OpusHead") -> bytes:
    """Three pages of one stream."""
    return _page(codec.ljust(19, b"\1"), flags=2, number=0) + _page(b"OpusTags", 0, 1) + _page(bytes(300), 4, 2)


def flac() -> bytes:
    """A stream description and the beginning of a frame."""
    return b"fLaC" + struct.pack(">I", 0x80000022) + bytes(34) + b"\xff\xf8" + bytes(100)


def every_kind() -> dict[FileKind, bytes]:
    """One file of each kind."""
    return {
        FileKind.PDF: pdf(),
        FileKind.PNG: png(),
        FileKind.JPEG: jpeg(),
        FileKind.MP3: mp3(),
        FileKind.OGG: ogg(),
        FileKind.WAV: wav(),
        FileKind.FLAC: flac(),
    }


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def flood_png(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims this many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def _page(body: bytes, flags: int, number: int) -> bytes:
    lengths = bytes([255] * (len(body) // 255) + [len(body) % 255])
    return struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, 7, number, 0, len(lengths)) + lengths + body


def _saved(image: Image.Image, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, **options)  # type: ignore[arg-type]  # Pillow's options differ by format
    return target.getvalue()

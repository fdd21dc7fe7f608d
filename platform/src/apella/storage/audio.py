"""Sound recordings: each format is walked from its first to its last byte, so that nothing can hide behind it."""

from __future__ import annotations

import struct
from typing import BinaryIO

from apella.storage.uploads import FileKind, damaged

_OGG_HEADER = struct.Struct("<4sBBqIIIB")
_OGG_FIRST = 0x02
_OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")
_FLAC_LAST = 0x80
_ID3V1_SIZE = 128
# Kilobits per second by the index in a frame's header, layer III; hertz by the index, MPEG 1. 0 is no valid value.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_HERTZ_1 = (44100, 48000, 32000, 0)
_MPEG_1, _MPEG_2, _LAYER_3 = 3, 2, 1
_MIN_FRAMES = 3


def check_audio(stream: BinaryIO, kind: FileKind, *, size: int) -> None:
    """Refuse a recording whose parts do not make up the whole file. Raises UploadRefused."""
    walk = {FileKind.MP3: _walk_mp3, FileKind.OGG: _walk_ogg, FileKind.WAV: _walk_wav, FileKind.FLAC: _walk_flac}
    stream.seek(0)
    try:
        walk[kind](stream, size)
    except struct.error as error:
        raise damaged() from error


def mp3_frame_size(header: bytes) -> int:
    """Give the whole size of the layer III frame with this header of four bytes; 0 when it is none."""
    word = int.from_bytes(header[:4], "big")
    version, layer = word >> 19 & 3, word >> 17 & 3
    if word >> 21 != 0x7FF or version == 1 or layer != _LAYER_3:
        return 0
    rates, hertz = (
        (_RATES_1, _HERTZ_1[word >> 10 & 3]) if version == _MPEG_1 else (_RATES_2, _HERTZ_1[word >> 10 & 3] // 2)
    )
    if version not in (_MPEG_1, _MPEG_2):
        hertz //= 2
    rate = rates[word >> 12 & 15]
    if not rate or not hertz:
        return 0
    return (144 if version == _MPEG_1 else 72) * rate * 1000 // hertz + (word >> 9 & 1)


def _walk_mp3(stream: BinaryIO, size: int) -> None:
    at = _after_id3(stream)
    frames = 0
    while at < size:
        stream.seek(at)
        header = stream.read(4)
        step = mp3_frame_size(header)
        if not step:
            break
        frames += 1
        at += step
    # A recorder that was switched off may have cut the last frame short.
    if frames < _MIN_FRAMES or not (at >= size or _is_id3v1(stream, at, size)):
        raise damaged()


def _after_id3(stream: BinaryIO) -> int:
    at = 0
    while True:
        stream.seek(at)
        header = stream.read(10)
        if header[:3] != b"ID3" or len(header) < 10:
            return at
        length = 0
        for part in header[6:]:
            length = length << 7 | part & 0x7F
        at += 10 + length


def _is_id3v1(stream: BinaryIO, at: int, size: int) -> bool:
    stream.seek(at)
    return size - at == _ID3V1_SIZE and stream.read(3) == b"TAG"


def _walk_ogg(stream: BinaryIO, size: int) -> None:
    at = 0
    while at < size:
        stream.seek(at)
        magic, version, flags, _, _, _, _, segments = _OGG_HEADER.unpack(stream.read(_OGG_HEADER.size))
        lengths = stream.read(segments)
        if magic != b"OggS" or version != 0 or len(lengths) != segments:
            raise damaged()
        if flags & _OGG_FIRST and not stream.read(sum(lengths)).startswith(_OGG_SOUND):
            raise damaged()
        if at == 0 and not flags & _OGG_FIRST:
            raise damaged()
        at += _OGG_HEADER.size + segments + sum(lengths)
    if at != size:
        raise damaged()


def _walk_wav(stream: BinaryIO, size: int) -> None:
    _, whole, _ = struct.unpack("<4sI4s", stream.read(12))
    if whole + 8 not in (size, size - 1):
        raise damaged()
    seen: list[bytes] = []
    at = 12
    while at + 8 <= whole + 8:
        stream.seek(at)
        name, length = struct.unpack("<4sI", stream.read(8))
        seen.append(name)
        at += 8 + length + length % 2
    if at not in (whole + 8, whole + 9) or b"fmt " not in seen or b"data" not in seen:
        raise damaged()


def _walk_flac(stream: BinaryIO, size: int) -> None:
    at = 4
    first = True
    last = False
    while not last:
        stream.seek(at)
        word = int.from_bytes(stream.read(4).ljust(4, b"\xff"), "big")
        last = bool(word >> 24 & _FLAC_LAST)
        if first and word >> 24 & 0x7F:
            raise damaged()
        first = False
        at += 4 + (word & 0xFFFFFF)
        if at >= size:
            raise damaged()
    stream.seek(at)
    if stream.read(2) not in (b"\xff\xf8", b"\xff\xf9"):
        raise damaged()

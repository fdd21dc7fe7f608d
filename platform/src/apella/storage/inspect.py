"""The check of one upload: what it really is, whether its name agrees, and what of it may be kept."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Set
from dataclasses import dataclass
from typing import BinaryIO

from apella.storage.audio import check_audio, mp3_frame_size
from apella.storage.filenames import display_name, extension
from apella.storage.images import JPEG_MAGIC, PNG_MAGIC, cleaned_image
from apella.storage.pdf import PDF_MAGIC, check_pdf
from apella.storage.port import sha256_of
from apella.storage.uploads import AUDIO, IMAGES, FileKind, Limits, UploadRefused, damaged, too_large

_HEAD = 16
_WAV_MAGIC = re.compile(rb"RIFF....WAVE", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """An upload that may be kept. `content` is what to keep: the sent bytes, or an image without its metadata.

    `size` and `sha256` are of `content`; `file_name` is fit to be shown and ends as its kind does.
    """

    kind: FileKind
    file_name: str
    content: BinaryIO
    size: int
    sha256: bytes


def inspect_upload(stream: BinaryIO, *, file_name: str, accepted: Set[FileKind], limits: Limits) -> Inspected:
    """Check a sent file by its bytes; what the sender says about its type counts for nothing.

    `stream` can seek; it is read from its beginning. Raises UploadRefused (`upload.empty`, `.type`, `.extension`,
    `.damaged`, `.pixels`, `.protected`, `.active`) and UploadTooLarge.
    """
    size = stream.seek(0, io.SEEK_END)
    if not size:
        raise UploadRefused("Файл пуст. Проверьте его и отправьте ещё раз.", code="upload.empty")
    stream.seek(0)
    kind = detected_kind(stream.read(_HEAD))
    if kind is None or kind not in accepted:
        raise UploadRefused(f"Файлы такого вида не принимаются. Отправьте {_listed(accepted)}.", code="upload.type")
    if size > limits.sizes[kind]:
        raise too_large(limits.sizes[kind])
    if extension(file_name) not in kind.extensions:
        raise UploadRefused(
            f"Имя файла не соответствует содержимому: внутри {kind.name}. Переименуйте файл, например так: "
            f"{kind}.{kind.extensions[0]}.",
            code="upload.extension",
        )
    if zipfile.is_zipfile(stream):
        raise damaged()
    content = _checked(stream, kind, size=size, limits=limits)
    return Inspected(
        kind=kind,
        file_name=display_name(file_name),
        content=content,
        size=content.seek(0, io.SEEK_END),
        sha256=_hash_from_start(content),
    )


def detected_kind(head: bytes) -> FileKind | None:
    """Recognise a file by its first 16 bytes; None for what is never accepted."""
    if head.startswith(PNG_MAGIC):
        return FileKind.PNG
    if head.startswith(JPEG_MAGIC):
        return FileKind.JPEG
    if PDF_MAGIC.match(head):
        return FileKind.PDF
    if head.startswith(b"OggS"):
        return FileKind.OGG
    if head.startswith(b"fLaC"):
        return FileKind.FLAC
    if _WAV_MAGIC.match(head):
        return FileKind.WAV
    if head.startswith(b"ID3") or mp3_frame_size(head):
        return FileKind.MP3
    return None


def _checked(stream: BinaryIO, kind: FileKind, *, size: int, limits: Limits) -> BinaryIO:
    if kind in AUDIO:
        check_audio(stream, kind, size=size)
        return stream
    stream.seek(0)
    data = stream.read()
    if kind in IMAGES:
        return io.BytesIO(cleaned_image(data, kind, max_pixels=limits.pixels))
    check_pdf(data)
    return stream


def _hash_from_start(content: BinaryIO) -> bytes:
    content.seek(0)
    return sha256_of(content)


def _listed(accepted: Set[FileKind]) -> str:
    names = [kind.name for kind in FileKind if kind in accepted]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} или {names[-1]}"

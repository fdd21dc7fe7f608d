"""What an upload may be, and how one is refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from apella.errors import Malformed, TooLarge

_MIB = 1024**2


class FileKind(enum.StrEnum):
    """The sorts of files that people may send; TIFF is not among them, since browsers do not show it."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    MP3 = "mp3"
    OGG = "ogg"
    WAV = "wav"
    FLAC = "flac"

    @property
    def content_type(self) -> str:
        """The type that the file is served with."""
        return _TYPES[self]

    @property
    def extensions(self) -> tuple[str, ...]:
        """The endings that a name of such a file may have, the usual one first."""
        return _EXTENSIONS[self]


_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.MP3: "audio/mpeg",
    FileKind.OGG: "audio/ogg",
    FileKind.WAV: "audio/wav",
    FileKind.FLAC: "audio/flac",
}
_EXTENSIONS = {
    FileKind.PDF: ("pdf",),
    FileKind.PNG: ("png",),
    FileKind.JPEG: ("jpg", "jpeg", "jpe"),
    FileKind.MP3: ("mp3",),
    FileKind.OGG: ("ogg", "oga", "opus"),
    FileKind.WAV: ("wav",),
    FileKind.FLAC: ("flac",),
}

IMAGES = frozenset({FileKind.PNG, FileKind.JPEG})
PAPERS = IMAGES | {FileKind.PDF}
AUDIO = frozenset({FileKind.MP3, FileKind.OGG, FileKind.WAV, FileKind.FLAC})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large an upload may be: bytes for each kind, and pixels of one image."""

    sizes: Mapping[FileKind, int] = field(
        default_factory=lambda: MappingProxyType(
            {kind: 300 * _MIB if kind in AUDIO else 30 * _MIB for kind in FileKind},
        )
    )
    pixels: int = 50_000_000


class UploadRefused(Malformed):
    """The file is not what may be sent here; the message says which file would be taken."""

    code = "upload.refused"


class UploadTooLarge(TooLarge):
    """The file is over the limit of its kind."""

    code = "upload.too_large"


def damaged() -> UploadRefused:
    """The refusal of a file whose inner structure is broken, or which holds something beside itself."""
    return UploadRefused(
        "Файл повреждён или содержит посторонние данные. Сохраните его заново и отправьте ещё раз.",
        code="upload.damaged",
    )


def infected(signature: str) -> UploadRefused:
    """The refusal of a file in which the scanner found something."""
    return UploadRefused(
        "В файле найдена вредоносная программа, поэтому он не принят и никому не показан. Проверьте своё устройство "
        "антивирусом и отправьте чистый файл.",
        code="upload.infected",
        signature=signature,
    )


def too_large(limit: int) -> UploadTooLarge:
    """The refusal of a file over its limit in bytes."""
    return UploadTooLarge(
        f"Файл слишком большой: можно не больше {limit // _MIB} МБ. Уменьшите его и отправьте ещё раз.", limit=limit
    )


def too_many_pixels(limit: int) -> UploadRefused:
    """The refusal of an image that would take too much memory to show."""
    return UploadRefused(
        f"Изображение слишком большое: можно не больше {limit // 1_000_000} млн точек. "
        "Уменьшите его или отсканируйте с меньшим разрешением.",
        code="upload.pixels",
        limit=limit,
    )

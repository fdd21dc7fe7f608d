"""PDF: that the file is one and nothing else, and holds nothing that acts by itself.

This is a plain reading, not a parser: it stops what is open to the eye or packed in an object stream. What a crafted
file still hides meets the viewer's own fences, and an operator's virus scanner.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from apella.storage.uploads import UploadRefused, damaged

PDF_MAGIC = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]")
_END = b"%%EOF"
_END_OF_STREAM = b"endstream"
_BLANK = b"\0\t\n\f\r "
_HEAD = 1024
_MARKUP = re.compile(rb"<(?:!doctype|html|script|svg|\?php)", re.IGNORECASE)
_NAME = re.compile(rb"/[^\s/<>\[\](){}%]{1,40}")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = frozenset({b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/EmbeddedFiles", b"/RichMedia", b"/XFA"})
_STREAM = re.compile(rb">>[\0\t\n\f\r ]*stream(?:\r\n?|\n)")
_MAX_UNPACKED = 64 * 1024**2


def check_pdf(data: bytes) -> None:
    """Refuse a broken, mixed, protected or active document. Raises UploadRefused."""
    head = data[:_HEAD]
    tail = data.rfind(_END)
    if PDF_MAGIC.match(head) is None or _MARKUP.search(head) or tail < 0 or data[tail + len(_END) :].strip(_BLANK):
        raise damaged()
    names: set[bytes] = set()
    for part in _readable_parts(data):
        names.update(_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name) for name in _NAME.findall(part))
    if b"/Encrypt" in names:
        raise UploadRefused(
            "Документ PDF защищён паролем. Сохраните его без защиты и отправьте ещё раз.", code="upload.protected"
        )
    if names & _ACTIVE:
        raise UploadRefused(
            "Документ PDF содержит программы или вложенные файлы. Напечатайте его в новый файл PDF и отправьте новый.",
            code="upload.active",
        )


def _readable_parts(data: bytes) -> Iterator[bytes]:
    """Go through what stands outside of streams, and through the unpacked object streams."""
    left = _MAX_UNPACKED
    at = 0
    while (begin := _STREAM.search(data, at)) and (end := data.find(_END_OF_STREAM, begin.end())) >= 0:
        outside = data[at : begin.start()]
        yield outside
        if b"/ObjStm" in outside[-_HEAD:]:
            unpacked = _unpacked(data[begin.end() : end], left)
            left -= len(unpacked)
            yield unpacked
        at = end + len(_END_OF_STREAM)
    yield data[at:]


def _unpacked(packed: bytes, left: int) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(packed, max(left, 1))
    except zlib.error:
        return packed
    if unpacking.unconsumed_tail:
        raise damaged()
    return unpacked

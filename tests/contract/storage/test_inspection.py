"""What may be uploaded: each kind is taken for what it is, and everything mixed, broken or hidden is refused (T3.2)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from apella.storage.inspect import Inspected, detected_kind, inspect_upload
from apella.storage.uploads import AUDIO, IMAGES, PAPERS, FileKind, Limits, UploadRefused, UploadTooLarge
from apella.testing import uploads
from apella.testing.uploads import flac, flood_png, jpeg, mp3, ogg, pdf, png, png_chunk, script, wav

ALL = frozenset(FileKind)
PLACE = "Дом у реки, 55.7558 37.6173"


def inspect(
    content: bytes, name: str, *, accepted: frozenset[FileKind] = ALL, limits: Limits | None = None
) -> Inspected:
    return inspect_upload(io.BytesIO(content), file_name=name, accepted=accepted, limits=limits or Limits())


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return ImageOps.exif_transpose(image).tobytes()


def zipped(content: bytes = bytes(10_000_000)) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", content)
    return target.getvalue()


@pytest.mark.parametrize("kind", FileKind)
def test_each_kind_is_taken_for_what_it_is(kind: FileKind) -> None:
    content = uploads.every_kind()[kind]
    for ending in kind.extensions:
        found = inspect(content, f"Лист 1.{ending.upper()}")
        assert found.kind is kind
        assert found.file_name == f"Лист 1.{ending.upper()}"
        kept = found.content.read()
        assert len(kept) == found.size
        if kind not in IMAGES:
            assert kept == content


@pytest.mark.parametrize("kind", FileKind)
def test_what_this_place_does_not_accept_is_refused(kind: FileKind) -> None:
    content = uploads.every_kind()[kind]
    with pytest.raises(UploadRefused) as refusal:
        inspect(content, f"x.{kind.extensions[0]}", accepted=AUDIO if kind in PAPERS else PAPERS)
    assert refusal.value.error_code == "upload.type"


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize("name", ["x", "x.exe", "x.pdf.exe", "x.html", ".pdf", "x.", "", "x.svg", "../x.php"])
def test_a_name_that_says_something_else_is_refused(kind: FileKind, name: str) -> None:
    content = uploads.every_kind()[kind]
    with pytest.raises(UploadRefused) as refusal:
        inspect(content, name)
    assert refusal.value.error_code == "upload.extension"


def test_a_file_over_the_limit_of_its_kind_is_refused() -> None:
    content = wav()
    exact = Limits(sizes=dict.fromkeys(FileKind, len(content)))
    assert inspect(content, "x.wav", limits=exact).size == len(content)
    with pytest.raises(UploadTooLarge):
        inspect(content, "x.wav", limits=Limits(sizes=dict.fromkeys(FileKind, len(content) - 1)))


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_loses_everything_but_its_picture_and_its_turn(turn: int) -> None:
    content = jpeg(turn=turn, place=PLACE, comment=PLACE.encode())
    kept = inspect(content, "x.jpg").content.read()
    assert PLACE.encode() not in kept
    assert b"55.7558" not in kept
    assert pixels(kept) == pixels(content)
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == ({} if turn == 1 else {0x0112: turn})


def test_a_picture_loses_its_texts_and_keeps_its_resolution() -> None:
    content = png(comment=PLACE)
    kept = inspect(content, "x.png").content.read()
    assert PLACE.encode() not in kept
    assert b"tEXt" not in kept
    assert b"zTXt" not in kept
    assert pixels(kept) == pixels(content)
    with Image.open(io.BytesIO(kept)) as image:
        assert round(image.info["dpi"][0]) == 300


@pytest.mark.parametrize(("content", "name"), [(png(), "x.png"), (jpeg(), "x.jpg")], ids=["png", "jpeg"])
def test_what_stands_behind_a_picture_is_dropped(content: bytes, name: str) -> None:
    assert inspect(content + b"<script>alert(1)</script>", name).content.read() == inspect(content, name).content.read()


def test_a_cleaned_picture_is_cleaned_to_itself() -> None:
    for content, name in ((png(comment=PLACE), "x.png"), (jpeg(turn=6, place=PLACE), "x.jpg")):
        once = inspect(content, name).content.read()
        assert inspect(once, name).content.read() == once


@pytest.mark.proof("T3.2")
def test_a_flood_of_pixels_is_refused_before_it_is_unpacked() -> None:
    limit = Limits(pixels=10_000)
    assert inspect(png(), "x.png", limits=limit).size
    for content in (flood_png(101, 100), flood_png(60_000, 60_000), flood_png(2**31 - 1, 2**31 - 1)):
        with pytest.raises(UploadRefused) as refusal:
            inspect(content, "x.png", limits=limit)
        assert refusal.value.error_code == "upload.pixels"
    with pytest.raises(UploadRefused) as refusal:
        inspect(jpeg(), "x.jpg", limits=Limits(pixels=60 * 40 - 1))
    assert refusal.value.error_code == "upload.pixels"


@pytest.mark.parametrize("packed", [False, True])
def test_an_ordinary_document_is_taken_unchanged(*, packed: bool) -> None:
    content = pdf(packed=packed)
    assert inspect(content, "x.pdf").content.read() == content


@pytest.mark.parametrize("packed", [False, True])
def test_a_document_that_acts_is_refused(*, packed: bool) -> None:
    with pytest.raises(UploadRefused) as refusal:
        inspect(pdf(root={"/OpenAction": script()}, packed=packed), "x.pdf")
    assert refusal.value.error_code == "upload.active"


def test_an_active_name_in_disguise_is_recognised() -> None:
    content = pdf(root={"/OpenAction": script()})
    disguised = content.replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS", b"/#4aS")
    with pytest.raises(UploadRefused) as refusal:
        inspect(disguised, "x.pdf")
    assert refusal.value.error_code == "upload.active"


def test_a_document_behind_a_password_is_refused() -> None:
    with pytest.raises(UploadRefused) as refusal:
        inspect(pdf(password="secret"), "x.pdf")
    assert refusal.value.error_code == "upload.protected"


def bomb_pdf() -> bytes:
    packed = zlib.compress(bytes(80 * 1024**2))
    stream = b"1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj\n"
    return b"%PDF-1.7\n" + stream + b"%%EOF\n"


def profile_bomb() -> bytes:
    body = b"icc\0\0" + zlib.compress(bytes(8 * 1024**2))
    head, tail = png()[:33], png()[33:]
    return head + png_chunk(b"iCCP", body) + tail


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "x.pdf"),
    "one byte": (lambda: b"%", "x.pdf"),
    "html": (lambda: b"<!doctype html><script>1</script>", "x.pdf"),
    "html named png": (lambda: b"<html>", "x.png"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>", "x.png"),
    "xml with entities": (lambda: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'a'>]>", "x.pdf"),
    "elf": (lambda: b"\x7fELF" + bytes(100), "x.pdf"),
    "windows program": (lambda: b"MZ" + bytes(100), "x.jpg"),
    "shell": (lambda: b"#!/bin/sh\nrm -rf /\n", "x.mp3"),
    "zip": (zipped, "x.pdf"),
    "zip of nothing": (lambda: zipped(b""), "x.png"),
    "gzip": (lambda: b"\x1f\x8b" + bytes(100), "x.pdf"),
    "bzip2": (lambda: b"BZh9" + bytes(100), "x.pdf"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\0" + bytes(100), "x.pdf"),
    "tar": (lambda: bytes(257) + b"ustar\0" + bytes(500), "x.png"),
    "old office": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "x.pdf"),
    "tiff": (lambda: b"II*\0" + bytes(100), "x.jpg"),
    "gif": (lambda: b"GIF89a" + bytes(100), "x.png"),
    "webp": (lambda: b"RIFF\x10\0\0\0WEBP" + bytes(100), "x.wav"),
    "avi": (lambda: b"RIFF\x10\0\0\0AVI " + bytes(100), "x.wav"),
    "mp4": (lambda: b"\0\0\0\x18ftypmp42" + bytes(100), "x.mp3"),
    "rtf": (lambda: b"{\\rtf1}", "x.pdf"),
    "postscript": (lambda: b"%!PS-Adobe-3.0\n", "x.pdf"),
    "pdf behind a prologue": (lambda: b"junk\n" + pdf(), "x.pdf"),
    "pdf of no version": (lambda: pdf().replace(b"%PDF-1.", b"%PDF-9.", 1), "x.pdf"),
    "pdf without an end": (lambda: pdf().replace(b"%%EOF", b""), "x.pdf"),
    "pdf with a tail": (lambda: pdf() + b"tail", "x.pdf"),
    "pdf and zip": (lambda: pdf() + zipped(b"x"), "x.pdf"),
    "pdf and html": (lambda: pdf().replace(b"\n", b"\n%<html><script>\n", 1), "x.pdf"),
    "pdf with a script": (lambda: pdf(root={"/OpenAction": script()}), "x.pdf"),
    "pdf with a packed script": (lambda: pdf(root={"/OpenAction": script()}, packed=True), "x.pdf"),
    "pdf that unpacks to 80 MiB": (bomb_pdf, "x.pdf"),
    "pdf behind a password": (lambda: pdf(password="x"), "x.pdf"),
    "png cut short": (lambda: png()[:-20], "x.png"),
    "png of magic only": (lambda: png()[:8], "x.png"),
    "png with a spoilt checksum": (lambda: png()[:-1] + b"!", "x.png"),
    "png without pixels": (lambda: png()[:33] + png_chunk(b"IEND", b""), "x.png"),
    "png that begins elsewhere": (lambda: png()[:8] + png_chunk(b"tEXt", b"a\0b") + png()[8:], "x.png"),
    "png flood": (lambda: flood_png(50_000, 50_000), "x.png"),
    "png with less than it claims": (lambda: flood_png(1000, 1000), "x.png"),
    "png with a profile bomb": (profile_bomb, "x.png"),
    "png and zip": (lambda: png() + zipped(b"x"), "x.png"),
    "png named jpg": (png, "x.jpg"),
    "jpeg cut short": (lambda: jpeg()[: len(jpeg()) // 2], "x.jpg"),
    "jpeg of magic only": (lambda: b"\xff\xd8\xff\xd9", "x.jpg"),
    "jpeg with a length of nothing": (lambda: b"\xff\xd8\xff\xe0\0\0" + jpeg()[2:], "x.jpg"),
    "jpeg with a length beyond the end": (lambda: b"\xff\xd8\xff\xe0\xff\xff" + bytes(10), "x.jpg"),
    "jpeg and zip": (lambda: jpeg() + zipped(b"x"), "x.jpg"),
    "wav with a tail": (lambda: wav() + bytes(100), "x.wav"),
    "wav cut short": (lambda: wav()[:-100], "x.wav"),
    "wav without sound": (lambda: b"RIFF" + struct.pack("<I", 4) + b"WAVE", "x.wav"),
    "ogg with a tail": (lambda: ogg() + b"tail", "x.ogg"),
    "ogg cut short": (lambda: ogg()[:-10], "x.ogg"),
    "ogg with a film": (lambda: ogg(codec=b"\x80theora"), "x.ogg"),
    "flac of magic only": (lambda: flac()[:4], "x.flac"),
    "flac without sound": (lambda: flac()[:42], "x.flac"),
    "flac with a lying length": (lambda: b"fLaC\0\xff\xff\xff" + bytes(100), "x.flac"),
    "mp3 of a tag only": (lambda: mp3(frames=0), "x.mp3"),
    "mp3 with a tail": (lambda: mp3() + b"<script>" * 20, "x.mp3"),
    "mp3 of two frames": (lambda: mp3(frames=2), "x.mp3"),
}


@pytest.mark.proof("T3.2")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(case: str) -> None:
    make, name = HOSTILE[case]
    with pytest.raises(UploadRefused) as refusal:
        inspect(make(), name)
    assert refusal.value.error_code.startswith("upload.")
    assert refusal.value.message.endswith(".")


def test_every_cut_and_every_flip_is_refused_or_taken_but_never_breaks() -> None:
    for kind, content in uploads.every_kind().items():
        step = max(1, len(content) // 60)
        for at in range(0, len(content), step):
            for spoilt in (content[:at], content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]):
                try:
                    inspect(spoilt, f"x.{kind.extensions[0]}")
                except UploadRefused:
                    continue


@pytest.mark.parametrize("head", [b"", b"\xff", b"\xff\xfb", b"RIFF", b"%PDF-", b"\x89PNG", bytes(16), b"\xff" * 16])
def test_a_beginning_that_says_nothing_is_no_kind(head: bytes) -> None:
    assert detected_kind(head) is None

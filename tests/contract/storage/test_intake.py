"""The way from quarantine to the clean area: hostile files stay outside, doing it twice changes nothing (T3.2)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from apella.errors import ApellaError
from apella.storage.intake import Admitted, admit
from apella.storage.keys import Area, ObjectKey
from apella.storage.port import ChecksumMismatch, ObjectNotFound, ObjectStore
from apella.storage.scanner import NOBODY
from apella.storage.uploads import FileKind, Limits, UploadRefused, UploadTooLarge
from apella.testing.objectstore import StoreUnderTest
from apella.testing.uploads import every_kind, flood_png, jpeg, pdf, script

ALL = frozenset(FileKind)


def send(store: ObjectStore, key: ObjectKey, content: bytes, name: str, *, limits: Limits | None = None) -> Admitted:
    hashed = sha256(content).digest()
    store.put(key, content, content_type="application/octet-stream", sha256=hashed)
    return admit(store, key, sha256=hashed, file_name=name, accepted=ALL, limits=limits or Limits(), scanner=NOBODY)


@pytest.mark.parametrize("kind", FileKind)
def test_a_good_file_reaches_the_clean_area_under_the_same_path(
    store: ObjectStore, quarantine: ObjectKey, kind: FileKind
) -> None:
    content = every_kind()[kind]
    admitted = send(store, quarantine, content, f"../Лист.{kind.extensions[0]}")
    assert admitted.key == quarantine.in_area(Area.CLEAN)
    assert (admitted.kind, admitted.file_name) == (kind, f"Лист.{kind.extensions[0]}")
    assert admitted.stored.content_type == kind.content_type
    assert store.get(admitted.key, sha256=admitted.stored.sha256)
    assert store.get(quarantine) == content


def test_a_photo_arrives_without_its_place(store: ObjectStore, quarantine: ObjectKey) -> None:
    admitted = send(store, quarantine, jpeg(turn=6, place="Дом у реки"), "x.jpg")
    assert "Дом у реки".encode() not in store.get(admitted.key)


def test_doing_it_again_gives_the_same_object(
    subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey
) -> None:
    first = send(store, quarantine, jpeg(turn=3), "x.jpg")
    assert send(store, quarantine, jpeg(turn=3), "x.jpg") == first
    assert subject.remains(first.key) == 1


@pytest.mark.proof("T3.2")
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>", "x.pdf"),
        (pdf(root={"/OpenAction": script()}, packed=True), "x.pdf"),
        (flood_png(50_000, 50_000), "x.png"),
        (pdf(), "x.pdf.exe"),
    ],
    ids=["a page", "a script", "a flood", "a name"],
)
def test_a_hostile_file_stays_in_quarantine(
    store: ObjectStore, quarantine: ObjectKey, content: bytes, name: str
) -> None:
    with pytest.raises(UploadRefused):
        send(store, quarantine, content, name)
    with pytest.raises(ObjectNotFound):
        store.head(quarantine.in_area(Area.CLEAN))


@pytest.mark.proof("T3.2")
def test_a_file_over_every_limit_is_not_even_read(store: ObjectStore, quarantine: ObjectKey) -> None:
    with pytest.raises(UploadTooLarge):
        send(store, quarantine, bytes(2000), "x.pdf", limits=Limits(sizes=dict.fromkeys(FileKind, 1999)))


def test_bytes_changed_in_quarantine_are_refused(
    subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey
) -> None:
    content = pdf()
    hashed = sha256(content).digest()
    store.put(quarantine, content, content_type="application/pdf", sha256=hashed)
    subject.spoil(quarantine)
    with pytest.raises(ChecksumMismatch):
        admit(store, quarantine, sha256=hashed, file_name="x.pdf", accepted=ALL, limits=Limits(), scanner=NOBODY)


def test_what_was_not_uploaded_cannot_be_admitted(store: ObjectStore, quarantine: ObjectKey) -> None:
    with pytest.raises(ApellaError) as refusal:
        admit(store, quarantine, sha256=bytes(32), file_name="x.pdf", accepted=ALL, limits=Limits(), scanner=NOBODY)
    assert isinstance(refusal.value, ObjectNotFound)

"""What every store does with objects (T3.1, first part)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # the package has no types

from apella.errors import ApellaError
from apella.storage.intake import remove_orphans
from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.port import (
    ChecksumMismatch,
    ObjectExists,
    ObjectLocked,
    ObjectNotFound,
    ObjectStore,
    ObjectTooLarge,
    RangeRefused,
    StorageUnavailable,
    StoredObject,
)
from apella.testing.objectstore import MAX_SIZE, LocalUnderTest, S3UnderTest, StoreUnderTest, seeded

pytestmark = pytest.mark.proof("T3.1")

TEXT = "Лист распознавания".encode()


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def put(store: ObjectStore, key: ObjectKey, content: bytes = TEXT, content_type: str = "text/plain") -> StoredObject:
    return store.put(key, content, content_type=content_type, sha256=digest(content))


class Trickle:
    """A stream without a length, that gives little at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(min(size, 1000) if size >= 0 else 1000)


class Breaking:
    """A stream whose sender goes away."""

    def __init__(self) -> None:
        self._parts: Iterator[bytes] = iter([b"x" * 1000])

    def read(self, size: int = -1, /) -> bytes:
        del size
        for part in self._parts:
            return part
        raise ConnectionResetError


def test_a_stored_object_is_described_and_given_back(store: ObjectStore, clean: ObjectKey) -> None:
    stored = put(store, clean)
    assert (stored.size, stored.sha256, stored.content_type) == (len(TEXT), digest(TEXT), "text/plain")
    assert stored.etag.startswith('"')
    assert stored.etag.endswith('"')
    assert stored.stored_at.utcoffset() is not None
    assert store.get(clean) == TEXT


def test_an_object_is_described_later_as_at_first(store: ObjectStore, clean: ObjectKey) -> None:
    assert put(store, clean) == store.head(clean)


def test_a_stream_without_a_length_is_stored_whole(store: ObjectStore, clean: ObjectKey) -> None:
    content = seeded(1).randbytes(50_000)
    store.put(clean, Trickle(content), content_type="audio/ogg", sha256=digest(content))
    assert store.get(clean) == content


def test_a_large_file_is_stored_whole(store: ObjectStore, clean: ObjectKey) -> None:
    content = seeded(2).randbytes(MAX_SIZE)
    assert store.put(clean, io.BytesIO(content), content_type="audio/wav", sha256=digest(content)).size == MAX_SIZE
    assert digest(store.get(clean)) == digest(content)


def test_an_empty_object_is_an_object(store: ObjectStore, clean: ObjectKey) -> None:
    assert put(store, clean, b"").size == 0
    assert store.get(clean) == b""


def test_bytes_with_another_hash_are_refused_and_not_stored(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    with pytest.raises(ChecksumMismatch):
        store.put(clean, TEXT, content_type="text/plain", sha256=digest(b"other"))
    assert subject.remains(clean) == 0


def test_a_hash_in_hexadecimal_is_a_mistake_of_ours(store: ObjectStore, clean: ObjectKey) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        store.put(clean, TEXT, content_type="text/plain", sha256=hashlib.sha256(TEXT).hexdigest().encode())


def test_an_object_over_the_limit_is_refused_and_not_stored(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    with pytest.raises(ObjectTooLarge):
        put(store, clean, bytes(MAX_SIZE + 1))
    assert subject.remains(clean) == 0


def test_a_stream_that_breaks_off_leaves_nothing(subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey) -> None:
    with pytest.raises((ConnectionResetError, StorageUnavailable)):
        store.put(clean, Breaking(), content_type="text/plain", sha256=digest(b"x" * 1000))
    assert subject.remains(clean) == 0


def test_the_same_bytes_again_are_no_error_and_no_second_version(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    first = put(store, clean)
    assert put(store, clean) == first
    assert subject.remains(clean) == 1


def test_other_bytes_never_overwrite(subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey) -> None:
    put(store, clean)
    with pytest.raises(ObjectExists):
        put(store, clean, b"other")
    assert store.get(clean) == TEXT
    assert subject.remains(clean) == 1


def test_of_many_writers_of_one_key_exactly_one_wins(store: ObjectStore, clean: ObjectKey) -> None:
    contents = [bytes([number]) * 20_000 for number in range(8)]

    def attempt(content: bytes) -> bool:
        try:
            put(store, clean, content)
        except ObjectExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [content for content, success in zip(contents, pool.map(attempt, contents), strict=True) if success]
    assert won == [store.get(clean)]


@pytest.mark.parametrize("ask", ["get", "head"])
def test_what_is_not_there_is_not_found(store: ObjectStore, clean: ObjectKey, ask: str) -> None:
    with pytest.raises(ObjectNotFound):
        getattr(store, ask)(clean)


def test_what_is_not_there_cannot_be_opened(store: ObjectStore, clean: ObjectKey) -> None:
    with pytest.raises(ObjectNotFound), store.open_range(clean):
        pytest.fail("opened")


@pytest.mark.parametrize(
    ("start", "stop", "part"),
    [
        (0, None, b"0123456789"),
        (3, 6, b"345"),
        (0, 1, b"0"),
        (9, None, b"9"),
        (7, 100, b"789"),
    ],
)
def test_a_part_is_given_as_asked(
    store: ObjectStore, clean: ObjectKey, start: int, stop: int | None, part: bytes
) -> None:
    put(store, clean, b"0123456789")
    with store.open_range(clean, start=start, stop=stop) as source:
        assert source.read() == part
        assert source.read() == b""


@pytest.mark.parametrize(("start", "stop"), [(10, None), (11, 12), (-1, None), (4, 4), (5, 4)])
def test_a_part_that_does_not_exist_is_refused(
    store: ObjectStore, clean: ObjectKey, start: int, stop: int | None
) -> None:
    put(store, clean, b"0123456789")
    with pytest.raises(RangeRefused), store.open_range(clean, start=start, stop=stop):
        pytest.fail("opened")


def test_random_parts_equal_the_same_slices(store: ObjectStore, clean: ObjectKey) -> None:
    chance = seeded(3)
    content = chance.randbytes(300_000)
    put(store, clean, content)
    for _ in range(40):
        start = chance.randrange(len(content))
        stop = start + chance.randint(1, 70_000)
        read = b""
        with store.open_range(clean, start=start, stop=stop) as source:
            while chunk := source.read(8192):
                read += chunk
        assert read == content[start:stop]


def test_a_spoilt_byte_is_noticed_by_who_names_the_hash(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey
) -> None:
    put(store, clean)
    assert store.get(clean, sha256=digest(TEXT)) == TEXT
    subject.spoil(clean)
    with pytest.raises(ChecksumMismatch):
        store.get(clean, sha256=digest(TEXT))


def test_the_two_areas_do_not_mix(store: ObjectStore, clean: ObjectKey) -> None:
    put(store, clean)
    with pytest.raises(ObjectNotFound):
        store.get(clean.in_area(Area.QUARANTINE))


@pytest.mark.parametrize("area", [Area.QUARANTINE, Area.CLEAN])
def test_a_deleted_object_leaves_no_version(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, area: Area
) -> None:
    key = clean.in_area(area)
    put(store, key)
    store.delete(key)
    assert subject.remains(key) == 0
    with pytest.raises(ObjectNotFound):
        store.get(key)


def test_evidence_is_kept_whoever_asks(subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey) -> None:
    key = clean.in_area(Area.EVIDENCE)
    put(store, key)
    put(store, key)
    with pytest.raises(ObjectExists):
        put(store, key, b"other")
    with pytest.raises(ObjectLocked):
        store.delete(key)
    assert (store.get(key), subject.remains(key)) == (TEXT, 1)
    with pytest.raises(ValueError, match="evidence"):
        store.presign_get(key, filename="a.txt", content_type="text/plain", seconds=60, now=subject.now())


def test_evidence_in_a_folder_is_for_reading_only(local: LocalUnderTest, clean: ObjectKey) -> None:
    key = clean.in_area(Area.EVIDENCE)
    put(local.store, key)
    files = sorted((local.folder / key.area / key.path).iterdir())
    assert [(file.name, file.stat().st_mode & 0o777) for file in files] == [("about.json", 0o444), ("content", 0o444)]


def test_evidence_in_s3_is_locked_even_for_its_own_keys(s3: S3UnderTest, clean: ObjectKey) -> None:
    key = clean.in_area(Area.EVIDENCE)
    put(s3.store, key)
    place = {"Bucket": s3.settings().evidence_bucket, "Key": key.path}
    (version,) = s3.gateway.client.list_object_versions(Bucket=place["Bucket"], Prefix=key.path)["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.gateway.client.delete_object(**place, VersionId=version["VersionId"])
    assert s3.store.get(key) == TEXT


def test_deleting_what_is_not_there_is_no_error(store: ObjectStore, clean: ObjectKey) -> None:
    store.delete(clean)


def test_a_deleted_key_may_be_written_again(store: ObjectStore, clean: ObjectKey) -> None:
    put(store, clean)
    store.delete(clean)
    put(store, clean, b"other")
    assert store.get(clean) == b"other"


def test_a_listing_holds_the_tenants_objects_and_no_others(store: ObjectStore) -> None:
    keys = [new_key(Area.CLEAN, tenant="list", kind=kind, year=2031) for kind in ("audio", "scan", "scan")]
    foreign = [
        new_key(Area.CLEAN, tenant="list-two", kind="scan", year=2031),
        new_key(Area.QUARANTINE, tenant="list", kind="scan", year=2031),
    ]
    for key in keys + foreign:
        put(store, key)
    listed = list(store.listing(Area.CLEAN, tenant="list"))
    assert [line.key for line in listed] == sorted(keys, key=lambda key: key.path)
    assert {line.size for line in listed} == {len(TEXT)}
    assert [line.key for line in store.listing(Area.CLEAN, tenant="list", kind="audio")] == keys[:1]
    assert list(store.listing(Area.CLEAN, tenant="nobody")) == []


@pytest.mark.parametrize("prefix", ["", "..", "list/", "list/scan", "LIST", "a b"])
def test_a_listing_asks_for_a_tenant_by_its_slug(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(ApellaError):
        list(store.listing(Area.CLEAN, tenant=prefix))


def test_orphans_are_swept_and_what_rows_point_at_stays(subject: StoreUnderTest, store: ObjectStore) -> None:
    keys = [new_key(Area.CLEAN, tenant="sweep", kind="scan", year=2031) for _ in range(5)]
    for key in keys:
        put(store, key)
    latest = max(line.stored_at for line in store.listing(Area.CLEAN, tenant="sweep"))
    known = set(keys[:2])

    def sweep(before: timedelta) -> list[ObjectKey]:
        return remove_orphans(
            store, Area.CLEAN, tenant="sweep", known=lambda asked: known & set(asked), before=latest + before
        )

    assert sweep(timedelta(days=-1)) == []
    assert sorted(sweep(timedelta(seconds=1)), key=str) == sorted(keys[2:], key=str)
    assert [subject.remains(key) for key in keys] == [1, 1, 0, 0, 0]


def test_what_was_stored_survives_a_crash(subject: StoreUnderTest, store: ObjectStore) -> None:
    keys = [new_key(Area.CLEAN, tenant="crash", kind="scan", year=2031) for _ in range(5)]
    for number, key in enumerate(keys):
        put(store, key, bytes([number]) * 5000)
    subject.crash()
    for number, key in enumerate(keys):
        assert subject.store.get(key) == bytes([number]) * 5000

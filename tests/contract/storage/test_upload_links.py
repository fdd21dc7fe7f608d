"""What every store's upload links take and refuse (T3.1, third part; T3.4)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
import requests

from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.port import ObjectNotFound, ObjectStore, ObjectTooLarge, SignedUpload
from apella.testing.objectstore import MAX_SIZE, StoreUnderTest, long_ago

pytestmark = pytest.mark.proof("T3.1")

Fetch = Callable[..., requests.Response]
SCAN = b"\x89PNG a scan " * 500


@pytest.fixture
def upload(subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey) -> SignedUpload:
    return store.presign_put(
        quarantine,
        content_type="image/png",
        size=len(SCAN),
        sha256=sha256(SCAN).digest(),
        seconds=900,
        now=subject.now(),
    )


def send(fetch: Fetch, upload: SignedUpload, body: bytes = SCAN, **changes: str) -> requests.Response:
    headers = {**upload.headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return fetch(upload.url, method="PUT", data=body, headers=headers)


def is_absent(store: ObjectStore, key: ObjectKey) -> bool:
    try:
        store.head(key)
    except ObjectNotFound:
        return True
    return False


def test_a_link_takes_the_promised_bytes(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    assert send(fetch, upload).status_code == 200
    stored = store.head(quarantine)
    assert (stored.size, stored.sha256, stored.content_type) == (len(SCAN), sha256(SCAN).digest(), "image/png")
    assert store.get(quarantine) == SCAN


def test_an_upload_link_is_not_shown_in_logs(upload: SignedUpload) -> None:
    assert upload.url not in repr(upload)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (SCAN, {"Content_Type": "text/html"}),
        (SCAN[:-1] + b"!", {}),
        (SCAN + b"!", {}),
        (SCAN[:-1], {}),
        (b"", {"Content_Length": "0"}),
        (bytes(200_000), {}),
    ],
    ids=["another type", "another hash", "one byte more", "one byte less", "nothing", "far more"],
)
def test_what_was_not_promised_is_refused_and_not_stored(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload, body: bytes, changes: dict[str, str]
) -> None:
    assert send(fetch, upload, body, **changes).status_code in {400, 403, 413, 415}
    assert is_absent(store, quarantine)


def test_a_body_without_a_length_is_refused(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    headers = {name: value for name, value in upload.headers.items() if name != "Content-Length"}
    answer = fetch(upload.url, method="PUT", data=iter([SCAN]), headers=headers)
    assert answer.status_code in {400, 403, 411}
    assert is_absent(store, quarantine)


def test_a_sender_who_goes_away_leaves_nothing(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    address = urlsplit(upload.url)
    lines = [f"PUT {address.path}?{address.query} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in upload.headers.items()]
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 80), timeout=10) as wire:
        wire.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + SCAN[: len(SCAN) // 2])
        wire.shutdown(socket.SHUT_WR)
        wire.recv(65536)
    assert is_absent(store, quarantine)
    assert send(fetch, upload).status_code == 200


def test_a_link_writes_once(fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload) -> None:
    assert send(fetch, upload).status_code == 200
    first = store.head(quarantine)
    assert send(fetch, upload).status_code == 412
    assert store.head(quarantine) == first


def test_a_sender_who_leaves_a_header_out_does_not_overwrite(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    assert send(fetch, upload).status_code == 200
    first = store.head(quarantine)
    for name in ("If-None-Match", "Content-Type", "x-amz-checksum-sha256"):
        answer = fetch(upload.url, method="PUT", data=SCAN, headers={**upload.headers, name: None})
        assert answer.status_code in {403, 412, 415}
    assert store.head(quarantine) == first


def test_a_link_does_not_overwrite_what_came_another_way(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    store.put(quarantine, b"earlier", content_type="image/png", sha256=sha256(b"earlier").digest())
    assert send(fetch, upload).status_code == 412
    assert store.get(quarantine) == b"earlier"


def test_of_many_senders_at_least_one_succeeds_and_none_overwrites(
    subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    def attempt(_: int) -> int:
        return requests.put(upload.url, data=SCAN, headers=upload.headers, timeout=10).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(attempt, range(6)))
    assert 200 in statuses
    assert set(statuses) <= {200, 409, 412}
    assert subject.remains(quarantine) == 1
    assert store.get(quarantine) == SCAN


@pytest.mark.proof("T3.4")
def test_a_link_writes_to_its_own_key_only(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload
) -> None:
    others = [
        new_key(Area.QUARANTINE, tenant=quarantine.tenant, kind="scan", year=2031),
        new_key(Area.QUARANTINE, tenant="south", kind="scan", year=2031),
        quarantine.in_area(Area.CLEAN),
    ]
    for other in others:
        forged = SignedUpload(
            url=subject.forged(upload.url, other), headers=upload.headers, expires_at=upload.expires_at
        )
        assert send(fetch, forged).status_code == 403
        assert is_absent(store, other)


@pytest.mark.proof("T3.4")
def test_an_upload_link_gives_nothing(fetch: Fetch, upload: SignedUpload) -> None:
    assert send(fetch, upload).status_code == 200
    answer = fetch(upload.url, headers={**upload.headers, "Content-Length": None})
    assert answer.status_code == 403
    assert SCAN not in answer.content


@pytest.mark.proof("T3.4")
@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_an_upload_link_is_for_put_only(
    fetch: Fetch, store: ObjectStore, quarantine: ObjectKey, upload: SignedUpload, method: str
) -> None:
    assert send(fetch, upload).status_code == 200
    assert fetch(upload.url, method=method, headers=upload.headers, data=SCAN).status_code in {400, 403, 405}
    assert store.get(quarantine) == SCAN


@pytest.mark.proof("T3.4")
def test_an_expired_upload_link_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey
) -> None:
    moment = long_ago(subject.now())
    with subject.as_of(moment):
        old = store.presign_put(
            quarantine,
            content_type="image/png",
            size=len(SCAN),
            sha256=sha256(SCAN).digest(),
            seconds=900,
            now=moment,
        )
    assert send(fetch, old).status_code == 403
    assert is_absent(store, quarantine)


@pytest.mark.proof("T3.4")
def test_an_upload_link_signed_with_a_wrong_secret_is_refused(
    fetch: Fetch, subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey
) -> None:
    foreign = subject.stranger.presign_put(
        quarantine,
        content_type="image/png",
        size=len(SCAN),
        sha256=sha256(SCAN).digest(),
        seconds=900,
        now=subject.now(),
    )
    assert send(fetch, foreign).status_code == 403
    assert is_absent(store, quarantine)


@pytest.mark.parametrize(
    ("area", "size", "seconds"),
    [(Area.CLEAN, 1, 60), (Area.QUARANTINE, 1, 901), (Area.QUARANTINE, 1, 0), (Area.QUARANTINE, -1, 60)],
    ids=["into the clean area", "too long a life", "no life", "less than nothing"],
)
def test_such_an_upload_link_is_never_made(
    subject: StoreUnderTest, store: ObjectStore, clean: ObjectKey, area: Area, size: int, seconds: int
) -> None:
    with pytest.raises(ValueError, match=r"quarantine|seconds|size"):
        store.presign_put(
            clean.in_area(area),
            content_type="image/png",
            size=size,
            sha256=sha256().digest(),
            seconds=seconds,
            now=subject.now(),
        )


def test_no_upload_link_promises_more_than_the_store_takes(
    subject: StoreUnderTest, store: ObjectStore, quarantine: ObjectKey
) -> None:
    with pytest.raises(ObjectTooLarge):
        store.presign_put(
            quarantine,
            content_type="audio/wav",
            size=MAX_SIZE + 1,
            sha256=sha256().digest(),
            seconds=60,
            now=subject.now(),
        )

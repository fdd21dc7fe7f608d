"""What only an S3 server can do to us: locks, lost buckets, foreign objects, silence."""

from __future__ import annotations

import secrets
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from apella.storage.keys import ObjectKey
from apella.storage.port import ChecksumMismatch, ObjectLocked, ObjectNotFound, StorageUnavailable
from apella.storage.s3 import S3ObjectStore
from apella.testing.objectstore import S3UnderTest

PAPER = b"%PDF-1.7 a paper"


def put(store: S3ObjectStore, key: ObjectKey) -> None:
    store.put(key, PAPER, content_type="application/pdf", sha256=sha256(PAPER).digest())


def test_an_object_under_a_lock_stays(s3: S3UnderTest, clean: ObjectKey) -> None:
    bucket = f"locked-{secrets.token_hex(4)}"
    client = s3.gateway.client
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    retention = {"Mode": "COMPLIANCE", "Days": 1}
    client.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )
    store = S3ObjectStore(s3.settings(clean_bucket=bucket))
    put(store, clean)
    with pytest.raises(ObjectLocked):
        store.delete(clean)
    assert store.get(clean) == PAPER


def test_a_wrong_secret_is_said_to_the_operator(s3: S3UnderTest, clean: ObjectKey) -> None:
    with pytest.raises(StorageUnavailable) as refusal:
        s3.stranger.get(clean)
    assert refusal.value.error_code == "storage.refused"
    assert refusal.value.details["reason"] == "SignatureDoesNotMatch"


def test_a_missing_bucket_is_said_to_the_operator(s3: S3UnderTest, clean: ObjectKey) -> None:
    store = S3ObjectStore(s3.settings(clean_bucket="no-such-bucket"))
    for ask in (lambda: put(store, clean), lambda: store.get(clean), lambda: store.delete(clean)):
        with pytest.raises(StorageUnavailable) as refusal:
            ask()
        assert refusal.value.details["reason"] == "NoSuchBucket"


def test_a_server_that_is_not_there_is_unavailable(s3: S3UnderTest, clean: ObjectKey) -> None:
    store = S3ObjectStore(s3.settings(endpoint="http://127.0.0.1:1"))
    with pytest.raises(StorageUnavailable) as refusal:
        store.head(clean)
    assert refusal.value.error_code == "storage.unavailable"


def test_an_object_without_a_hash_is_not_trusted(s3: S3UnderTest, clean: ObjectKey) -> None:
    s3.gateway.client.put_object(Bucket=s3.settings().clean_bucket, Key=clean.path, Body=PAPER)
    with pytest.raises(ChecksumMismatch) as refusal:
        s3.store.head(clean)
    assert refusal.value.error_code == "storage.checksum_missing"


def test_foreign_objects_in_the_bucket_are_left_alone(s3: S3UnderTest, clean: ObjectKey) -> None:
    bucket = s3.settings().clean_bucket
    s3.gateway.client.put_object(Bucket=bucket, Key="foreign/notes.txt", Body=PAPER)
    assert list(s3.store.listing(clean.area, tenant="foreign")) == []


def test_an_object_with_a_longer_name_is_not_deleted_in_passing(s3: S3UnderTest, clean: ObjectKey) -> None:
    bucket = s3.settings().clean_bucket
    put(s3.store, clean)
    s3.gateway.client.put_object(Bucket=bucket, Key=f"{clean.path}.note", Body=PAPER)
    s3.store.delete(clean)
    assert s3.gateway.client.head_object(Bucket=bucket, Key=f"{clean.path}.note")["ContentLength"] == len(PAPER)
    with pytest.raises(ObjectNotFound):
        s3.store.head(clean)


def test_everything_that_was_promised_stands_under_the_signature(s3: S3UnderTest, quarantine: ObjectKey) -> None:
    upload = s3.store.presign_put(
        quarantine, content_type="image/png", size=5, sha256=sha256(b"12345").digest(), seconds=60, now=s3.now()
    )
    (signed,) = parse_qs(urlsplit(upload.url).query)["X-Amz-SignedHeaders"]
    assert {name.lower() for name in upload.headers} == set(signed.split(";")) - {"host"}


def test_the_secret_is_not_shown(s3: S3UnderTest) -> None:
    assert s3.gateway.secret_key not in repr(s3.settings())

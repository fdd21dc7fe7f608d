"""The store of an operator: any S3 server, through boto3, with one bucket for each area."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, BinaryIO, NoReturn, cast

import boto3  # type: ignore[import-untyped]  # the package has no types; what is used of it stays in this module
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from apella.errors import ConfigurationError
from apella.storage import port
from apella.storage.filenames import content_disposition
from apella.storage.keys import Area, ObjectKey, listing_prefix

_SPOOL = 8 * 1024**2
_CONNECT_SECONDS = 3
_READ_SECONDS = 30
_DELETE_BATCH = 1000
_CHECKSUM_CODES = frozenset({"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"})
_TAKEN_CODES = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


@dataclass(frozen=True, kw_only=True)
class S3Settings:
    """Where the operator's S3 stands and what it lets us use; the buckets exist already.

    The evidence bucket has Object Lock with a retention of its own: then even these keys cannot delete from it.
    """

    endpoint: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    quarantine_bucket: str
    clean_bucket: str
    evidence_bucket: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> S3Settings:
        """Read APELLA_S3_*; raises ConfigurationError naming what is missing."""
        names = (
            "APELLA_S3_ENDPOINT",
            "APELLA_S3_REGION",
            "APELLA_S3_ACCESS_KEY",
            "APELLA_S3_SECRET_KEY",
            "APELLA_S3_QUARANTINE_BUCKET",
            "APELLA_S3_CLEAN_BUCKET",
            "APELLA_S3_EVIDENCE_BUCKET",
        )
        missing = [name for name in names if not environment.get(name)]
        if missing:
            raise ConfigurationError(
                f"Хранилище S3 не настроено: укажите {', '.join(missing)}.", code="settings.storage"
            )
        endpoint, region, access_key, secret_key, quarantine, clean, evidence = (environment[name] for name in names)
        return cls(
            endpoint=endpoint,
            region=region,
            access_key=access_key,
            secret_key=secret_key,
            quarantine_bucket=quarantine,
            clean_bucket=clean,
            evidence_bucket=evidence,
        )


class S3ObjectStore:
    """An ObjectStore on S3.

    Uploads carry our own SHA-256, which the server compares, and `If-None-Match: *`, so that it overwrites nothing.
    Newer boto3 adds CRC trailers of its own, which many servers refuse: they are switched off.
    Links are signed by the clock of this process, which must agree with the server's as S3 asks anyway.
    """

    def __init__(self, settings: S3Settings, *, max_size: int = port.MAX_OBJECT_SIZE) -> None:
        self._buckets = {
            Area.QUARANTINE: settings.quarantine_bucket,
            Area.CLEAN: settings.clean_bucket,
            Area.EVIDENCE: settings.evidence_bucket,
        }
        self._max_size = max_size
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=settings.region,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 2},
            ),
        )

    def put(
        self, key: ObjectKey, source: bytes | port.Readable, *, content_type: str, sha256: bytes
    ) -> port.StoredObject:
        """Store the bytes; the server has them durably when it answers."""
        port.require_digest(sha256)
        with self._spooled(source) as (body, size), _translated():
            try:
                self._client.put_object(
                    **self._place(key),
                    Body=body,
                    ContentLength=size,
                    ContentType=content_type,
                    ChecksumSHA256=_base64(sha256),
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if _code(error) not in _TAKEN_CODES:
                    raise
                # A retry of ours whose first answer was lost looks the same as somebody else's object.
                if self.head(key).sha256 != sha256:
                    raise port.exists() from error
        return self.head(key)

    def get(self, key: ObjectKey, *, sha256: bytes | None = None) -> bytes:
        """Give all bytes, compared with `sha256` when it is named."""
        with self.open_range(key) as source:
            return port.checked(source.read(), sha256)

    @contextmanager
    def open_range(self, key: ObjectKey, *, start: int = 0, stop: int | None = None) -> Iterator[port.Readable]:
        """Open the bytes from `start` up to, not including, `stop`."""
        port.require_range(start=start, stop=stop)
        part = {} if not start and stop is None else {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}
        with _translated():
            answer = self._client.get_object(**self._place(key), **part)
        with closing(answer["Body"]) as body:
            yield _Translated(body)

    def head(self, key: ObjectKey) -> port.StoredObject:
        """Say what is stored. Raises ChecksumMismatch when the server kept no SHA-256 with it."""
        with _translated():
            answer = self._client.head_object(**self._place(key), ChecksumMode="ENABLED")
        checksum = answer.get("ChecksumSHA256")
        if checksum is None:
            raise port.ChecksumMismatch(
                "Хранилище не сохранило контрольную сумму файла. Сообщите администратору.",
                code="storage.checksum_missing",
            )
        return port.StoredObject(
            size=answer["ContentLength"],
            sha256=base64.b64decode(checksum),
            etag=answer["ETag"],
            content_type=answer.get("ContentType", "application/octet-stream"),
            stored_at=answer["LastModified"],
        )

    def delete(self, key: ObjectKey) -> None:
        """Remove every version, so that nothing is left in a bucket that keeps versions."""
        port.require_deletable(key)
        bucket = self._buckets[key.area]
        with _translated():
            pages = self._client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key.path)
            versions = [
                {"Key": key.path, "VersionId": line["VersionId"]}
                for page in pages
                for line in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
                if line["Key"] == key.path
            ]
            for begin in range(0, len(versions), _DELETE_BATCH):
                batch = versions[begin : begin + _DELETE_BATCH]
                answer = self._client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
                for refusal in answer.get("Errors", ()):
                    _refuse_deletion(refusal["Code"])

    def listing(self, area: Area, *, tenant: str, kind: str | None = None) -> Iterator[port.ListedObject]:
        """Go through a tenant's objects in the order of their paths."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._buckets[area], Prefix=listing_prefix(tenant=tenant, kind=kind)
        )
        with _translated():
            for page in pages:
                for line in page.get("Contents", ()):
                    key = ObjectKey.recognise(line["Key"], area=area)
                    if key is not None:
                        yield port.ListedObject(key=key, size=line["Size"], stored_at=line["LastModified"])

    def discard_unfinished(self, *, before: datetime) -> int:  # noqa: ARG002 the port's signature
        """Find nothing: every upload is one PUT, of which a server keeps all or nothing."""
        return 0

    def presign_get(
        self, key: ObjectKey, *, filename: str, content_type: str, seconds: int, now: datetime, inline: bool = False
    ) -> port.SignedLink:
        """Sign a link for at most 300 seconds."""
        port.require_download(seconds)
        port.require_served(key)
        shown = inline and content_type in port.SHOWN_TYPES
        url = self._client.generate_presigned_url(
            "get_object",
            Params={
                **self._place(key),
                "ResponseContentDisposition": content_disposition(filename, inline=shown),
                "ResponseContentType": content_type,
                "ResponseCacheControl": "private, no-store",
            },
            ExpiresIn=seconds,
        )
        return port.SignedLink(url=url, expires_at=now + timedelta(seconds=seconds))

    def presign_put(
        self, key: ObjectKey, *, content_type: str, size: int, sha256: bytes, seconds: int, now: datetime
    ) -> port.SignedUpload:
        """Sign an upload into quarantine for at most 900 seconds; size, type and hash are under the signature."""
        port.require_upload(key, size=size, sha256=sha256, seconds=seconds, max_size=self._max_size)
        checksum = _base64(sha256)
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                **self._place(key),
                "ContentType": content_type,
                "ContentLength": size,
                "ChecksumSHA256": checksum,
                "IfNoneMatch": "*",
            },
            ExpiresIn=seconds,
        )
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(size),
            "If-None-Match": "*",
            "x-amz-checksum-sha256": checksum,
        }
        return port.SignedUpload(url=url, headers=headers, expires_at=now + timedelta(seconds=seconds))

    def _place(self, key: ObjectKey) -> dict[str, Any]:
        return {"Bucket": self._buckets[key.area], "Key": key.path}

    @contextmanager
    def _spooled(self, source: bytes | port.Readable) -> Iterator[tuple[BinaryIO, int]]:
        """Gather a stream whose length nobody knows, since S3 asks for the length before the bytes."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as gathered:
            size = 0
            chunks = iter([source]) if isinstance(source, bytes) else iter(lambda: source.read(port.CHUNK), b"")
            for chunk in chunks:
                size += len(chunk)
                if size > self._max_size:
                    raise port.too_large(self._max_size)
                gathered.write(chunk)
            gathered.seek(0)
            yield cast("BinaryIO", gathered), size


class _Translated:
    """A body of S3 whose errors are the port's."""

    def __init__(self, body: port.Readable) -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        with _translated():
            return self._body.read(None if size < 0 else size)  # type: ignore[arg-type]  # botocore's way to say all


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


def _code(error: ClientError) -> str:
    details: Mapping[str, str] = error.response.get("Error", {})
    return details.get("Code", "")


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what boto3 raises into the port's errors."""
    try:
        yield
    except ClientError as error:
        raise _refusal(error) from error
    except BotoCoreError as error:
        raise port.StorageUnavailable(
            "Хранилище файлов сейчас не отвечает. Повторите попытку позже.", code="storage.unavailable"
        ) from error


def _refusal(error: ClientError) -> Exception:
    code, status = _code(error), _status(error)
    if code == "NoSuchKey" or (status == HTTPStatus.NOT_FOUND and code != "NoSuchBucket"):
        return port.not_found()
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return port.range_refused()
    if code in _CHECKSUM_CODES:
        return port.mismatch()
    return _unusable(code)


def _refuse_deletion(code: str) -> NoReturn:
    if code == "AccessDenied":
        raise port.locked()
    raise _unusable(code)


def _unusable(code: str) -> port.StorageUnavailable:
    return port.StorageUnavailable(
        "Хранилище файлов отказалось выполнить действие. Сообщите администратору.", code="storage.refused", reason=code
    )

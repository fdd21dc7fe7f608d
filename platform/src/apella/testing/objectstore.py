"""Object stores under test: a folder behind a real HTTP server, and a real S3 server of our own."""

from __future__ import annotations

import base64
import functools
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

import boto3  # type: ignore[import-untyped]  # the package has no types
from botocore.compat import get_current_datetime  # type: ignore[import-untyped]  # the same
from botocore.config import Config  # type: ignore[import-untyped]  # the same
from flask import Flask
from werkzeug.serving import make_server

from apella.storage.keys import Area, ObjectKey
from apella.storage.local import LocalObjectStore
from apella.storage.port import ObjectStore
from apella.storage.resources import files_blueprint
from apella.storage.s3 import S3ObjectStore, S3Settings

MAX_SIZE = 12 * 1024**2
_TRIES = 400
_TRY_SECONDS = 0.05
_HOST = "127.0.0.1"


class StoreUnderTest(Protocol):
    """What the conformance suite needs of a store beside the port itself."""

    @property
    def store(self) -> ObjectStore:
        """The store; it takes up to MAX_SIZE bytes. After a crash it is another one over the same place."""

    @property
    def stranger(self) -> ObjectStore:
        """The same place, asked with a wrong secret."""

    def now(self) -> datetime:
        """The machine time by which links expire."""

    def as_of(self, moment: datetime) -> AbstractContextManager[None]:
        """Sign links as if it were this moment; the server's own clock stays."""

    def forged(self, url: str, key: ObjectKey) -> str:
        """The same link with another object's key in it."""

    def altered(self, url: str) -> str:
        """The same link with another type in it."""

    def bare_url(self, key: ObjectKey) -> str:
        """Where the object would be without a signature."""

    def remains(self, key: ObjectKey) -> int:
        """How many versions of the object the store still holds."""

    def spoil(self, key: ObjectKey) -> None:
        """Change one byte of the stored object behind the store's back."""

    def crash(self) -> None:
        """Let whatever serves the store die by SIGKILL and start again."""


class LocalUnderTest:
    """The local store, its links served by a threaded HTTP server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moment = datetime(2031, 6, 16, 9, tzinfo=UTC)
        self._secret = secrets.token_bytes(32)
        self._server: Any = None

    @contextmanager
    def serving(self) -> Iterator[LocalUnderTest]:
        """Serve while the block runs."""
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
        app.register_blueprint(files_blueprint(self.store, machine_now=self.now))
        self._server = make_server(_HOST, 0, app, threaded=True)
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    @property
    def store(self) -> LocalObjectStore:
        """The store, opened anew."""
        return self._store(self._secret)

    @property
    def stranger(self) -> ObjectStore:
        """The same folder with another secret."""
        return self._store(bytes(32))

    def now(self) -> datetime:
        """A time that stands still."""
        return self.moment

    def as_of(self, moment: datetime) -> AbstractContextManager[None]:
        """Do nothing: the store takes the moment as an argument."""
        del moment
        return nullcontext()

    def forged(self, url: str, key: ObjectKey) -> str:
        """Put another key into the token."""
        return _with_token(url, lambda record: {**record, "a": key.area, "k": key.path})

    def altered(self, url: str) -> str:
        """Put another type into the token."""
        return _with_token(url, lambda record: {**record, "t": "text/html"})

    def bare_url(self, key: ObjectKey) -> str:
        """The place with the key where the token should be."""
        return f"{self._origin}/files/{key.path}"

    def remains(self, key: ObjectKey) -> int:
        """1 while the object's folder is there."""
        return int((self.folder / key.area / key.path).exists())

    def spoil(self, key: ObjectKey) -> None:
        """Flip the first byte in the file."""
        _flip(self.folder / key.area / key.path / "content")

    def crash(self) -> None:
        """Nothing runs that could die; a killed writer has a test of its own."""

    @property
    def _origin(self) -> str:
        return f"http://{_HOST}:{self._server.server_port}" if self._server else ""

    def _store(self, secret: bytes) -> LocalObjectStore:
        return LocalObjectStore(self.folder, secret=secret, links_at=f"{self._origin}/files", max_size=MAX_SIZE)


class S3UnderTest:
    """The S3 store against versitygw; the clean bucket keeps versions, as evidence does, the other does not."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._buckets = {area: f"{area}-{secrets.token_hex(4)}" for area in Area}
        for area, bucket in self._buckets.items():
            gateway.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=area is Area.EVIDENCE)
        gateway.client.put_object_lock_configuration(
            Bucket=self._buckets[Area.EVIDENCE],
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
            },
        )
        gateway.client.put_bucket_versioning(
            Bucket=self._buckets[Area.CLEAN], VersioningConfiguration={"Status": "Enabled"}
        )
        self.store = S3ObjectStore(self.settings(), max_size=MAX_SIZE)

    @functools.cached_property
    def stranger(self) -> ObjectStore:
        """The same buckets with a wrong secret key."""
        return S3ObjectStore(self.settings(secret_key="wrong"))  # noqa: S106 it is wrong on purpose

    def settings(self, **changes: str) -> S3Settings:
        """The settings of the store, with changes."""
        values = {
            "endpoint": self.gateway.endpoint,
            "region": self.gateway.region,
            "access_key": self.gateway.access_key,
            "secret_key": self.gateway.secret_key,
            "quarantine_bucket": self._buckets[Area.QUARANTINE],
            "clean_bucket": self._buckets[Area.CLEAN],
            "evidence_bucket": self._buckets[Area.EVIDENCE],
        }
        return S3Settings(**(values | changes))

    def now(self) -> datetime:
        """The machine's time: S3 takes no other."""
        moment: datetime = get_current_datetime(remove_tzinfo=False)
        return moment

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Turn the signer's clock, never the server's."""
        with mock.patch("botocore.auth.get_current_datetime", return_value=moment.replace(tzinfo=None)):
            yield

    def forged(self, url: str, key: ObjectKey) -> str:
        """Put another key into the path."""
        return urlunsplit(urlsplit(url)._replace(path=urlsplit(self.bare_url(key)).path))

    def altered(self, url: str) -> str:
        """Put another type into the query."""
        return url.replace("response-content-type=", "response-content-type=text%2Fhtml&ignored=")

    def bare_url(self, key: ObjectKey) -> str:
        """The object's address without a query."""
        return f"{self.gateway.endpoint}/{self._buckets[key.area]}/{key.path}"

    def remains(self, key: ObjectKey) -> int:
        """The object's versions and the marks of its deletions."""
        answer = self.gateway.client.list_object_versions(Bucket=self._buckets[key.area], Prefix=key.path)
        return len(answer.get("Versions", ())) + len(answer.get("DeleteMarkers", ()))

    def spoil(self, key: ObjectKey) -> None:
        """Flip the first byte in the gateway's file."""
        _flip(self.gateway.folder / "objects" / self._buckets[key.area] / key.path)

    def crash(self) -> None:
        """Kill the gateway and start it again over the same folder."""
        self.gateway.kill()
        self.gateway.start()
        self.__dict__.pop("stranger", None)
        self.store = S3ObjectStore(self.settings(), max_size=MAX_SIZE)


class Gateway:
    """A versitygw process over a folder; it dies with the thread that started it.

    Raises FileNotFoundError when the program has not been built: `make test-setup` does it.
    """

    region = "us-east-1"
    access_key = "apella-tests"

    def __init__(self, program: Path, folder: Path) -> None:
        self.folder = folder
        self.secret_key = secrets.token_urlsafe(24)
        self._program = program.resolve(strict=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._sessions = boto3.session.Session()
        self.client: Any = None
        for name in ("objects", "versions"):
            (folder / name).mkdir()

    @property
    def endpoint(self) -> str:
        """Where the running server listens."""
        return f"http://{_HOST}:{self._port}"

    @contextmanager
    def running(self) -> Iterator[Gateway]:
        """Run while the block runs."""
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def start(self) -> None:
        """Start on a free port and wait until the server answers to our key; another port if that one was taken."""
        for _ in range(5):
            self._port = _free_port()
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self._command()],
                env={**os.environ, "ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            if self._answers(self._process):
                self.client = self._bare_client()
                self.client.list_buckets()
                return
            self.kill()
        raise RuntimeError("versitygw does not start")

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _bare_client(self) -> Any:
        """Make a client with the administrator's rights, for what the port does not know."""
        return self._sessions.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        )

    def _command(self) -> list[str]:
        return [
            str(self._program),
            "--quiet",
            "--port",
            f"{_HOST}:{self._port}",
            "posix",
            "--versioning-dir",
            str(self.folder / "versions"),
            str(self.folder / "objects"),
        ]

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        for _ in range(_TRIES):
            try:
                socket.create_connection((_HOST, self._port), timeout=1).close()
            except OSError:
                try:
                    process.wait(timeout=_TRY_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
                return False
            return True
        return False


def local_store(folder: Path) -> LocalObjectStore:
    """A local store for tests of other rooms; its links are valid for nobody."""
    return LocalObjectStore(folder, secret=bytes(32))


def seeded(number: int) -> random.Random:
    """Chance that repeats itself."""
    return random.Random(number)  # noqa: S311 it makes test data and no secrets


def long_ago(now: datetime) -> datetime:
    """A moment when no link of today had been issued."""
    return now - timedelta(hours=1)


def _with_token(url: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    place, _, token = url.rpartition("/")
    body, _, signature = token.partition(".")
    record = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(change(record)).encode()).rstrip(b"=").decode()
    return f"{place}/{forged}.{signature}"


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_HOST, 0))
        port: int = listener.getsockname()[1]
        return port

"""One suite for every store: the local one, and S3 against a real server. Neither is ever skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.port import ObjectStore
from apella.testing.objectstore import Gateway, LocalUnderTest, S3UnderTest, StoreUnderTest

SECONDS = 10


@pytest.fixture(scope="session")
def gateway(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A running versitygw."""
    program = pytestconfig.rootpath / ".cache" / "bin" / "versitygw"
    if not program.exists():
        pytest.fail("versitygw has not been built: run `make test-setup`")
    with Gateway(program, tmp_path_factory.mktemp("versitygw")).running() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def s3(gateway: Gateway) -> S3UnderTest:
    """The S3 store with two buckets of its own."""
    return S3UnderTest(gateway)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalUnderTest]:
    """The local store behind an HTTP server."""
    with LocalUnderTest(tmp_path_factory.mktemp("objects")).serving() as local:
        yield local


@pytest.fixture(params=["local", "s3"])
def subject(request: pytest.FixtureRequest) -> StoreUnderTest:
    """Each store in turn."""
    subject: StoreUnderTest = request.getfixturevalue(request.param)
    return subject


@pytest.fixture
def store(subject: StoreUnderTest) -> ObjectStore:
    """The store's port."""
    return subject.store


@pytest.fixture
def clean() -> ObjectKey:
    """A new key in the clean area."""
    return new_key(Area.CLEAN, tenant="north", kind="scan", year=2031)


@pytest.fixture
def quarantine() -> ObjectKey:
    """A new key in quarantine."""
    return new_key(Area.QUARANTINE, tenant="north", kind="scan", year=2031)


@pytest.fixture
def fetch() -> Iterator[Callable[..., requests.Response]]:
    """Ask over HTTP, as a browser does."""
    with requests.Session() as session:

        def ask(url: str, *, method: str = "GET", **arguments: object) -> requests.Response:
            return session.request(method, url, timeout=SECONDS, **arguments)  # type: ignore[arg-type]  # passed on

        yield ask

"""The pytest plugin that tests of the core and of the regions share (`-p apella.testing.plugin`).

A test that needs PostgreSQL asks for what it works with, and makes a season of its own; databases are never emptied:

    def test_a_case_is_filed(play: StartPlay) -> None:
        case = play().file()                         # a season in the made-up tenant NORTH, one case by the portal

    def test_the_journal_is_read(world: MakeWorld, client_for: ClientFor) -> None:
        north = world()                              # world("south"), world(SLUG, participants=5)
        answer = client_for(north.staff["secretary"]).get("appeals")

Fixtures of the session: `cluster`, `keycloak`, `database_url`, `app`, `database`, `web`. Of a test: `world`, `play`,
`desk`, `clock`, `client_for`, `fresh_database`. Tests under tests/unit get an error when they open a connection.

`@pytest.mark.clause("federal:102.3")` names what a test proves; an id that no clauses.toml lists, be it a statement of
an act or a reading (`core:E17`), fails the test. What the marked tests proved is kept for `apella clauses`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from apella.tenancy.files import shipped_tenants
from apella.testing.clause_record import ClauseRecorder, note_clauses
from apella.testing.database import ConnectionGuard, fresh_name, migrated_template, shared_folder

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser

    from apella.appeals.desk import Desk
    from apella.bootstrap import App
    from apella.db.unit_of_work import Database
    from apella.identity.actor import Actor
    from apella.testing.client import Client
    from apella.testing.factories import World
    from apella.testing.keycloak import KeycloakAddress
    from apella.testing.play import Play
    from apella.testing.postgres import SharedCluster

_GUARD = ConnectionGuard()
_KNOWN: pytest.StashKey[frozenset[str]] = pytest.StashKey()


class MakeWorld(Protocol):
    """Makes a season in a tenant (`apella.testing.factories.make_world`), by default in the made-up NORTH."""

    def __call__(self, slug: str = "north", **wishes: Any) -> World: ...


class StartPlay(Protocol):
    """Makes a season and gives its people something to do; by default its case time is the day after the results."""

    def __call__(self, slug: str = "north", *, on_exam_day: bool = False, **wishes: Any) -> Play: ...


class ClientFor(Protocol):
    """Signs an actor in and gives the client; without an actor, a stranger at the tenant's address."""

    def __call__(self, actor: Actor | None = None, *, slug: str = "north") -> Client: ...


class OpenDesk(Protocol):
    """Opens a unit of work at the desk of an actor; it commits at the end of the block."""

    def __call__(self, world: World, actor: Actor | str) -> AbstractContextManager[Desk]: ...


class Run(Protocol):
    """Runs a command of `apella` as from a terminal; gives the exit code, what it said, and what it complained of."""

    def __call__(self, *arguments: object) -> tuple[int, str, str]: ...


class MoveClock(Protocol):
    """Moves a season's case time forward: `clock(world, days=2)`."""

    def __call__(self, world: World, **forward: float) -> None: ...


# --- Hooks ------------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Watch connections, and read which clauses there are."""
    _GUARD.install()
    config.stash[_KNOWN] = _known_clauses()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ClauseRecorder(config.rootpath))


def pytest_unconfigure() -> None:
    """Leave the engines of this process as they were."""
    _GUARD.remove()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Close the database to unit tests; refuse a mark of a clause that does not exist."""
    _GUARD.closed = item.path.is_relative_to(item.config.rootpath / "tests" / "unit")
    clauses = [str(clause) for mark in item.iter_markers("clause") for clause in mark.args]
    wrong = [clause for clause in clauses if clause not in item.config.stash[_KNOWN]]
    if wrong:
        pytest.fail(f"no such clause: {', '.join(wrong)}", pytrace=False)
    note_clauses(item, clauses)


def _known_clauses() -> frozenset[str]:
    """The ids of every statement and every reading that the core and the shipped tenants list."""
    from apella.regions.clauses import read_clauses
    from apella.regions.loader import FEDERAL

    folders = (FEDERAL, *shipped_tenants().values())
    return frozenset(clause.id for folder in folders for clause in read_clauses(folder))


# --- The database -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def worker_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The folder that all processes of this test run share."""
    return shared_folder(tmp_path_factory.getbasetemp(), worker=hasattr(request.config, "workerinput"))


@pytest.fixture(scope="session")
def cluster(worker_folder: Path) -> Iterator[SharedCluster]:
    """The run's PostgreSQL."""
    from apella.testing.postgres import start_cluster

    with start_cluster(worker_folder / "cluster") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This process's APELLA_HOME, with the made-up tenants beside the shipped ones in its folder `tenants`."""
    from apella.testing.tenants import write_tenants

    folder = tmp_path_factory.mktemp("home")
    write_tenants(folder / "tenants")
    return folder


@pytest.fixture(scope="session")
def template(cluster: SharedCluster, home: Path) -> str:
    """The name of the migrated database with every tenant's row, which clones are made of."""
    return migrated_template(cluster, home / "tenants")


@pytest.fixture(scope="session")
def database_url(cluster: SharedCluster, template: str) -> Iterator[str]:
    """The address of this process's database, without a role."""
    name = fresh_name("test")
    yield cluster.clone(template, name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def keycloak(worker_folder: Path, pytestconfig: pytest.Config) -> Iterator[KeycloakAddress]:
    """The run's Keycloak. Tests that ask for it are skipped on a machine without one, and fail in CI."""
    program = pytestconfig.rootpath / ".cache" / "bin" / "keycloak"
    if not program.exists():
        absent = "Keycloak has not been fetched (it needs Maven): run `make test-setup`"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    from apella.testing.keycloak import SharedKeycloak

    with SharedKeycloak(worker_folder / "keycloak", program.resolve()) as shared:
        yield shared.address


@pytest.fixture
def fresh_database(cluster: SharedCluster, template: str) -> Iterator[str]:
    """The address of a database that this test alone uses, and may break."""
    name = fresh_name("own")
    yield cluster.clone(template, name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """This process's browser: one for all, since Playwright runs once in a thread."""
    from apella.testing.browser import open_browser

    with open_browser() as browser:
        yield browser


# --- The application --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def app(home: Path, database_url: str) -> Iterator[App]:
    """The parts of an embedded instance, on this process's database."""
    import apella.registered_jobs  # noqa: F401 the import registers the handlers
    from apella.bootstrap import make_app

    app = make_app(
        {"APELLA_HOME": str(home), "APELLA_TENANTS": str(home / "tenants"), "APELLA_DATABASE_URL": database_url}
    )
    yield app
    app.database.engine.dispose()
    app.relay_engine.dispose()


@pytest.fixture(scope="session")
def database(app: App) -> Database:
    """Units of work as the application opens them."""
    return app.database


@pytest.fixture(scope="session")
def web(app: App) -> Flask:
    """The web application."""
    from apella.web_app import create_app

    web = create_app(app)
    web.testing = True
    return web


@pytest.fixture
def world(app: App) -> MakeWorld:
    """Make a season with people, an exam, works and experts."""
    from apella.testing.factories import make_world

    def make(slug: str = "north", **wishes: Any) -> World:
        return make_world(app, slug, **wishes)

    return make


@pytest.fixture
def play(app: App) -> StartPlay:
    """Make a season and take cases through it by the services."""
    from apella.testing.factories import make_world
    from apella.testing.play import Play, exam_noon

    def start(slug: str = "north", *, on_exam_day: bool = False, **wishes: Any) -> Play:
        if on_exam_day:
            wishes["case_now"] = exam_noon(app.regions.get(slug))
        return Play(app, make_world(app, slug, **wishes))

    return start


@pytest.fixture
def desk(app: App) -> OpenDesk:
    """Open desks of a world's people."""
    from apella.testing.play import open_desk

    def open_(world: World, actor: Actor | str) -> AbstractContextManager[Desk]:
        return open_desk(app, world, world.staff[actor] if isinstance(actor, str) else actor)

    return open_


@pytest.fixture
def clock(app: App) -> MoveClock:
    """Move a world's clock."""
    from apella.testing.play import move_clock

    def move(world: World, **forward: float) -> None:
        move_clock(app, world, timedelta(**forward))

    return move


@pytest.fixture
def client_for(app: App, web: Flask) -> ClientFor:
    """Give clients of the web application."""
    from apella.testing.client import Client

    def make(actor: Actor | None = None, *, slug: str = "north") -> Client:
        client = Client(web, slug if actor is None else actor.slug)
        if actor is not None:
            client.sign_in(app, actor)
        return client

    return make

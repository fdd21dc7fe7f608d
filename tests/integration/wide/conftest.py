"""The application with the region that is made of tables alone, and its people."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.registry.model import Organisation, OrganisationKind
from apella.testing.client import Client
from apella.testing.console import Console
from apella.testing.database import fresh_name
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.postgres import SharedCluster

OpenConsole = Callable[[Actor], Console]
MADE_UP = Path(__file__).parents[2] / "data" / "tenants"
SLUG = "beloozero"


@pytest.fixture(scope="session")
def app(cluster: SharedCluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The parts of an embedded instance with the region's folder, on a database of its own."""
    import apella.registered_jobs  # noqa: F401 the import registers the handlers
    from apella.bootstrap import make_app
    from apella.onboarding.tenants import enter_tenants
    from apella.regions.registry import RegionRegistry
    from apella.tenancy.files import tenant_directories

    name = fresh_name("wide")
    url = cluster.clone(template, name)
    enter_tenants(url, RegionRegistry.load(tenant_directories((MADE_UP,))))
    home = tmp_path_factory.mktemp("wide")
    app = make_app({"APELLA_HOME": str(home), "APELLA_TENANTS": str(MADE_UP), "APELLA_DATABASE_URL": url})
    yield app
    app.database.engine.dispose()
    app.relay_engine.dispose()
    cluster.drop(name)


@pytest.fixture(scope="session")
def web(app: App) -> Flask:
    """The web application."""
    from apella.web_app import create_app

    web = create_app(app)
    web.testing = True
    return web


@dataclass(frozen=True, kw_only=True)
class Region:
    """A season of the region, with an authority of the school's territory and one of another."""

    play: Play
    authority: Actor
    elsewhere: Actor
    organisations: tuple[uuid.UUID, uuid.UUID]

    def at(self, text: str) -> datetime:
        """An instant by the region's wall clock."""
        return datetime.fromisoformat(text).replace(tzinfo=self.play.world.rules.zone)


@pytest.fixture
def region(app: App) -> Region:
    """A season in which results were announced the day before."""
    play = Play(app, make_world(app, SLUG, participants=4))
    # The made-up school stands in the first territory of the table.
    first, other = (one.name for one in play.world.rules.sites.territories[:2])
    with app.database.unit_of_work(play.world.rules.tenant.tenant_id) as work:
        rows = [
            Organisation(
                season_id=play.world.season_id,
                kind=OrganisationKind.MUNICIPAL_AUTHORITY,
                code=f"00{number}",
                name=f"Райотдел {number}",
                territory=territory,
                address=None,
            )
            for number, territory in enumerate((first, other), 1)
        ]
        work.session.add_all(rows)
        work.session.flush()
        organisations = (rows[0].id, rows[1].id)
    here, elsewhere = (play.hire(Role.MUNICIPAL_OPERATOR, organisation_id=one) for one in organisations)
    return Region(play=play, authority=here, elsewhere=elsewhere, organisations=organisations)


@pytest.fixture
def console(app: App, web: Flask) -> OpenConsole:
    """Sign an actor in and give the person's console."""

    def make(actor: Actor) -> Console:
        client = Client(web, actor.slug)
        client.sign_in(app, actor)
        return Console(client)

    return make

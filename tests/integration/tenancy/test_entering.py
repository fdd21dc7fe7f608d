"""A region whose files are added to an installation that is filled already works like those that were there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

import apella.registered_jobs  # noqa: F401 the import registers the handlers
from apella.bootstrap import App, make_app
from apella.demo.making import make_demo_season
from apella.demo.season import Scans
from apella.embedded.first_start import enter
from apella.errors import ConfigurationError
from apella.identity.roles import Role
from apella.tenancy.model import Tenant
from apella.testing.factories import make_world
from apella.testing.tenants import write_tenants
from apella.web_app import create_app

OAUTH = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
)  # fmt: skip


def add_region(folder: Path, slug: str, number: int) -> None:
    """Give one more region the tables of the north."""
    (folder / slug).mkdir()
    for file in (folder / "north").iterdir():
        text = file.read_text().replace('slug = "north"', f'slug = "{slug}"').replace("id = 901", f"id = {number}")
        (folder / slug / file.name).write_text(text)


@pytest.fixture
def filled(fresh_database: str, tmp_path: Path) -> Iterator[App]:
    """An installation of two regions with a season in one of them, on a database that nobody else uses."""
    app = make_app(
        {
            "APELLA_HOME": str(tmp_path / "home"),
            "APELLA_TENANTS": str(write_tenants(tmp_path / "tenants")),
            "APELLA_DATABASE_URL": fresh_database,
        }
    )
    make_world(app, "north")
    yield app
    app.database.engine.dispose()


def test_staff_of_a_region_that_is_added_later_sign_in(filled: App, tmp_path: Path) -> None:
    add_region(tmp_path / "tenants", "east", 911)
    enter(filled.environment, lambda said: pytest.fail(said))
    app = make_app(filled.environment)
    season = make_demo_season(app, slug="east", participants=3, seed=7, scans=Scans.NONE)
    secretary = next(one.login for one in season.staff if one.role is Role.SECRETARY)
    web = create_app(app)
    web.testing = True
    browser = web.test_client()
    page = browser.get(f"{browser.get('/east/sign-in/staff?next=/east/').location}&q={secretary}").text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    form = {name: unescape(fields[name]) for name in (*OAUTH, "csrf_token")}
    chosen = browser.post("/embedded/issuer/authorize", data={**form, "login": secretary})
    done = browser.get(chosen.location)
    assert (done.status_code, done.location) == (303, "/east/")
    assert browser.get("/api/v1/east/me").get_json()["login"] == secretary
    app.database.engine.dispose()


def test_entering_again_changes_nothing(filled: App) -> None:
    def rows() -> list[object]:
        with filled.database.unit_of_work(None) as work:
            return [(one.id, one.slug, one.created_at) for one in work.session.scalars(select(Tenant))]

    before = rows()
    enter(filled.environment, lambda said: pytest.fail(said))
    assert rows() == before


def test_a_region_that_took_another_number_stops_the_start(filled: App, tmp_path: Path) -> None:
    table = tmp_path / "tenants" / "south" / "tenant.toml"
    (tmp_path / "tenants" / "north").rename(tmp_path / "north")
    table.write_text(table.read_text().replace("id = 902", "id = 901"))
    with pytest.raises(ConfigurationError, match="номер 901 в базе у региона north"):
        enter(filled.environment, lambda said: pytest.fail(said))

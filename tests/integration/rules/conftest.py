"""The same instance after its tenants' files were changed and its processes started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from apella.bootstrap import App, make_app
from apella.regions import book
from apella.regions.book import rules_of_season
from apella.tenancy.model import Season
from apella.testing.factories import World, make_world
from apella.testing.play import Play
from apella.testing.tenants import write_tenants

Restart = Callable[..., App]
GoOn = Callable[[Play, App], Play]
Begin = Callable[[], Play]


@pytest.fixture
def restart(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Restart]:
    """Start the instance anew on the same database, with other tables (path -> text) among its tenants' files."""
    begun: list[App] = []
    tenants = write_tenants(tmp_path / "tenants")

    def start(tables: Mapping[str, str], *, database_url: str | None = None) -> App:
        for name, text in tables.items():
            path = tenants / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        # Another database has files of its own: the checkpoints of two would not fit together.
        own = {} if database_url is None else {"APELLA_HOME": str(tmp_path / "home")}
        # A new process has neither made nor written any rules yet.
        monkeypatch.setattr(book, "_made", {})
        begun.append(
            make_app(
                {
                    **app.environment,
                    **own,
                    "APELLA_TENANTS": str(tenants),
                    "APELLA_DATABASE_URL": database_url or app.environment["APELLA_DATABASE_URL"],
                }
            )
        )
        return begun[-1]

    yield start
    for one in begun:
        one.database.engine.dispose()


@pytest.fixture
def begin(restart: Restart, fresh_database: str) -> Begin:
    """A season in an instance with a database of its own, which holds no other test's rules."""

    def do() -> Play:
        begun = restart({}, database_url=fresh_database)
        return Play(begun, make_world(begun, "north"))

    return do


@pytest.fixture
def go_on() -> GoOn:
    """The same season, with the same people, in the instance after its restart."""

    def do(play: Play, app: App) -> Play:
        slug, tenant_id = play.world.rules.slug, play.world.rules.tenant.tenant_id
        with app.database.unit_of_work(tenant_id) as work:
            season = work.session.get_one(Season, (tenant_id, play.world.season_id))
            rules = rules_of_season(work.session, app.regions, slug=slug, season=season)
        world: World = replace(play.world, rules=rules)
        return Play(app, world)

    return do

"""A copy of a whole instance, put back after somebody was erased, holds neither them nor a usable key (T6.5)."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.bootstrap import App, make_app
from apella.db.keys import KeyRefused
from apella.embedded.attach import attached
from apella.identity.model import DataKey, Person
from apella.identity.vault import Vaults
from apella.onboarding.tenants import enter_tenants
from apella.regions.registry import RegionRegistry
from apella.retention.erasures import FOLDER
from apella.retention.plan import TOMBSTONE
from apella.settings import Settings
from apella.tenancy.files import tenant_directories
from apella.tenancy.model import Season
from apella.testing.factories import World, make_world
from apella.testing.tenants import write_tenants

ACT = ("--act", "17-у", "--act-date", "2026-03-02")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a stopped instance of today's schema, which the commands work on."""
    home = tmp_path / "home"
    write_tenants(tmp_path / "tenants")
    monkeypatch.setenv("APELLA_TENANTS", str(tmp_path / "tenants"))
    monkeypatch.delenv("APELLA_DATABASE_URL", raising=False)
    use(home, monkeypatch)
    with attached(Settings.from_environment(os.environ), command="test") as settings:
        regions = RegionRegistry.load(tenant_directories((tmp_path / "tenants",)))
        enter_tenants(settings.database_url or "", regions)
    return home


def use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APELLA_HOME", str(home))


@contextmanager
def opened() -> Iterator[App]:
    """The application on the home's database, for the block alone."""
    with attached(Settings.from_environment(os.environ), command="test", create=False) as settings:
        app = replace(make_app(), settings=settings)
        try:
            yield app
        finally:
            app.database.engine.dispose()


def command(*arguments: object) -> tuple[int, str]:
    """Run a command of `apella` on the home that the environment names."""
    from click.testing import CliRunner

    from apella.cli_instance import backup, restore
    from apella.cli_retention import erase, retention

    called = {"backup": backup, "restore": restore, "erase": erase, "retention": retention}
    done = CliRunner().invoke(called[str(arguments[0])], [str(one) for one in arguments[1:]])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.mark.proof("T6.5")
def test_the_erased_stay_erased_after_a_restore(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened() as app:
        world = make_world(app, "north")
        later = make_world(app, "north")
        with app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
            code = move_past_the_day(work.session, world)
    assert command("backup", tmp_path / "copy")[0] == 0
    assert command("retention", "run", "--tenant", "north", "--season", code, *ACT)[0] == 0
    assert command("erase", "person", "--tenant", "north", "--code", "00000001", *ACT)[0] == 0

    # The operator keeps the folder of keys apart from the copies; the notes lie in it.
    shutil.copytree(instance / "keys", tmp_path / "new" / "keys")
    assert len(list((tmp_path / "new" / "keys" / FOLDER).iterdir())) == 2
    use(tmp_path / "new", monkeypatch)
    code_, said = command("restore", tmp_path / "copy")
    assert code_ == 0, said
    assert "Стёрто снова по записям о стирании: 2." in said
    with opened() as app:
        check_gone(app, world, later)

    # A folder of keys that was put aside earlier knows nothing of it: the notes are named.
    shutil.copytree(instance / "keys", tmp_path / "other" / "keys")
    notes = shutil.move(tmp_path / "other" / "keys" / FOLDER, tmp_path / "notes")
    use(tmp_path / "other", monkeypatch)
    assert "Стёрто снова" in command("restore", tmp_path / "copy", "--erasures", notes)[1]
    with opened() as app:
        check_gone(app, world, later)
    sealed = [one for one in (tmp_path / "other" / "objects" / "evidence").rglob("*") if one.is_file()]
    assert {stat.S_IMODE(one.stat().st_mode) for one in sealed} == {0o444}


def move_past_the_day(session: Session, world: World) -> str:
    """Make it the spring after the exams in this season; returns the season's code."""
    season = session.get_one(Season, (world.rules.tenant.tenant_id, world.season_id))
    season.clock_offset += timedelta(days=400)
    return season.code


def check_gone(app: App, world: World, later: World) -> None:
    tenant_id = world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        vault = Vaults(app.master).of_season(work.session, tenant_id=tenant_id, season_id=world.season_id)
        with pytest.raises(KeyRefused):
            vault.seal("person.document", world.season_id, "x")
        assert work.session.scalars(select(DataKey).where(DataKey.season_id == world.season_id)).all() == []
        names = [work.session.get_one(Person, (tenant_id, one.person_id)).surname for one in world.participants]
        assert set(names) == {TOMBSTONE}
        names = [work.session.get_one(Person, (tenant_id, one.person_id)).surname for one in later.participants]
        assert [name == TOMBSTONE for name in names] == [False, True, False]

"""The master key itself is changed: data keys are wrapped anew, blind indexes made anew, and it may be repeated."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import pytest
from sqlalchemy import select

from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.db.keys import KeyRefused, load_master_key, wrapped_by, write_key_once
from apella.db.unit_of_work import Database
from apella.errors import Conflict
from apella.identity.master_change import Changed, change_master, check_alone, end_sessions
from apella.identity.model import DataKey, Person, SignInSession
from apella.identity.vault import Vaults
from apella.testing.client import Client
from apella.testing.factories import World, make_world
from apella.testing.plugin import Run
from apella.web_app import create_app


def people_by_document(app: App, vaults: Vaults, world: World) -> dict[str, bytes | None]:
    """Every participant's telephone, found by the index of the document alone."""
    tenant_id = world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        vault = vaults.of_season(work.session, tenant_id=tenant_id, season_id=world.season_id)
        found: dict[str, bytes | None] = {}
        for number in range(len(world.participants)):
            index = vault.index("person.document", f"9900{number:06d}")
            person = work.session.scalars(select(Person).where(Person.document_index == index)).one_or_none()
            if person is not None and person.phone_cipher is not None:
                found[vault.open("person.phone", person.id, person.phone_cipher)] = person.phone_index
        return found


def test_everything_is_found_and_opened_by_the_new_key_alone(own: App, owner: Database, new_file: Path) -> None:
    world, southern = make_world(own, "north"), make_world(own, "south")
    tenant_id = world.rules.tenant.tenant_id
    new = load_master_key(new_file)
    before = people_by_document(own, own.vaults, world)
    assert set(before) == {f"+7900000{number:04d}" for number in range(3)}
    changed = change_master(owner, tenant_id=tenant_id, slug="north", old=own.master, new=new)
    assert changed == Changed(keys=1, indexes=3)
    after = people_by_document(own, Vaults(new), world)
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    assert len(people_by_document(own, Vaults(own.master), southern)) == 3
    with pytest.raises(KeyRefused) as refused:
        people_by_document(own, Vaults(own.master), world)
    assert refused.value.error_code == "keys.master"
    assert change_master(owner, tenant_id=tenant_id, slug="north", old=own.master, new=new) == Changed(
        keys=0, indexes=0
    )
    with own.database.unit_of_work(tenant_id) as work:
        tags = work.session.scalars(select(AuditEvent.tag).where(AuditEvent.tag == "key:master:changed")).all()
    assert len(tags) == 1


def test_a_change_that_was_cut_off_is_taken_up(
    own: App, owner: Database, new_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, new = make_world(own, "north"), load_master_key(new_file)
    tenant_id = world.rules.tenant.tenant_id

    def cut(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("apella.identity.master_change._reindex", cut)
        with pytest.raises(KeyboardInterrupt):
            change_master(owner, tenant_id=tenant_id, slug="north", old=own.master, new=new)
    assert people_by_document(own, Vaults(new), world) == {}
    changed = change_master(owner, tenant_id=tenant_id, slug="north", old=own.master, new=new)
    assert changed == Changed(keys=0, indexes=3)
    assert len(people_by_document(own, Vaults(new), world)) == 3


def test_a_key_of_neither_is_refused(own: App, owner: Database, new_file: Path, tmp_path: Path) -> None:
    world = make_world(own, "north")
    write_key_once(tmp_path / "third.key", base64.b64encode(secrets.token_bytes(32)))
    third = load_master_key(tmp_path / "third.key")
    with pytest.raises(KeyRefused) as refused:
        change_master(
            owner, tenant_id=world.rules.tenant.tenant_id, slug="north", old=third, new=load_master_key(new_file)
        )
    assert refused.value.error_code == "keys.master"
    assert len(people_by_document(own, Vaults(own.master), world)) == 3


def test_everybody_is_signed_out(own: App, owner: Database) -> None:
    world = make_world(own, "north")
    client = Client(create_app(own), "north")
    client.sign_in(own, world.staff["chair"])
    end_sessions(owner)
    with own.database.unit_of_work(None) as work:
        assert work.session.scalars(select(SignInSession)).all() == []


def test_it_is_refused_while_something_runs(own: App, owner: Database) -> None:
    with own.database.unit_of_work(None), pytest.raises(Conflict) as refused:
        check_alone(owner)
    assert refused.value.error_code == "keys.running"
    own.database.engine.dispose()


def test_the_command_changes_all_tenants(own: App, run: Run, new_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(own, "north")
    settings = own.settings
    own.database.engine.dispose()
    monkeypatch.setenv("APELLA_HOME", str(settings.home))
    monkeypatch.setenv("APELLA_DATABASE_URL", settings.database_url or "")
    old_file = settings.master_key_file
    code, said, complained = run("keys", "rewrap", "--old", old_file, "--new", new_file)
    assert (code, complained) == (0, "")
    assert "north: ключей 1, записей с указателями 3" in said
    assert str(old_file) in said
    with own.database.unit_of_work(world.rules.tenant.tenant_id) as work:
        row = work.session.scalars(select(DataKey)).one()
    assert wrapped_by(row.wrapped) == load_master_key(new_file).fingerprint
    own.database.engine.dispose()
    assert run("keys", "rewrap", "--old", old_file, "--new", new_file)[0] == 0
    code, _, complained = run("keys", "rewrap", "--old", old_file, "--new", old_file)
    assert (code, complained) == (1, "В обоих файлах один и тот же ключ.\n")

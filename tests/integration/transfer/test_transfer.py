"""T1.8: one tenant written out and brought into another database: the same to the byte, and nobody else touched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func as sql
from sqlalchemy import insert, select

from apella.appeals.model import Appeal
from apella.audit import checkpoints
from apella.audit.model import AuditCheckpoint
from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database
from apella.errors import ApellaError, NotFound
from apella.identity.model import Person, UsedLoginCode
from apella.storage.keys import Area
from apella.storage.port import StorageUnavailable
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Tenant
from apella.testing.chain import chain_faults
from apella.testing.expect import refused
from apella.testing.factories import make_world
from apella.testing.own_app import own_app
from apella.testing.play import Play
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster
from apella.testing.seasons import bare_season
from apella.testing.sizes import figure, size
from apella.transfer.exporting import export_tenant
from apella.transfer.manifest import MANIFEST, TableEntry, table_file, tenant_tables
from apella.transfer.restoring import restore_tenant
from apella.transfer.rows import driver, write_out

CASES = size("appeals", small=2, full=60)
OTHERS = size("other tenants", small=3, full=84)
EXPORTED = "tenant:data:exported"


@pytest.fixture(scope="module", autouse=True)
def paperless() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
        yield


@pytest.fixture(scope="module")
def source(home: Path, cluster: SharedCluster, template: str) -> Iterator[App]:
    with own_app(home=home, cluster=cluster, template=template) as app:
        yield app


@pytest.fixture(scope="module")
def north(source: App) -> Play:
    """A tenant with everything: people, closed cases, documents in the store, a sealed chain; a neighbour beside it."""
    play = Play(source, make_world(source, "north", participants=CASES))
    cases = [play.file(number, channel="portal" if number % 2 else "school_desk") for number in range(CASES)]
    for case in cases:
        play.walk(case, "registered")
    play.walk(cases[0], "closed", after="registered", outcome="up")
    play.drain()
    south = Play(source, make_world(source, "south", participants=1))
    south.walk(south.file(channel="queue_clerk"), "registered")
    with source.database.unit_of_work(play.world.rules.tenant.tenant_id) as work:
        checkpoints.write(
            work.session,
            store=source.store,
            key=source.audit_key,
            slug="north",
            machine_now=work.machine_now,
            why="sweep",
        )
    return play


@pytest.fixture(scope="module")
def exported(source: App, north: Play, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "north"
    export_tenant(source, north.world.rules, actor=north.actor("secretary"), folder=folder)
    return folder


@pytest.fixture
def target(home: Path, cluster: SharedCluster, template: str, source: App) -> Iterator[App]:
    """An application with nothing of the tenant, under the same master key; the others have rows of their own."""
    with own_app(home=home, cluster=cluster, template=template) as app:
        same = replace(app, master=source.master)
        engine = make_engine(str(app.settings.database_url), DbRole.OWNER, pool_size=1)
        with engine.begin() as connection:
            crowd = [{"id": 5000 + number, "slug": f"other-{number}"} for number in range(OTHERS)]
            connection.execute(insert(Tenant), crowd)
        engine.dispose()
        for number in range(OTHERS):
            settle(same, TenantId(5000 + number))
        play = Play(same, make_world(same, "south", participants=1))
        play.file(channel="queue_clerk")
        yield same
        same.database.engine.dispose()
        same.relay_engine.dispose()


def settle(app: App, tenant_id: TenantId) -> None:
    with app.database.unit_of_work(tenant_id) as work:
        bare_season(work.session)
        work.session.add(UsedLoginCode(code_id=f"of {tenant_id}", expires_at=work.machine_now))


def sums(app: App, tenant_id: int, slug: str) -> dict[str, TableEntry]:
    """Count and checksum of every table of a tenant."""
    with app.database.unit_of_work(TenantId(tenant_id)) as work, driver(work.session) as cursor:
        return {
            table.name: write_out(cursor, table, tenant_id=TenantId(tenant_id), slug=slug) for table in tenant_tables()
        }


def everybody_else(app: App, *, but: int) -> dict[str, dict[str, TableEntry]]:
    with app.database.unit_of_work(None) as work:
        known = work.session.scalars(select(Tenant).order_by(Tenant.id)).all()
    return {one.slug: sums(app, one.id, one.slug) for one in known if one.id != but}


def manifest_of(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads((folder / MANIFEST).read_text("utf-8"))
    return found


@pytest.mark.proof("T1.8")
def test_a_tenant_comes_over_to_the_byte_and_nobody_else_is_touched(
    source: App, target: App, north: Play, exported: Path, tmp_path: Path
) -> None:
    tenant_id = north.world.rules.tenant.tenant_id
    before = everybody_else(target, but=tenant_id)
    assert len(before) > OTHERS
    assert before["south"]["appeal"].rows == 1
    manifest = restore_tenant(target, exported)
    assert everybody_else(target, but=tenant_id) == before
    # Every table is the same but for the one event that says it was brought in.
    again = tmp_path / "again"
    with target.database.unit_of_work(tenant_id) as work:
        assert chain_faults(work.session) == []
    restored = sums(target, tenant_id, "north")
    changed = {name for name, entry in restored.items() if entry != manifest.tables[name]}
    assert changed == {"audit_event", "audit_head"}
    assert {name: entry.rows for name, entry in restored.items() if entry.rows != manifest.tables[name].rows} == {
        "audit_event": manifest.tables["audit_event"].rows + 1
    }
    export_tenant(target, north.world.rules, actor=north.actor("secretary"), folder=again)
    first, second = (table_file(folder, "audit_event").read_bytes() for folder in (exported, again))
    assert second.startswith(first)
    # Files came with the rows, and are readable under the same master key, as the people's data are.
    for area in (Area.CLEAN, Area.EVIDENCE):
        kept, come = ({one.key for one in app.store.listing(area, tenant="north")} for app in (source, target))
        assert kept
        assert kept <= come
    person = north.actor(0).person_id
    assert phone_of(target, tenant_id, person) == phone_of(source, tenant_id, person)
    figure("tables", len(restored))
    figure("rows", sum(entry.rows for entry in restored.values()))
    figure("objects", len(manifest.objects))


def phone_of(app: App, tenant_id: TenantId, person_id: object) -> str:
    with app.database.unit_of_work(tenant_id) as work:
        person = work.session.get_one(Person, (tenant_id, person_id))
        vault = app.vaults.of_season(work.session, tenant_id=tenant_id, season_id=person.season_id)
        assert person.document_cipher is not None
        return vault.open("person.document", person.id, person.document_cipher)


@pytest.mark.proof("T1.8")
def test_the_tenant_works_on_where_it_came_to(target: App, north: Play, exported: Path) -> None:
    restore_tenant(target, exported)
    there = Play(target, north.world)
    waiting = select(Appeal.id).where(Appeal.state == "registered").limit(1)
    there.walk(there.read(lambda session: session.scalars(waiting).one()), "kit_requested", after="registered")
    tenant_id = north.world.rules.tenant.tenant_id
    with target.database.unit_of_work(tenant_id) as work:
        assert chain_faults(work.session) == []
        # The chain of checkpoints goes on too.
        last = work.session.scalars(select(sql.max(AuditCheckpoint.number))).one()
        made = checkpoints.write(
            work.session,
            store=target.store,
            key=target.audit_key,
            slug="north",
            machine_now=work.machine_now,
            why="sweep",
        )
        assert made is not None
        assert made.number == last + 1


def test_an_export_holds_no_row_of_another_and_no_master_key(source: App, north: Play, exported: Path) -> None:
    everything = b"".join(file.read_bytes() for file in exported.rglob("*") if file.is_file())
    with source.database.unit_of_work(source.regions.get("south").tenant.tenant_id) as work:
        theirs = work.session.scalars(select(Person.id)).all()
    assert theirs
    assert not [person for person in theirs if str(person).encode() in everything]
    assert str(north.actor(0).person_id).encode() in everything
    assert source.settings.master_key_file is not None
    assert source.settings.master_key_file.read_bytes().strip() not in everything
    assert EXPORTED.encode() in table_file(exported, "audit_event").read_bytes()


def test_a_snapshot_is_of_one_moment(source: App, north: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes between two tables: neither the old table nor the new one has it."""
    tenant_id = north.world.rules.tenant.tenant_id
    written: list[str] = []

    def meanwhile(cursor: object, table: object, **wishes: object) -> TableEntry:
        if not written:
            written.append("x")
            settle_one(source, tenant_id)
        return write_out(cursor, table, **wishes)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr("apella.transfer.exporting.write_out", meanwhile)
    before = sums(source, tenant_id, "north")["used_login_code"]
    manifest = export_tenant(source, north.world.rules, actor=north.actor("secretary"), folder=tmp_path / "moment")
    assert manifest.tables["used_login_code"] == before
    assert sums(source, tenant_id, "north")["used_login_code"].rows == before.rows + 1


def settle_one(app: App, tenant_id: TenantId) -> None:
    with app.database.unit_of_work(tenant_id) as work:
        work.session.add(UsedLoginCode(code_id="meanwhile", expires_at=work.machine_now))


# --- What is refused, and leaves nothing ------------------------------------------------------------------------------


def nothing_there(app: App, tenant_id: TenantId) -> bool:
    counted = {table: entry.rows for table, entry in sums(app, tenant_id, "north").items()}
    # The calendar that it counts by was recorded when it was entered here.
    empty = counted.pop("calendar_version") == 1 and not any(counted.values())
    return empty and not [one for area in Area for one in app.store.listing(area, tenant="north")]


def spoil_table(folder: Path) -> None:
    file = table_file(folder, "person")
    file.write_bytes(file.read_bytes().replace(b"participant", b"participanT", 1))


def lose_table(folder: Path) -> None:
    table_file(folder, "mark").unlink()


def spoil_object(folder: Path) -> None:
    next(file for file in (folder / "objects" / "clean").rglob("*") if file.is_file()).write_bytes(b"other")


def other_version(folder: Path) -> None:
    change(folder, schema="0000_other")


def other_key(folder: Path) -> None:
    change(folder, master_key="00" * 8)


def renumbered(folder: Path) -> None:
    change(folder, tenant_id=777)


def unreadable(folder: Path) -> None:
    (folder / MANIFEST).write_text("{", "utf-8")


def change(folder: Path, **changes: object) -> None:
    raw = {**manifest_of(folder), **changes}
    (folder / MANIFEST).write_text(json.dumps(raw), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (spoil_table, "transfer.checksum"),
        (lose_table, "transfer.checksum"),
        (spoil_object, "transfer.checksum"),
        (other_version, "transfer.version"),
        (other_key, "transfer.key"),
        (renumbered, "transfer.tenant"),
        (unreadable, "transfer.manifest"),
    ],
)
def test_a_broken_or_foreign_export_is_refused_before_anything_is_written(
    target: App, north: Play, exported: Path, tmp_path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(exported, folder)
    spoil(folder)
    with refused(code, ApellaError):
        restore_tenant(target, folder)
    assert nothing_there(target, north.world.rules.tenant.tenant_id)


def test_a_tenant_that_has_something_is_refused_and_kept(target: App, north: Play, exported: Path) -> None:
    tenant_id = north.world.rules.tenant.tenant_id
    settle_one(target, tenant_id)
    before = sums(target, tenant_id, "north")
    with refused("transfer.not_empty", ApellaError):
        restore_tenant(target, exported)
    assert sums(target, tenant_id, "north") == before


def test_a_store_that_fails_half_way_leaves_neither_rows_nor_files(
    target: App, north: Play, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls = target.store.put, []

    def failing(*args: object, **wishes: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise StorageUnavailable("Хранилище не отвечает.")
        return put(*args, **wishes)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(target.store, "put", failing)
    with refused("storage.unavailable", ApellaError):
        restore_tenant(target, exported)
    assert len(calls) == 2
    assert nothing_there(target, north.world.rules.tenant.tenant_id)


def test_rows_that_did_not_come_over_as_they_were_are_noticed(
    target: App, north: Play, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apella.transfer.restoring.write_out", lambda *_, **__: TableEntry(rows=0, sha256="0" * 64))
    with refused("transfer.rows", ApellaError):
        restore_tenant(target, exported)
    assert nothing_there(target, north.world.rules.tenant.tenant_id)


def test_an_export_does_not_overwrite_and_leaves_nothing_half_done(
    source: App, north: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refused("transfer.folder", ApellaError):
        export_tenant(source, north.world.rules, actor=north.actor("secretary"), folder=tmp_path)

    def missing(_: object) -> None:
        raise NotFound("Файла нет.")

    monkeypatch.setattr(source.store, "head", missing)
    with refused("not_found", ApellaError):
        export_tenant(source, north.world.rules, actor=north.actor("secretary"), folder=tmp_path / "half")
    assert list(tmp_path.iterdir()) == []


def test_the_audit_s_trigger_is_back_after_a_restore(target: App, exported: Path) -> None:
    restore_tenant(target, exported)
    engine = make_engine(str(target.settings.database_url), DbRole.OWNER, pool_size=1)
    with Database(engine).unit_of_work(None) as work:
        enabled = work.session.connection().exec_driver_sql(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND NOT tgisinternal"
        )
        assert {row[0] for row in enabled} == {"O"}
    engine.dispose()


def test_by_the_commands(
    source: App, target: App, north: Play, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "north"

    def at(app: App) -> None:
        monkeypatch.setenv("APELLA_HOME", str(app.settings.home))
        monkeypatch.setenv("APELLA_DATABASE_URL", str(app.settings.database_url))
        monkeypatch.setenv("APELLA_MASTER_KEY_FILE", str(source.settings.master_key_file))

    at(source)
    code, said, told = run("tenant", "export", "north", "--to", folder)
    assert code == 0
    assert said.startswith(f"Регион north выгружен в {folder}. Таблиц: ")
    assert "перенесите его отдельно" in told
    at(target)
    code, said, _ = run("tenant", "restore", folder)
    assert (code, said.startswith("Регион north восстановлен из")) == (0, True)
    assert run("audit", "verify", "--tenant", "north")[0] == 0
    assert run("tenant", "restore", folder)[::2] == (
        1,
        "У этого региона в базе уже есть данные. Восстановить можно только в базу, где их нет.\n",
    )

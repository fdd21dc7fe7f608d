"""Many threads on few connections, with and without PgBouncer, random failures, workers of the wrong tenant."""

from __future__ import annotations

import os
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func as sql
from sqlalchemy import insert, make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database, UnitOfWork
from apella.embedded.postgres import ClusterAddress
from apella.errors import ConfigurationError
from apella.identity.model import UsedLoginCode
from apella.jobs import queue
from apella.jobs.model import Task, TaskState
from apella.jobs.queue import JobContext, enqueue, handler
from apella.jobs.running import Ran, run_task
from apella.settings import Settings
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Tenant
from apella.testing.pgbouncer import pgbouncer_program, running_pgbouncer
from apella.testing.plugin import MakeWorld
from apella.testing.postgres import SharedCluster
from apella.testing.seasons import bare_season
from apella.testing.sizes import figure, size

SEED = 20260619
TENANTS = size("tenants", small=5, full=85)
THREADS = size("T1.3 threads", small=8, full=32)
POOL = size("T1.3 connections", small=2, full=5)
OPERATIONS = size("T1.3 operations", small=240, full=20_000)
JOBS = size("T1.7 jobs", small=60, full=10_000)


class Broken(Exception):
    """A deed that fails half-way."""


@pytest.fixture
def pooled(cluster: SharedCluster, fresh_database: str, tmp_path: Path) -> Iterator[Callable[[int], ClusterAddress]]:
    """Gives the address of the test's own database through PgBouncer, which has so many connections to it."""
    program = pgbouncer_program()
    if program is None:
        absent = "PgBouncer is not installed: apt-get install pgbouncer"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    address = replace(cluster.address, dbname=str(make_url(fresh_database).database))
    with ExitStack() as running:
        yield lambda connections: running.enter_context(
            running_pgbouncer(program, address, folder=tmp_path / "pgbouncer", connections=connections)
        )


@pytest.fixture(params=["direct", "through PgBouncer"])
def small_pool(request: pytest.FixtureRequest, fresh_database: str) -> Iterator[Database]:
    """Units of work on few connections: the engine's own, or PgBouncer's behind one for each thread."""
    if request.param == "direct":
        engine = make_engine(fresh_database, DbRole.RW, pool_size=POOL)
    else:
        address = request.getfixturevalue("pooled")(POOL)
        engine = make_engine(address.database_url, DbRole.RW, pool_size=THREADS, pooled=True)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def tenants(fresh_database: str) -> list[TenantId]:
    """So many tenants in the test's own database."""
    found = [TenantId(2000 + number) for number in range(TENANTS)]
    engine = make_engine(fresh_database, DbRole.OWNER, pool_size=1)
    with engine.begin() as connection:
        connection.execute(insert(Tenant), [{"id": number, "slug": f"made-up-{number}"} for number in found])
    engine.dispose()
    return found


@pytest.fixture
def own_app(app: App, fresh_database: str) -> Iterator[App]:
    own = replace(app, settings=replace(app.settings, database_url=fresh_database))
    yield own
    own.database.engine.dispose()


def operate(database: Database, tenants: list[TenantId], chance: random.Random, seen: Counter[str]) -> None:
    """One random deed for one random tenant; counts in `seen` the rows of its own and those of others."""
    tenant_id = chance.choice(tenants)
    deed = chance.choice(["read", "write", "fail", "savepoint", "kill"])
    try:
        with database.unit_of_work(tenant_id) as work:
            seen.update(look(work, tenant_id))
            if deed != "read":
                write(work)
            if deed == "savepoint":
                inner = work.session.begin_nested()
                write(work)
                inner.rollback()
            seen.update(look(work, tenant_id))
            if deed == "kill":
                work.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            if deed == "fail":
                fail()
    except (Broken, OperationalError, PoolTimeout) as error:
        seen[type(error).__name__] += 1
    else:
        seen["finished"] += 1


def look(work: UnitOfWork, tenant_id: TenantId) -> Iterator[str]:
    """Whose rows it sees."""
    for row in work.session.scalars(select(UsedLoginCode.tenant_id)):
        yield "own" if row == tenant_id else "foreign"


def fail() -> None:
    raise Broken


def write(work: UnitOfWork) -> None:
    work.session.add(UsedLoginCode(code_id=str(uuid.uuid4()), expires_at=work.machine_now + timedelta(days=1)))
    work.session.flush()


@pytest.mark.proof("T1.3")
def test_threads_on_few_connections_never_meet_another_tenant(
    small_pool: Database, tenants: list[TenantId], request: pytest.FixtureRequest
) -> None:
    counts = [Counter[str]() for _ in range(THREADS)]

    def run(number: int) -> None:
        chance = random.Random(SEED + number)  # noqa: S311 a seeded test, nothing secret
        for _ in range(OPERATIONS // THREADS):
            operate(small_pool, tenants, chance, counts[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = sum(counts, Counter[str]())
    assert seen["foreign"] == 0
    # The same reads do give the rightful tenant its rows, and most deeds that were not to fail came to their end.
    assert seen["own"] > OPERATIONS
    assert seen["finished"] > OPERATIONS // 2
    kept = 0
    for tenant_id in tenants:
        with small_pool.unit_of_work(tenant_id) as work:
            kept += work.session.scalars(select(sql.count()).select_from(UsedLoginCode)).one()
    assert kept > THREADS
    how = request.node.callspec.params["small_pool"]
    figure(f"T1.3 rows kept, {how}", kept)
    figure(f"T1.3 own rows seen, {how}", seen["own"])
    figure(f"T1.3 foreign rows seen, {how}", seen["foreign"])
    with small_pool.unit_of_work(None) as work:
        assert work.session.scalars(select(sql.count()).select_from(UsedLoginCode)).one() == 0


@pytest.mark.proof("T1.3")
def test_the_pool_s_next_user_does_not_inherit_a_tenant(small_pool: Database) -> None:
    with small_pool.unit_of_work(TenantId(901)) as work:
        write(work)
    with small_pool.engine.connect() as connection:
        assert connection.execute(text("select count(*) from used_login_code")).scalar_one() == 0
        assert connection.execute(text("select current_setting('app.tenant', true)")).scalar_one() == ""


@pytest.mark.proof("T1.3")
def test_pgbouncer_hands_on_what_a_session_sets_but_not_the_tenant_of_a_unit_of_work(
    pooled: Callable[[int], ClusterAddress],
) -> None:
    address = pooled(1)
    wanted = "select current_setting('app.tenant', true)"
    with address.connect(user="app_rw") as one, address.connect(user="app_rw") as other:
        engine = make_engine(address.database_url, DbRole.RW, pool_size=1, pooled=True)
        with Database(engine).unit_of_work(TenantId(901)) as work:
            assert work.session.scalar(text(wanted)) == "901"
        engine.dispose()
        assert other.execute(wanted).fetchone() in {("",), (None,)}
        # The pool is shared indeed: what the product never does would leak through it.
        one.execute("select set_config('app.tenant', '901', false)")
        assert other.execute(wanted).fetchone() == ("901",)


@pytest.mark.proof("T1.3")
def test_statements_are_prepared_only_without_a_pooler(
    app: App, pooled: Callable[[int], ClusterAddress], fresh_database: str
) -> None:
    def prepared(url: str, *, database_pooled: bool) -> int:
        own = replace(app, settings=replace(app.settings, database_url=url, database_pooled=database_pooled))
        with own.database.unit_of_work(None) as work:
            for _ in range(10):
                work.session.execute(select(Tenant.id).limit(1))
            names = work.session.execute(text("select count(*) from pg_prepared_statements")).scalar_one()
        own.database.engine.dispose()
        return int(names)

    assert prepared(pooled(1).database_url, database_pooled=True) == 0
    assert prepared(fresh_database, database_pooled=False) > 0


def test_the_pooler_is_named_by_a_setting() -> None:
    assert not Settings.from_environment({}).database_pooled
    assert Settings.from_environment({"APELLA_DATABASE_POOLED": "1"}).database_pooled
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environment({"APELLA_DATABASE_POOLED": "yes"})
    assert refusal.value.error_code == "settings.pooled"


@pytest.fixture
def noting_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that writes a row of whatever tenant it works for, and the number that its task names."""
    monkeypatch.setattr(queue, "_handlers", {})

    @handler("test.note")
    def note(context: JobContext) -> None:
        expires_at = context.machine_now + timedelta(days=1)
        context.session.add(UsedLoginCode(code_id=f"{context.args['tenant']}:{uuid.uuid4()}", expires_at=expires_at))


def ask(app: App, tenant_id: TenantId, season_id: uuid.UUID, key: str) -> uuid.UUID:
    with app.database.unit_of_work(tenant_id) as work:
        enqueue(work.session, season_id=season_id, job="test.note", args={"tenant": str(tenant_id)}, dedup_key=key)
    with app.database.unit_of_work(tenant_id) as work:
        return work.session.scalars(select(Task.id).where(Task.dedup_key == key)).one()


@pytest.mark.proof("T1.7")
def test_a_worker_told_the_wrong_tenant_does_nothing(app: App, world: MakeWorld, noting_job: None) -> None:
    north, south = world(participants=1), world("south", participants=1)
    mine, other = north.rules.tenant.tenant_id, south.rules.tenant.tenant_id
    task_id = ask(app, mine, north.season_id, str(uuid.uuid4()))
    for wrong in (other, TenantId(32000)):
        assert run_task(app.database, tenant_id=wrong, task_id=task_id, parts=app) is Ran.NOTHING
    with app.database.unit_of_work(mine) as work:
        task = work.session.get_one(Task, (mine, task_id))
        assert (task.state, task.attempts) == (TaskState.NEW, 0)
    # The rightful tenant's worker does it.
    assert run_task(app.database, tenant_id=mine, task_id=task_id, parts=app) is Ran.DONE


@pytest.mark.proof("T1.7")
def test_tenants_interleaved_in_one_worker_write_for_themselves(
    own_app: App, tenants: list[TenantId], noting_job: None
) -> None:
    each = JOBS // len(tenants)
    tasks = [(tenant_id, task_id) for tenant_id in tenants for task_id in ask_for(own_app, tenant_id, each)]
    random.Random(SEED).shuffle(tasks)  # noqa: S311 a seeded test, nothing secret
    for tenant_id, task_id in tasks:
        assert run_task(own_app.database, tenant_id=tenant_id, task_id=task_id, parts=own_app) is Ran.DONE
    for tenant_id in tenants:
        with own_app.database.unit_of_work(tenant_id) as work:
            notes = work.session.scalars(select(UsedLoginCode.code_id)).all()
            assert [note.split(":")[0] for note in notes] == [str(tenant_id)] * each


def ask_for(app: App, tenant_id: TenantId, jobs: int) -> list[uuid.UUID]:
    """Ask for some jobs in a new season of this tenant."""
    with app.database.unit_of_work(tenant_id) as work:
        season = bare_season(work.session)
        for number in range(jobs):
            args = {"tenant": str(tenant_id)}
            enqueue(work.session, season_id=season.id, job="test.note", args=args, dedup_key=str(number))
    with app.database.unit_of_work(tenant_id) as work:
        return list(work.session.scalars(select(Task.id)))

"""T1.3 and T1.7, small: many threads on few connections, random failures, workers with the wrong tenant."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func as sql
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from apella.bootstrap import App
from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database, UnitOfWork
from apella.identity.model import UsedLoginCode
from apella.jobs import queue
from apella.jobs.model import Task, TaskState
from apella.jobs.queue import JobContext, enqueue, handler
from apella.jobs.running import Ran, run_task
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Season
from apella.testing.plugin import MakeWorld

THREADS, OPERATIONS, SEED = 8, 60, 20260619


class Broken(Exception):
    """A deed that fails half-way."""


@pytest.fixture
def small_pool(fresh_database: str) -> Iterator[Database]:
    engine = make_engine(fresh_database, DbRole.RW, pool_size=2)
    yield Database(engine)
    engine.dispose()


def operate(database: Database, tenants: list[TenantId], chance: random.Random, foreign: list[object]) -> None:
    """One random deed for one random tenant; whatever it sees of others goes into `foreign`."""
    tenant_id = chance.choice(tenants)
    deed = chance.choice(["read", "write", "fail", "savepoint", "kill"])
    try:
        with database.unit_of_work(tenant_id) as work:
            seen = work.session.scalars(select(UsedLoginCode.tenant_id)).all()
            foreign.extend(row for row in seen if row != tenant_id)
            if deed != "read":
                write(work)
            if deed == "savepoint":
                inner = work.session.begin_nested()
                write(work)
                inner.rollback()
            foreign.extend(
                row for row in work.session.scalars(select(UsedLoginCode.tenant_id)).all() if row != tenant_id
            )
            if deed == "kill":
                work.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            if deed == "fail":
                fail()
    except (Broken, OperationalError, PoolTimeout):
        return


def fail() -> None:
    raise Broken


def write(work: UnitOfWork) -> None:
    work.session.add(UsedLoginCode(code_id=str(uuid.uuid4()), expires_at=work.machine_now + timedelta(days=1)))
    work.session.flush()


def test_threads_on_few_connections_never_meet_another_tenant(app: App, small_pool: Database) -> None:
    tenants = [rules.tenant.tenant_id for rules in app.regions]
    foreign: list[object] = []

    def run(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 a seeded test, nothing secret
        for _ in range(OPERATIONS):
            operate(small_pool, tenants, chance, foreign)

    threads = [threading.Thread(target=run, args=(SEED + number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert foreign == []
    kept = 0
    for tenant_id in tenants:
        with small_pool.unit_of_work(tenant_id) as work:
            kept += work.session.scalars(select(sql.count()).select_from(UsedLoginCode)).one()
    assert kept > THREADS
    with small_pool.unit_of_work(None) as work:
        assert work.session.scalars(select(sql.count()).select_from(UsedLoginCode)).one() == 0


def test_the_pool_s_next_user_does_not_inherit_a_tenant(small_pool: Database) -> None:
    with small_pool.unit_of_work(TenantId(901)) as work:
        write(work)
    with small_pool.engine.connect() as connection:
        assert connection.execute(text("select count(*) from used_login_code")).scalar_one() == 0
        assert connection.execute(text("select current_setting('app.tenant', true)")).scalar_one() == ""


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
        return work.session.scalars(select(Task.id).where(Task.dedup_key == key)).one()


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


def test_tenants_interleaved_in_one_worker_write_for_themselves(app: App, noting_job: None) -> None:
    tasks: list[tuple[TenantId, uuid.UUID]] = []
    mark = str(uuid.uuid4())
    for rules in app.regions:
        tenant_id = rules.tenant.tenant_id
        with app.database.unit_of_work(tenant_id) as work:
            season = Season(
                code=mark, year=2031, period="main", title="", rule_version="", demo=True, clock_offset=timedelta(0)
            )
            work.session.add(season)
            work.session.flush()
            season_id = season.id
        tasks += [(tenant_id, ask(app, tenant_id, season_id, f"{mark}:{number}")) for number in range(12)]
    random.Random(SEED).shuffle(tasks)  # noqa: S311 a seeded test, nothing secret
    for tenant_id, task_id in tasks:
        assert run_task(app.database, tenant_id=tenant_id, task_id=task_id, parts=app) is Ran.DONE
    for rules in app.regions:
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            notes = work.session.scalars(select(UsedLoginCode.code_id).where(UsedLoginCode.code_id.contains(":"))).all()
            assert {note.split(":")[0] for note in notes} == {str(rules.tenant.id)}
            assert len(notes) >= 12

"""Doing one task: counted before it starts, done with its effect in one transaction, tried again, parked at five."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from apella.bootstrap import App
from apella.identity.model import UsedLoginCode
from apella.jobs import draining
from apella.jobs.draining import drain
from apella.jobs.model import Task, TaskState
from apella.jobs.queue import Handler, JobContext, enqueue
from apella.jobs.running import MAX_ATTEMPTS, Ran, run_task, waiting
from apella.tenancy.ids import TenantId

Ask = Callable[..., uuid.UUID]
Register = Callable[[Handler], None]


class Killed(BaseException):
    """The worker's process dies in the middle of the work."""


@pytest.fixture
def tenant_id(tenants: dict[TenantId, uuid.UUID]) -> TenantId:
    return next(iter(tenants))


@pytest.fixture
def run(own_app: App, tenant_id: TenantId) -> Callable[[uuid.UUID], Ran]:
    return lambda task_id: run_task(own_app.database, tenant_id=tenant_id, task_id=task_id, parts=own_app)


@pytest.fixture
def look(own_app: App, tenant_id: TenantId) -> Callable[[uuid.UUID], Task]:
    def read(task_id: uuid.UUID) -> Task:
        with own_app.database.unit_of_work(tenant_id) as work:
            return work.session.get_one(Task, (tenant_id, task_id))

    return read


@pytest.fixture
def effects(own_app: App, tenant_id: TenantId) -> Callable[[], list[str]]:
    """What `note` wrote."""

    def read() -> list[str]:
        with own_app.database.unit_of_work(tenant_id) as work:
            return sorted(code.split(":")[0] for code in work.session.scalars(select(UsedLoginCode.code_id)))

    return read


def note(context: JobContext) -> None:
    """Leave a trace that a second run would double."""
    code = f"{context.args['key']}:{uuid.uuid4()}"
    context.session.add(UsedLoginCode(code_id=code, expires_at=context.machine_now + timedelta(days=1)))
    context.session.flush()


def now_of(app: App) -> datetime:
    with app.database.unit_of_work(None) as work:
        return work.machine_now


def test_a_task_is_done_once_however_often_it_arrives(
    ask: Ask, job: Register, run: Callable[[uuid.UUID], Ran], effects: Callable[[], list[str]]
) -> None:
    job(note)
    task_id = ask(key="a")
    assert [run(task_id) for _ in range(3)] == [Ran.DONE, Ran.NOTHING, Ran.NOTHING]
    assert effects() == ["a"]


def test_a_job_works_in_its_season_s_time_as_the_system(
    own_app: App, ask: Ask, job: Register, run: Callable[[uuid.UUID], Ran]
) -> None:
    seen: list[JobContext] = []
    job(seen.append)
    run(ask())
    (context,) = seen
    assert context.now - context.machine_now == timedelta(days=9)
    assert context.actor.is_system
    assert context.parts is own_app


def test_asking_twice_is_one_task(ask: Ask, job: Register, own_app: App, tenant_id: TenantId) -> None:
    job(note)
    assert ask(key="same") == ask(key="same")
    with own_app.database.unit_of_work(tenant_id) as work:
        assert waiting(work.session) == 1


def test_a_failure_undoes_the_effect_and_is_tried_again_later_and_later(
    own_app: App,
    ask: Ask,
    job: Register,
    run: Callable[[uuid.UUID], Ran],
    look: Callable[[uuid.UUID], Task],
    effects: Callable[[], list[str]],
) -> None:
    def fail(context: JobContext) -> None:
        note(context)
        raise ZeroDivisionError("Иван Петров, +7 900 000-00-00")

    job(fail)
    task_id = ask()
    for attempt, wait in enumerate((5, 10, 20, 40), start=1):
        before = now_of(own_app)
        assert run(task_id) is Ran.FAILED
        task = look(task_id)
        assert (task.attempts, task.state) == (attempt, TaskState.NEW)
        assert timedelta(seconds=wait) <= task.next_at - before <= timedelta(seconds=wait + 5)
        # What people wrote or own never reaches the queue: the class says what failed.
        assert task.last_error == "builtins.ZeroDivisionError"
    assert run(task_id) is Ran.FAILED
    assert look(task_id).state is TaskState.PARKED
    assert run(task_id) is Ran.NOTHING
    assert effects() == []


def test_a_task_that_kills_its_worker_is_parked_after_five_tries(
    ask: Ask, job: Register, run: Callable[[uuid.UUID], Ran], look: Callable[[uuid.UUID], Task]
) -> None:
    def die(_: JobContext) -> None:
        raise Killed

    job(die)
    task_id = ask()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(Killed):
            run(task_id)
        assert look(task_id).attempts == attempt
    assert run(task_id) is Ran.PARKED
    assert look(task_id).state is TaskState.PARKED


def test_a_job_that_this_release_does_not_know_is_kept(
    ask: Ask, job: Register, run: Callable[[uuid.UUID], Ran], look: Callable[[uuid.UUID], Task]
) -> None:
    job(note)
    task_id = ask("test.of_tomorrow")
    assert run(task_id) is Ran.FAILED
    assert look(task_id).state is TaskState.NEW


def test_a_second_worker_steps_aside_while_the_first_works(
    ask: Ask, job: Register, run: Callable[[uuid.UUID], Ran], effects: Callable[[], list[str]]
) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def slow(context: JobContext) -> None:
        note(context)
        at_work.set()
        go_on.wait(10)

    job(slow)
    task_id = ask(key="once")
    first: list[Ran] = []
    thread = threading.Thread(target=lambda: first.append(run(task_id)))
    thread.start()
    assert at_work.wait(10)
    assert run(task_id) is Ran.NOTHING
    go_on.set()
    thread.join()
    assert (first, effects()) == ([Ran.DONE], ["once"])


def test_draining_does_what_tasks_ask_for_and_leaves_failures_to_the_relay(
    own_app: App,
    ask: Ask,
    job: Register,
    tenant_id: TenantId,
    tenants: dict[TenantId, uuid.UUID],
    effects: Callable[[], list[str]],
) -> None:
    def chain(context: JobContext) -> None:
        note(context)
        if context.args["key"] == "c":
            raise ZeroDivisionError
        if context.args["key"] == "a":
            enqueue(context.session, season_id=tenants[tenant_id], job="test.job", args={"key": "b"}, dedup_key="b")

    job(chain)
    ask(key="a")
    ask(key="c")
    assert drain(own_app.database, tenant_id=tenant_id, parts=own_app) == 3
    assert effects() == ["a", "b"]
    with own_app.database.unit_of_work(tenant_id) as work:
        assert waiting(work.session) == 1


def test_draining_tasks_that_never_end_is_given_up(
    own_app: App,
    ask: Ask,
    job: Register,
    tenant_id: TenantId,
    tenants: dict[TenantId, uuid.UUID],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def again(context: JobContext) -> None:
        key = str(uuid.uuid4())
        enqueue(context.session, season_id=tenants[tenant_id], job="test.job", args={"key": key}, dedup_key=key)

    job(again)
    ask()
    monkeypatch.setattr(draining, "MOST_ROUNDS", 4)
    with pytest.raises(RuntimeError):
        drain(own_app.database, tenant_id=tenant_id, parts=own_app)

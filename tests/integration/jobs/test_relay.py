"""The relay takes due tasks of every tenant once, and loses none that it could not send."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, text, update

from apella.bootstrap import App
from apella.jobs.model import Task, TaskState
from apella.jobs.relay import BATCH, claim, relay_once
from apella.tenancy.ids import TenantId

Ask = Callable[..., uuid.UUID]
Sent = tuple[TenantId, uuid.UUID]


class BrokerGone(Exception):
    """The broker does not answer."""


def tasks(app: App, tenants: dict[TenantId, uuid.UUID]) -> dict[uuid.UUID, Task]:
    found: dict[uuid.UUID, Task] = {}
    for tenant_id in tenants:
        with app.database.unit_of_work(tenant_id) as work:
            found |= {task.id: task for task in work.session.scalars(select(Task))}
    return found


def put(app: App, tenant_id: TenantId, task_id: uuid.UUID, **values: object) -> None:
    with app.database.unit_of_work(tenant_id) as work:
        work.session.execute(update(Task).where(Task.id == task_id).values(**values))


def test_it_sends_the_due_tasks_of_every_tenant(own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]) -> None:
    wanted = {(tenant_id, ask(tenant_id=tenant_id)) for tenant_id in tenants}
    sent: list[Sent] = []
    assert relay_once(own_app.relay_engine, lambda *task: sent.append(task)) == len(wanted)
    assert set(sent) == wanted
    assert {(task.state, task.sends) for task in tasks(own_app, tenants).values()} == {(TaskState.SENT, 1)}
    assert relay_once(own_app.relay_engine, lambda *task: sent.append(task)) == 0


def test_a_claim_stands_before_the_first_is_sent(own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]) -> None:
    ask()
    states: list[TaskState] = []
    relay_once(own_app.relay_engine, lambda *_: states.extend(t.state for t in tasks(own_app, tenants).values()))
    assert states == [TaskState.SENT]


def test_what_is_not_due_or_is_over_is_left_alone(own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]) -> None:
    tenant_id = next(iter(tenants))
    put(own_app, tenant_id, ask(), state=TaskState.DONE)
    put(own_app, tenant_id, ask(), state=TaskState.PARKED)
    put(own_app, tenant_id, ask(), next_at=text("now() + interval '1 minute'"))
    assert claim(own_app.relay_engine) == []


def test_what_nobody_finished_comes_again_after_its_lease(
    own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]
) -> None:
    task_id = ask()
    for sends in (1, 2, 3):
        assert [task.task_id for task in claim(own_app.relay_engine, lease_seconds=0)] == [task_id]
        assert tasks(own_app, tenants)[task_id].sends == sends
    # The relay never counts attempts: a broker that is down would park everything.
    assert tasks(own_app, tenants)[task_id].attempts == 0


def test_a_broker_that_breaks_half_way_loses_nothing(
    own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]
) -> None:
    wanted = {ask() for _ in range(5)}
    arrived: set[uuid.UUID] = set()

    def send(_: TenantId, task_id: uuid.UUID) -> None:
        if len(arrived) == 2:
            raise BrokerGone
        arrived.add(task_id)

    with pytest.raises(BrokerGone):
        relay_once(own_app.relay_engine, send, lease_seconds=0)
    again: list[Sent] = []
    assert relay_once(own_app.relay_engine, lambda *task: again.append(task)) == 5
    assert {task_id for _, task_id in again} == wanted
    assert tasks(own_app, tenants).keys() == wanted


def test_the_longest_waiting_go_first_a_batch_at_a_time(
    own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]
) -> None:
    tenant_id = next(iter(tenants))
    first = ask()
    with own_app.database.unit_of_work(tenant_id) as work:
        moment: datetime = work.machine_now
        rows = [
            {"season_id": tenants[tenant_id], "job": "test.job", "args": {}, "dedup_key": str(number)}
            for number in range(BATCH + 10)
        ]
        work.session.add_all([Task(**row, next_at=moment) for row in rows])
    put(own_app, tenant_id, first, next_at=text("now() - interval '1 hour'"))
    claimed = claim(own_app.relay_engine)
    assert len(claimed) == BATCH
    assert first in {task.task_id for task in claimed}
    assert len(claim(own_app.relay_engine)) == 11


@pytest.mark.proof("T4.4")
def test_relays_side_by_side_share_the_tasks(own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]) -> None:
    wanted = {ask(tenant_id=tenant_id) for tenant_id in tenants for _ in range(12)}
    sent: list[uuid.UUID] = []
    start = threading.Barrier(4)

    def relay() -> None:
        start.wait(10)
        while relay_once(own_app.relay_engine, lambda _, task_id: sent.append(task_id)):
            pass

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(wanted)


@pytest.mark.proof("T4.4")
def test_a_relay_takes_nothing_that_another_holds(own_app: App, ask: Ask, tenants: dict[TenantId, uuid.UUID]) -> None:
    tenant_id = next(iter(tenants))
    held, free = ask(), ask()
    with own_app.database.unit_of_work(tenant_id) as work:
        work.session.execute(select(Task).where(Task.id == held).with_for_update())
        assert [task.task_id for task in claim(own_app.relay_engine)] == [free]
    assert [task.task_id for task in claim(own_app.relay_engine)] == [held]

"""T4.1, small: a real Redis that forgets and a real worker that is killed lose no task and do none twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import func as sql
from sqlalchemy import select

from apella.bootstrap import App
from apella.embedded.home import Home
from apella.embedded.redis import EmbeddedRedis
from apella.identity.model import UsedLoginCode
from apella.jobs.broker import make_broker, sender
from apella.jobs.model import Task, TaskState
from apella.jobs.relay import relay_once
from apella.tenancy.ids import TenantId
from apella.testing.embedded import wait_until

TASKS, SEED, LEASE_SECONDS = 200, 20260618, 1
WORKER = Path(__file__).parent / "chaos_worker.py"
Ask = Callable[..., uuid.UUID]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    home = Home(tmp_path / "redis")
    home.make()
    server = EmbeddedRedis(home, mark=str(uuid.uuid4()))
    yield server.start()
    server.stop()


@pytest.fixture
def start_worker(own_app: App, redis_url: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    environment = {
        **os.environ,
        "APELLA_HOME": str(own_app.settings.home),
        "APELLA_TENANTS": str(own_app.settings.tenants),
        "APELLA_DATABASE_URL": str(own_app.settings.database_url),
        "APELLA_REDIS_URL": redis_url,
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, str(WORKER)], env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def counted(app: App, tenants: dict[TenantId, uuid.UUID]) -> tuple[Counter[str], Counter[TaskState]]:
    """How often each task took effect, and how many tasks there are in each state."""
    effects: Counter[str] = Counter()
    states: Counter[TaskState] = Counter()
    for tenant_id in tenants:
        with app.database.unit_of_work(tenant_id) as work:
            effects.update(code.split(":")[0] for code in work.session.scalars(select(UsedLoginCode.code_id)))
            for state, count in work.session.execute(select(Task.state, sql.count()).group_by(Task.state)):
                states[state] += count
    return effects, states


def test_nothing_is_lost_and_nothing_is_done_twice(
    own_app: App,
    ask: Ask,
    tenants: dict[TenantId, uuid.UUID],
    redis_url: str,
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    chance = random.Random(SEED)  # noqa: S311 a seeded test, nothing secret
    broker = make_broker(redis_url)
    send = sender(broker)
    client = redis.Redis.from_url(redis_url)
    worker = start_worker()
    wanted = {str(number) for number in range(TASKS)}
    faults = {TASKS // 4: "flush", TASKS // 2: "kill", TASKS * 3 // 4: "flush"}

    def done() -> int:
        return counted(own_app, tenants)[1][TaskState.DONE]

    def relay() -> None:
        relay_once(own_app.relay_engine, send, lease_seconds=LEASE_SECONDS)

    def done_after_relay(wanted_done: int) -> bool:
        relay()
        return done() >= wanted_done

    for number in range(TASKS):
        ask(key=str(number), tenant_id=chance.choice(list(tenants)))
        if number % 10 == 0:
            relay()
        match faults.get(number):
            case "flush":
                relay()
                client.flushall()
            case "kill":
                wait_until(lambda: done_after_relay(1), seconds=120)
                worker.kill()
                worker.wait()
                start_worker()
    wait_until(lambda: done_after_relay(TASKS), seconds=120)
    effects, states = counted(own_app, tenants)
    assert effects == Counter(wanted)
    assert states == Counter({TaskState.DONE: TASKS})
    client.close()
    broker.close()

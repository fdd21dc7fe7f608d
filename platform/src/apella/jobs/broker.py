"""The broker: Redis by dramatiq. It carries a tenant's number and a task's id, nothing else."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, TimeLimit

from apella.tenancy.ids import TenantId

QUEUE = "apella"
ACTOR = "run_task"
TIME_LIMIT_MS = 10 * 60 * 1000

log = logging.getLogger(__name__)


def make_broker(redis_url: str) -> RedisBroker:
    """Make the broker. Retries are our table's affair, so dramatiq's own are left out.

    A dead worker's messages come back within seconds: dramatiq's defaults left them for minutes (measured).
    """
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves its constructor untyped
        url=redis_url, maintenance_chance=100_000, heartbeat_timeout=5_000, middleware=[]
    )
    broker.add_middleware(AgeLimit())
    broker.add_middleware(TimeLimit(time_limit=TIME_LIMIT_MS))
    return broker


def sender(broker: dramatiq.Broker) -> Callable[[TenantId, uuid.UUID], None]:
    """The function by which the relay sends a task's id."""
    broker.declare_queue(QUEUE)

    def send(tenant_id: TenantId, task_id: uuid.UUID) -> None:
        broker.enqueue(
            dramatiq.Message(
                queue_name=QUEUE, actor_name=ACTOR, args=(int(tenant_id), str(task_id)), kwargs={}, options={}
            )
        )

    return send


def _read(args: tuple[object, ...]) -> tuple[TenantId, uuid.UUID]:
    """The tenant and the task that a message names. Raises ValueError."""
    if len(args) != 2 or type(args[0]) is not int or not isinstance(args[1], str):
        raise ValueError("a message carries a tenant's number and a task's id")
    return TenantId(args[0]), uuid.UUID(args[1])


def declare_actor(broker: dramatiq.Broker, run: Callable[[TenantId, uuid.UUID], None]) -> None:
    """Let this process do what arrives by `run`; a message that names no tenant or no task is reported and dropped."""

    def run_task(*args: object) -> None:
        try:
            tenant_id, task_id = _read(args)
        except ValueError:
            log.exception("message not understood")
            return
        run(tenant_id, task_id)

    dramatiq.Actor(run_task, broker=broker, actor_name=ACTOR, queue_name=QUEUE, priority=0, options={})

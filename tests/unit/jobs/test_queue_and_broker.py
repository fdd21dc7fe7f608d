"""Jobs by name, and what the broker carries."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from apella.jobs import queue
from apella.jobs.broker import ACTOR, QUEUE, declare_actor, make_broker, sender
from apella.jobs.queue import JobContext, handler, handler_of
from apella.registered_jobs import HANDLERS
from apella.tenancy.ids import TenantId

TASK = uuid.UUID("01900000-0000-7000-8000-000000000001")


@pytest.fixture
def broker() -> Iterator[StubBroker]:
    broker = StubBroker(middleware=[])
    yield broker
    broker.close()


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_handlers", {})


def test_a_job_is_found_by_its_name_and_an_unknown_one_is_not() -> None:
    @handler("test.job")
    def do(_: JobContext) -> None: ...

    assert handler_of("test.job") is do
    assert handler_of("test.other") is None
    assert handler("test.job")(do) is do


def test_two_functions_cannot_do_one_job() -> None:
    handler("test.job")(lambda _: None)
    with pytest.raises(RuntimeError, match="two handlers"):
        handler("test.job")(lambda _: None)


def test_every_job_that_the_core_asks_for_is_registered() -> None:
    assert {"documents.make", "notices.tell", "identity.send_code"} <= HANDLERS


def test_the_broker_carries_a_number_and_an_id_and_nothing_else(broker: StubBroker) -> None:
    sender(broker)(TenantId(7), TASK)
    (raw,) = list(broker.queues[QUEUE].queue)
    message = json.loads(raw)
    assert message["args"] == [7, str(TASK)]
    assert (message["kwargs"], message["options"], message["actor_name"]) == ({}, {}, ACTOR)


def test_what_arrives_is_run_as_it_was_sent(broker: StubBroker) -> None:
    ran: list[tuple[TenantId, uuid.UUID]] = []
    declare_actor(broker, lambda tenant_id, task_id: ran.append((tenant_id, task_id)))
    sender(broker)(TenantId(7), TASK)
    worker = dramatiq.Worker(broker, worker_timeout=10, worker_threads=1)
    worker.start()
    broker.join(QUEUE, timeout=5000)
    worker.stop()
    assert ran == [(7, TASK)]


def test_the_broker_never_tries_again_by_itself() -> None:
    names = {type(part).__name__ for part in make_broker("redis://127.0.0.1:1/0").middleware}
    assert names == {"AgeLimit", "TimeLimit"}

"""The background process: does what the relay sends."""

from __future__ import annotations

import logging
import signal
import threading
import uuid

import dramatiq

from apella.bootstrap import App
from apella.errors import ConfigurationError
from apella.jobs.broker import QUEUE, declare_actor, make_broker
from apella.jobs.running import run_task
from apella.registered_jobs import HANDLERS
from apella.tenancy.ids import TenantId

THREADS = 4

log = logging.getLogger(__name__)


def run_worker(app: App) -> None:
    """Work until SIGTERM or SIGINT; a task at work is finished first."""
    if app.settings.redis_url is None:
        raise ConfigurationError(
            "Брокер не указан: запустите apella up или задайте APELLA_REDIS_URL.", code="settings.redis"
        )
    if not HANDLERS:
        raise RuntimeError("no job is registered")
    # Asked for now: a wrong address of the scanner is said at the start, not at the first upload.
    log.info("uploads wait for the scanner", extra={"code": type(app.scanner).__name__})
    broker = make_broker(app.settings.redis_url)

    def run(tenant_id: TenantId, task_id: uuid.UUID) -> None:
        run_task(app.database, tenant_id=tenant_id, task_id=task_id, parts=app)

    declare_actor(broker, run)
    worker = dramatiq.Worker(broker, queues={QUEUE}, worker_threads=THREADS)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    worker.start()
    stop.wait()
    worker.stop()
    broker.close()

"""The relay's process: sends due tasks to the broker, and sweeps the clocks every half minute."""

from __future__ import annotations

import logging
import signal
import threading
import time

import redis
from dramatiq.errors import ConnectionError as BrokerDown
from sqlalchemy.exc import DBAPIError

from apella.bootstrap import App
from apella.errors import ConfigurationError
from apella.jobs.broker import make_broker, sender
from apella.jobs.relay import relay_once
from apella.sweeping import sweep_all

IDLE_SECONDS = 0.3
AFTER_FAILURE_SECONDS = 2.0
SWEEP_SECONDS = 30.0

log = logging.getLogger(__name__)


def run_relay(app: App) -> None:
    """Work until SIGTERM or SIGINT. A database or broker that is down is waited for; nothing is lost meanwhile."""
    if app.settings.redis_url is None:
        raise ConfigurationError(
            "Брокер не указан: запустите apella up или задайте APELLA_REDIS_URL.", code="settings.redis"
        )
    # Asked for now: a missing key is said at the start, not by a sweep at night.
    log.info("checkpoints are signed", extra={"code": f"audit.key:{app.audit_key.fingerprint}"})
    send = sender(make_broker(app.settings.redis_url))
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    next_sweep = 0.0
    wait = 0.0
    while not stop.wait(wait):
        try:
            wait = 0.0 if relay_once(app.relay_engine, send) else IDLE_SECONDS
            if time.monotonic() >= next_sweep:
                sweep_all(app)
                next_sweep = time.monotonic() + SWEEP_SECONDS
        except (DBAPIError, BrokerDown, redis.RedisError) as error:
            log.warning("relay waits", extra={"error": type(error).__name__})
            wait = AFTER_FAILURE_SECONDS

"""Deeds beside an open transaction: what they do when each is decided while another has not been committed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Final, TypeVar

from sqlalchemy import text

from apella.bootstrap import App

T = TypeVar("T")
PATIENCE: Final = 30.0
_WAITING: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def aside(pool: Executor, app: App, *deeds: Callable[[], T]) -> list[Future[T]]:
    """Begin deeds beside the caller's transaction; gives them once each is done or waits for somebody.

    Raises TimeoutError when one is neither.
    """
    begun = [pool.submit(deed) for deed in deeds]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        # A transaction for each look: within one the view stays the same.
        with app.database.engine.connect() as connection:
            waiting = connection.execute(_WAITING).scalar_one()
        if sum(one.done() for one in begun) + waiting >= len(begun):
            return begun
    raise TimeoutError("somebody is neither done nor waiting")

"""The broker is down while people file: nobody notices, and everything is sent once it is back (T4.3)."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from apella.jobs.broker import QUEUE
from apella.testing.bulk import Filer, make_bulk_season
from apella.testing.embedded import wait_until
from apella.testing.live import LiveInstance
from apella.testing.sizes import PROOF, figure, shortened, size
from apella.testing.wire import Visitor

FILINGS = size("filings", small=24, full=5_000)
CLIENTS = 8
MOST_SECONDS = 300


@pytest.mark.proof("T4.3")
def test_filings_go_on_and_nothing_is_left_unsent(web: LiveInstance) -> None:
    with web.postgres.connect(user="postgres") as connection:
        season = make_bulk_season(web.app, connection, cases=0, filers=FILINGS)
    web.start("relay")
    try:
        down_at = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda filer: file(web, filer), season.filers))
        assert answers == [201] * FILINGS
        wait_until(lambda: claimed_in_vain(web) > 0)
        wanted = waiting_tasks(web)
        assert len(wanted) == 3 * FILINGS
        shortened("outage", hours=2, seconds=time.monotonic() - down_at)

        web.redis.start()
        back_at = time.monotonic()
        if not PROOF:
            let_leases_lapse(web)
        wait_until(lambda: sent_tasks(web) >= wanted, seconds=MOST_SECONDS)
        figure("seconds_until_all_sent", time.monotonic() - back_at)
        assert waiting_tasks(web) == wanted
    finally:
        web.stop("relay")
        web.redis.stop()


def file(web: LiveInstance, filer: Filer) -> int:
    """File once, without a second try; gives the answer's status."""
    visitor = Visitor(web, slug="north", token=filer.token)
    try:
        return visitor.post("appeals", filer.application(), key=str(uuid.uuid4())).status
    finally:
        visitor.close()


def waiting_tasks(web: LiveInstance) -> set[str]:
    """The ids of the tasks that are not done."""
    with web.postgres.connect(user="app_ops") as connection:
        return {str(row[0]) for row in connection.execute("select id from task where state in ('new', 'sent')")}


def claimed_in_vain(web: LiveInstance) -> int:
    """How many tasks the relay took and could not send."""
    with web.postgres.connect(user="app_ops") as connection:
        return connection.execute("select id from task where sends > 0").rowcount


def let_leases_lapse(web: LiveInstance) -> None:
    """Let the minute pass after which a task that was taken is taken again."""
    with web.postgres.connect(user="postgres") as connection:
        connection.execute("update task set next_at = now() where state = 'sent'")


def sent_tasks(web: LiveInstance) -> set[str]:
    """The ids of the tasks whose messages lie in the broker."""
    messages = Redis.from_url(web.redis.url).hvals(f"dramatiq:{QUEUE}.msgs")
    return {json.loads(message)["args"][1] for message in messages}

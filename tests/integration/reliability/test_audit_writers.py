"""Many writers of one tenant's chain at once: no gap, no fork (T5.2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from apella.audit.trail import record
from apella.db.engine import DbRole, make_engine
from apella.db.ids import new_id
from apella.db.unit_of_work import Database
from apella.identity.actor import Actor
from apella.tenancy.ids import TenantId
from apella.testing.live import LiveInstance
from apella.testing.sizes import PROOF, figure, size

WRITERS = size("writers", small=16, full=64)
SECONDS = size("seconds", small=1, full=300)
LEAST_PER_SECOND = 300


@pytest.mark.proof("T5.2")
def test_writers_at_once_leave_no_gap_and_no_fork(
    live: LiveInstance, dump_chains: Callable[[], Path], verify_chains: Callable[[Path], CompletedProcess[str]]
) -> None:
    tenant_id = live.app.regions.get("south").tenant.tenant_id
    engine = make_engine(live.parts.database_url, DbRole.RW, pool_size=WRITERS)
    database, enough = Database(engine), threading.Event()
    actor = Actor.system(tenant_id=tenant_id, slug="south", season_id=new_id())
    before = last_seq(live, tenant_id)
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write_until, enough, database, actor) for _ in range(WRITERS)]
        begun = time.perf_counter()
        enough.wait(SECONDS)
        enough.set()
        acknowledged = sum(writer.result() for writer in writers)
    rate = acknowledged / (time.perf_counter() - begun)
    engine.dispose()

    assert acknowledged >= WRITERS
    assert last_seq(live, tenant_id) - before == acknowledged
    verdict = verify_chains(dump_chains())
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert f"Регион {tenant_id}: событий {before + acknowledged}, цепочка цела" in verdict.stdout
    figure("events", acknowledged)
    figure("events_per_second", rate)
    # A busy machine is no fault of ours: the speed is asked for in a proof only.
    assert not PROOF or rate >= LEAST_PER_SECOND


def write_until(enough: threading.Event, database: Database, actor: Actor) -> int:
    """Write one event per transaction until it is enough; say how many were acknowledged, one at least."""
    written = 0
    while not written or not enough.is_set():
        with database.unit_of_work(actor.tenant_id) as work:
            record(work.session, actor=actor, tag="trial:event:written", subject_type="trial", subject_id=new_id())
        written += 1
    return written


def last_seq(live: LiveInstance, tenant_id: TenantId) -> int:
    """The number of the tenant's last event."""
    with live.postgres.connect(user="app_ops") as connection:
        row = connection.execute("select seq from audit_head where tenant_id = %s", (int(tenant_id),)).fetchone()
    return 0 if row is None else int(str(row[0]))

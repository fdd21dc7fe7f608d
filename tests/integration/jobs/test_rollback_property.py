"""A task exists if and only if the business change that asked for it does (T4.6)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from apella.bootstrap import App
from apella.identity.model import UsedLoginCode
from apella.jobs.model import Task
from apella.jobs.queue import enqueue
from apella.tenancy.ids import TenantId
from apella.testing.sizes import size

EXAMPLES = size("examples", small=30, full=5_000)


class Undone(Exception):
    """The transaction fails after everything was asked for."""


# Of one transaction: which changes it makes (small numbers, so that they meet again), and how it ends.
Transaction = tuple[list[int], str]
TRANSACTIONS = st.lists(
    st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.sampled_from(["commit", "raise", "discard"])),
    max_size=6,
)


def run(app: App, tenant_id: TenantId, season_id: uuid.UUID, run_id: str, transaction: Transaction) -> None:
    numbers, ending = transaction
    with app.database.unit_of_work(tenant_id) as work:
        for number in numbers:
            key = f"{run_id}:{number}"
            if work.session.scalar(select(UsedLoginCode).where(UsedLoginCode.code_id == key)) is None:
                work.session.add(UsedLoginCode(code_id=key, expires_at=work.machine_now + timedelta(days=1)))
            enqueue(work.session, season_id=season_id, job="test.job", args={"key": key}, dedup_key=key)
        if ending == "discard":
            work.discard()
        if ending == "raise":
            raise Undone


@pytest.mark.proof("T4.6")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=TRANSACTIONS)
def test_a_task_exists_if_and_only_if_its_change_does(
    own_app: App, tenants: dict[TenantId, uuid.UUID], transactions: list[Transaction]
) -> None:
    tenant_id, run_id = next(iter(tenants)), str(uuid.uuid4())
    for transaction in transactions:
        try:
            run(own_app, tenant_id, tenants[tenant_id], run_id, transaction)
        except Undone:
            continue
    wanted = {f"{run_id}:{number}" for numbers, ending in transactions if ending == "commit" for number in numbers}
    with own_app.database.unit_of_work(tenant_id) as work:
        changed = work.session.scalars(select(UsedLoginCode.code_id).where(UsedLoginCode.code_id.startswith(run_id)))
        asked = work.session.scalars(select(Task.dedup_key).where(Task.dedup_key.startswith(run_id)))
        assert (set(changed), sorted(asked)) == (wanted, sorted(wanted))

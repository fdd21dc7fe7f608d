"""What it costs a large import that the database looks for the key of every sealed value (`sealed_under_a_key`)."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import text

from apella.db.unit_of_work import Database
from apella.testing.sealed_registry import Registry
from apella.testing.sizes import PROOF, figure, size

PEOPLE = size("T6.4 people of a part of an import", small=500, full=5_000)
PARTS = size("T6.4 parts with the guard, and as many without", small=1, full=10)
MOST_COST = 0.15


@pytest.mark.proof("T6.4")
def test_the_guard_of_keys_is_no_burden_on_a_large_import(registry: Registry, owner: Database) -> None:
    """People alone, sealing included: works, marks and scans have nothing sealed and would only hide the cost."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(PARTS):
        # In turn, the first one too, so that whatever else the machine does weighs on both alike.
        for guarded in (True, False) if number % 2 else (False, True):
            with owner.unit_of_work(None) as work:
                state = "ENABLE" if guarded else "DISABLE"
                work.session.execute(text(f"ALTER TABLE person {state} TRIGGER sealed_under_a_key"))
            begun = time.monotonic()
            registry.fill(PEOPLE, start=(2 * number + guarded) * PEOPLE)
            seconds[guarded].append(time.monotonic() - begun)
    with_it, without = (statistics.median(seconds[guarded]) * 1000 for guarded in (True, False))
    figure("T6.4 ms of a part with the guard (median)", with_it)
    figure("T6.4 ms of a part without (median)", without)
    figure("T6.4 cost of the guard", f"{with_it / without - 1:+.1%}")
    assert with_it / without - 1 < MOST_COST or not PROOF

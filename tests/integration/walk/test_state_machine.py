"""Any order of right and wrong deeds, replays and clock moves keeps the rules (T7.2)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from apella.testing.plugin import StartPlay
from apella.testing.sizes import figure, size
from apella.testing.state_machine import machine_for

RUNS = size("runs", small=10, full=500)
STEPS = size("steps", small=20, full=50)


@pytest.mark.proof("T7.2")
@pytest.mark.usefixtures("paperless")
def test_whatever_people_do_a_case_keeps_the_rules(play: StartPlay) -> None:
    machine = machine_for(play(participants=RUNS))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # The runs are worth something: cases get far, and end in more than one way.
    assert len(machine.ends) > 1
    figure("cases at rest", ", ".join(f"{state} {count}" for state, count in machine.ends.most_common()))

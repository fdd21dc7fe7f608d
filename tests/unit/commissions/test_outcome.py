"""Which outcome a vote and its changes have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.appeals.states import AppealKind, Outcome
from apella.commissions.model import ErrorKind
from apella.commissions.outcome import Change, outcome_of
from apella.errors import Malformed
from apella.registry.model import TaskType

SCORE, PROCEDURE = AppealKind.SCORE, AppealKind.PROCEDURE


def change(delta: int, kind: ErrorKind = ErrorKind.SCORING, *, position: int = 1) -> Change:
    return Change(
        task_type=TaskType.C,
        position=position,
        was=5,
        becomes=5 + delta,
        error_kind=kind,
        criterion=None,
        reason="основание",
    )


@pytest.mark.clause("federal:102.1")
def test_a_rejected_score_appeal_keeps_the_scores() -> None:
    assert outcome_of(SCORE, satisfied=False, kege=False, changes=()) is Outcome.REJECTED
    with pytest.raises(Malformed) as caught:
        outcome_of(SCORE, satisfied=False, kege=False, changes=(change(1),))
    assert caught.value.error_code == "decision.changes"


@pytest.mark.clause("federal:102.1", "federal:102.2")
@given(st.lists(st.integers(min_value=-5, max_value=5), min_size=1, max_size=6))
def test_a_satisfied_score_appeal_goes_where_the_sum_goes(deltas: list[int]) -> None:
    changes = [change(delta, ErrorKind.TECHNICAL, position=number) for number, delta in enumerate(deltas, 1)]
    outcome = outcome_of(SCORE, satisfied=True, kege=False, changes=changes)
    total = sum(deltas)
    wanted = Outcome.SATISFIED_UP if total > 0 else Outcome.SATISFIED_DOWN if total < 0 else Outcome.SATISFIED_UNCHANGED
    assert outcome is wanted


@pytest.mark.clause("federal:102.1")
def test_satisfied_without_a_change_is_refused() -> None:
    with pytest.raises(Malformed):
        outcome_of(SCORE, satisfied=True, kege=False, changes=())


@pytest.mark.clause("core:A29")
def test_an_unchanged_sum_must_rest_on_technical_errors_alone() -> None:
    level = [change(1, ErrorKind.TECHNICAL), change(-1, ErrorKind.TECHNICAL, position=2)]
    assert outcome_of(SCORE, satisfied=True, kege=False, changes=level) is Outcome.SATISFIED_UNCHANGED
    with pytest.raises(Malformed):
        outcome_of(SCORE, satisfied=True, kege=False, changes=[change(1), level[1]])


@pytest.mark.clause("core:A28")
def test_a_satisfied_computer_exam_is_referred_and_changes_nothing() -> None:
    assert outcome_of(SCORE, satisfied=True, kege=True, changes=()) is Outcome.REFERRED
    assert outcome_of(SCORE, satisfied=False, kege=True, changes=()) is Outcome.REJECTED
    with pytest.raises(Malformed):
        outcome_of(SCORE, satisfied=True, kege=True, changes=(change(1),))


@pytest.mark.clause("federal:99.10")
@pytest.mark.parametrize("kege", [True, False])
def test_a_procedure_appeal_knows_two_decisions(kege: bool) -> None:
    outcomes = {outcome_of(PROCEDURE, satisfied=satisfied, kege=kege, changes=()) for satisfied in (True, False)}
    assert outcomes == {Outcome.SATISFIED, Outcome.REJECTED}

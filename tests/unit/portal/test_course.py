"""The course of an appeal: done in the order of events, one step here, the others ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apella.appeals.states import AppealKind, Outcome
from apella.portal.course import CourseStep, Milestones, Stage, StepCode, course

FILED = datetime(2026, 6, 12, 9, tzinfo=UTC)


def at(hours: int) -> datetime:
    """An instant after the filing."""
    return FILED + timedelta(hours=hours)


NEW = Milestones(kind=AppealKind.SCORE, by_desk=False, needs_expert=True, filed_at=FILED, received_at=FILED)


def codes(steps: tuple[CourseStep, ...], stage: Stage) -> list[StepCode]:
    """The steps that stand so."""
    return [step.code for step in steps if step.stage is stage]


def test_a_new_appeal_has_everything_ahead() -> None:
    steps = course(NEW)
    assert codes(steps, Stage.DONE) == [StepCode.FILED]
    assert codes(steps, Stage.HERE) == [StepCode.MATERIALS]
    assert codes(steps, Stage.AHEAD) == [
        StepCode.EXPERT,
        StepCode.TIME,
        StepCode.HEARING,
        StepCode.DECISION,
        StepCode.RECALCULATION,
    ]


def test_what_is_done_stands_in_the_order_in_which_it_happened() -> None:
    steps = course(replace(NEW, time_set_at=at(1), materials_at=at(5)))
    assert codes(steps, Stage.DONE) == [StepCode.FILED, StepCode.TIME, StepCode.MATERIALS]
    assert codes(steps, Stage.HERE) == [StepCode.EXPERT]


def test_a_subject_without_extended_answers_waits_for_no_expert() -> None:
    assert StepCode.EXPERT not in [step.code for step in course(replace(NEW, needs_expert=False))]


def test_a_paper_is_on_its_way_until_the_commission_has_it() -> None:
    due = at(48)
    steps = course(replace(NEW, by_desk=True, received_at=None, dues={"score.forwarding": due}))
    assert [(step.code, step.due) for step in steps if step.stage is Stage.HERE] == [(StepCode.RECEIVED, due)]


@pytest.mark.parametrize(
    ("outcome", "ahead"),
    [
        (Outcome.REJECTED, [StepCode.END]),
        (Outcome.REFERRED, [StepCode.APPROVAL, StepCode.END]),
        (Outcome.SATISFIED_DOWN, [StepCode.RECALCULATION, StepCode.APPROVAL, StepCode.END]),
    ],
)
def test_what_follows_a_decision_depends_on_it(outcome: Outcome, ahead: list[StepCode]) -> None:
    steps = course(
        replace(
            NEW,
            materials_at=at(1),
            expert_at=at(2),
            time_set_at=at(3),
            hearing_at=at(90),
            held_at=at(90),
            decided_at=at(91),
            outcome=outcome,
        )
    )
    assert [*codes(steps, Stage.HERE), *codes(steps, Stage.AHEAD)] == ahead


def test_a_closed_case_has_nothing_ahead() -> None:
    steps = course(replace(NEW, outcome=Outcome.WITHDRAWN, closed_at=at(2)))
    assert [(step.code, step.stage) for step in steps] == [
        (StepCode.FILED, Stage.DONE),
        (StepCode.END, Stage.DONE),
    ]


def test_a_procedure_appeal_has_no_expert_and_no_scores() -> None:
    steps = course(replace(NEW, kind=AppealKind.PROCEDURE, by_desk=True))
    assert [step.code for step in steps] == [
        StepCode.FILED,
        StepCode.RECEIVED,
        StepCode.TIME,
        StepCode.HEARING,
        StepCode.DECISION,
    ]


def test_every_open_case_has_exactly_one_step_here() -> None:
    moments = [
        {"materials_at": at(1)},
        {"expert_at": at(2)},
        {"time_set_at": at(3), "hearing_at": at(90)},
        {"held_at": at(90), "decided_at": at(90), "outcome": Outcome.SATISFIED_UP},
        {"recalculated_at": at(99)},
        {"approved_at": at(100)},
    ]
    stones = NEW
    for change in moments:
        stones = replace(stones, **change)  # type: ignore[arg-type]  # fields of Milestones by name
        assert len(codes(course(stones), Stage.HERE)) == 1

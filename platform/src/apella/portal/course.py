"""The course of an appeal as its participant follows it: what is done, what goes on, what lies ahead; pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apella.appeals.states import AppealKind, Outcome
from apella.exchange.service import CHANGING


class StepCode(enum.StrEnum):
    """A step that a participant understands. `end` is what closes the case."""

    FILED = "filed"
    RECEIVED = "received"
    MATERIALS = "materials"
    EXPERT = "expert"
    TIME = "time"
    HEARING = "hearing"
    DECISION = "decision"
    RECALCULATION = "recalculation"
    APPROVAL = "approval"
    END = "end"


class Stage(enum.StrEnum):
    """Where a step stands; exactly one step of an open case is `here`."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True)
class CourseStep:
    """A step: done `at`, or to be done before `due` (exclusive); for the hearing `at` is also the appointed time."""

    code: StepCode
    stage: Stage
    at: datetime | None = None
    due: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Milestones:
    """What has happened to a case and when (case time); None for what has not. `dues` are open terms by id.

    `by_desk`: a school, authority or exam point took the paper in and passes it on. `hearing_at` is the appointed
    time, `held_at` when the hearing ended.
    """

    kind: AppealKind
    by_desk: bool
    needs_expert: bool
    filed_at: datetime
    received_at: datetime | None = None
    materials_at: datetime | None = None
    expert_at: datetime | None = None
    time_set_at: datetime | None = None
    hearing_at: datetime | None = None
    held_at: datetime | None = None
    decided_at: datetime | None = None
    outcome: Outcome | None = None
    recalculated_at: datetime | None = None
    approved_at: datetime | None = None
    closed_at: datetime | None = None
    dues: Mapping[str, datetime] = field(default_factory=dict)


def course(stones: Milestones) -> tuple[CourseStep, ...]:
    """Lay out the steps: those done in the order in which they happened, then the present one, then the others."""
    planned = _planned(stones)
    done = sorted(
        (CourseStep(code=code, stage=Stage.DONE, at=at) for code, at, _ in planned if at is not None),
        key=lambda step: (step.at or stones.filed_at, step.code is StepCode.END),
    )
    if stones.closed_at is not None:
        return tuple(done)
    waiting = [
        CourseStep(
            code=code,
            stage=Stage.AHEAD if number else Stage.HERE,
            at=stones.hearing_at if code is StepCode.HEARING else None,
            due=due,
        )
        for number, (code, due) in enumerate((code, due) for code, at, due in planned if at is None)
    ]
    return (*done, *waiting)


def _planned(stones: Milestones) -> list[tuple[StepCode, datetime | None, datetime | None]]:
    """Every step of this kind of case: its code, when it was done, by when it must be."""
    dues, kind = stones.dues, str(stones.kind)
    decided_by = dues.get(f"{kind}.consideration") or dues.get("reopened.consideration")
    score = stones.kind is AppealKind.SCORE
    steps: list[tuple[StepCode, datetime | None, datetime | None] | None] = [
        (StepCode.FILED, stones.filed_at, None),
        (StepCode.RECEIVED, stones.received_at, dues.get(f"{kind}.forwarding") or dues.get(f"{kind}.registration"))
        if stones.by_desk
        else None,
        (StepCode.MATERIALS, stones.materials_at, None) if score else None,
        (StepCode.EXPERT, stones.expert_at, None) if score and stones.needs_expert else None,
        (StepCode.TIME, stones.time_set_at, None),
        (StepCode.HEARING, stones.held_at, decided_by),
        (StepCode.DECISION, stones.decided_at, decided_by),
    ]
    if stones.outcome in CHANGING or (score and stones.decided_at is None):
        steps.append((StepCode.RECALCULATION, stones.recalculated_at, dues.get("recalculation.federal")))
    if stones.outcome in (*CHANGING, Outcome.SATISFIED, Outcome.REFERRED):
        steps.append((StepCode.APPROVAL, stones.approved_at, dues.get("approval")))
    if stones.decided_at is not None or stones.closed_at is not None:
        steps.append((StepCode.END, stones.closed_at, dues.get("decision.notice")))
    return [step for step in steps if step is not None]

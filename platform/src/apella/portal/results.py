"""The participant's results, each with the door through which it may be appealed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apella.appeals.desk import Desk
from apella.appeals.filing import decisions_of
from apella.appeals.filing_window import filing_window, recheck_of
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind, State
from apella.casework import reading
from apella.casework.reading import WorkView
from apella.identity.model import Category
from apella.portal import repository
from apella.portal.doors import Door, door_of
from apella.regions.values.exams import Subject
from apella.registry.model import Exam


@dataclass(frozen=True, kw_only=True)
class OwnResult:
    """One exam of the participant. Scores are None before results came; `preliminary` until they are approved.

    `rechecked_on` is the day of a re-check from which the window counts (federal:100.3), None where it is the exam's.
    """

    work_id: uuid.UUID
    exam_id: uuid.UUID
    subject_code: str
    subject: Subject
    exam_date: date
    primary_score: int | None
    test_score: int | None
    preliminary: bool
    rechecked_on: date | None
    door: Door


def own_results(desk: Desk, cases: Sequence[tuple[Appeal, Exam]]) -> tuple[OwnResult, ...]:
    """Every exam of the participant, the latest first, in five queries. `cases` are the participant's appeals."""
    works = reading.works_of(desk, participant=None)
    decisions = decisions_of(desk)
    waiting = repository.unapproved_results(desk.session, [view.result.id for view in works if view.result is not None])
    standing = {
        appeal.exam_id: appeal.id
        for appeal, _ in cases
        if appeal.kind is AppealKind.SCORE and appeal.state is not State.CLOSED
    }
    return tuple(_own_result(desk, view, decisions, waiting, standing.get(view.exam.id)) for view in works)


def _own_result(
    desk: Desk,
    view: WorkView,
    decisions: frozenset[str],
    waiting: frozenset[uuid.UUID],
    open_case: uuid.UUID | None,
) -> OwnResult:
    exam, result = view.exam, view.result
    rechecked_on = None if result is None else result.rechecked_on
    window = filing_window(desk, AppealKind.SCORE, exam, has_result=result is not None, rechecked_on=rechecked_on)
    return OwnResult(
        work_id=view.work.id,
        exam_id=exam.id,
        subject_code=exam.subject_code,
        subject=desk.rules.subjects[exam.subject_code],
        exam_date=exam.exam_date,
        primary_score=None if result is None else result.primary_score,
        test_score=None if result is None else result.test_score,
        preliminary=result is not None and result.id in waiting,
        rechecked_on=recheck_of(window, exam, rechecked_on),
        door=door_of(
            desk.rules,
            category=view.person.category or Category.STUDENT,
            decisions=decisions,
            window=window,
            now=desk.now,
            open_case=open_case,
            annulled=view.work.annulled_at is not None,
        ),
    )

"""A case as its readers get it: plain values, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.model import Appeal
from apella.appeals.verb import Verb
from apella.casework.offers import offered
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.terms import Hardness
from apella.hearings.model import Hearing
from apella.hearings.service import hearing_of


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case with what is owed to it and what this reader may do."""

    appeal: Appeal
    subject_code: str
    exam_date: date
    hearing: Hearing | None
    owed: Sequence[Deadline]
    windows: Sequence[Deadline]
    verbs: Sequence[Verb]


def case_view(desk: Desk, appeal: Appeal) -> CaseView:
    """Put a case together for this reader."""
    exam = exam_of(desk, appeal)
    clocks = deadlines.open_terms(desk.session, case_id=appeal.id)
    return CaseView(
        appeal=appeal,
        subject_code=exam.subject_code,
        exam_date=exam.exam_date,
        hearing=hearing_of(desk, appeal),
        owed=[clock for clock in clocks if clock.hardness != Hardness.REFUSE],
        windows=[clock for clock in clocks if clock.hardness == Hardness.REFUSE],
        verbs=offered(desk.actor, appeal, {clock.term for clock in clocks}),
    )


def as_document(view: CaseView) -> dict[str, object]:
    """The case in the shape of `CaseSchema`."""
    appeal = view.appeal
    names = (
        "id", "kind", "state", "version", "round", "outcome", "attendance", "channel", "receipt_number",
        "journal_number", "work_id", "filed_at", "registered_at", "filed_late", "hearing_mode",
    )  # fmt: skip
    return {
        **{name: getattr(appeal, name) for name in names},
        "subject_code": view.subject_code,
        "exam_date": view.exam_date,
        "hearing": view.hearing,
        "next": [
            {
                "term": clock.term,
                "title": clock.title,
                "owed_by": clock.owed_by,
                "action": clock.action,
                "due": clock.due_at,
                "breached": clock.state is DeadlineState.BREACHED,
            }
            for clock in view.owed
        ],
        "actions": [verb.action for verb in view.verbs],
    }

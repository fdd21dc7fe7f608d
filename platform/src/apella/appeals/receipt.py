"""Receipt by the commission: the line in the journal from which the law's terms run (reading E2)."""

from __future__ import annotations

from datetime import datetime

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, NumberSeries
from apella.appeals.numbers import next_number
from apella.appeals.states import AppealKind
from apella.jobs.queue import enqueue
from apella.registry.model import Exam


def receive(desk: Desk, appeal: Appeal, exam: Exam) -> None:
    """Enter a case in the journal now, and start what runs from receipt."""
    start_terms(desk, appeal, received_at=desk.now)
    enter(desk, appeal, exam, at=desk.now)


def enter(desk: Desk, appeal: Appeal, exam: Exam, *, at: datetime) -> None:
    """Give a case the next line of the journal; `at` is its receipt, which a mail's entry follows."""
    number = next_number(desk.session, appeal.season_id, NumberSeries(str(appeal.kind)))
    appeal.registered_at = at
    appeal.journal_seq = number
    appeal.journal_number = desk.rules.journal_number(kind=appeal.kind, subject_code=exam.subject_code, number=number)


def start_terms(desk: Desk, appeal: Appeal, *, received_at: datetime) -> None:
    """Start what runs from receipt, and tell the applicant.

    Clauses federal:102.3 and federal:99.13: the term of consideration follows the day of receipt.
    """
    events = {"registered": received_at}
    if appeal.kind is AppealKind.SCORE:
        desk.start_term(appeal.id, appeal.round, "score.consideration", events)
        desk.start_term(appeal.id, appeal.round, "kit.request", events)
    else:
        desk.start_term(appeal.id, appeal.round, "procedure.consideration", events)
    desk.start_term(appeal.id, appeal.round, "hearing.schedule", events)
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "appeal_registered", "occasion": str(appeal.round)},
        dedup_key=f"notices.tell:{appeal.id}:appeal_registered:{appeal.round}",
    )

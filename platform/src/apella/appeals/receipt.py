"""Receipt by the commission: the line in the journal from which the law's terms run (reading E2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from apella.appeals.desk import Desk
from apella.appeals.facts import published_end_of
from apella.appeals.model import Appeal, NumberSeries
from apella.appeals.numbers import next_numbers
from apella.appeals.states import AppealKind
from apella.deadlines import service as deadlines
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.registry.model import Exam

CHECK = "procedure.check"
"""The term of the check of a procedure appeal's facts; its conclusion is handed on with the paper."""


def receive(desk: Desk, appeal: Appeal, exam: Exam) -> None:
    """Enter a case in the journal now, and start what runs from receipt."""
    start_terms(desk, appeal, received_at=desk.now)
    (number,) = next_numbers(desk.session, appeal.season_id, NumberSeries(str(appeal.kind)))
    enter(desk, appeal, exam, at=desk.now, number=number)


def enter(desk: Desk, appeal: Appeal, exam: Exam, *, at: datetime, number: int) -> None:
    """Give a case the next line of the journal; `at` is its receipt, which a mail's entry follows."""
    appeal.registered_at = at
    appeal.journal_seq = number
    appeal.journal_number = desk.rules.journal_number(kind=appeal.kind, subject_code=exam.subject_code, number=number)


def start_check(desk: Desk, appeal: Appeal, events: Mapping[str, deadlines.Event], *, by: Role) -> None:
    """Start the check of what a procedure appeal says, which whoever took it in makes on the exam day (federal:99.8).

    A paper that came after that day is checked as well, but its day is over: nobody breaks a term by that.
    """
    if appeal.kind is AppealKind.PROCEDURE and not appeal.filed_late:
        desk.start_term(appeal.id, appeal.round, CHECK, events, owed_by=by)


def end_check(desk: Desk, appeal: Appeal) -> None:
    """Note that the check is made: its conclusion came with the paper."""
    if appeal.kind is AppealKind.PROCEDURE:
        desk.meet_term(appeal.id, CHECK)


def start_terms(desk: Desk, appeal: Appeal, *, received_at: datetime) -> None:
    """Start what runs from receipt, and tell the applicant.

    Clauses federal:102.3 and federal:99.13: the term of consideration follows the day of receipt.
    """
    events = {"registered": received_at}
    if appeal.kind is AppealKind.SCORE:
        published = published_end_of(desk, appeal, "score.consideration")
        desk.start_term(appeal.id, appeal.round, "score.consideration", events, published=published)
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

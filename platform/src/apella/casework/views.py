"""A case as its readers get it: plain values, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.mandates import has_power
from apella.appeals.model import Appeal
from apella.appeals.states import Outcome
from apella.appeals.verb import Verb
from apella.casework.offers import offered, only_reads
from apella.casework.planning import plan_of
from apella.casework.preparation import preparation_of
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline, DeadlineState
from apella.deadlines.plan import Plan
from apella.deadlines.terms import Hardness
from apella.hearings.model import Hearing
from apella.regions.codes import PowerCode
from apella.registry.model import Exam


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case with what is owed to it and what this reader may do; `outcome` is None where the reader may not know."""

    appeal: Appeal
    subject_code: str
    exam_date: date
    hearing: Hearing | None
    owed: Sequence[Deadline]
    windows: Sequence[Deadline]
    verbs: Sequence[Verb]
    plan: Plan | None
    outcome: Outcome | None


def case_view(desk: Desk, appeal: Appeal) -> CaseView:
    """Put a case together for this reader."""
    exam = exam_of(desk, appeal)
    clocks = deadlines.open_terms(desk.session, case_id=appeal.id)
    prepared = preparation_of(desk, appeal)
    return CaseView(
        appeal=appeal,
        subject_code=exam.subject_code,
        exam_date=exam.exam_date,
        hearing=prepared.hearing,
        owed=[clock for clock in clocks if clock.hardness != Hardness.REFUSE],
        windows=[clock for clock in clocks if clock.hardness == Hardness.REFUSE],
        verbs=() if only_reads(desk, appeal) else _verbs(desk, appeal, exam, clocks),
        plan=plan_of(desk, appeal, clocks=clocks, prepared=prepared),
        outcome=appeal.outcome if has_power(desk.actor, PowerCode.READ_DECISION, exam) else None,
    )


def _verbs(desk: Desk, appeal: Appeal, exam: Exam, clocks: Sequence[Deadline]) -> Sequence[Verb]:
    found = offered(desk.actor, appeal, clocks, desk.rules)
    if has_power(desk.actor, PowerCode.WITHDRAW, exam):
        return found
    return [verb for verb in found if verb.action != "withdraw"]


def as_document(view: CaseView) -> dict[str, object]:
    """The case in the shape of `CaseSchema`."""
    appeal = view.appeal
    names = (
        "id", "kind", "state", "version", "round", "attendance", "channel", "receipt_number",
        "outside_number", "journal_number", "work_id", "filed_at", "registered_at",
        "certified_at", "certified_copies", "filed_late", "filed_after_regional_limit", "hearing_mode",
        "wished_site_code",
        "proxy_issuer", "withdrawal_accepted_at", "withdrawal_application_date", "withdrawal_application_by",
    )  # fmt: skip
    return {
        **{name: getattr(appeal, name) for name in names},
        "outcome": view.outcome,
        "suspended_for": appeal.suspended_for,
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
                "warned": clock.warned,
            }
            for clock in view.owed
        ],
        "actions": [verb.action for verb in view.verbs],
        "plan": None if view.plan is None else _plan_document(view.plan),
    }


def _plan_document(plan: Plan) -> dict[str, object]:
    broken = plan.broken
    return {
        "limit": plan.limit,
        "next_by": plan.first.next_by,
        "tight": plan.is_tight,
        "broken": None
        if broken is None
        else {
            "term": broken.term,
            "clauses": list(broken.clauses),
            "working_days": broken.days,
            "earliest": broken.earliest,
        },
        "steps": [
            {
                "term": line.leg.code,
                "title": line.leg.title,
                "starts_by": line.starts_by,
                "ends_by": line.ends_by,
                "clauses": list(line.leg.clauses),
            }
            for line in plan.lines
        ],
    }

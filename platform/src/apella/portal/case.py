"""One appeal as its participant sees it, read in a fixed number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from apella.appeals.desk import Desk
from apella.appeals.mandates import has_power, may_take_back, power_over_document
from apella.appeals.model import Appeal
from apella.appeals.repository import clocks_of, history_of
from apella.appeals.states import Action, AppealKind
from apella.commissions.model import Decision, DecisionLine
from apella.commissions.service import decision_of
from apella.deadlines.model import OWED, Deadline
from apella.documents.model import Document
from apella.errors import NotFound
from apella.exchange.service import packet_of
from apella.experts.model import Conclusion, ConclusionLine
from apella.hearings.model import Hearing
from apella.hearings.service import hearing_of
from apella.materials.service import kit_of
from apella.portal import repository
from apella.portal.course import Milestones
from apella.portal.withdrawals import Withdrawal, withdrawal_of
from apella.regions.codes import PowerCode
from apella.registry.model import Exam, Mark, Result
from apella.registry.repository import marks_in_force, result_in_force
from apella.storage.model import StoredFile


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The result that was judged and the one in force; the same row until the federal centre recalculated.

    `preliminary`: the exam commission has not approved the newer one (federal:102.10).
    """

    before: Result
    now: Result
    preliminary: bool


@dataclass(frozen=True, kw_only=True)
class OwnCase:
    """A case with everything that its participant, or who acts for them, may see now.

    The conclusion is None until the decision. What a power of attorney does not open is not here: `hides_decision` says
    that there is one, `may_withdraw` that this person may take the appeal back at all.
    """

    appeal: Appeal
    exam: Exam
    milestones: Milestones
    hearing: Hearing | None
    withdrawal: Withdrawal
    scores: Scores | None
    decision: Decision | None
    changes: Sequence[DecisionLine]
    conclusion: tuple[Conclusion, Sequence[ConclusionLine]] | None
    has_conclusion: bool
    marks: Mapping[str, Mark]
    papers: Sequence[tuple[Document, StoredFile | None]]
    hides_decision: bool
    may_withdraw: bool


def own_case(desk: Desk, case_id: uuid.UUID) -> OwnCase:
    """Read one of the participant's cases, by its own rules. Raises NotFound for anybody else's."""
    found = repository.own_case(desk.session, desk.actor, case_id)
    if found is None:
        raise NotFound("Такой апелляции нет, или она не ваша.", code="appeal.not_found")
    appeal, exam = found
    desk.turn_to(appeal)
    clocks = {clock.term: clock for clock in clocks_of(desk.session, appeal.id) if clock.round == appeal.round}
    hearing, decision = hearing_of(desk, appeal), decision_of(desk, appeal)
    decided, may = decision is not None, partial(has_power, desk.actor, exam=exam)
    explained = decided and may(PowerCode.EXPLANATION)
    conclusion = repository.conclusion_of(desk.session, appeal) if explained else None
    milestones = _milestones(desk, appeal, exam, hearing, decision, clocks)
    return OwnCase(
        appeal=appeal,
        exam=exam,
        milestones=milestones,
        hearing=hearing,
        withdrawal=withdrawal_of(
            desk.rules,
            desk.actor,
            appeal,
            clocks,
            opened_at=None if hearing is None else hearing.opened_at,
            now=desk.now,
        ),
        scores=_scores(desk, appeal, decision, approved=milestones.approved_at is not None)
        if may(PowerCode.MATERIALS) and may(PowerCode.READ_DECISION)
        else None,
        decision=decision if may(PowerCode.READ_DECISION) else None,
        changes=()
        if decision is None or not may(PowerCode.READ_DECISION)
        else repository.lines_of(desk.session, decision),
        conclusion=conclusion,
        has_conclusion=milestones.expert_at is not None,
        marks={f"{mark.task_type}{mark.position}": mark for mark in marks_in_force(desk.session, appeal.work_id)},
        papers=[
            (document, file)
            for document, file in repository.papers_of(desk.session, appeal)
            if may(power_over_document(desk.rules, document.form))
        ],
        hides_decision=(decided or appeal.outcome is not None) and not may(PowerCode.READ_DECISION),
        may_withdraw=may_take_back(desk.actor, exam, rules=desk.rules),
    )


def _milestones(
    desk: Desk,
    appeal: Appeal,
    exam: Exam,
    hearing: Hearing | None,
    decision: Decision | None,
    clocks: Mapping[str, Deadline],
) -> Milestones:
    channel = desk.rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    kit, packet = kit_of(desk, appeal), packet_of(desk, appeal)
    return Milestones(
        kind=appeal.kind,
        by_desk=channel is not None and bool(channel.forwarding),
        needs_expert=desk.rules.needs_expert(exam.subject_code),
        filed_at=appeal.filed_at,
        received_at=appeal.registered_at,
        materials_at=None if kit is None else kit.received_at,
        expert_at=repository.expert_looked_at(desk.session, appeal) if appeal.kind is AppealKind.SCORE else None,
        time_set_at=None if hearing is None else _time_set_at(desk, appeal),
        hearing_at=None if hearing is None else hearing.starts_at,
        held_at=None if hearing is None else hearing.held_at,
        decided_at=None if decision is None else decision.decided_at,
        outcome=appeal.outcome,
        recalculated_at=None if packet is None else packet.recalculated_at,
        approved_at=repository.approved_at(desk.session, appeal),
        closed_at=appeal.closed_at,
        dues={
            term: clock.due_at
            for term, clock in clocks.items()
            if clock.met_at is None and clock.state in OWED and not clock.is_passed_advice(desk.now)
        },
    )


def _time_set_at(desk: Desk, appeal: Appeal) -> datetime | None:
    """When the time that stands was set."""
    moves = history_of(desk.session, appeal.id)
    return next((move.case_at for move in reversed(moves) if move.action in (Action.SCHEDULE, Action.RESCHEDULE)), None)


def _scores(desk: Desk, appeal: Appeal, decision: Decision | None, *, approved: bool) -> Scores | None:
    now = result_in_force(desk.session, appeal.work_id) if appeal.kind is AppealKind.SCORE else None
    if now is None:
        return None
    judged = None if decision is None else decision.result_id
    before = now if judged is None else desk.session.get_one(Result, (appeal.tenant_id, judged))
    return Scores(before=before, now=now, preliminary=now.id != before.id and not approved)

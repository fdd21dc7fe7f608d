"""The way of a protocol after the decision (federal:102.4 to 102.10)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.facts import published_end_of
from apella.appeals.model import Appeal
from apella.appeals.states import Action, AppealKind, Outcome
from apella.appeals.suspension import Act, suspend_annulled
from apella.audit import free_text
from apella.audit.trail import canonical
from apella.commissions.model import Decision, DecisionLine
from apella.commissions.service import decision_of
from apella.deadlines import service as deadlines
from apella.deadlines.terms import Hardness
from apella.documents.model import Document
from apella.errors import Conflict, Malformed
from apella.exchange.model import Approval, Packet, PacketState
from apella.jobs.queue import enqueue
from apella.registry.model import Mark, Result, ResultSource, TaskType, Work
from apella.registry.repository import marks_in_force, result_in_force

CHANGING = (Outcome.SATISFIED_UP, Outcome.SATISFIED_DOWN, Outcome.SATISFIED_UNCHANGED)
"""Outcomes after which the federal centre recalculates (federal:102.7)."""


MOST_NUMBER = 60
"""How many characters the number of an act has at most."""

ENTRY_TERMS = ("ris.entry", "ris.procedure_result")
"""The terms of the entry in the regional system: of protocols of scores, and of results on violations."""


def entry_term(appeal: Appeal) -> str:
    """The term of the case's entry in the regional system."""
    return ENTRY_TERMS[0] if appeal.kind is AppealKind.SCORE else ENTRY_TERMS[1]


def packet_of(desk: Desk, appeal: Appeal) -> Packet | None:
    """The packet of the case's present round."""
    return desk.session.scalars(
        select(Packet).where(Packet.case_id == appeal.id, Packet.round == appeal.round)
    ).one_or_none()


def hand_over(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Packet:
    """Hand the protocol and its annexes to the data centre (federal:102.4), rejected cases too (reading E4).

    Raises Conflict while a document of the decision is still being made.
    """
    appeal, role = lifecycle.take(desk, case_id, action="hand_over", version=version)
    decision = decision_of(desk, appeal)
    if decision is None:
        raise Conflict("По делу нет решения.", code="hand_over.no_decision")
    papers = desk.session.scalars(
        select(Document).where(Document.case_id == appeal.id).order_by(Document.form, Document.version)
    ).all()
    protocol = desk.rules.forms.protocol
    wanted = protocol.procedure if appeal.kind is AppealKind.PROCEDURE else protocol.score
    if wanted not in {paper.form for paper in papers if paper.file_id is not None}:
        raise Conflict("Протокол ещё готовится: через несколько секунд повторите передачу.", code="hand_over.not_ready")
    manifest = {
        "case": str(appeal.id),
        "decision": str(decision.id),
        "documents": [
            {"form": paper.form, "version": paper.version, "sha256": paper.sha256.hex()}
            for paper in papers
            if paper.sha256 is not None
        ],
    }
    packet = Packet(
        case_id=appeal.id,
        round=appeal.round,
        state=PacketState.HANDED_OVER,
        manifest_sha256=hashlib.sha256(canonical(manifest).encode()).digest(),
        handed_over_at=desk.now,
        handed_over_by=desk.actor.person_id,
    )
    desk.session.add(packet)
    met = desk.meet_term(appeal.id, "protocol.handover")
    lifecycle.move(desk, appeal, Action.HAND_OVER, role=role, due_at=None if met is None else met.due_at)
    events = {"registered": appeal.received_at or desk.now, "decided": decision.decided_at, "handed_over": desk.now}
    desk.start_term(appeal.id, appeal.round, entry_term(appeal), events)
    return packet


def enter_packet(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Packet:
    """Note that the data centre entered the protocol in the regional system (federal:102.5)."""
    appeal, role = lifecycle.take(desk, case_id, action="enter_packet", version=version)
    packet = _packet_in(desk, appeal, PacketState.HANDED_OVER)
    packet.state = PacketState.ENTERED
    packet.entered_at = desk.now
    desk.meet_term(appeal.id, entry_term(appeal))
    if appeal.kind is AppealKind.SCORE:
        events = {"handed_over": packet.handed_over_at, "ris_entered": desk.now}
        _start(desk, appeal, "recalculation.dispatch", events)
    elif appeal.outcome is Outcome.SATISFIED:
        _start(desk, appeal, "approval", {"approval_submitted": desk.now})
    else:
        _ready_to_close(desk, appeal)
    lifecycle.note(desk, appeal, tag="appeal:packet:entered", role=role, after={"packet": str(packet.id)})
    return packet


def dispatch_packet(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Packet:
    """Note that the data centre sent the protocol to the federal centre (federal:102.6)."""
    appeal, role = lifecycle.take(desk, case_id, action="dispatch_packet", version=version)
    packet = _packet_in(desk, appeal, PacketState.ENTERED)
    if appeal.kind is not AppealKind.SCORE:
        raise Conflict("В федеральный центр передают протоколы апелляций о баллах.", code="packet.kind")
    packet.state = PacketState.DISPATCHED
    packet.dispatched_at = desk.now
    desk.meet_term(appeal.id, "recalculation.dispatch")
    if appeal.outcome in CHANGING:
        for term in _RECALCULATION:
            _start(desk, appeal, term, {"dispatched": desk.now})
    elif appeal.outcome is Outcome.REFERRED:
        _start(desk, appeal, "approval", {"approval_submitted": desk.now})
    else:
        _ready_to_close(desk, appeal)
    lifecycle.note(desk, appeal, tag="appeal:packet:dispatched", role=role, after={"packet": str(packet.id)})
    return packet


def enter_recalculation(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, primary_score: int, test_score: int
) -> Result:
    """Enter what the federal centre recalculated as the next version of the result (federal:102.8, 102.9).

    The primary score must be the one that the commission's changes add up to; the federal centre sets the test score.
    """
    appeal, role = lifecycle.take(desk, case_id, action="enter_recalculation", version=version)
    packet = _packet_in(desk, appeal, PacketState.DISPATCHED)
    decision = decision_of(desk, appeal)
    before = result_in_force(desk.session, appeal.work_id)
    if decision is None or before is None or appeal.work_id is None or appeal.outcome not in CHANGING:
        raise Conflict("Пересчёт по этому делу не ожидается.", code="recalculation.not_expected")
    fields = {}
    if primary_score != decision.primary_after:
        fields["primary_score"] = f"По решению комиссии первичный балл – {decision.primary_after}"
    if not 0 <= test_score <= 100:
        fields["test_score"] = "Тестовый балл – от 0 до 100"
    if fields:
        raise Malformed("Результат пересчёта не сходится с решением.", code="recalculation.scores", fields=fields)
    result = Result(
        work_id=appeal.work_id,
        version=before.version + 1,
        primary_score=primary_score,
        test_score=test_score,
        source=ResultSource.RECALCULATION,
        rechecked_on=before.rechecked_on,
    )
    desk.session.add(result)
    desk.session.flush()
    _copy_marks(desk, appeal, decision, result)
    packet.state = PacketState.RECALCULATED
    packet.recalculated_at = desk.now
    packet.result_id = result.id
    for term in _RECALCULATION:
        desk.meet_term(appeal.id, term)
    # Entering the recalculated result is its submission: the exam commission's chair sees it from now on.
    desk.start_term(appeal.id, appeal.round, "approval.submission", {"recalculated": desk.now, "ris_changed": desk.now})
    desk.session.flush()
    desk.meet_term(appeal.id, "approval.submission")
    _start(desk, appeal, "approval", {"approval_submitted": desk.now})
    lifecycle.note(
        desk,
        appeal,
        tag="appeal:result:recalculated",
        role=role,
        after={"result": str(result.id), "primary": primary_score, "test": test_score},
    )
    return result


def approve(desk: Desk, *, case_id: uuid.UUID, version: int | None, act_number: str, act_date: date) -> Approval:
    """Approve by an act of the exam commission (federal:102.10); a satisfied procedure appeal annuls the result.

    Clause federal:99.11 sets the latter. Raises Malformed (`approval.act`, `approval.act_date`), Conflict.
    """
    appeal, role = lifecycle.take(desk, case_id, action="approve", version=version)
    number = free_text.act_number(act_number, longest=MOST_NUMBER, code="approval.act")
    free_text.check_act_day(act_date, today=desk.now.astimezone(desk.rules.zone).date(), code="approval.act_date")
    clock = next((c for c in deadlines.open_terms(desk.session, case_id=appeal.id) if c.term == "approval"), None)
    packet = packet_of(desk, appeal)
    if clock is None or packet is None or desk.actor.person_id is None:
        raise Conflict("Утверждать по этому делу пока нечего.", code="approval.not_expected")
    approval = Approval(
        case_id=appeal.id,
        round=appeal.round,
        act_number=number,
        act_date=act_date,
        approved_at=desk.now,
        approved_by=desk.actor.person_id,
    )
    desk.session.add(approval)
    packet.state = PacketState.APPROVED
    if appeal.kind is AppealKind.PROCEDURE and appeal.work_id is not None:
        act = Act(number=number, day=act_date)
        work = desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id))
        work.annulled_at, work.annulled_act_number, work.annulled_act_date = desk.now, act.number, act.day
        suspend_annulled(desk, work_id=work.id, act=act, role=role)
    desk.meet_term(appeal.id, "approval")
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "result_approved", "occasion": str(appeal.round)},
        dedup_key=f"notices.tell:{appeal.id}:result_approved:{appeal.round}",
    )
    _ready_to_close(desk, appeal)
    lifecycle.note(desk, appeal, tag="appeal:result:approved", role=role, after={"act": number})
    return approval


def close(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Appeal:
    """Close a case to which nobody owes anything more. Raises Conflict naming what is still owed."""
    appeal, role = lifecycle.take(desk, case_id, action="close", version=version)
    owed = [
        clock.title
        for clock in deadlines.open_terms(desk.session, case_id=appeal.id)
        if clock.hardness != Hardness.REFUSE and clock.term != "case.close"
    ]
    if owed or appeal.outcome is None:
        raise Conflict(f"Дело ещё не закончено: {'; '.join(owed)}.", code="close.owed")
    met = desk.meet_term(appeal.id, "case.close")
    lifecycle.end(desk, appeal, Action.CLOSE, appeal.outcome, role=role, due_at=None if met is None else met.due_at)
    return appeal


_RECALCULATION = ("recalculation.federal", "recalculation.reminder")
"""The binding term of the federal centre, and the softer one that only reminds (reading A1)."""


def _start(desk: Desk, appeal: Appeal, term_id: str, events: Mapping[str, deadlines.Event]) -> None:
    """Begin a term that ends no later than the график says of it."""
    published = published_end_of(desk, appeal, term_id)
    desk.start_term(appeal.id, appeal.round, term_id, events, published=published)


def _ready_to_close(desk: Desk, appeal: Appeal) -> None:
    desk.start_term(appeal.id, appeal.round, "case.close", {"approved": desk.now})


def _packet_in(desk: Desk, appeal: Appeal, state: PacketState) -> Packet:
    packet = packet_of(desk, appeal)
    if packet is None or packet.state is not state:
        raise Conflict("Пакет по делу в другом состоянии: обновите страницу.", code="packet.state")
    return packet


def _copy_marks(desk: Desk, appeal: Appeal, decision: Decision, result: Result) -> None:
    changed = {
        (line.task_type, line.position): line.becomes
        for line in desk.session.scalars(select(DecisionLine).where(DecisionLine.decision_id == decision.id))
    }
    judged = desk.session.scalars(select(Mark).where(Mark.result_id == decision.result_id)).all()
    for mark in judged or marks_in_force(desk.session, appeal.work_id):
        desk.session.add(
            Mark(
                result_id=result.id,
                task_type=TaskType(mark.task_type),
                position=mark.position,
                task=mark.task,
                criterion=mark.criterion,
                answer=mark.answer,
                mark=changed.get((mark.task_type, mark.position), mark.mark),
                max_mark=mark.max_mark,
            )
        )

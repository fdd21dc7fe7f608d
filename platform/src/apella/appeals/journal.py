"""The way of a paper to the journal: handing on from hand to hand, entry by the secretary."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.receipt import end_check, receive
from apella.appeals.route import channel_of, comes_to, holder, missing_certification, next_hand
from apella.appeals.states import Action, AppealKind, Outcome
from apella.appeals.suspension import stop_if_void
from apella.errors import Conflict, Malformed, RuleViolation
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.registry.model import Exam


def certify(desk: Desk, *, case_id: uuid.UUID, version: int | None, copies: int) -> Appeal:
    """Write down that this actor certified every copy of a paper with a signature, before it is handed on.

    Saying it again changes nothing. Raises Malformed for another number of copies than the door's rules name,
    RuleViolation where they ask for no signature or for somebody else's, Conflict when somebody else has signed.
    """
    signed = desk.session.scalar(select(Appeal.certified_at).where(Appeal.id == case_id))
    appeal, _ = lifecycle.take(desk, case_id, action="certify", version=None if signed else version)
    channel = channel_of(desk, appeal)
    rule = channel.certification
    if rule is None:
        raise RuleViolation("На этой апелляции подпись не заверяют: передавайте её дальше.", code="certify.not_asked")
    role = next((one for one in rule.roles if one in desk.actor.roles), None)
    if role is None:
        raise RuleViolation(f"Апелляцию заверяет другой: {rule.post}.", code="certify.role", clauses=rule.clauses)
    if appeal.certified_at is not None:
        if (appeal.certified_by, appeal.certified_copies) == (desk.actor.person_id, copies):
            return appeal
        raise Conflict("Апелляция уже заверена: кем и когда, видно в деле.", code="certify.done")
    if copies != channel.copies:
        raise Malformed(
            "Заверяют каждый экземпляр апелляции.",
            code="certify.copies",
            fields={"copies": f"Экземпляров должно быть {channel.copies}: отметьте, когда подписаны все"},
        )
    appeal.certified_at = desk.now
    appeal.certified_by = desk.actor.person_id
    appeal.certified_as = role
    appeal.certified_copies = copies
    lifecycle.note(desk, appeal, tag="appeal:paper:certified", role=role, after={"copies": copies})
    return appeal


def forward(desk: Desk, *, case_id: uuid.UUID, version: int | None, check_conclusion: str | None = None) -> Appeal:
    """Hand a paper on to the next hand, the last one to the commission (federal:100.11; federal:99.8).

    Only who has the paper may do it; the next one's term begins now. Raises Malformed when a procedure appeal goes
    without the conclusion of the check of its facts (federal:99.7), Conflict for somebody who does not have the paper,
    RuleViolation while the signature that the door wants on it is missing.
    """
    appeal, role = lifecycle.take(desk, case_id, action="forward", version=version)
    step = holder(desk, appeal)
    if step is None:
        raise Conflict("Апелляция уже передана в комиссию.", code="forward.done")
    if step.role not in desk.actor.roles:
        raise Conflict("Эту апелляцию передаёт дальше другой участник.", code="forward.role")
    role = Role(step.role)
    _require_certified(desk, appeal)
    if appeal.kind is AppealKind.PROCEDURE and appeal.check_conclusion is None:
        if not (check_conclusion or "").strip():
            raise Malformed(
                "Апелляцию о нарушении порядка передают вместе с заключением о результатах проверки.",
                code="forward.conclusion",
                fields={"check_conclusion": "Изложите, что показала проверка"},
            )
        appeal.check_conclusion = check_conclusion
        end_check(desk, appeal)
    met = desk.meet_term(appeal.id, step.term)
    lifecycle.move(desk, appeal, Action.FORWARD, role=role, due_at=None if met is None else met.due_at)
    following = next_hand(desk, appeal, step)
    if following is None:
        desk.start_term(appeal.id, appeal.round, f"{appeal.kind}.registration", {"accepted": desk.now})
    else:
        comes_to(desk, appeal, following)
        desk.start_term(appeal.id, appeal.round, following.term, {"accepted": desk.now}, owed_by=Role(following.role))
    return appeal


def register(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Appeal:
    """Enter a case in the journal: this is its receipt by the commission (reading E2).

    Raises RuleViolation while the signature that the door wants on the paper is missing.
    """
    appeal, role = lifecycle.take(desk, case_id, action="register", version=version)
    _require_certified(desk, appeal)
    met = desk.meet_term(appeal.id, f"{appeal.kind}.registration")
    lifecycle.move(desk, appeal, Action.REGISTER, role=role, due_at=None if met is None else met.due_at)
    for step in channel_of(desk, appeal).forwarding:
        desk.meet_term(appeal.id, step.term)
    end_check(desk, appeal)
    receive(desk, appeal, desk.session.get_one(Exam, (appeal.tenant_id, appeal.exam_id)))
    stop_if_void(desk, appeal)
    return appeal


def refuse(desk: Desk, *, case_id: uuid.UUID, version: int | None, ground: str) -> Appeal:
    """Close a case that the commission may not consider (federal:97.1 to 97.4, or filed late at a staff door)."""
    appeal, role = lifecycle.take(desk, case_id, action="refuse", version=version)
    if ground not in REFUSAL_GROUNDS:
        raise Malformed(
            "Выберите основание отказа.", code="refuse.ground", fields={"ground": "Выберите основание из списка"}
        )
    if ground == "filed_late" and not appeal.filed_late:
        raise RuleViolation("Апелляция подана в срок: это основание не подходит.", code="refuse.not_late")
    lifecycle.end(desk, appeal, Action.REFUSE, Outcome.INADMISSIBLE, role=role, reason=ground)
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "appeal_refused", "occasion": "1"},
        dedup_key=f"notices.tell:{appeal.id}:appeal_refused:1",
    )
    return appeal


def admit_late(desk: Desk, *, case_id: uuid.UUID, version: int | None, reason: str) -> Appeal:
    """Keep a late case: the chair's decision with its reason (readings of the general rule, point 3)."""
    appeal, role = lifecycle.take(desk, case_id, action="admit_late", version=version)
    if not appeal.filed_late or appeal.admitted_late_reason is not None:
        raise RuleViolation("Эта апелляция подана в срок или уже допущена.", code="admit_late.not_needed")
    if not reason.strip():
        raise Malformed("Укажите причину.", code="admit_late.reason", fields={"reason": "Напишите причину решения"})
    appeal.admitted_late_reason = reason
    lifecycle.move(desk, appeal, Action.ADMIT_LATE, role=role, reason=reason)
    return appeal


def _require_certified(desk: Desk, appeal: Appeal) -> None:
    missing = missing_certification(desk.rules, appeal)
    if missing is not None:
        raise RuleViolation(
            f"Апелляция ещё не заверена. Её экземпляры (их {channel_of(desk, appeal).copies}) заверяет подписью "
            f"{missing.post} и отмечает это в деле, потом её передают.",
            code="forward.not_certified",
            clauses=missing.clauses,
        )


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Why a case may be refused: words for people, and the clause."""

    label: str
    clauses: tuple[str, ...]


REFUSAL_GROUNDS: Mapping[str, Ground] = {
    "task_content": Ground(label="вопрос содержания и структуры заданий", clauses=("federal:97.1",)),
    "short_answer_scoring": Ground(label="вопрос оценивания заданий с кратким ответом", clauses=("federal:97.2",)),
    "own_breach": Ground(label="нарушение Порядка самим участником", clauses=("federal:97.3",)),
    "wrong_completion": Ground(label="неправильное заполнение бланков", clauses=("federal:97.4",)),
    "filed_late": Ground(label="апелляция подана после окончания срока", clauses=("federal:100.1",)),
}
"""The grounds of a refusal by their codes."""

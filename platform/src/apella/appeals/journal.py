"""The way of a paper to the journal: handing on by who took it in, entry by the secretary."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.receipt import receive
from apella.appeals.states import Action, AppealKind, Outcome
from apella.errors import Conflict, Malformed, RuleViolation
from apella.jobs.queue import enqueue
from apella.regions.values.filing import Channel
from apella.registry.model import Exam


def forward(desk: Desk, *, case_id: uuid.UUID, version: int | None, check_conclusion: str | None = None) -> Appeal:
    """Hand a paper on to the commission (federal:100.11; federal:99.8, with the conclusion of the check).

    Raises Malformed when a procedure appeal goes without the conclusion of the check of its facts (federal:99.7).
    """
    appeal, role = lifecycle.take(desk, case_id, action="forward", version=version)
    if appeal.kind is AppealKind.PROCEDURE:
        if not (check_conclusion or "").strip():
            raise Malformed(
                "Апелляцию о нарушении порядка передают вместе с заключением о результатах проверки.",
                code="forward.conclusion",
                fields={"check_conclusion": "Изложите, что показала проверка"},
            )
        appeal.check_conclusion = check_conclusion
    channel = channel_of(desk, appeal)
    step = next((step for step in channel.forwarding if step.role == role), None)
    if step is None:
        raise Conflict("Эту апелляцию передаёт дальше другой участник.", code="forward.role")
    met = desk.meet_term(appeal.id, step.term)
    if met is None:
        raise Conflict("Апелляция уже передана в комиссию.", code="forward.done")
    lifecycle.move(desk, appeal, Action.FORWARD, role=role, due_at=met.due_at)
    desk.start_term(appeal.id, appeal.round, f"{appeal.kind}.registration", {"accepted": desk.now})
    return appeal


def register(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Appeal:
    """Enter a case in the journal: this is its receipt by the commission (reading E2)."""
    appeal, role = lifecycle.take(desk, case_id, action="register", version=version)
    met = desk.meet_term(appeal.id, f"{appeal.kind}.registration")
    lifecycle.move(desk, appeal, Action.REGISTER, role=role, due_at=None if met is None else met.due_at)
    for step in channel_of(desk, appeal).forwarding:
        desk.meet_term(appeal.id, step.term)
    receive(desk, appeal, desk.session.get_one(Exam, (appeal.tenant_id, appeal.exam_id)))
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


def channel_of(desk: Desk, appeal: Appeal) -> Channel:
    """The door by which a case came; the rules of its season have it, or the season's data was broken."""
    channel = desk.rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    if channel is None:
        raise RuntimeError(f"the rules lost the channel {appeal.channel} of an open case")
    return channel

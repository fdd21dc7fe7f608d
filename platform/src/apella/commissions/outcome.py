"""Which outcome a satisfied or rejected appeal has; pure (federal:102.1, 102.2; federal:99.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apella.appeals.states import AppealKind, Outcome
from apella.commissions.model import ErrorKind
from apella.errors import Malformed
from apella.registry.model import TaskType


@dataclass(frozen=True, kw_only=True)
class Change:
    """One decided change of a position's mark."""

    task_type: TaskType
    position: int
    was: int
    becomes: int
    error_kind: ErrorKind
    criterion: str | None
    reason: str


def outcome_of(kind: AppealKind, *, satisfied: bool, kege: bool, changes: Sequence[Change]) -> Outcome:
    """Say the outcome; raises Malformed where the vote and the changes do not fit together.

    A satisfied score appeal without a change of the sum must rest on a technical error (reading A29); one of the
    computer exam is a referral to the exam commission and changes nothing itself (reading A28).
    """
    if kind is AppealKind.PROCEDURE:
        return Outcome.SATISFIED if satisfied else Outcome.REJECTED
    if not satisfied:
        if changes:
            raise _wrong("Апелляция отклонена, значит баллы не меняются: уберите изменения.")
        return Outcome.REJECTED
    if kege:
        if changes:
            raise _wrong(
                "По компьютерному экзамену комиссия передаёт дело в экзаменационную комиссию, баллы не меняет."
            )
        return Outcome.REFERRED
    if not changes:
        raise _wrong("Апелляция удовлетворена: укажите, какие баллы меняются или какая техническая ошибка найдена.")
    delta = sum(change.becomes - change.was for change in changes)
    if delta > 0:
        return Outcome.SATISFIED_UP
    if delta < 0:
        return Outcome.SATISFIED_DOWN
    if any(change.error_kind is ErrorKind.SCORING for change in changes):
        raise _wrong("Сумма баллов не изменилась: это возможно только при технической ошибке.")
    return Outcome.SATISFIED_UNCHANGED


def _wrong(sentence: str) -> Malformed:
    return Malformed("Решение и изменения баллов не сходятся.", code="decision.changes", fields={"changes": sentence})

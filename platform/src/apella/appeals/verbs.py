"""The verbs of the journal and of withdrawal, for API and console."""

from __future__ import annotations

from apella.appeals import journal, withdrawal
from apella.appeals.schemas import ForwardSchema, ReasonSchema, RefuseSchema, VersionSchema
from apella.appeals.verb import Verb

VERBS = (
    Verb(
        action="forward",
        title="Передать апелляцию в комиссию",
        schema=ForwardSchema,
        call=lambda desk, case_id, version, body: journal.forward(
            desk, case_id=case_id, version=version, check_conclusion=body["check_conclusion"]
        ),
        terms=("score.forwarding", "procedure.forwarding"),
    ),
    Verb(
        action="register",
        title="Внести апелляцию в журнал",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: journal.register(desk, case_id=case_id, version=version),
        terms=("score.registration", "procedure.registration"),
        warning="Со следующего дня пойдёт срок рассмотрения.",
    ),
    Verb(
        action="refuse",
        title="Отказать в рассмотрении",
        schema=RefuseSchema,
        call=lambda desk, case_id, version, body: journal.refuse(
            desk, case_id=case_id, version=version, ground=body["ground"]
        ),
        warning="Дело закроется без рассмотрения. Отменить это нельзя.",
    ),
    Verb(
        action="admit_late",
        title="Допустить апелляцию, поданную поздно",
        schema=ReasonSchema,
        call=lambda desk, case_id, version, body: journal.admit_late(
            desk, case_id=case_id, version=version, reason=body["reason"]
        ),
    ),
    Verb(
        action="withdraw",
        title="Отозвать апелляцию",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: withdrawal.withdraw(desk, case_id=case_id, version=version),
        terms=("score.withdrawal", "procedure.withdrawal", "withdrawal.entry"),
        warning="Дело закроется, апелляция рассматриваться не будет. Отменить отзыв нельзя.",
    ),
    Verb(
        action="accept_withdrawal",
        title="Принять заявление об отзыве",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: withdrawal.accept_withdrawal(desk, case_id=case_id, version=version),
        warning="С этой минуты дело рассматривать нельзя; секретарь внесёт отзыв в журнал.",
    ),
)

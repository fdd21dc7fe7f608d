"""The verbs of the journal and of withdrawal, for API and console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apella.appeals import journal, suspension, withdrawal
from apella.appeals.receipt import CHECK
from apella.appeals.schemas import (
    AcceptWithdrawalSchema,
    BasisSchema,
    CertifySchema,
    ForwardSchema,
    GoOnSchema,
    ReasonSchema,
    RefuseSchema,
    SuspendSchema,
    VersionSchema,
)
from apella.appeals.verb import Verb

FORWARDING = ("score.forwarding", "procedure.forwarding", "score.onward_forwarding", "procedure.onward_forwarding")
"""The terms of the steps on a paper's way."""


def _act(body: Mapping[str, Any]) -> suspension.Act:
    return suspension.Act(number=body["basis_number"], day=body["basis_date"])


VERBS = (
    Verb(
        action="certify",
        title="Заверить апелляцию подписью",
        schema=CertifySchema,
        call=lambda desk, case_id, version, body: journal.certify(
            desk, case_id=case_id, version=version, copies=body["copies"]
        ),
        terms=FORWARDING,
        warning="Отметьте, когда подписаны все экземпляры: убрать отметку нельзя.",
    ),
    Verb(
        action="forward",
        title="Передать апелляцию в комиссию",
        schema=ForwardSchema,
        call=lambda desk, case_id, version, body: journal.forward(
            desk, case_id=case_id, version=version, check_conclusion=body["check_conclusion"]
        ),
        terms=(*FORWARDING, CHECK),
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
        schema=AcceptWithdrawalSchema,
        call=lambda desk, case_id, version, body: withdrawal.accept_withdrawal(
            desk,
            case_id=case_id,
            version=version,
            application_date=body["application_date"],
            application_by=body["application_by"],
        ),
        warning="С этой минуты дело рассматривать нельзя; секретарь внесёт отзыв в журнал.",
    ),
    Verb(
        action="forward_withdrawal",
        title="Передать отзыв дальше",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: withdrawal.forward_withdrawal(desk, case_id=case_id, version=version),
        terms=("withdrawal.forwarding",),
    ),
    Verb(
        action="declare_moot",
        title="Прекратить дело: результат аннулирован",
        schema=BasisSchema,
        call=lambda desk, case_id, version, body: suspension.declare_moot(
            desk, case_id=case_id, version=version, act=_act(body)
        ),
        terms=(suspension.REVIEW,),
        warning="Дело закроется без рассмотрения. Отменить это нельзя.",
    ),
    Verb(
        action="resume",
        title="Возобновить дело",
        schema=GoOnSchema,
        call=lambda desk, case_id, version, body: suspension.resume(
            desk, case_id=case_id, version=version, act=_act(body), outside_told=body["outside_told"]
        ),
        terms=(suspension.REVIEW,),
        warning="Дело продолжится с того места, где остановилось. Дни приостановки в сроки не войдут.",
    ),
    Verb(
        action="reopen",
        title="Вернуть на новое рассмотрение",
        schema=GoOnSchema,
        call=lambda desk, case_id, version, body: suspension.reopen(
            desk, case_id=case_id, version=version, act=_act(body), outside_told=body["outside_told"]
        ),
        warning="Комиссия рассмотрит апелляцию заново; прежнее решение останется в деле.",
    ),
    Verb(
        action="review_suspension",
        title="Отметить, что дело ждёт дальше",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: suspension.review(desk, case_id=case_id, version=version),
        terms=(suspension.REVIEW,),
    ),
    Verb(
        action="answer_request",
        title="Отметить передачу документов для федерального центра",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: suspension.answer_request(desk, case_id=case_id, version=version),
        terms=(suspension.ANSWER,),
    ),
    Verb(
        action="suspend",
        title="Приостановить дело",
        schema=SuspendSchema,
        call=lambda desk, case_id, version, body: suspension.suspend(
            desk,
            case_id=case_id,
            version=version,
            reason=body["reason"],
            act=_act(body),
            documents_requested=body["documents_requested"],
        ),
        warning="Сроки дела остановятся, пока его не возобновят.",
    ),
)

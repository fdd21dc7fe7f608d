"""The verbs of the way after the decision, for API and console."""

from __future__ import annotations

from marshmallow import fields, validate

from apella.appeals.schemas import VersionSchema, text
from apella.appeals.verb import Verb
from apella.exchange import service as exchange


class RecalculationSchema(VersionSchema):
    """What the federal centre recalculated."""

    primary_score = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=200))
    test_score = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=100))


class ApproveSchema(VersionSchema):
    """The exam commission's act."""

    act_number = text(exchange.MOST_NUMBER, required=True)
    act_date = fields.Date(required=True)


VERBS = (
    Verb(
        action="hand_over",
        title="Передать протокол",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: exchange.hand_over(desk, case_id=case_id, version=version),
        terms=("protocol.handover",),
        warning="После передачи исправить решение можно только новым рассмотрением.",
    ),
    Verb(
        action="enter_packet",
        title="Отметить внесение в РИС",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: exchange.enter_packet(desk, case_id=case_id, version=version),
        terms=exchange.ENTRY_TERMS,
    ),
    Verb(
        action="dispatch_packet",
        title="Отметить отправку в федеральный центр",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: exchange.dispatch_packet(desk, case_id=case_id, version=version),
        terms=("recalculation.dispatch",),
    ),
    Verb(
        action="enter_recalculation",
        title="Внести пересчитанный результат",
        schema=RecalculationSchema,
        call=lambda desk, case_id, version, body: exchange.enter_recalculation(
            desk,
            case_id=case_id,
            version=version,
            primary_score=body["primary_score"],
            test_score=body["test_score"],
        ),
        terms=("recalculation.federal",),
    ),
    Verb(
        action="approve",
        title="Утвердить результат",
        schema=ApproveSchema,
        call=lambda desk, case_id, version, body: exchange.approve(
            desk, case_id=case_id, version=version, act_number=body["act_number"], act_date=body["act_date"]
        ),
        terms=("approval",),
        warning="Утверждённый результат сразу увидит апеллянт.",
    ),
    Verb(
        action="close",
        title="Закрыть дело",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: exchange.close(desk, case_id=case_id, version=version),
        terms=("case.close",),
    ),
)

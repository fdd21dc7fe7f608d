"""The verbs of the vote and the decision, for API and console."""

from __future__ import annotations

from marshmallow import fields, validate

from apella.appeals.schemas import Strict, VersionSchema, text
from apella.appeals.verb import Verb
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, ErrorKind
from apella.commissions.outcome import Change
from apella.registry.model import TaskType


class VoteSchema(VersionSchema):
    """One's ballot and the site where one sits (the main one when not said); a recusal says why."""

    ballot = fields.Enum(Ballot, by_value=True, required=True)
    reason = text(1000, load_default=None, allow_none=True)
    site_code = text(40, load_default=None, allow_none=True)


class ChangeSchema(Strict):
    """A decided change of one position; `was` guards against a mark that changed meanwhile."""

    task_type = fields.Enum(TaskType, by_value=True, required=True)
    position = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=99))
    was = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=100))
    becomes = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=100))
    error_kind = fields.Enum(ErrorKind, by_value=True, required=True)
    criterion = text(20, load_default=None, allow_none=True)
    reason = text(5000, required=True)


class DecideSchema(VersionSchema):
    """The decision's ground and, for a satisfied score appeal, the changes."""

    reason = text(5000, required=True)
    changes = fields.List(fields.Nested(ChangeSchema), load_default=list, validate=validate.Length(max=100))


VERBS = (
    Verb(
        action="vote",
        title="Проголосовать",
        schema=VoteSchema,
        call=lambda desk, case_id, version, body: commissions.cast_vote(
            desk,
            case_id=case_id,
            version=version,
            ballot=body["ballot"],
            reason=body["reason"],
            site_code=body["site_code"],
        ),
        warning="Голос подаётся один раз и виден в протоколе.",
    ),
    Verb(
        action="decide",
        title="Принять решение",
        schema=DecideSchema,
        call=lambda desk, case_id, version, body: commissions.decide(
            desk,
            case_id=case_id,
            version=version,
            reason=body["reason"],
            changes=[Change(**line) for line in body["changes"]],
        ),
        terms=("score.consideration", "procedure.consideration", "reopened.consideration"),
        warning="Голосование закроется, решение будет объявлено апеллянту.",
    ),
)

"""What the API gives of a rule set."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from apella.rulebook.schemas import LaterEditionSchema


class RulesQuestionSchema(ma.Schema):
    """Whether to leave out what is as the federal tables say."""

    class Meta:
        """Ignore what is not known: links carry other parameters."""

        unknown = ma.EXCLUDE

    diff = fields.String(
        load_default=None,
        validate=validate.OneOf(["federal"]),
        metadata={"description": "`federal`: only what differs from a region of federal tables alone"},
    )


class RuleLineSchema(ma.Schema):
    """One value in Russian. `federal` is null where the region's is the same or the federal tables know no such value.

    `rows` are the rows of the table of differences between regions that the value answers.
    """

    key = fields.String(required=True)
    title = fields.String(required=True)
    value = fields.String(required=True)
    clauses = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Integer(), required=True)
    differs = fields.Boolean(required=True)
    federal = fields.String(required=True, allow_none=True)
    federal_clauses = fields.List(fields.String(), required=True)
    deviation = fields.String(required=True, allow_none=True)


class RuleSectionSchema(ma.Schema):
    """Lines about one thing."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    lines = fields.List(fields.Nested(RuleLineSchema), required=True)


class RuleActSchema(ma.Schema):
    """An act that lines cite by `prefix`."""

    prefix = fields.String(required=True)
    title = fields.String(required=True)
    approved = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)


class RegionRuleSetSchema(ma.Schema):
    """A tenant's rule set: of `season`, opened on `day`, or without a season as in force on `day`.

    `note` says by whose act a season without an own one is held; deviations stand first.
    """

    tenant = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.String(required=True)
    year = fields.Integer(required=True)
    edition = fields.String(required=True)
    in_force = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    season = fields.String(required=True, allow_none=True)
    day = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    later = fields.List(fields.Nested(LaterEditionSchema), required=True)
    note = fields.String(required=True, allow_none=True)
    acts = fields.List(fields.Nested(RuleActSchema), required=True)
    deviations = fields.List(fields.Nested(RuleLineSchema), required=True)
    sections = fields.List(fields.Nested(RuleSectionSchema), required=True)
    total = fields.Integer(required=True)
    different = fields.Integer(required=True)

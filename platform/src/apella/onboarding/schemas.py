"""What the API takes and gives about substitutions."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields

from apella.appeals.schemas import Strict, text
from apella.identity.roles import Role
from apella.identity.substitution import MOST_NUMBER, MOST_REASON


class OrderSchema(Strict):
    """An order: who performs whose role, from which day to which (case days, both included).

    `decided_by` is whose order it is, where the caller enters another's; `reason` why it is later than the first day.
    """

    role = fields.Enum(Role, by_value=True, required=True)
    person_id = fields.UUID(required=True)
    substitute_id = fields.UUID(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    act_number = text(MOST_NUMBER, required=True)
    act_date = fields.Date(required=True)
    reason = text(MOST_REASON, load_default=None, allow_none=True)
    decided_by = fields.UUID(load_default=None, allow_none=True)


class OfficerSchema(ma.Schema):
    """A person of the commission."""

    id = fields.UUID(required=True)
    login = fields.String(required=True)
    name = fields.String(required=True)


class SubstitutionSchema(ma.Schema):
    """A substitution; times are case time. `in_force`: the substitute has the role today."""

    id = fields.UUID(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    person = fields.Nested(OfficerSchema, required=True)
    substitute = fields.Nested(OfficerSchema, required=True)
    substitute_role = fields.Enum(Role, by_value=True, required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    act_number = fields.String(required=True)
    act_date = fields.Date(required=True)
    reason = fields.String(required=True, allow_none=True)
    decided_by = fields.Nested(OfficerSchema, required=True)
    appointed_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.Nested(OfficerSchema, required=True, allow_none=True)
    in_force = fields.Boolean(required=True)

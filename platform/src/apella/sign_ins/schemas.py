"""Documents of the API of sign-ins."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate


class SignInSchema(ma.Schema):
    """A live sign-in of one's own; times are machine time. `present`: the one that asks."""

    id = fields.UUID(required=True)
    began_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    level = fields.Integer(required=True)
    present = fields.Boolean(required=True)


class EndSignInSchema(ma.Schema):
    """Which to end: one by its id, or with `others` all but the present one."""

    session = fields.UUID()
    others = fields.Boolean(load_default=False)


class EndMemberSignInsSchema(ma.Schema):
    """Whose sign-ins end: a sign-in name of staff, or a registration code."""

    login = fields.String(required=True, validate=validate.Length(min=1, max=200))


class EndedSignInsSchema(ma.Schema):
    """How many sign-ins were ended."""

    ended = fields.Integer(required=True)

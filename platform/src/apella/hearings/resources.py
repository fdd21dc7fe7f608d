"""The API of planning: what a time for a hearing must keep, and where it may be."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, fields

from apella.appeals.repository import case_or_refusal
from apella.hearings.planning import plan_of
from apella.identity.permissions import may_ever, require
from apella.regions.values.sites import Site
from apella.web.api import blueprint
from apella.web.requests import desk

api = blueprint("hearings", __name__, "Hearings: when and where a case may be heard")


class HearingSessionSchema(Schema):
    """A session that stands for all, with the minutes that nobody has yet."""

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    minutes_left = fields.Integer(required=True)


class HearingSiteSchema(Schema):
    """A site of the region."""

    code = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)


class HearingTimesSchema(Schema):
    """What a time must keep. `sites` are those to name one of, where no rule decides the place."""

    strategy = fields.String(required=True)
    suggested = fields.AwareDateTime(required=True, allow_none=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    minutes = fields.Integer(required=True)
    consultation_minutes = fields.Integer(required=True)
    sessions = fields.List(fields.Nested(HearingSessionSchema), required=True)
    site_code = fields.String(required=True, allow_none=True)
    place_reason = fields.String(required=True)
    sites = fields.List(fields.Nested(HearingSiteSchema), required=True)


@api.route("/sites")
@api.response(200, HearingSiteSchema(many=True))
def sites(tenant: str) -> list[Site]:  # noqa: ARG001 the address names the tenant
    """The sites of the region; an application names one of them as `remote_site`."""
    return list(desk().rules.sites.all)


@api.route("/appeals/<uuid:case_id>/hearing-times")
@api.response(200, HearingTimesSchema)
def hearing_times(tenant: str, case_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """When and where a case may be heard, for whoever appoints the time."""
    at = desk()
    appeal = case_or_refusal(at.session, at.actor, case_id)
    at.turn_to(appeal)
    if not may_ever(at.actor, "schedule"):
        require(at.actor, "schedule")
    plan = plan_of(at, appeal)
    return {
        "strategy": at.rules.hearing.plan.strategy,
        "suggested": plan.suggested,
        "due": None if plan.limit is None else plan.limit.due_at,
        "minutes": plan.minutes,
        "consultation_minutes": plan.consultation_minutes,
        "sessions": [
            {
                "starts_at": one.session.begins,
                "ends_at": one.session.ends,
                "minutes_left": one.minutes_left,
            }
            for one in plan.sessions
        ],
        "site_code": plan.site.site_code,
        "place_reason": plan.site.reason,
        "sites": list(at.rules.sites.all) if plan.site.by_hand else [],
    }

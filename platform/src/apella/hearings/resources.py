"""The API of planning: what a time for a hearing must keep, and where it may be."""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, fields

from apella.appeals.looks import record_look
from apella.appeals.model import ProxyIssuer
from apella.appeals.repository import case_or_refusal
from apella.hearings.attending import attendants_for
from apella.hearings.planning import plan_of
from apella.identity.permissions import may_ever, require
from apella.identity.representation import whole_name
from apella.identity.representation_model import RepresentationKind
from apella.regions.codes import PowerCode
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


class HearingRepresentativeSchema(Schema):
    """A recorded parent or proxy; `powers` are those over this exam, `lacks` those that a hearing uses beside them."""

    representation_id = fields.UUID(required=True)
    kind = fields.Enum(RepresentationKind, by_value=True, required=True)
    name = fields.String(required=True)
    issuer = fields.Enum(ProxyIssuer, by_value=True, required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    powers = fields.List(fields.Enum(PowerCode, by_value=True), required=True)
    lacks = fields.List(fields.Enum(PowerCode, by_value=True), required=True)


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
    record_look(at, appeal.id)
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


@api.route("/appeals/<uuid:case_id>/hearing-representatives")
@api.response(200, HearingRepresentativeSchema(many=True))
def hearing_representatives(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 as above
    """Who of the recorded parents and proxies may stand for the appellant today, for whoever opens the hearing.

    Those whose link ended, ran out or is about another subject or year are not among them.
    """
    at = desk()
    appeal = case_or_refusal(at.session, at.actor, case_id)
    record_look(at, appeal.id)
    at.turn_to(appeal)
    if not may_ever(at.actor, "open_hearing"):
        require(at.actor, "open_hearing")
    return [
        {
            "representation_id": one.row.id,
            "kind": one.kind,
            "name": whole_name(one.person),
            "issuer": one.issuer,
            "valid_until": one.row.valid_until,
            "powers": sorted(one.powers),
            "lacks": list(one.lacks),
        }
        for one in attendants_for(at, appeal)
    ]

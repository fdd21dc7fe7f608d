"""What only an embedded instance serves: its clock, new demo seasons, the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, jsonify, render_template, request
from marshmallow import fields, validate
from sqlalchemy import select

from apella.demo.making import make_demo_season
from apella.demo.season import Scans
from apella.embedded.clock import move_clock
from apella.errors import Malformed
from apella.notices.model import OutboxMessage
from apella.tenancy.model import Season
from apella.web.formatting import moment
from apella.web.i18n import gettext as _
from apella.web.layout import plain_frame
from apella.web.requests import app_of

blueprint = Blueprint("embedded", __name__, url_prefix="/embedded")
SHOWN = 200


class ClockSchema(ma.Schema):
    """Where to move the clock of a season."""

    tenant = fields.String(required=True)
    season = fields.String(required=True)
    to = fields.AwareDateTime(required=True)


class SeasonSchema(ma.Schema):
    """A new demo season."""

    tenant = fields.String(required=True)
    participants = fields.Integer(load_default=20, validate=validate.Range(min=1, max=5000))
    seed = fields.Integer(load_default=7)
    scans = fields.Enum(Scans, by_value=True, load_default=Scans.SOME)
    results_on = fields.Date(load_default=None, allow_none=True)
    code = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))


@blueprint.post("/clock")
def clock() -> Response:
    """Move a season's clock forward; when this answers, the world is at rest there."""
    body = _body(ClockSchema())
    now: datetime = move_clock(app_of(), slug=body["tenant"], season_code=body["season"], to=body["to"])
    return jsonify(now=now.isoformat())


@blueprint.post("/season")
def season() -> tuple[Response, int]:
    """Make a season with a clock, people and telephones of its own."""
    body = _body(SeasonSchema())
    results_on: date | None = body["results_on"]
    made = make_demo_season(
        app_of(),
        slug=body["tenant"],
        participants=body["participants"],
        seed=body["seed"],
        scans=body["scans"],
        code=body["code"],
        results_on=results_on,
    )
    return jsonify(made.as_document()), 201


@blueprint.get("/outbox")
def outbox() -> str | Response:
    """Show what went to telephones and mailboxes, the newest first; as JSON to who asks for it."""
    app = app_of()
    slug = request.args.get("tenant", "")
    rules = app.regions.get(slug) if slug else next(iter(app.regions))
    code = request.args.get("season")
    messages: list[dict[str, Any]] = []
    with app.database.unit_of_work(rules.tenant.tenant_id) as work:
        query = (
            select(OutboxMessage, Season)
            .join(Season, (Season.tenant_id == OutboxMessage.tenant_id) & (Season.id == OutboxMessage.season_id))
            .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
            .limit(SHOWN)
        )
        for message, of in work.session.execute(query.where(Season.code == code) if code else query):
            at = (message.created_at + of.clock_offset).astimezone(rules.zone)
            season = app.vaults.of_season(work.session, tenant_id=rules.tenant.tenant_id, season_id=of.id)
            vault = season.of_case(message.case_id)
            messages.append(
                {
                    "season": of.code,
                    "channel": str(message.channel),
                    "address": vault.open("outbox_message.address", message.id, message.address_cipher),
                    "text": vault.open("outbox_message.text", message.id, message.text_cipher),
                    "at": at.isoformat(),
                    "when": moment(at, zone=rules.zone),
                }
            )
    if request.accept_mimetypes.best == "application/json":
        return jsonify(messages=messages)
    return render_template(
        "embedded/outbox.html",
        frame=plain_frame(_("Исходящие сообщения")),
        messages=messages,
        tenants=[(other.slug, other.tenant.title.nominative) for other in app.regions],
        chosen=rules.slug,
    )


def _body(schema: ma.Schema) -> Mapping[str, Any]:
    try:
        body: Mapping[str, Any] = schema.load(request.get_json(silent=True) or {})
    except ma.ValidationError as error:
        raise Malformed(
            "Проверьте поля запроса.",
            code="malformed",
            fields={str(name): str(reasons) for name, reasons in dict(error.messages_dict).items()},
        ) from error
    return body

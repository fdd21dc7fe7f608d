"""What the API takes and gives about terms."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from apella.calendar.model import VersionState
from apella.deadlines.terms import Combine, Direction, Hardness, StartEvent, Unit
from apella.identity.roles import Role

MOST_EVENTS = 20


class _Query(ma.Schema):
    """A query in which other parameters are passed by: links carry them."""

    class Meta:
        """Ignore what is not known."""

        unknown = ma.EXCLUDE


class CountQuestionSchema(_Query):
    """Which term to count, and from which events. Times without an offset are in the tenant's zone."""

    term = fields.String(
        required=True,
        validate=[
            validate.Length(max=80),
            validate.Regexp(r"^[a-z_]+(\.[a-z_]+)*$", error="Код срока, например score.filing."),
        ],
        metadata={"description": "A term of this tenant, as /deadlines/terms lists them", "example": "score.filing"},
    )
    start = fields.String(
        data_key="from",
        load_default="",
        validate=validate.Regexp(
            r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$",
            error="Дата: ГГГГ-ММ-ДД или ГГГГ-ММ-ДДTЧЧ:ММ.",
        ),
        metadata={"description": "When the first start event was: a day or a moment", "example": "2025-06-04"},
    )
    events = fields.List(
        fields.String(
            validate=[
                validate.Length(max=80),
                validate.Regexp(r"^[a-z_]+=[0-9TZ:+-]+$", error="СОБЫТИЕ=ДАТА, например filed=2025-06-05."),
            ]
        ),
        data_key="event",
        load_default=(),
        validate=validate.Length(max=MOST_EVENTS),
        metadata={"description": "The other start events as NAME=DATE", "example": ["filed=2025-06-05"]},
    )
    channel = fields.String(
        load_default="electronic",
        validate=validate.Regexp(r"^[a-z_]{1,40}$", error="Код двери, например portal."),
        metadata={"description": "A door of this tenant whose hour counts, or `electronic`"},
    )


class TermRuleSchema(ma.Schema):
    """How a term is counted; `rule` says it in Russian."""

    term = fields.String(required=True)
    rule = fields.String(required=True)
    start_event = fields.Enum(StartEvent, by_value=True, required=True)
    start_event_title = fields.String(required=True)
    length = fields.Integer(required=True, allow_none=True)
    unit = fields.Enum(Unit, by_value=True, required=True)
    direction = fields.Enum(Direction, by_value=True, required=True)
    following_day = fields.Boolean(required=True)
    week = fields.Integer(required=True, allow_none=True)
    cutoff = fields.String(required=True, allow_none=True)
    combine = fields.Enum(Combine, by_value=True, required=True, allow_none=True)
    parts = fields.List(fields.Nested(lambda: TermRuleSchema()), required=True)


class FederalTermSchema(TermRuleSchema):
    """The Procedure's own term, where the region counts another one."""

    clauses = fields.List(fields.String(), required=True)


class DeviationActSchema(ma.Schema):
    """The act by which a region is weaker than the Procedure."""

    act = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    date = fields.String(required=True, metadata={"format": "date"})


class RegionTermSchema(TermRuleSchema):
    """A term of the region. `federal` is null where the region counts as the Procedure does, or the Procedure not."""

    title = fields.String(required=True)
    owed_by = fields.Enum(Role, by_value=True, required=True)
    owed_by_title = fields.String(required=True)
    action = fields.String(required=True)
    hardness = fields.Enum(Hardness, by_value=True, required=True)
    clauses = fields.List(fields.String(), required=True)
    sources = fields.List(fields.String(), required=True)
    federal = fields.Nested(FederalTermSchema, required=True, allow_none=True)
    deviation = fields.Nested(DeviationActSchema, required=True, allow_none=True)


class LaterEditionSchema(ma.Schema):
    """An edition that comes into force after the one that answers."""

    in_force = fields.String(required=True, metadata={"format": "date"})
    edition = fields.String(required=True)


class InForceSchema(ma.Schema):
    """The rules that answer: those of `season`, opened on `day`, or without a season those in force on `day`.

    `note` says by whose act a year without an own one is held.
    """

    version = fields.String(required=True)
    year = fields.Integer(required=True)
    edition = fields.String(required=True)
    in_force = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    season = fields.String(required=True, allow_none=True)
    day = fields.String(required=True, metadata={"format": "date"})
    note = fields.String(required=True, allow_none=True)
    later = fields.List(fields.Nested(LaterEditionSchema), required=True)


class RegionTermsSchema(ma.Schema):
    """Every term of a tenant; `deviations` are the ids of those that are weaker than the Procedure by an act."""

    tenant = fields.String(required=True)
    zone = fields.String(required=True)
    rule_version = fields.String(required=True)
    in_force = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    calendar_version = fields.String(required=True)
    rules = fields.Nested(InForceSchema, required=True)
    terms = fields.List(fields.Nested(RegionTermSchema), required=True)
    deviations = fields.List(fields.String(), required=True)


class CountedDaySchema(ma.Schema):
    """A day that the count passed, and why it counts or not."""

    date = fields.String(required=True, metadata={"format": "date"})
    counts = fields.Boolean(required=True)
    reason = fields.String(required=True)


class CountSchema(ma.Schema):
    """A counted term. `opens` and `due` (the last second) are in the tenant's zone; `due` null: an event is missing.

    `federal` and `federal_due` are null where the Procedure itself sets no such term.
    """

    class Meta:
        """What later terms say besides is passed on."""

        unknown = ma.INCLUDE

    term = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    clauses = fields.List(fields.String(), required=True)
    start_event = fields.String(required=True)
    started = fields.String(required=True, data_key="from")
    opens = fields.String(required=True, allow_none=True)
    due = fields.String(required=True, allow_none=True)
    length = fields.Integer(required=True, allow_none=True)
    unit = fields.Enum(Unit, by_value=True, required=True)
    direction = fields.Enum(Direction, by_value=True, required=True)
    week = fields.Integer(required=True, allow_none=True)
    cutoff = fields.String(required=True, allow_none=True)
    zone = fields.String(required=True)
    calendar_version = fields.String(required=True)
    hardness = fields.Enum(Hardness, by_value=True, required=True)
    steps = fields.List(fields.Nested(CountedDaySchema), required=True)
    parts = fields.List(fields.Nested(lambda: CountSchema()), required=True)
    federal_due = fields.String(required=True, allow_none=True)
    federal = fields.Nested(lambda: CountSchema(), required=True, allow_none=True)


class CountAnswerSchema(CountSchema):
    """The explanation, whose it is, by which rules, and the titles of the acts by the prefix of their clauses."""

    tenant = fields.String(required=True)
    rules = fields.Nested(InForceSchema, required=True)
    acts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class CalendarChangeSchema(ma.Schema):
    """A change of the calendar: what became of it, and how far the recount is that puts it in force.

    While it is `approved`, `counted` of `total` running clocks are counted, and none has moved yet; both are null where
    no job was needed. `moved` says how many dates it has moved once it is `applied`.
    """

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    calendar_version = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.Enum(VersionState, by_value=True, required=True)
    counted = fields.Integer(required=True, allow_none=True)
    total = fields.Integer(required=True, allow_none=True)
    moved = fields.Integer(required=True)

"""What the API takes and gives about cases."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from apella.appeals.journal import REFUSAL_GROUNDS
from apella.appeals.model import Applicant, HearingMode, ProxyIssuer
from apella.appeals.states import AppealKind, Attendance, Outcome, State, SuspensionReason
from apella.deadlines.model import DeadlineState
from apella.deadlines.warnings import BROKEN, STEPS
from apella.identity.roles import Role
from apella.regions.codes import ChannelCode

# PostgreSQL's text holds anything but NUL; a limit keeps one request from filling the database.
NO_NUL = validate.Regexp(r"\A[^\x00]*\Z", error="Уберите невидимый символ NUL.")


def text(most: int, **more: Any) -> fields.String:
    """A text field of at most `most` characters."""
    return fields.String(validate=[validate.Length(max=most, error="Не больше {max} символов."), NO_NUL], **more)


def issuer_field() -> fields.Enum[ProxyIssuer]:
    """Who gave a power of attorney; another word is refused with those that there are."""
    return fields.Enum(
        ProxyIssuer,
        by_value=True,
        load_default=None,
        allow_none=True,
        error_messages={"unknown": "Доверенность выдаёт appellant (апеллянт) или parent (родитель)."},
    )


class Strict(ma.Schema):
    """A body in which an unknown field is an error."""

    class Meta:
        """Refuse what is not known."""

        unknown = ma.RAISE


class VersionSchema(Strict):
    """A verb on a case: `version` is the one that the actor saw."""

    version = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=2**31 - 1), metadata={"example": 3}
    )


class PresenceSchema(Strict):
    """Who of the appellant's side wants to be there; nobody means consideration in absence.

    `proxy_issuer`: who gives the representative the power of attorney.
    """

    participant = fields.Boolean(load_default=False)
    parent = fields.Boolean(load_default=False)
    proxy = fields.Boolean(load_default=False)
    proxy_issuer = issuer_field()


class ApplicationSchema(Strict):
    """An application: which exam work, by which door, and what the door's rules ask for."""

    kind = fields.Enum(AppealKind, by_value=True, required=True)
    channel = fields.Enum(ChannelCode, by_value=True, required=True)
    work_id = fields.UUID(required=True)
    presence = fields.Nested(PresenceSchema, required=True)
    hearing_mode = fields.Enum(HearingMode, by_value=True, load_default=None, allow_none=True)
    forms_confirmed = fields.Boolean(load_default=None, allow_none=True)
    disputed = fields.List(
        fields.String(validate=validate.Regexp(r"^[BCD][1-9][0-9]?$", error="Позиция записывается как C3.")),
        load_default=list,
        validate=validate.Length(max=100),
    )
    statement = text(5000, load_default=None, allow_none=True)
    phone = text(40, load_default=None, allow_none=True)
    email = text(254, load_default=None, allow_none=True)
    filed_at = fields.AwareDateTime(load_default=None, allow_none=True)
    outside_number = text(40, load_default=None, allow_none=True)
    remote_site = text(40, load_default=None, allow_none=True)


class CertifySchema(VersionSchema):
    """How many copies of the paper were signed."""

    copies = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=3))


class ForwardSchema(VersionSchema):
    """Handing on; a procedure appeal goes with the conclusion of the check."""

    check_conclusion = text(5000, load_default=None, allow_none=True)


class AcceptWithdrawalSchema(VersionSchema):
    """The written application by which a withdrawal is taken in: its date, and who signed it."""

    application_date = fields.Date(load_default=None, allow_none=True)
    application_by = fields.Enum(Applicant, by_value=True, load_default=None, allow_none=True)


class RefuseSchema(VersionSchema):
    """Why the case may not be considered."""

    ground = fields.String(required=True, validate=validate.OneOf(sorted(REFUSAL_GROUNDS)))


class ReasonSchema(VersionSchema):
    """A verb that asks for a reason."""

    reason = text(2000, required=True)


class BasisSchema(VersionSchema):
    """A verb that rests on a paper: its number and its day."""

    basis_number = text(60, required=True)
    basis_date = fields.Date(required=True)


class SuspendSchema(BasisSchema):
    """Why the case stands still; `documents_requested`: the federal centre waits for papers of the case."""

    reason = fields.Enum(SuspensionReason, by_value=True, required=True)
    documents_requested = fields.Boolean(load_default=False)


class GoOnSchema(BasisSchema):
    """How a pause ends; `outside_told`: who reported the matter knows what the inquiry found."""

    outside_told = fields.Boolean(load_default=False)


class NextSchema(ma.Schema):
    """An open obligation of a case: who owes which action by when."""

    term = fields.String(required=True)
    title = fields.String(required=True)
    owed_by = fields.Enum(Role, by_value=True, required=True)
    action = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    breached = fields.Boolean(required=True)
    warned = fields.Integer(required=True, metadata={"description": "Last warning step, per cent of the term"})


class PlanStepSchema(ma.Schema):
    """A remaining step: its last beginning (null once it is under way) and its last end, both exclusive."""

    term = fields.String(required=True)
    title = fields.String(required=True)
    starts_by = fields.AwareDateTime(required=True, allow_none=True)
    ends_by = fields.AwareDateTime(required=True)
    clauses = fields.List(fields.String(), required=True)


class PlanBreakSchema(ma.Schema):
    """What cannot be kept any more: by how many working days, and the first day on which the hearing can be."""

    term = fields.String(required=True)
    clauses = fields.List(fields.String(), required=True)
    working_days = fields.Integer(required=True)
    earliest = fields.Date(required=True, allow_none=True)


class PlanSchema(ma.Schema):
    """A case planned back from `limit`. `next_by` is when somebody has to act next; `tight`: a day or less before."""

    limit = fields.AwareDateTime(required=True)
    next_by = fields.AwareDateTime(required=True)
    tight = fields.Boolean(required=True)
    broken = fields.Nested(PlanBreakSchema, required=True, allow_none=True)
    steps = fields.List(fields.Nested(PlanStepSchema), required=True)


class HearingSchema(ma.Schema):
    """Where and when a case is heard; `representation_id` is the recorded representative who acts for the appellant."""

    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    consultation_at = fields.AwareDateTime(allow_none=True)
    mode = fields.Enum(HearingMode, by_value=True, required=True)
    site_code = fields.String(allow_none=True)
    queue_number = fields.Integer(allow_none=True)
    place = fields.String(required=True)
    representation_id = fields.UUID(allow_none=True)


class CaseSchema(ma.Schema):
    """A case. `actions` are those that the caller may take now; `next` what is owed, the earliest first."""

    id = fields.UUID(required=True)
    kind = fields.Enum(AppealKind, by_value=True, required=True)
    state = fields.Enum(State, by_value=True, required=True)
    version = fields.Integer(required=True)
    round = fields.Integer(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    attendance = fields.Enum(Attendance, by_value=True, required=True, allow_none=True)
    channel = fields.String(required=True)
    receipt_number = fields.String(required=True)
    outside_number = fields.String(required=True, allow_none=True)
    journal_number = fields.String(required=True, allow_none=True)
    subject_code = fields.String(required=True)
    exam_date = fields.Date(required=True)
    work_id = fields.UUID(required=True, allow_none=True)
    filed_at = fields.AwareDateTime(required=True)
    registered_at = fields.AwareDateTime(required=True, allow_none=True)
    certified_at = fields.AwareDateTime(required=True, allow_none=True)
    certified_copies = fields.Integer(required=True, allow_none=True)
    filed_late = fields.Boolean(required=True)
    filed_after_regional_limit = fields.Boolean(required=True)
    proxy_issuer = fields.Enum(ProxyIssuer, by_value=True, required=True, allow_none=True)
    withdrawal_accepted_at = fields.AwareDateTime(required=True, allow_none=True)
    withdrawal_application_date = fields.Date(required=True, allow_none=True)
    withdrawal_application_by = fields.Enum(Applicant, by_value=True, required=True, allow_none=True)
    hearing_mode = fields.Enum(HearingMode, by_value=True, required=True)
    wished_site_code = fields.String(required=True, allow_none=True)
    hearing = fields.Nested(HearingSchema, required=True, allow_none=True)
    suspended_for = fields.Enum(SuspensionReason, by_value=True, required=True, allow_none=True)
    next = fields.List(fields.Nested(NextSchema), required=True)
    plan = fields.Nested(PlanSchema, required=True, allow_none=True)
    actions = fields.List(fields.String(), required=True)


class JournalQuerySchema(ma.Schema):
    """Filters and place of a page of the journal."""

    class Meta:
        """Other parameters are passed by: links carry them."""

        unknown = ma.EXCLUDE

    state = fields.Enum(State, by_value=True)
    kind = fields.Enum(AppealKind, by_value=True)
    subject = fields.String(validate=validate.Regexp(r"^\d\d$", error="Код предмета – две цифры."))
    number = text(40)
    owed = fields.String(validate=validate.Regexp(r"^[a-z_]+(\.[a-z_]+)+$", error="Код срока, например kit.request."))
    warned = fields.Integer(validate=validate.OneOf((*STEPS, BROKEN)))
    cursor = text(400)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class JournalSearchSchema(JournalQuerySchema):
    """The same with a surname, or its beginning: sent in the body, since it has no place in an address."""

    surname = text(80)


class JournalLineSchema(ma.Schema):
    """A line of the journal; `due` is the earliest open obligation."""

    id = fields.UUID(required=True)
    kind = fields.Enum(AppealKind, by_value=True, required=True)
    state = fields.Enum(State, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    receipt_number = fields.String(required=True)
    journal_number = fields.String(required=True, allow_none=True)
    appellant = fields.String(required=True)
    subject_code = fields.String(required=True)
    exam_date = fields.Date(required=True)
    filed_at = fields.AwareDateTime(required=True)
    due_term = fields.String(required=True, allow_none=True)
    due = fields.AwareDateTime(required=True, allow_none=True)


class JournalSchema(ma.Schema):
    """A page of the journal; `next` is the cursor of the following page, null at the end."""

    items = fields.List(fields.Nested(JournalLineSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ActingOrderSchema(ma.Schema):
    """The order by which somebody performed a role for its absent holder."""

    number = fields.String(required=True)
    day = fields.Date(required=True)


class TransitionSchema(ma.Schema):
    """A move of a case. `actor` is a sign-in name of staff, of others their kind: `participant`, `representative`."""

    seq = fields.Integer(required=True)
    action = fields.String(required=True)
    from_state = fields.Enum(State, by_value=True, required=True, allow_none=True)
    to_state = fields.Enum(State, by_value=True, required=True)
    actor = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    acting = fields.Nested(ActingOrderSchema, required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True, allow_none=True)


class ClockSchema(ma.Schema):
    """A clock of a case with its count (contract: explain.schema.json).

    `breached` is a broken term; `passed` is advice whose time is over, which breaks none.
    """

    term = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.Enum(DeadlineState, by_value=True, required=True)
    owed_by = fields.Enum(Role, by_value=True, required=True)
    action = fields.String(required=True)
    clauses = fields.List(fields.String(), required=True)
    due = fields.AwareDateTime(required=True)
    federal_due = fields.AwareDateTime(required=True, allow_none=True)
    met_at = fields.AwareDateTime(required=True, allow_none=True)
    explanation = fields.Dict(required=True)


class WorkSchema(ma.Schema):
    """An exam work that an appeal may be filed on, with its window.

    The scores are null before the result, and for staff who take in no appeals about scores.
    """

    id = fields.UUID(required=True)
    subject_code = fields.String(required=True)
    subject = fields.String(required=True)
    exam_date = fields.Date(required=True)
    participant = fields.String(required=True)
    primary_score = fields.Integer(required=True, allow_none=True)
    test_score = fields.Integer(required=True, allow_none=True)
    positions = fields.List(fields.String(), required=True)
    opens = fields.AwareDateTime(required=True, allow_none=True)
    due = fields.AwareDateTime(required=True, allow_none=True)


class WorkSearchSchema(ma.Schema):
    """Whose works: the registration code, sent in the body, since it has no place in an address."""

    participant = fields.String(required=True, validate=[validate.Length(min=1, max=64), NO_NUL])


class PositionSchema(ma.Schema):
    """A scoring position with the mark in force."""

    task_type = fields.String(required=True)
    position = fields.Integer(required=True)
    task = fields.String(required=True)
    criterion = fields.String(required=True, allow_none=True)
    mark = fields.Integer(required=True)
    max_mark = fields.Integer(required=True)


class ChannelSchema(ma.Schema):
    """A door for one kind of appeal: who enters it, for whom, and what it asks for.

    `dated`: appeals arrive there before they are entered, so `filed_at` must be given. `certified_by` are the roles of
    which one signs each of the `copies` before the paper is handed on; empty where nobody has to.
    """

    kind = fields.Enum(AppealKind, by_value=True, required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    categories = fields.List(fields.String(), required=True)
    operator = fields.String(required=True)
    start_state = fields.String(required=True)
    forwarded_by = fields.List(fields.String(), required=True)
    copies = fields.Integer(required=True)
    certified_by = fields.List(fields.String(), required=True)
    dated = fields.Boolean(required=True)
    required_fields = fields.List(fields.String(), required=True)
    open = fields.Boolean(required=True)


class MeSchema(ma.Schema):
    """Who is signed in; `csrf_token` goes into the header X-CSRF-Token of every request that changes something.

    `acting_for` are those of the roles that are performed for an absent holder.
    """

    login = fields.String(required=True)
    roles = fields.List(fields.Enum(Role, by_value=True), required=True)
    acting_for = fields.List(fields.Enum(Role, by_value=True), required=True)
    season = fields.String(required=True)
    now = fields.AwareDateTime(required=True)
    zone = fields.String(required=True)
    csrf_token = fields.String(required=True)

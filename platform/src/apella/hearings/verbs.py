"""The verbs of preparing and beginning a hearing, for API and console."""

from __future__ import annotations

from marshmallow import fields, validate

from apella.appeals.schemas import Strict, VersionSchema, issuer_field, text
from apella.appeals.verb import Verb
from apella.experts import service as experts
from apella.experts.service import Proposal
from apella.hearings import service as hearings
from apella.materials import service as materials
from apella.registry.model import TaskType


class ReceiveKitSchema(VersionSchema):
    """Taking in the kit; what is missing needs a reason."""

    absent_reason = text(1000, load_default=None, allow_none=True)


class AssignExpertSchema(VersionSchema):
    """Taking an expert."""

    expert_id = fields.UUID(required=True)
    named_by_subject_chair = fields.Boolean(load_default=True)


class ProposalSchema(Strict):
    """The expert's mark for one position, with the argument."""

    task_type = fields.Enum(TaskType, by_value=True, required=True)
    position = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=99))
    proposed = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=100))
    criterion = text(20, load_default=None, allow_none=True)
    argument = text(5000, required=True)


class ConcludeSchema(VersionSchema):
    """The expert's conclusion."""

    summary = text(10_000, required=True)
    proposals = fields.List(fields.Nested(ProposalSchema), load_default=list, validate=validate.Length(max=100))


class ScheduleSchema(VersionSchema):
    """A time for the hearing: when its first part begins, with the zone's offset."""

    starts_at = fields.AwareDateTime(required=True)
    site_code = text(40, load_default=None, allow_none=True)
    reason = text(2000, load_default=None, allow_none=True)


class RescheduleSchema(ScheduleSchema):
    """Another time; the reason is required."""

    reason = text(2000, required=True)


class OpenHearingSchema(VersionSchema):
    """Who came, whether their documents were checked and the materials confirmed.

    `representation_id` is the recorded parent or proxy who stands for the appellant, one of those that
    `/appeals/{id}/hearing-representatives` gives; `proxy_issuer` is asked only of a proxy who is not recorded.
    """

    came = fields.List(
        fields.String(validate=validate.OneOf(["participant", "parent", "proxy"])),
        load_default=list,
        validate=validate.Length(max=3),
    )
    proxy_issuer = issuer_field()
    representation_id = fields.UUID(load_default=None, allow_none=True)
    identity_checked = fields.Boolean(load_default=False)
    materials_confirmed = fields.Boolean(load_default=None, allow_none=True)


VERBS = (
    Verb(
        action="request_kit",
        title="Запросить комплект",
        schema=VersionSchema,
        call=lambda desk, case_id, version, _: materials.request_kit(desk, case_id=case_id, version=version),
        terms=("kit.request",),
    ),
    Verb(
        action="receive_kit",
        title="Передать комплект в комиссию",
        schema=ReceiveKitSchema,
        call=lambda desk, case_id, version, body: materials.receive_kit(
            desk, case_id=case_id, version=version, absent_reason=body["absent_reason"]
        ),
        terms=("kit.receipt",),
    ),
    Verb(
        action="assign_expert",
        title="Назначить эксперта",
        schema=AssignExpertSchema,
        call=lambda desk, case_id, version, body: experts.assign_expert(
            desk,
            case_id=case_id,
            version=version,
            expert_id=body["expert_id"],
            named_by_subject_chair=body["named_by_subject_chair"],
        ),
        terms=("expert.assignment",),
    ),
    Verb(
        action="conclude",
        title="Сдать заключение",
        schema=ConcludeSchema,
        call=lambda desk, case_id, version, body: experts.conclude(
            desk,
            case_id=case_id,
            version=version,
            summary=body["summary"],
            proposals=[Proposal(**line) for line in body["proposals"]],
        ),
        terms=("expert.conclusion",),
        warning="Сданное заключение не меняют: его увидят комиссия и апеллянт.",
    ),
    Verb(
        action="schedule",
        title="Назначить время",
        schema=ScheduleSchema,
        call=lambda desk, case_id, version, body: hearings.schedule(
            desk,
            case_id=case_id,
            version=version,
            starts_at=body["starts_at"],
            site_code=body["site_code"],
            reason=body["reason"],
        ),
        terms=("hearing.schedule",),
        warning="Апеллянту сразу уйдёт сообщение о времени и месте.",
    ),
    Verb(
        action="reschedule",
        title="Перенести рассмотрение",
        schema=RescheduleSchema,
        call=lambda desk, case_id, version, body: hearings.reschedule(
            desk,
            case_id=case_id,
            version=version,
            starts_at=body["starts_at"],
            site_code=body["site_code"],
            reason=body["reason"],
        ),
        warning="Апеллянту сразу уйдёт сообщение о новом времени; прежнее останется в истории.",
    ),
    Verb(
        action="open_hearing",
        title="Открыть рассмотрение",
        schema=OpenHearingSchema,
        call=lambda desk, case_id, version, body: hearings.open_hearing(
            desk,
            case_id=case_id,
            version=version,
            came=frozenset(body["came"]),
            identity_checked=body["identity_checked"],
            materials_confirmed=body["materials_confirmed"],
            proxy_issuer=body["proxy_issuer"],
            representation_id=body["representation_id"],
        ),
        warning="Отозвать апелляцию после этого нельзя.",
    ),
)

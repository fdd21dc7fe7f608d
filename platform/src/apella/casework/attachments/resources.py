"""The API of papers attached to a case: announce one, send its bytes to the store, say so, read what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from apella.casework import reading
from apella.casework.schemas import LinkSchema
from apella.materials import attachments
from apella.materials.model import Attachment, AttachmentKind
from apella.storage.model import FileState, StoredFile
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import app_of, desk

api = blueprint("attachments", __name__, "Papers attached to a case: announced, sent, checked, opened")

STATES: Mapping[FileState, str] = {
    FileState.QUARANTINE: "Файл проверяется; апелляция от этого не ждёт",
    FileState.CLEAN: "Файл принят",
    FileState.REJECTED: "Файл не принят",
    FileState.ERASED: "Файл стёрт вместе с личными данными",
}


class AnnouncedSchema(Schema):
    """Which file is to come."""

    kind = fields.Enum(AttachmentKind, by_value=True, required=True)
    file_name = fields.String(required=True, validate=validate.Length(min=1, max=255))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**40))
    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


class AttachmentSchema(Schema):
    """A paper attached to a case; `message` says in Russian how it stands, and of a rejected one what to do."""

    id = fields.UUID(required=True)
    kind = fields.Enum(AttachmentKind, by_value=True, required=True)
    file_name = fields.String(required=True)
    size = fields.Integer(required=True)
    state = fields.Enum(FileState, by_value=True, required=True)
    message = fields.String(required=True)
    announced_at = fields.AwareDateTime(required=True)
    mine = fields.Boolean(required=True)


class UploadSchema(Schema):
    """Where the bytes go: one PUT of exactly what was announced, with these headers, until the address ends."""

    url = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = fields.AwareDateTime(required=True)


class ToSendSchema(AttachmentSchema):
    """An announced paper with the place for its bytes."""

    upload = fields.Nested(UploadSchema, required=True)


@api.route("/appeals/<uuid:case_id>/attachments")
@api.response(200, AttachmentSchema(many=True))
def attached(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The papers attached to a case."""
    at = desk()
    appeal = reading.case_to_read(at, case_id)
    return [_document(attachment, file) for attachment, file in attachments.attachments_of(at, appeal)]


@api.route("/appeals/<uuid:case_id>/attachments", methods=["POST"])
@api.arguments(AnnouncedSchema)
@api.response(201, ToSendSchema)
def announce(body: dict[str, Any], tenant: str, case_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the same
    """Announce a paper; the answer says where its bytes go."""
    announced = attachments.announce(
        desk(),
        app_of().store,
        case_id=case_id,
        kind=body["kind"],
        file_name=body["file_name"],
        size=body["size"],
        sha256=bytes.fromhex(body["sha256"]),
    )
    return {**_document(announced.attachment, announced.file), "upload": announced.upload}


@api.route("/appeals/<uuid:case_id>/attachments/<uuid:attachment_id>/sent", methods=["POST"])
@api.response(200, AttachmentSchema)
def sent(tenant: str, case_id: uuid.UUID, attachment_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the same
    """Say that the bytes were sent: the check begins."""
    return _document(*attachments.sent(desk(), case_id=case_id, attachment_id=attachment_id))


@api.route("/appeals/<uuid:case_id>/attachments/<uuid:attachment_id>/link", methods=["POST"])
@api.response(201, LinkSchema)
@api.alt_response(409, response=PROBLEM)
def link(tenant: str, case_id: uuid.UUID, attachment_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the same
    """Make a short-lived link to a checked paper; that it was made, and for whom, stands in the audit."""
    at = desk()
    made = attachments.link_to(at, app_of().store, reading.case_for(at, case_id), attachment_id)
    return {"url": made.url, "expires_at": made.expires_at}


def _document(attachment: Attachment, file: StoredFile) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "kind": attachment.kind,
        "file_name": file.file_name,
        "size": file.size,
        "state": file.state,
        "message": attachment.refusal or STATES[file.state],
        "announced_at": attachment.announced_at,
        "mine": attachment.sender_id == desk().actor.person_id,
    }

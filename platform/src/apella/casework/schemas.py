"""What the API gives of documents and experts of a case."""

from __future__ import annotations

from marshmallow import Schema, fields


class DocumentSchema(Schema):
    """A document of a case."""

    id = fields.UUID(required=True)
    form = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.Integer(required=True)
    file_name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)


class LinkSchema(Schema):
    """A short-lived address of a file."""

    url = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class ExpertSchema(Schema):
    """An expert of the case's subject; with obstacles this one may not be taken."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    obstacles = fields.List(fields.String(), required=True)
    held = fields.Integer(required=True, data_key="load")


class DocumentNumberSchema(Schema):
    """The appellant's identity document in full; that it was seen stands in the audit."""

    document = fields.String(required=True)

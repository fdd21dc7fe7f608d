"""The API of the journal: the cases within the caller's reach, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apella.appeals.repository import JournalCursor, JournalFilter, journal_page
from apella.appeals.schemas import JournalQuerySchema, JournalSchema, JournalSearchSchema
from apella.errors import Malformed
from apella.identity.people import sort_key
from apella.identity.permissions import require
from apella.regions.codes import PowerCode
from apella.web.api import blueprint, decode_cursor, encode_cursor
from apella.web.requests import desk

api = blueprint("journal", __name__, "The journal of cases")


@api.get("/appeals")
@api.arguments(JournalQuerySchema, location="query")
@api.response(200, JournalSchema)
def show(query: Mapping[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """The cases within the caller's reach, the newest filing first; refused to roles that have none before them."""
    return _page(query)


@api.post("/appeals/search")
@api.arguments(JournalSearchSchema)
@api.response(200, JournalSchema)
def search(body: Mapping[str, Any], tenant: str) -> dict[str, Any]:  # noqa: ARG001 the same
    """The same by a surname, or its beginning. Changes nothing."""
    return _page(body)


def _page(query: Mapping[str, Any]) -> dict[str, Any]:
    at = desk()
    require(at.actor, "see_case")
    limit = query["limit"]
    lines = journal_page(
        at.session,
        at.actor,
        JournalFilter(
            state=query.get("state"),
            kind=query.get("kind"),
            subject_code=query.get("subject"),
            surname=sort_key(query["surname"], "") if query.get("surname") else None,
            number=query.get("number"),
            owed=query.get("owed"),
            warned=query.get("warned"),
        ),
        cursor=_cursor(query.get("cursor")),
        limit=limit + 1,
    )
    page, more = lines[:limit], len(lines) > limit
    return {
        "items": [
            {
                **{
                    name: getattr(line.appeal, name)
                    for name in ("id", "kind", "state", "receipt_number", "journal_number", "filed_at")
                },
                "outcome": line.appeal.outcome
                if at.actor.has_power(PowerCode.READ_DECISION, subject_code=line.subject_code, year=line.exam_date.year)
                else None,
                "appellant": " ".join(part for part in (line.surname, line.given_name, line.patronymic) if part),
                "subject_code": line.subject_code,
                "exam_date": line.exam_date,
                "due_term": line.due_term,
                "due": line.due_at,
            }
            for line in page
        ],
        "next": encode_cursor({"at": page[-1].appeal.filed_at.isoformat(), "id": str(page[-1].appeal.id)})
        if more
        else None,
    }


def _cursor(text: str | None) -> JournalCursor | None:
    if text is None:
        return None
    values = decode_cursor(text)
    try:
        return JournalCursor(filed_at=datetime.fromisoformat(values["at"]), case_id=uuid.UUID(values["id"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("Эта ссылка на страницу списка неверна: откройте список сначала.", code="cursor") from error

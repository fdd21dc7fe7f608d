"""Looking is a deed too: who saw personal data in full, an exam work, a document of a case."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.audit.model import AuditView
from apella.audit.trail import record
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.identity.actor import Actor

AGAIN_AFTER: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=1)

What = Literal["person", "work", "document"]
TAGS: Final[dict[What, str]] = {
    "person": "person:document:seen",
    "work": "work:images:seen",
    "document": "document:form:seen",
}
"""person: a document's number, a phone or an address in full; work: scans, a recording, a kit; document: a paper."""


def record_view(
    session: Session,
    *,
    actor: Actor,
    what: What,
    subject_id: uuid.UUID,
    case_id: uuid.UUID | None = None,
    case_at: datetime | None = None,
    role: str | None = None,
    field: str | None = None,
) -> bool:
    """Record that this actor sees the subject now; once per session and subject within an hour of machine time.

    One statement when it was recorded lately. Call it before the data are opened, in the transaction that answers:
    an answer leaves only after COMMIT, so what cannot be recorded is not shown. Says whether an event was made.
    """
    viewer = actor.session_id or actor.person_id
    if viewer is None:
        raise RuntimeError("only people look at things")
    found = insert(AuditView).values(
        tenant_id=tenant_of_new_rows(),
        id=new_id(),
        viewer_id=viewer,
        what=what,
        subject_id=subject_id,
        seen_at=sql.now(),
    )
    fresh = session.scalars(
        found.on_conflict_do_update(
            index_elements=["tenant_id", "viewer_id", "what", "subject_id"],
            set_={"seen_at": sql.now()},
            where=AuditView.seen_at <= sql.now() - AGAIN_AFTER,
        ).returning(AuditView.id)
    ).one_or_none()
    if fresh is None:
        return False
    record(
        session,
        actor=actor,
        tag=TAGS[what],
        subject_type=what,
        subject_id=subject_id,
        case_id=case_id,
        case_at=case_at,
        role=role,
        after=None if field is None else {"field": field},
    )
    return True


def forget_views(session: Session, *, machine_now: datetime) -> None:
    """Remove marks that no longer hold back an event."""
    session.execute(delete(AuditView).where(AuditView.seen_at < machine_now - KEPT))

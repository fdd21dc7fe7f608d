"""Looking is a deed too: who opened a case, the marks of a work, somebody's works or record, a document's number."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, select
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

MANY: Final = 120
"""More different people than that, looked up by one person within an hour, are worth waking somebody."""

What = Literal["case", "marks", "works", "visitor", "person"]
TAGS: Final[dict[What, str]] = {
    "case": "case:record:seen",
    "marks": "work:marks:seen",
    "works": "person:works:seen",
    "visitor": "person:record:seen",
    "person": "person:document:seen",
}
"""works and visitor: somebody looked up at a desk or a counter; person: a document's number in full."""
_SUBJECTS: Final[dict[What, str]] = {
    "case": "appeal",
    "marks": "work",
    "works": "person",
    "visitor": "person",
    "person": "person",
}
_LOOKED_UP: Final[tuple[What, ...]] = ("works", "visitor")

log = logging.getLogger("apella.security")


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
    Whoever looks up more than MANY people within an hour is named in the log of security, and not refused.
    """
    looks_up = what in _LOOKED_UP
    # People who are looked up are counted for the person: signing in anew would begin the count anew.
    viewer = actor.person_id if looks_up else actor.session_id or actor.person_id
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
        subject_type=_SUBJECTS[what],
        subject_id=subject_id,
        case_id=case_id,
        case_at=case_at,
        role=role,
        after=None if field is None else {"field": field},
    )
    if looks_up:
        _warn_of_many(session, actor, viewer)
    return True


def forget_views(session: Session, *, machine_now: datetime) -> None:
    """Remove marks that no longer hold back an event."""
    session.execute(delete(AuditView).where(AuditView.seen_at < machine_now - KEPT))


def _warn_of_many(session: Session, actor: Actor, viewer: uuid.UUID) -> None:
    looked_up = session.scalar(
        select(sql.count(AuditView.subject_id.distinct())).where(
            AuditView.viewer_id == viewer,
            AuditView.what.in_(_LOOKED_UP),
            AuditView.seen_at > sql.now() - AGAIN_AFTER,
        )
    )
    if looked_up is not None and looked_up > MANY:
        told = {"code": "security.lookups", "person_id": viewer, "tenant": actor.slug, "count": looked_up}
        log.warning("many people looked up", extra=told)

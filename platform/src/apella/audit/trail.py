"""Writing the audit chain: events are collected during the work and inserted as its last statement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.db.unit_of_work import before_commit
from apella.identity.actor import Actor

_BUFFER = "apella.audit"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A refused deed that the chain keeps although its transaction is rolled back (glossary: self-service doors).

    Stands on an error's `attempt`; whoever answers the error writes it by `record_attempt` in a new transaction.
    """

    actor: Actor
    tag: str
    subject_type: str
    subject_id: uuid.UUID
    case_at: datetime
    code: str


def record_attempt(session: Session, attempt: Attempt) -> None:
    """Write a refused deed to the chain."""
    record(
        session,
        actor=attempt.actor,
        tag=attempt.tag,
        subject_type=attempt.subject_type,
        subject_id=attempt.subject_id,
        case_at=attempt.case_at,
        after={"refused": attempt.code},
    )


def record(
    session: Session,
    *,
    actor: Actor,
    tag: str,
    subject_type: str,
    subject_id: uuid.UUID,
    case_id: uuid.UUID | None = None,
    case_at: datetime | None = None,
    role: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add one event to this unit of work; it is written just before COMMIT, or not at all.

    `tag` is `subject:part:verb`, such as `appeal:expert:assigned`. `before` and `after` hold ids, codes, numbers and
    field names, never names of people, documents, phones or texts that people wrote. `case_at` is case time. A deed in
    a role that the actor performs for another says by which order (`after.acting`).
    """
    events: list[dict[str, Any]] = session.info.setdefault(_BUFFER, [])
    events.append(
        {
            "tenant_id": tenant_of_new_rows(),
            "id": new_id(),
            "case_at": case_at,
            "season_id": actor.season_id,
            "actor_id": actor.person_id,
            "actor_login": actor.recorded_as,
            "role": role,
            "tag": tag,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "case_id": case_id,
            "changes": canonical({"before": before or {}, "after": {**(after or {}), **_acting(actor, role)}}),
            "reason": reason,
        }
    )
    before_commit(session, _BUFFER, _write, last=True)


def _acting(actor: Actor, role: str | None) -> dict[str, Any]:
    """By which order this actor has the role, where it is another's; empty for an own one."""
    found = next((one for one in actor.acting if one.role == role), None)
    if found is None:
        return {}
    order = {"substitution": found.substitution_id, "act": found.act_number, "act_date": found.act_date.isoformat()}
    return {"acting": order}


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same value gives the same bytes, and so the same hash."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _write(session: Session) -> None:
    events: list[dict[str, Any]] = session.info.pop(_BUFFER, [])
    # A trigger gives each row its time, its number and its hashes, in the order of the list.
    session.execute(insert(AuditEvent), events)

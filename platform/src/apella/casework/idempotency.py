"""Answering a repeated request with the first answer: the same key and content never act twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func as sql
from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.model import RequestKey
from apella.errors import Conflict


class KeyReused(Conflict):
    """The key came before with another content; `earlier` is what was answered then."""

    code = "idempotency.reused"

    def __init__(self, message: str, *, earlier: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.earlier = earlier


def answered_before(desk: Desk, *, key: str, digest: bytes) -> RequestKey | None:
    """Give the answer that this person's request with this key got, or None for a new key.

    `digest` is the SHA-256 of what the request asks for. Two requests with one key at the same moment follow one
    another: the second waits here for the end of the first one's transaction. Raises KeyReused.
    """
    place = f"{desk.actor.tenant_id}:{desk.actor.person_id}:{key}"
    desk.session.execute(select(sql.pg_advisory_xact_lock(sql.hashtextextended(place, 0))))
    earlier = desk.session.scalars(
        select(RequestKey).where(RequestKey.person_id == desk.actor.person_id, RequestKey.key == key)
    ).one_or_none()
    if earlier is not None and earlier.body_sha256 != digest:
        raise KeyReused("Этот ключ уже отправлен с другим заявлением: возьмите новый.", earlier=earlier.answer)
    return earlier


def remember(desk: Desk, *, key: str, digest: bytes, status: int, answer: dict[str, Any]) -> None:
    """Keep the answer for a repeated request. Raises RuntimeError for the system, which repeats nothing."""
    if desk.actor.person_id is None:
        raise RuntimeError("the system sends no requests")
    desk.session.add(
        RequestKey(person_id=desk.actor.person_id, key=key, body_sha256=digest, status=status, answer=answer)
    )

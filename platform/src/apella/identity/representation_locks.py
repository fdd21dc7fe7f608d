"""Locks on links: first the participant's, then those of the people who represent, these in the order of their names.

A link is decided by both of its ends: whether it is there already by the participant, whether a row and a role are to
be made or taken away by the representative, who may have links to others. Nobody waits in a ring, since whoever holds
the second lock asks for no first one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.identity.model import Person


def hold_participant(session: Session, person_id: uuid.UUID) -> None:
    """Let nobody else change whom this participant is linked with until the transaction ends."""
    _hold(session, f"representation:{person_id}")


def hold_document(session: Session, *, season_id: uuid.UUID, document_index: bytes) -> None:
    """Let nobody else change whom the holder of this document represents, be there a person row of it or not yet."""
    _hold(session, _of_document(season_id, document_index))


def hold_representatives(session: Session, people: Iterable[uuid.UUID]) -> None:
    """Let nobody else change whom these people represent until the transaction ends."""
    rows = session.execute(
        select(Person.id, Person.season_id, Person.document_index).where(Person.id.in_(list(people)))
    )
    places = {
        f"representative:{person_id}" if index is None else _of_document(season_id, index)
        for person_id, season_id, index in rows
    }
    for place in sorted(places):
        _hold(session, place)


def _of_document(season_id: uuid.UUID, index: bytes) -> str:
    return f"representative:{season_id}:{index.hex()}"


def _hold(session: Session, place: str) -> None:
    session.execute(select(sql.pg_advisory_xact_lock(sql.hashtextextended(place, 0))))

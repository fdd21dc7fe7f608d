"""Signed ends of a tenant's chain, written outside the database, so that a chain rebuilt by a superuser is noticed.

A checkpoint's place in the store follows from its number, and the store overwrites nothing: the chain of checkpoints
cannot fork. Who finds another checkpoint in the place of the next one adopts it when it fits the chain (its transaction
was lost), and refuses to go on when it does not (the database was restored, or the chain rebuilt).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.audit.model import AuditCheckpoint, AuditEvent, AuditHead
from apella.audit.offline_verify import CHECKPOINT, is_signed, merkle_root, parsed_checkpoint, signed_bytes
from apella.audit.signing import SigningKey
from apella.db.tenant_context import tenant_of_new_rows
from apella.errors import Conflict
from apella.storage.keys import Area, ObjectKey
from apella.storage.port import ObjectExists, ObjectNotFound, ObjectStore

KIND: Final = "checkpoint"
EVERY: Final = timedelta(minutes=5)
SHORT: Final = 16
"""How many digits of a hash people are shown."""
_LOCK: Final = 0x61756474
_SHELF: Final = 100_000
_FIRST_SHELF: Final = 2000
_PLACES: Final = uuid.UUID("7b0d6d3e-3c0a-5f53-9d5e-4a1f0c6f2e11")


class CheckpointConflict(Conflict):
    """The store holds a checkpoint that the chain in the database does not bear out."""

    code = "audit.checkpoint_conflict"


def write_if_due(
    session: Session, *, store: ObjectStore, key: SigningKey, slug: str, machine_now: datetime
) -> AuditCheckpoint | None:
    """Write a checkpoint when the last one is five minutes old and the chain has grown since."""
    last, head = last_checkpoint(session), _head_seq(session)
    if head == (0 if last is None else last.seq) or (last is not None and machine_now - last.at < EVERY):
        return None
    return write(session, store=store, key=key, slug=slug, machine_now=machine_now, why="sweep")


def write(
    session: Session,
    *,
    store: ObjectStore,
    key: SigningKey,
    slug: str,
    machine_now: datetime,
    why: str,
    after_restore: bool = False,
) -> AuditCheckpoint | None:
    """Sign the chain's present end and store it; the last checkpoint when nothing was added, None of an empty chain.

    Only what is committed is covered. `after_restore` goes on behind checkpoints that the restored database does not
    know; it is the operator's own decision. Raises CheckpointConflict and StorageUnavailable.
    """
    session.execute(select(sql.pg_advisory_xact_lock(_LOCK, int(tenant_of_new_rows()))))
    last = last_checkpoint(session)
    while True:
        head = session.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
        if head is None or (last is not None and last.seq == head.seq and not after_restore):
            return last
        number, previous = (1, "") if last is None else (last.number + 1, _digest(json.loads(last.signed)))
        if after_restore:
            number, previous = _behind(store, slug=slug, number=number, previous=previous)
        first = 1 if last is None else last.seq + 1
        leaves = session.scalars(
            select(AuditEvent.hash).where(AuditEvent.seq.between(first, head.seq)).order_by(AuditEvent.seq)
        ).all()
        body = {
            "format": CHECKPOINT,
            "tenant": slug,
            "chain": int(tenant_of_new_rows()),
            "number": number,
            "first": first,
            "seq": head.seq,
            "hash": head.hash.hex(),
            "root": merkle_root(leaves).hex(),
            "at": machine_now.isoformat(),
            "why": "restored" if after_restore else why,
            "previous": previous,
            "key": key.fingerprint,
        }
        signed = {"checkpoint": body, "signature": key.sign(signed_bytes(CHECKPOINT, body))}
        text = json.dumps(signed, ensure_ascii=False, indent=1) + "\n"
        data = text.encode()
        try:
            store.put(
                checkpoint_key(slug, number),
                data,
                content_type="application/json",
                sha256=hashlib.sha256(data).digest(),
            )
        except ObjectExists:
            last = _adopt(session, _stored(store, slug=slug, number=number), key=key, first=first, number=number)
            continue
        return _enter(session, body, text)


def checkpoint_key(slug: str, number: int) -> ObjectKey:
    """Where a tenant's checkpoint of this number lies; the key's year is a shelf of a hundred thousand of them."""
    return ObjectKey(
        area=Area.EVIDENCE,
        tenant=slug,
        kind=KIND,
        year=_FIRST_SHELF + number // _SHELF,
        id=uuid.uuid5(_PLACES, f"{slug}/{number}"),
    )


def stored_checkpoints(store: ObjectStore, *, slug: str, number: int) -> Iterator[dict[str, Any]]:
    """The stored checkpoints from this number on, as they lie there; one that cannot be read gives an empty body."""
    while True:
        try:
            yield _stored(store, slug=slug, number=number)
        except ObjectNotFound:
            return
        number += 1


def last_checkpoint(session: Session) -> AuditCheckpoint | None:
    """The newest checkpoint that the database knows."""
    return session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.number.desc()).limit(1)).one_or_none()


def _head_seq(session: Session) -> int:
    return session.scalars(select(AuditHead.seq)).one_or_none() or 0


def _stored(store: ObjectStore, *, slug: str, number: int) -> dict[str, Any]:
    return parsed_checkpoint(store.get(checkpoint_key(slug, number))) or {}


def _digest(signed: Mapping[str, Any]) -> str:
    return hashlib.sha256(signed_bytes(CHECKPOINT, signed["checkpoint"])).hexdigest()


def _behind(store: ObjectStore, *, slug: str, number: int, previous: str) -> tuple[int, str]:
    """The first free number of the store, and what stands before it."""
    for stored in stored_checkpoints(store, slug=slug, number=number):
        number += 1
        previous = _digest(stored) if stored else ""
    return number, previous


def _adopt(session: Session, stored: Mapping[str, Any], *, key: SigningKey, first: int, number: int) -> AuditCheckpoint:
    """Take over a checkpoint whose transaction was lost. Raises CheckpointConflict when the chain denies it."""
    body = stored.get("checkpoint", {})
    if (
        not stored
        or not is_signed(key.trusted, body["key"], signed_bytes(CHECKPOINT, body), stored["signature"])
        or body["chain"] != int(tenant_of_new_rows())
        or (body["first"], body["number"]) != (first, number)
        or session.scalars(select(AuditEvent.hash).where(AuditEvent.seq == body["seq"])).one_or_none()
        != bytes.fromhex(body["hash"])
    ):
        raise CheckpointConflict(
            f"Контрольная точка {number} в хранилище не подходит к журналу в базе. Если базу вернули из копии, "
            "выполните: apella audit restored. Если нет – проверьте журнал: apella audit verify.",
        )
    return _enter(session, body, json.dumps(stored, ensure_ascii=False, indent=1) + "\n")


def _enter(session: Session, body: Mapping[str, Any], text: str) -> AuditCheckpoint:
    row = AuditCheckpoint(
        number=body["number"],
        first=body["first"],
        seq=body["seq"],
        hash=bytes.fromhex(body["hash"]),
        at=datetime.fromisoformat(body["at"]),
        why=body["why"],
        signed=text,
    )
    session.add(row)
    session.flush()
    return row

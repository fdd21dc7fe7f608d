"""The nightly check of a tenant's whole chain, in parts that leave the sweep its time.

It recounts in Python what the offline verifier recounts, against the checkpoints outside the database; the database's
own functions are not asked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.audit.checkpoints import stored_checkpoints
from apella.audit.model import AuditCheck, AuditCheckpoint, AuditEvent, AuditHead
from apella.audit.offline_verify import CHECKPOINT, Fault, TenantChain, chains_of, is_signed, signed_bytes
from apella.audit.rows import as_row
from apella.audit.signing import SigningKey
from apella.db.tenant_context import tenant_of_new_rows
from apella.storage.port import ObjectStore

FROM_HOUR: Final = 2
"""From which hour of the tenant's day a new check begins."""
MOST_EVENTS: Final = 20_000
MOST_POINTS: Final = 200
KEPT_FINDINGS: Final = 20

log = logging.getLogger(__name__)


def check_some(
    session: Session,
    *,
    store: ObjectStore,
    key: SigningKey,
    slug: str,
    zone: ZoneInfo,
    machine_now: datetime,
    most_events: int = MOST_EVENTS,
) -> AuditCheck | None:
    """Go on with tonight's check, or begin it; None when there is nothing to do before the next night.

    The first check of a tenant begins at once. What is broken is kept in the check's row and alarmed in the log.
    """
    check = last_check(session)
    if check is None or (check.finished_at is not None and _is_next_night(check, zone=zone, machine_now=machine_now)):
        check = AuditCheck(started_at=machine_now, seq=0, hash=b"", point=0, faults=0, findings=[])
        session.add(check)
    elif check.finished_at is not None:
        return None
    # The checkpoints first: one that is written meanwhile may stand on an event that is not read below.
    points = list(islice(stored_checkpoints(store, slug=slug, number=max(check.point, 1)), MOST_POINTS))
    # One statement, so one moment: what is added meanwhile is left to the next night.
    top = select(sql.coalesce(sql.max(AuditEvent.seq), 0)).scalar_subquery()
    head_seq, head_hash = select(AuditHead.seq).scalar_subquery(), select(AuditHead.hash).scalar_subquery()
    limit, *head = session.execute(select(top, head_seq, head_hash)).one()
    chain = _chain(session, check, points, key=key, slug=slug)
    if len(points) == MOST_POINTS:
        limit = min(limit, max([check.seq + 1, *(one["checkpoint"]["seq"] for one in points if one)]))
    events = (
        select(AuditEvent)
        .where(AuditEvent.seq > check.seq, AuditEvent.seq <= limit)
        .order_by(AuditEvent.seq)
        .limit(most_events)
    )
    read = 0
    for event in session.scalars(events.execution_options(yield_per=1000)):
        chain.add(as_row(event))
        session.expunge(event)
        read += 1
    done = read < most_events and len(points) < MOST_POINTS
    _take_over(session, check, chain, points, done=done, head=(head[0] or 0, head[1] or b""))
    if done:
        check.finished_at = machine_now
    _tell(check, chain, slug=slug)
    session.flush()
    return check


def last_check(session: Session) -> AuditCheck | None:
    """The newest check, finished or not."""
    return session.scalars(select(AuditCheck).order_by(AuditCheck.started_at.desc()).limit(1)).one_or_none()


def last_finished_check(session: Session) -> AuditCheck | None:
    """The newest check that came to its end."""
    query = select(AuditCheck).where(AuditCheck.finished_at.is_not(None))
    return session.scalars(query.order_by(AuditCheck.started_at.desc()).limit(1)).one_or_none()


def _is_next_night(check: AuditCheck, *, zone: ZoneInfo, machine_now: datetime) -> bool:
    local = machine_now.astimezone(zone)
    return local.hour >= FROM_HOUR and check.started_at.astimezone(zone).date() < local.date()


def _chain(
    session: Session, check: AuditCheck, points: Sequence[Mapping[str, Any]], *, key: SigningKey, slug: str
) -> TenantChain:
    """A chain that goes on where the check stands, with the checkpoints ahead of it."""
    chain = chains_of([one for one in points if one], key.trusted).get(int(tenant_of_new_rows()), TenantChain())
    if any(not one for one in points):
        chain.faults.append(
            Fault("checkpoint_forged", None, "в хранилище есть контрольная точка, которую не прочитать")
        )
    restored = [one for one in _restored(session, key) if one["tenant"] == slug]
    chain.checkpoints = [
        # The trees are the offline verifier's: a part of a night may begin within one.
        {"seq": one["seq"], "hash": one["hash"]}
        for one in chain.checkpoints
        if one["seq"] > check.seq
        and not any(one["number"] < other["number"] and one["seq"] >= other["first"] for other in restored)
    ]
    chain.seq, chain.hash = check.seq, check.hash
    return chain


def _restored(session: Session, key: SigningKey) -> list[Mapping[str, Any]]:
    """The checkpoints that say that the database was restored; only signed ones count."""
    rows = session.scalars(select(AuditCheckpoint.signed).where(AuditCheckpoint.why == "restored")).all()
    bodies = [(json.loads(row)["checkpoint"], json.loads(row)["signature"]) for row in rows]
    return [
        body
        for body, signature in bodies
        if is_signed(key.trusted, body["key"], signed_bytes(CHECKPOINT, body), signature)
    ]


def _take_over(
    session: Session,
    check: AuditCheck,
    chain: TenantChain,
    points: Sequence[Mapping[str, Any]],
    *,
    done: bool,
    head: tuple[int, bytes],
) -> None:
    if done:
        chain.finish()
        if (chain.seq, chain.hash) != head:
            text = f"последнее событие {chain.seq} — не то, что записано концом цепочки"
            chain.faults.append(Fault("head_differs", chain.seq, text))
    else:
        chain.close_gaps()
    check.seq, check.hash = chain.seq, chain.hash
    passed = [one["checkpoint"]["number"] for one in points if one and one["checkpoint"]["seq"] <= chain.seq]
    check.point = max([check.point, *passed])
    check.faults += len(chain.faults)
    found = [asdict(fault) for fault in chain.faults]
    check.findings = [*check.findings, *found][:KEPT_FINDINGS]
    session.flush()


def _tell(check: AuditCheck, chain: TenantChain, *, slug: str) -> None:
    if chain.faults:
        extra = {"code": "audit.chain_broken", "tenant": slug, "count": len(chain.faults)}
        log.error("the audit chain is broken", extra=extra)
    if check.finished_at is not None and not check.faults:
        log.info("the audit chain is whole", extra={"code": "audit.chain_whole", "tenant": slug, "count": check.seq})

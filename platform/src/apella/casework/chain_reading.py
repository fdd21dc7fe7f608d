"""The full chain of a tenant, page by page: who did what, when, and whether it was checked since."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from apella.appeals.conflicts import Excluded, closed_cases, is_barred
from apella.appeals.model import Appeal
from apella.audit.model import AuditCheck, AuditEvent
from apella.audit.words import Group, tags_of
from apella.identity.actor import Actor
from apella.identity.model import Person


@dataclass(frozen=True, kw_only=True)
class ChainFilter:
    """What is looked for; moments are machine time, `until` exclusive.

    `case` also finds who looked at its participant's data and at its work by way of another case. `login` is a sign-in
    name or, while the person is there, a registration code: the chain itself knows no participant by it.
    """

    case: Appeal | None = None
    login: str | None = None
    group: Group | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChainCursor:
    """Where a page begins: behind this number, or before it when `backward`."""

    seq: int
    backward: bool = False


@dataclass(frozen=True, kw_only=True)
class ChainLine:
    """An event; `person` is who did it, without one the system, `case` the case that it is about."""

    event: AuditEvent
    person: Person | None
    case: Appeal | None


def chain_page(
    session: Session, reader: Actor, wanted: ChainFilter, *, cursor: ChainCursor | None, limit: int
) -> Sequence[ChainLine]:
    """Read a page of the chain, the newest event first, in one query.

    Events of a case that a conflict of interest closes to this reader are left out.
    """
    event = AuditEvent
    query = (
        select(event, Person, Appeal)
        .join(
            Person,
            and_(Person.tenant_id == event.tenant_id, Person.id == event.actor_id),
            isouter=True,
        )
        .join(Appeal, and_(Appeal.tenant_id == event.tenant_id, Appeal.id == event.case_id), isouter=True)
        .where(or_(event.case_id.is_(None), event.case_id.not_in(closed_cases(reader))))
        .limit(limit)
    )
    if wanted.case is not None:
        subjects = [one for one in (wanted.case.person_id, wanted.case.work_id) if one is not None]
        looks = and_(event.subject_id.in_(subjects), event.tag.in_(tags_of(Group.VIEWS)))
        query = query.where(or_(event.case_id == wanted.case.id, looks))
    if wanted.login is not None:
        people = select(Person.id).where(Person.login == wanted.login)
        query = query.where(or_(event.actor_login == wanted.login, event.actor_id.in_(people)))
    if wanted.group is not None:
        query = query.where(event.tag.in_(tags_of(wanted.group)))
    if wanted.since is not None:
        query = query.where(event.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(event.at < wanted.until)
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        query = query.where(event.seq > cursor.seq if backward else event.seq < cursor.seq)
    rows = session.execute(query.order_by(event.seq.asc() if backward else event.seq.desc())).all()
    lines = [ChainLine(event=row[0], person=row[1], case=row[2]) for row in rows]
    return lines[::-1] if backward else lines


def broken_numbers(check: AuditCheck | None) -> frozenset[int]:
    """The numbers that the last check found something at."""
    found = () if check is None else check.findings
    return frozenset(finding["seq"] for finding in found if finding["seq"] is not None)


def case_of_chain(session: Session, reader: Actor, case_id: uuid.UUID) -> Appeal | None:
    """The case that a filter names; None when there is none in this tenant. Raises Excluded."""
    if is_barred(session, reader, case_id, reading=True):
        raise Excluded
    return session.scalars(select(Appeal).where(Appeal.id == case_id)).one_or_none()

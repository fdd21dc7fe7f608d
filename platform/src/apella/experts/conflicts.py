"""The verbs of a conflict of interest: saying that one has it, saying it of another, lifting it."""

from __future__ import annotations

import uuid

from sqlalchemy import exists, select

from apella.appeals import lifecycle
from apella.appeals.conflicts import (
    LEAST_GROUND,
    ConflictOfInterest,
    ConflictReading,
    ConflictSource,
    people_out_of,
)
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.errors import Conflict, Malformed, NotFound
from apella.experts import service as experts
from apella.identity.model import Membership
from apella.identity.permissions import table
from apella.identity.roles import Role


def declare(desk: Desk, *, case_id: uuid.UUID, version: int | None, ground: str) -> ConflictOfInterest:
    """Say that one has a conflict of interest in a case: from now on one neither acts in it nor counts in its vote.

    Whether one still reads it is the tenant's rule. An expert of the case makes room for another. Raises Malformed for
    a ground of a word or two, Excluded for who has said so already.
    """
    appeal, role = lifecycle.take(desk, case_id, action="declare_conflict", version=version)
    if desk.actor.person_id is None:
        raise RuntimeError("the system has no interests")
    return _exclude(desk, appeal, desk.actor.person_id, ground, source=ConflictSource.DECLARED, role=role)


def allocate(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, person_id: uuid.UUID, ground: str
) -> ConflictOfInterest:
    """Say of another that they have a conflict of interest in a case; it does what their own word would do.

    Raises NotFound for somebody who works on no cases of the season, Malformed for oneself, Conflict for who is out of
    the case already.
    """
    appeal, role = lifecycle.take(desk, case_id, action="allocate_conflict", version=version)
    if person_id == desk.actor.person_id:
        raise Malformed(
            "О себе сообщают сами: откройте «Сообщить о конфликте интересов».",
            code="conflict.oneself",
            fields={"person_id": "Выберите другого человека"},
        )
    works_here = exists().where(
        Membership.season_id == appeal.season_id,
        Membership.person_id == person_id,
        Membership.role.in_(sorted(table()["declare_conflict"])),
        Membership.revoked_at.is_(None),
    )
    if not desk.session.scalar(select(works_here)):
        raise NotFound("Среди тех, кто работает с делами, такого человека нет.", code="conflict.person")
    if person_id in people_out_of(desk.session, appeal.id):
        raise Conflict("Этот человек уже отстранён от дела.", code="conflict.standing")
    return _exclude(desk, appeal, person_id, ground, source=ConflictSource.ALLOCATED, role=role)


def lift(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, conflict_id: uuid.UUID, reason: str
) -> ConflictOfInterest:
    """End a conflict of interest that was a mistake or is over; the record of it stays.

    Nobody lifts their own: who is out of a case does nothing in it. Raises NotFound for one that this case does not
    have, Conflict for one lifted before, Malformed without a reason.
    """
    appeal, role = lifecycle.take(desk, case_id, action="lift_conflict", version=version)
    conflict = desk.session.scalars(
        select(ConflictOfInterest).where(ConflictOfInterest.id == conflict_id, ConflictOfInterest.case_id == appeal.id)
    ).one_or_none()
    if conflict is None:
        raise NotFound("Такой записи о конфликте интересов в деле нет.", code="conflict.not_found")
    if conflict.lifted_at is not None:
        raise Conflict("Этот конфликт интересов уже снят.", code="conflict.lifted")
    if len(reason.strip()) < LEAST_GROUND:
        raise Malformed(
            "Напишите, почему конфликта интересов нет.",
            code="conflict.reason",
            fields={"reason": f"Напишите причину, не короче {LEAST_GROUND} знаков"},
        )
    conflict.lifted_at = desk.now
    conflict.lifted_by = desk.actor.person_id
    conflict.lift_reason = reason.strip()
    _note(desk, appeal, conflict, "lifted", role=role)
    return conflict


def _exclude(
    desk: Desk, appeal: Appeal, person_id: uuid.UUID, ground: str, *, source: ConflictSource, role: Role
) -> ConflictOfInterest:
    if len(ground.strip()) < LEAST_GROUND:
        raise Malformed(
            "Опишите конфликт интересов.",
            code="conflict.ground",
            fields={"ground": f"Напишите, в чём он состоит, не короче {LEAST_GROUND} знаков"},
        )
    if desk.actor.person_id is None:
        raise RuntimeError("the system declares nothing")
    conflict = ConflictOfInterest(
        season_id=appeal.season_id,
        case_id=appeal.id,
        person_id=person_id,
        source=source,
        ground=ground.strip(),
        reading=ConflictReading(desk.rules.commission.conflict.reading),
        declared_by=desk.actor.person_id,
        declared_at=desk.now,
    )
    desk.session.add(conflict)
    desk.session.flush()
    _note(desk, appeal, conflict, str(source), role=role)
    experts.make_room(desk, appeal, person_id=person_id)
    return conflict


def _note(desk: Desk, appeal: Appeal, conflict: ConflictOfInterest, what: str, *, role: Role) -> None:
    lifecycle.note(
        desk,
        appeal,
        tag=f"appeal:conflict:{what}",
        role=role,
        after={"person": str(conflict.person_id), "reading": str(conflict.reading)},
        reason="given",
    )

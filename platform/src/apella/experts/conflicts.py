"""The verbs of a conflict of interest: saying that one has it, saying it of another, lifting it."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from apella.appeals import lifecycle
from apella.appeals.conflicts import (
    LEAST_GROUND,
    ConflictOfInterest,
    ConflictReading,
    ConflictSource,
    Excluded,
    is_barred,
    people_out_of,
)
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.repository import visible_case
from apella.appeals.route import holder, missing_certification, withdrawal_holder
from apella.appeals.states import State
from apella.errors import Conflict, Malformed, NotFound
from apella.experts import service as experts
from apella.identity.model import Membership
from apella.identity.permissions import APPELLANT_SIDE, Reach, may_ever, reaches, require, table
from apella.identity.roles import Role

OPENS_CASES = frozenset(
    role for role in (*table()["see_case"], *table()["break_glass"]) if reaches()[role] not in APPELLANT_SIDE
)
"""Who of staff opens cases, by a role or in an emergency: anybody of them may have an interest in one."""


def declare(desk: Desk, *, case_id: uuid.UUID, version: int | None, ground: str) -> ConflictOfInterest:
    """Say that one has a conflict of interest in a case: from now on one neither acts in it nor counts in its vote.

    Whether one still reads it is the tenant's rule. An expert of the case makes room for another. Nobody has to open
    the case first. Raises Malformed for a ground of a word or two, Excluded for who has said so already.
    """
    appeal, role = _taken_as_own(desk, case_id, version)
    if desk.actor.person_id is None:
        raise RuntimeError("the system has no interests")
    return _exclude(desk, appeal, desk.actor.person_id, ground, source=ConflictSource.DECLARED, role=role)


def allocate(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, person_id: uuid.UUID, ground: str
) -> ConflictOfInterest:
    """Say of another that they have a conflict of interest in a case; it does what their own word would do.

    Raises NotFound for somebody who opens no cases of the season, Malformed for oneself, Conflict for who is out of the
    case already.
    """
    appeal, role = lifecycle.take(desk, case_id, action="allocate_conflict", version=version)
    if person_id == desk.actor.person_id:
        raise Malformed(
            "О себе сообщают сами: откройте «Сообщить о конфликте интересов».",
            code="conflict.oneself",
            fields={"person_id": "Выберите другого человека"},
        )
    works_here = and_(_holds(appeal, OPENS_CASES), Membership.person_id == person_id)
    if not desk.session.scalar(select(exists().where(works_here))):
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


# --- Whom it concerns -------------------------------------------------------------------------------------------------


def unseen_case(desk: Desk, case_id: uuid.UUID, *, lock: bool = False) -> Appeal:
    """A case that this actor could open in an emergency: an interest in it may be said without looking into it.

    The desk turns to its rules. Raises NotFound for who has no emergency access, Excluded for who is out of the case.
    """
    query = select(Appeal).where(Appeal.id == case_id, Appeal.season_id == desk.actor.season_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    appeal = desk.session.scalars(query).one_or_none() if may_ever(desk.actor, "break_glass") else None
    if appeal is None:
        raise NotFound("Такого дела нет, или оно вам не видно.", code="appeal.not_found")
    if is_barred(desk.session, desk.actor, appeal.id, reading=False):
        raise Excluded
    desk.turn_to(appeal)
    return appeal


def concerned(appeal: Appeal) -> ColumnElement[bool]:
    """The condition that a membership is one by which this very case is opened now, or may be on its further way."""
    return or_(*(and_(_holds(appeal, frozenset({role})), _reaches(appeal, role)) for role in sorted(OPENS_CASES)))


def left_to_nobody(desk: Desk, appeal: Appeal, *, without: frozenset[uuid.UUID]) -> bool:
    """Whether a paper, or a withdrawal, waits for a hand at a door where these people are all that there are.

    The secretary may then enter it as it is: entry asks for no handing on. Not so while the paper has to be certified,
    which the commission does not do: that is False too.
    """
    step = withdrawal_holder(desk, appeal)
    if step is None and appeal.state is State.IN_TRANSIT and missing_certification(desk.rules, appeal) is None:
        step = holder(desk, appeal)
    if step is None:
        return False
    role = Role(step.role)
    others = and_(_holds(appeal, frozenset({role})), _reaches(appeal, role), Membership.person_id.not_in(without))
    return not desk.session.scalar(select(exists().where(others)))


def _holds(appeal: Appeal, roles: frozenset[Role]) -> ColumnElement[bool]:
    """The condition that a membership of the case's season gives one of these roles now."""
    return and_(
        Membership.season_id == appeal.season_id, Membership.role.in_(sorted(roles)), Membership.revoked_at.is_(None)
    )


def _reaches(appeal: Appeal, role: Role) -> ColumnElement[bool]:
    """The condition that who holds this role by a membership has, or may yet get, the case before them."""
    taken_in_at, via = appeal.accepted_organisation_id, appeal.via_organisation_id
    match reaches()[role]:
        case Reach.ORGANISATION:
            return false() if taken_in_at is None else Membership.organisation_id == taken_in_at
        case Reach.AUTHORITY:
            # Until the commission has the paper, it may still come to any of them.
            if via is None and appeal.state is State.IN_TRANSIT:
                return true()
            return Membership.organisation_id.in_([one for one in (taken_in_at, via) if one is not None])
        case Reach.TAKEN_IN:
            return false() if appeal.accepted_by is None else Membership.person_id == appeal.accepted_by
        case _:
            return true()


def _taken_as_own(desk: Desk, case_id: uuid.UUID, version: int | None) -> tuple[Appeal, Role]:
    """Lock a case for a word about oneself, and say by which role it is said."""
    reached = visible_case(desk.session, desk.actor, case_id, lock=True)
    if reached is not None or not may_ever(desk.actor, "break_glass"):
        return lifecycle.take(desk, case_id, action="declare_conflict", version=version)
    appeal = unseen_case(desk, case_id, lock=True)
    if version is not None and version != appeal.version:
        raise lifecycle.StaleVersion(
            "Дело изменилось, пока вы писали. Обновите страницу и повторите.", version=appeal.version
        )
    return appeal, require(desk.actor, "declare_conflict")


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

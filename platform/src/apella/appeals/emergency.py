"""Emergency access: who sees no case reads one for half an hour, and the chair learns of it at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select

from apella.appeals.conflicts import Excluded, closed_cases, is_barred
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.audit.trail import record
from apella.errors import Forbidden, Malformed, NotFound
from apella.identity.break_glass import LEAST_REASON, LIFE, BreakGlass, glass_of, living
from apella.identity.model import Person
from apella.identity.permissions import require, role_for
from apella.identity.roles import Role
from apella.jobs.queue import enqueue

TO_WATCH = frozenset({Role.CHAIR, Role.DEPUTY_CHAIR})
"""Who sees everybody's emergency access, and may end it."""
NUMBER_LENGTH = 40
LONGEST_REASON = 2000


@dataclass(frozen=True, kw_only=True)
class Glass:
    """An emergency access with whose it is and to which case."""

    row: BreakGlass
    reader: Person
    appeal: Appeal


def break_glass(desk: Desk, *, number: str, reason: str) -> BreakGlass:
    """Open one case of the season for reading, by its number in the journal or on the receipt.

    One that lives already is given again. Raises Malformed for a short reason or an unknown number, Excluded where a
    conflict of interest closes the case: nothing overrides that.
    """
    role = require(desk.actor, "break_glass")
    if desk.actor.person_id is None or desk.actor.session_id is None:
        raise Forbidden("Аварийный доступ открывает человек, который вошёл сам.", code="break_glass.session")
    why, wanted = " ".join(reason.split()), number.strip()
    fields = {}
    if len(why) > LONGEST_REASON:
        fields["reason"] = f"Сократите причину до {LONGEST_REASON} знаков"
    if len(why) < LEAST_REASON:
        fields["reason"] = f"Напишите, что случилось и что нужно посмотреть: не короче {LEAST_REASON} знаков"
    appeal = None
    if wanted and len(wanted) <= NUMBER_LENGTH and "\0" not in wanted:
        appeal = desk.session.scalars(
            select(Appeal).where(
                Appeal.season_id == desk.actor.season_id,
                or_(Appeal.journal_number == wanted, Appeal.receipt_number == wanted),
            )
        ).one_or_none()
    if appeal is None:
        fields["number"] = "Дела с таким номером нет: проверьте номер журнала или расписки"
    if fields or appeal is None:
        raise Malformed("Проверьте номер дела и причину.", code="break_glass.fields", fields=fields)
    if is_barred(desk.session, desk.actor, appeal.id, reading=True):
        raise Excluded
    found = glass_of(desk.session, desk.actor, appeal.id)
    if found is not None:
        return found
    glass = BreakGlass(
        season_id=appeal.season_id,
        person_id=desk.actor.person_id,
        session_id=desk.actor.session_id,
        case_id=appeal.id,
        reason=why,
        opened_at=desk.machine_now,
        expires_at=desk.machine_now + LIFE,
    )
    desk.session.add(glass)
    desk.session.flush()
    _record(desk, glass, "opened", role=role, reason="given", after={"until": glass.expires_at.isoformat()})
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell_chair",
        args={"case": str(appeal.id), "glass": str(glass.id)},
        dedup_key=f"notices.tell_chair:{glass.id}",
    )
    return glass


def close_glass(desk: Desk, *, glass_id: uuid.UUID) -> BreakGlass:
    """End an emergency access: one's own, or as the commission's chair anybody's. One that has ended stays as it is.

    Raises NotFound for another's.
    """
    role = require(desk.actor, "see_break_glass")
    query = select(BreakGlass).where(BreakGlass.id == glass_id, BreakGlass.season_id == desk.actor.season_id)
    if not desk.actor.roles & TO_WATCH:
        query = query.where(BreakGlass.person_id == desk.actor.person_id)
    glass = desk.session.scalars(query.with_for_update()).one_or_none()
    if glass is None:
        raise NotFound("Такого аварийного доступа нет.", code="break_glass.not_found")
    if glass.lives_at(desk.machine_now):
        glass.closed_at = desk.machine_now
        glass.closed_by = desk.actor.person_id
        _record(desk, glass, "closed", role=role)
    return glass


def record_glass_view(desk: Desk, case_id: uuid.UUID) -> None:
    """Record that this actor reads the case now by emergency access, where it is by that."""
    glass = glass_of(desk.session, desk.actor, case_id)
    if glass is not None:
        _record(desk, glass, "seen", role=role_for(desk.actor, "break_glass"))


def glasses(desk: Desk, *, limit: int) -> Sequence[Glass]:
    """Emergency access of the season, the newest first: the chair sees all of it, others their own.

    What is about a case that a conflict of interest closes to this actor is left out.
    """
    require(desk.actor, "see_break_glass")
    query = _glasses(desk).order_by(BreakGlass.opened_at.desc(), BreakGlass.id).limit(limit)
    if not desk.actor.roles & TO_WATCH:
        query = query.where(BreakGlass.person_id == desk.actor.person_id)
    return [Glass(row=row, reader=reader, appeal=appeal) for row, reader, appeal in desk.session.execute(query)]


def living_glasses(desk: Desk, *, case_id: uuid.UUID | None = None) -> Sequence[Glass]:
    """The emergency access that lives now, to one case or to any of the season."""
    query = _glasses(desk).where(living()).order_by(BreakGlass.opened_at)
    if case_id is not None:
        query = query.where(BreakGlass.case_id == case_id)
    return [Glass(row=row, reader=reader, appeal=appeal) for row, reader, appeal in desk.session.execute(query)]


def _glasses(desk: Desk) -> Select[BreakGlass, Person, Appeal]:
    return (
        select(BreakGlass, Person, Appeal)
        .join(Person, and_(Person.tenant_id == BreakGlass.tenant_id, Person.id == BreakGlass.person_id))
        .join(Appeal, and_(Appeal.tenant_id == BreakGlass.tenant_id, Appeal.id == BreakGlass.case_id))
        .where(BreakGlass.season_id == desk.actor.season_id, BreakGlass.case_id.not_in(closed_cases(desk.actor)))
    )


def _record(
    desk: Desk,
    glass: BreakGlass,
    what: str,
    *,
    role: Role | None,
    after: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> None:
    record(
        desk.session,
        actor=desk.actor,
        tag=f"access:break_glass:{what}",
        subject_type="break_glass",
        subject_id=glass.id,
        case_id=glass.case_id,
        case_at=desk.now,
        role=role,
        after=after,
        reason=reason,
    )

"""Appointing somebody to act for an absent chair or secretary, by an order and for a time, and ending it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func as sql
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from apella.audit.free_text import names_somebody
from apella.audit.trail import record
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.actor import Actor
from apella.identity.model import Membership
from apella.identity.permissions import require
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.identity.substitution_model import SUBSTITUTED, Substitution
from apella.identity.substitution_reading import live_on
from apella.regions.values.hearing import Substitution as Rules

LONGEST = timedelta(days=366)
MOST_NUMBER = 40
MOST_REASON = 1000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an order says: whose role, who performs it, from which day to which (both included), number and date.

    `decided_by` is whose order it is, by default the actor's; `reason` why it is later than the first day.
    """

    role: Role
    person_id: uuid.UUID
    substitute_id: uuid.UUID
    first_day: date
    last_day: date
    act_number: str
    act_date: date
    reason: str | None = None
    decided_by: uuid.UUID | None = None


def appoint(
    session: Session, order: Order, *, actor: Actor, rules: Rules, zone: ZoneInfo, now: datetime
) -> Substitution:
    """Let somebody perform the role of an absent chair or secretary; the rights are there at the next request.

    `now` is case time. Raises Forbidden, Malformed for a form that cannot be, RuleViolation where the region's rules do
    not let this person act, or decide, and Conflict when the role is performed by somebody on one of these days.
    """
    by = require(actor, "appoint_substitute")
    if actor.person_id is None:
        raise Forbidden("Замещение назначает человек.", code="substitution.nobody_decides")
    order = _checked(order, today=now.astimezone(zone).date())
    # One at a time for a role, so that no two orders cover one day.
    place = f"substitution:{actor.season_id}:{order.role}"
    session.execute(select(sql.pg_advisory_xact_lock(sql.hashtextextended(place, 0))))
    decided_by = order.decided_by or actor.person_id
    own_role = _own_role(
        session, order, actor=actor, rules=rules, decided_by=decided_by, on=now.astimezone(zone).date()
    )
    _refuse_overlap(session, order, season_id=actor.season_id)
    made = Substitution(
        season_id=actor.season_id,
        role=order.role,
        person_id=order.person_id,
        substitute_id=order.substitute_id,
        substitute_role=own_role,
        first_day=order.first_day,
        last_day=order.last_day,
        act_number=order.act_number,
        act_date=order.act_date,
        reason=order.reason,
        decided_by=decided_by,
        appointed_at=now,
    )
    session.add(made)
    session.flush()
    _record(session, made, tag="substitution:role:appointed", actor=actor, by=by, now=now)
    return made


def end(session: Session, substitution_id: uuid.UUID, *, actor: Actor, zone: ZoneInfo, now: datetime) -> Substitution:
    """End a substitution before its last day, or before its first one; the rights are gone at the next request.

    Raises Forbidden, NotFound, and Conflict for one that has ended already.
    """
    by = require(actor, "end_substitute")
    found = session.scalars(
        select(Substitution)
        .where(Substitution.id == substitution_id, Substitution.season_id == actor.season_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("Такого замещения нет.", code="substitution.unknown")
    if found.ended_at is not None:
        raise Conflict("Это замещение уже завершено.", code="substitution.ended")
    if found.last_day < now.astimezone(zone).date():
        raise Conflict("Это замещение уже закончилось в свой срок.", code="substitution.over")
    found.ended_at = now
    found.ended_by = actor.person_id
    session.flush()
    _record(session, found, tag="substitution:role:ended", actor=actor, by=by, now=now)
    return found


def in_force(
    session: Session, *, season_id: uuid.UUID, role: Role, at: datetime, zone: ZoneInfo
) -> Substitution | None:
    """The substitution that gave this role away at a moment (case time), if one did."""
    day = at.astimezone(zone).date()
    return session.scalars(
        select(Substitution)
        .where(
            Substitution.season_id == season_id,
            Substitution.role == role,
            Substitution.first_day <= day,
            Substitution.last_day >= day,
            Substitution.appointed_at <= at,
            or_(Substitution.ended_at.is_(None), Substitution.ended_at > at),
        )
        .order_by(Substitution.appointed_at.desc())
        .limit(1)
    ).one_or_none()


def performer(session: Session, *, season_id: uuid.UUID, role: Role, at: datetime, zone: ZoneInfo) -> uuid.UUID | None:
    """Who performs this role at a moment (case time): the substitute while one acts, else its holder, if any."""
    day = at.astimezone(zone).date()
    found = in_force(session, season_id=season_id, role=role, at=at, zone=zone)
    if found is not None and _holds(
        _memberships(session, season_id, {found.substitute_id}), found.substitute_id, {found.substitute_role}, day, day
    ):
        return found.substitute_id
    return session.scalars(
        select(Membership.person_id)
        .where(Membership.season_id == season_id, Membership.role == role, *live_on(day))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()


# --- Rules ------------------------------------------------------------------------------------------------------------


def _checked(order: Order, *, today: date) -> Order:
    """The order with its texts trimmed. Raises Malformed with a sentence for each field that cannot be so."""
    number, reason = " ".join(order.act_number.split()), (order.reason or "").strip()
    fields: dict[str, str] = {}
    if order.last_day < order.first_day:
        fields["last_day"] = "Последний день раньше первого: исправьте один из них"
    elif order.last_day < today:
        fields["last_day"] = "Этот день уже прошёл: замещение ничего не дало бы"
    elif order.last_day - order.first_day > LONGEST:
        fields["last_day"] = "Замещение назначают не больше чем на год"
    if not number or len(number) > MOST_NUMBER:
        fields["act_number"] = f"Укажите номер распоряжения, не больше {MOST_NUMBER} знаков"
    elif names_somebody(number):
        fields["act_number"] = "Укажите номер распоряжения без телефонов и номеров документов: он остаётся навсегда"
    if order.act_date > today:
        fields["act_date"] = "Распоряжение ещё не подписано: его дата в будущем"
    if len(reason) > MOST_REASON:
        fields["reason"] = f"Сократите причину до {MOST_REASON} знаков"
    elif order.first_day < order.act_date <= today and not reason:
        fields["reason"] = "Распоряжение подписано позже первого дня: напишите почему"
    if fields:
        raise Malformed("Замещение не назначено: проверьте поля.", code="substitution.order", fields=fields)
    return Order(**{**vars(order), "act_number": number, "reason": reason or None})


def _own_role(session: Session, order: Order, *, actor: Actor, rules: Rules, decided_by: uuid.UUID, on: date) -> Role:
    """The own role by which the substitute may act. Raises RuleViolation where the order breaks the region's rules."""
    allowed = rules.substitutes_of(order.role) if order.role in SUBSTITUTED else ()
    if not allowed:
        raise _against("Эту роль никто не замещает.", "substitution.role", rules)
    if order.substitute_id == order.person_id:
        raise _against("Замещает другой человек: выберите не того, кого замещают.", "substitution.self", rules)
    held = _memberships(session, actor.season_id, {order.person_id, order.substitute_id, decided_by})
    if not _holds(held, decided_by, rules.decided_by, on, on):
        raise _against(
            f"Замещение назначает {_named(rules.decided_by)}: выберите, чьё это распоряжение.",
            "substitution.decided_by",
            rules,
        )
    if not _holds(held, order.person_id, {order.role}, order.first_day, order.first_day):
        raise _against(
            "Этого человека замещать не в чем: такой роли у него в первый день нет.", "substitution.not_held", rules
        )
    if _holds(held, order.substitute_id, {order.role}, order.first_day, order.last_day):
        raise _against("У этого человека такая роль уже есть.", "substitution.held_already", rules)
    role = _holds(held, order.substitute_id, allowed, order.first_day, order.last_day)
    if role is None:
        raise _against(
            f"Замещать может {_named(allowed)}, и у этого человека должна быть такая роль на все дни замещения.",
            "substitution.not_eligible",
            rules,
        )
    return role


def _named(roles: Sequence[Role]) -> str:
    return " или ".join(ROLE_NAMES[role] for role in roles)


def _refuse_overlap(session: Session, order: Order, *, season_id: uuid.UUID) -> None:
    other = session.scalars(
        select(Substitution)
        .where(
            Substitution.season_id == season_id,
            Substitution.role == order.role,
            Substitution.ended_at.is_(None),
            Substitution.first_day <= order.last_day,
            Substitution.last_day >= order.first_day,
        )
        .limit(1)
    ).one_or_none()
    if other is not None:
        raise Conflict(
            f"С {other.first_day:%d.%m.%Y} по {other.last_day:%d.%m.%Y} эту роль уже замещают "
            f"(распоряжение № {other.act_number}). Измените срок или сначала завершите то замещение.",
            code="substitution.overlap",
            substitution_id=other.id,
        )


def _against(message: str, code: str, rules: Rules) -> RuleViolation:
    return RuleViolation(message, code=code, clauses=rules.clauses)


# --- Memberships ------------------------------------------------------------------------------------------------------


def _memberships(session: Session, season_id: uuid.UUID, people: set[uuid.UUID]) -> Sequence[Membership]:
    return session.scalars(
        select(Membership).where(
            Membership.season_id == season_id, Membership.person_id.in_(people), Membership.revoked_at.is_(None)
        )
    ).all()


def _holds(
    held: Sequence[Membership], person_id: uuid.UUID, roles: Sequence[Role] | set[Role], first: date, last: date
) -> Role | None:
    """The first of these roles that a person has on all these days."""
    own = {
        one.role
        for one in held
        if one.person_id == person_id
        and (one.valid_from is None or one.valid_from <= first)
        and (one.valid_until is None or last <= one.valid_until)
    }
    return next((role for role in roles if role in own), None)


def _record(session: Session, row: Substitution, *, tag: str, actor: Actor, by: Role, now: datetime) -> None:
    record(
        session,
        actor=actor,
        tag=tag,
        subject_type="substitution",
        subject_id=row.id,
        case_at=now,
        role=by,
        after={
            "role": row.role,
            "person": row.person_id,
            "substitute": row.substitute_id,
            "decided_by": row.decided_by,
            "from": row.first_day.isoformat(),
            "until": row.last_day.isoformat(),
            "act": row.act_number,
            "act_date": row.act_date.isoformat(),
        },
        reason=None if row.reason is None else "given",
    )

"""Live sign-ins as their owner sees them, and their end: by the owner, or by the tenant's administrator.

Nothing is kept about the device: when, how and at which level are enough to recognise a sign-in of one's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, any_, literal, select, update
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.errors import Conflict, Malformed
from apella.identity.actor import Actor
from apella.identity.model import Membership, Person, PersonKind, SignInSession
from apella.identity.sessions import IDLE


def live_sessions(session: Session, *, account_id: uuid.UUID, machine_now: datetime) -> Sequence[SignInSession]:
    """The sessions of an account that open something now, the one used last first."""
    return session.scalars(
        select(SignInSession)
        .where(SignInSession.account_id == account_id, _is_live(machine_now))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    ).all()


def end_session(
    session: Session,
    session_id: uuid.UUID,
    *,
    present: SignInSession,
    actor: Actor,
    machine_now: datetime,
    now: datetime,
) -> None:
    """End another session of the account that `present` belongs to, at once.

    Raises Conflict (`session.this_one`) for `present` itself, which is ended by signing out, and
    (`session.already_ended`) for one that is not among the live ones of this account.
    """
    if session_id == present.id:
        raise Conflict(
            "Это тот вход, в котором вы сейчас работаете. Чтобы закончить его, выйдите.", code="session.this_one"
        )
    chosen = SignInSession.id == session_id
    if not _end_own(session, chosen, present=present, actor=actor, machine_now=machine_now, now=now):
        raise Conflict("Этот вход уже завершён.", code="session.already_ended")


def end_other_sessions(
    session: Session, *, present: SignInSession, actor: Actor, machine_now: datetime, now: datetime
) -> int:
    """End every session of the account but `present`, also those begun while the list was looked at; say how many."""
    others = SignInSession.id != present.id
    return _end_own(session, others, present=present, actor=actor, machine_now=machine_now, now=now)


def member_of(session: Session, login: str, *, actor: Actor) -> Person:
    """The person of the season with this sign-in name or registration code. Raises Malformed (field `login`)."""
    found = session.scalar(
        select(Person).where(
            Person.season_id == actor.season_id, Person.login == login, Person.kind != PersonKind.PROGRAM
        )
    )
    if found is None:
        raise Malformed(
            "Никого не нашли: проверьте имя для входа или код регистрации.",
            code="session.member",
            fields={"login": "Проверьте имя для входа или код регистрации: такого в этом сезоне нет"},
        )
    return found


def sessions_of_member(
    session: Session, person: Person, *, actor: Actor, machine_now: datetime
) -> Sequence[SignInSession]:
    """The live sessions that open this tenant to a person, the one used last first."""
    return session.scalars(
        select(SignInSession)
        .where(_of_member(person, actor), _is_live(machine_now))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    ).all()


def end_sessions_of_member(
    session: Session, person: Person, *, actor: Actor, machine_now: datetime, now: datetime
) -> int:
    """End every session that opens this tenant to a person, at once; say how many.

    The caller has asked for the permission and for a fresh sign-in. Raises Conflict (`session.own`) for oneself.
    """
    if person.id == actor.person_id:
        raise Conflict("Это вы сами: свои входы завершают на странице «Мои входы».", code="session.own")
    ended = session.scalars(
        update(SignInSession)
        .where(_of_member(person, actor), _is_live(machine_now))
        .values(revoked_at=machine_now)
        .returning(SignInSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    record(
        session,
        actor=actor,
        tag="session:member:ended",
        subject_type="person",
        subject_id=person.id,
        case_at=now,
        after={"sessions": len(ended)},
    )
    return len(ended)


def _end_own(
    session: Session,
    which: ColumnElement[bool],
    *,
    present: SignInSession,
    actor: Actor,
    machine_now: datetime,
    now: datetime,
) -> int:
    ended = session.scalars(
        update(SignInSession)
        .where(SignInSession.account_id == present.account_id, _is_live(machine_now), which)
        .values(revoked_at=machine_now)
        .returning(SignInSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    for session_id in ended:
        record(
            session,
            actor=actor,
            tag="session:person:ended",
            subject_type="session",
            subject_id=session_id,
            case_at=now,
        )
    return len(ended)


def _is_live(machine_now: datetime) -> ColumnElement[bool]:
    return (
        SignInSession.revoked_at.is_(None)
        & (SignInSession.expires_at > machine_now)
        & (SignInSession.last_seen_at > machine_now - IDLE)
    )


def _of_member(person: Person, actor: Actor) -> ColumnElement[bool]:
    accounts = select(Membership.account_id).where(Membership.person_id == person.id)
    return SignInSession.account_id.in_(accounts) & (literal(actor.slug) == any_(SignInSession.tenants))

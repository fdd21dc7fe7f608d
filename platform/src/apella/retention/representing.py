"""With an erased participant end the links to them, the rights by these, and who represented nobody else is erased too.

A parent's name, document and telephone are kept for the participant's sake alone, and a power that outlived the
participant would let somebody act for nobody.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session, aliased

from apella.appeals.model import Appeal
from apella.identity.erased import is_erased
from apella.identity.mandate import REPRESENTING
from apella.identity.model import Account, Membership, Person, PersonKind, SignInSession
from apella.identity.representation_locks import hold_participant, hold_representatives
from apella.identity.representation_model import Representation
from apella.identity.sign_in import PARTICIPANTS_ISSUER
from apella.retention.plan import TOMBSTONE
from apella.tenancy.model import Season

_UNSEEN = {"synchronize_session": False}


def going_with(person_id: uuid.UUID) -> Select[uuid.UUID]:
    """The representatives of a participant who are to be erased with them.

    Who acts for another stays, and who acted for one: the papers of that one's case are kept, and they name them. A
    participant who represented another, and staff, are in Apella on their own account.
    """
    theirs, other, principal = Representation, aliased(Representation), aliased(Person)
    case = exists().where(Appeal.tenant_id == principal.tenant_id, Appeal.person_id == principal.id)
    elsewhere = exists().where(
        other.tenant_id == Person.tenant_id,
        other.representative_id == Person.id,
        other.participant_id != person_id,
        principal.tenant_id == other.tenant_id,
        principal.id == other.participant_id,
        ~is_erased(principal),
        or_(other.ended_at.is_(None), case),
    )
    return select(Person.id).where(
        Person.id.in_(select(theirs.representative_id).where(theirs.participant_id == person_id)),
        Person.kind == PersonKind.REPRESENTATIVE,
        ~elsewhere,
    )


def hold(session: Session, person_id: uuid.UUID) -> None:
    """Let nobody link the participant or their representatives with anybody while they are erased."""
    hold_participant(session, person_id)
    theirs = select(Representation.representative_id).where(Representation.participant_id == person_id)
    hold_representatives(session, [person_id, *session.scalars(theirs)])


def live_links(session: Session, *, season_id: uuid.UUID, people: Select[Any] | None) -> int:
    """How many links `end_links` would end."""
    query = select(sql.count()).select_from(Representation).where(_live(), _links(season_id, people))
    return session.scalars(query).one()


def end_links(session: Session, *, season_id: uuid.UUID, people: Select[Any] | None) -> None:
    """End every link of these people of a season (None: of the whole season), and the rights that it gave.

    Powers of attorney that they gave for others end as well. A right stays where another link gives it.
    """
    now = session.scalars(select(sql.now() + Season.clock_offset).where(Season.id == season_id)).one()
    links = _links(season_id, people)
    session.execute(
        update(Representation)
        .where(_live(), links)
        .values(ended_at=now, ended_by=Representation.participant_id, end_reason=TOMBSTONE),
        execution_options=_UNSEEN,
    )
    _take_roles(session, select(Representation.representative_id).where(links), season_id=season_id, now=now)


def end_sessions(session: Session, people: Select[Any]) -> None:
    """End the sessions of people who sign in by a code, at once; their memberships must be there still."""
    accounts = (
        select(Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(Account.iss == PARTICIPANTS_ISSUER, Membership.person_id.in_(people))
    )
    session.execute(
        update(SignInSession)
        .where(SignInSession.account_id.in_(accounts), SignInSession.revoked_at.is_(None))
        .values(revoked_at=sql.now()),
        execution_options=_UNSEEN,
    )


def _take_roles(session: Session, people: Select[Any], *, season_id: uuid.UUID, now: datetime) -> None:
    another = exists().where(
        Representation.tenant_id == Membership.tenant_id,
        Representation.representative_id == Membership.person_id,
        Representation.kind == Membership.role,
        _live(),
    )
    session.execute(
        update(Membership)
        .where(
            Membership.season_id == season_id,
            Membership.role.in_(REPRESENTING),
            Membership.person_id.in_(people),
            Membership.revoked_at.is_(None),
            ~another,
        )
        .values(revoked_at=now),
        execution_options=_UNSEEN,
    )


def _live() -> ColumnElement[bool]:
    return Representation.ended_at.is_(None)


def _links(season_id: uuid.UUID, people: Select[Any] | None) -> ColumnElement[bool]:
    season = Representation.season_id == season_id
    if people is None:
        return season
    ends = (Representation.participant_id, Representation.representative_id, Representation.given_by)
    return and_(season, or_(*(column.in_(people) for column in ends)))

"""Giving people their rows, sign-in accounts and roles in a season."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.identity.model import Account, AccountTenant, Membership, Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.roles import Role


@dataclass(frozen=True, kw_only=True)
class Post:
    """What a member of staff is: the role, and where."""

    role: Role
    commission_id: uuid.UUID | None = None
    organisation_id: uuid.UUID | None = None
    exam_point_code: str | None = None
    subject_code: str | None = None


def account_of(session: Session, *, iss: str, sub: str, slug: str) -> uuid.UUID:
    """The account of an issuer's subject, made when there is none, and allowed to open the tenant."""
    session.execute(
        insert(Account).values(id=new_id(), iss=iss, sub=sub).on_conflict_do_nothing(index_elements=["iss", "sub"])
    )
    account_id = session.scalars(select(Account.id).where(Account.iss == iss, Account.sub == sub)).one()
    session.execute(
        insert(AccountTenant)
        .values(account_id=account_id, slug=slug)
        .on_conflict_do_nothing(index_elements=["account_id", "slug"])
    )
    return account_id


def add_staff(
    session: Session,
    *,
    season_id: uuid.UUID,
    slug: str,
    iss: str,
    login: str,
    name: tuple[str, str, str],
    posts: tuple[Post, ...],
    person: Person | None = None,
) -> Person:
    """Make a member of staff who signs in as `login` at the issuer; `person` when the row exists already."""
    if person is None:
        person = Person(
            id=new_id(),
            season_id=season_id,
            kind=PersonKind.STAFF,
            login=login,
            surname=name[0],
            given_name=name[1],
            patronymic=name[2],
            sort_key=sort_key(*name),
        )
        session.add(person)
        session.flush()
    give_posts(
        session,
        season_id=season_id,
        person=person,
        account_id=account_of(session, iss=iss, sub=login, slug=slug),
        posts=posts,
    )
    return person


def give_posts(
    session: Session, *, season_id: uuid.UUID, person: Person, account_id: uuid.UUID, posts: tuple[Post, ...]
) -> None:
    """Write a membership for each post."""
    for post in posts:
        session.add(
            Membership(
                season_id=season_id,
                person_id=person.id,
                account_id=account_id,
                role=post.role,
                commission_id=post.commission_id,
                organisation_id=post.organisation_id,
                exam_point_code=post.exam_point_code,
                subject_code=post.subject_code,
            )
        )
    session.flush()

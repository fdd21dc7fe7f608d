"""The staff of a demo season: one person for each role that has something to do, and an account for every expert."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.demo.names import FullName, chance_of, made_up_name
from apella.experts.model import Expert
from apella.identity.model import Account, AccountTenant, Category, Membership, Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.roles import Role
from apella.onboarding.people import Post
from apella.regions.rules import RegionRules
from apella.registry.model import Organisation, OrganisationKind, Work
from apella.tenancy.model import Commission, Season

MEMBERS = 5
_ALWAYS = (
    Role.EXAM_COMMISSION_CHAIR,
    Role.SECRETARY,
    Role.CHAIR,
    Role.DEPUTY_CHAIR,
    Role.DATA_CENTRE_OPERATOR,
    Role.TENANT_ADMIN,
)
_OF_COMMISSION = frozenset({Role.SECRETARY, Role.CHAIR, Role.DEPUTY_CHAIR, Role.MEMBER})
_AT_DOORS = (Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK, Role.EXAM_COMMISSION_MEMBER)


@dataclass(frozen=True, kw_only=True)
class DemoStaff:
    """Somebody who signs in at the embedded issuer as `login`; `tenant` is a slug."""

    login: str
    name: str
    role: Role
    tenant: str


@dataclass(frozen=True, kw_only=True)
class _Doors:
    """Where the people at the doors stand; None where the season has no such place."""

    school: uuid.UUID | None
    authority: uuid.UUID | None
    exam_point_code: str | None


def add_demo_staff(
    session: Session, *, rules: RegionRules, season: Season, commission: Commission, iss: str, suffix: str = ""
) -> tuple[DemoStaff, ...]:
    """Make the staff of an imported season and give every imported expert an account.

    Operators are made for the doors that the tenant has: at the first school, authority and exam point that somebody
    comes from. Logins are `<slug>-<role>`, `<slug>-member-1`, `<slug>-expert-<subject>-1`, each with the `suffix`
    that keeps several seasons apart. Names depend on the tenant and the login alone.
    """
    posts: dict[Person, tuple[Post, ...]] = {}
    for login, post in _posts(rules, commission, _doors(session, season)):
        name = made_up_name(chance_of(rules.slug, "staff", login))
        posts[_row(season, f"{rules.slug}-{login}{suffix}", name)] = (post,)
    for expert, person in session.execute(
        select(Expert, Person)
        .join(Person, and_(Person.tenant_id == Expert.tenant_id, Person.id == Expert.person_id))
        .where(Expert.season_id == season.id)
        .order_by(Expert.subject_code, Expert.code)
    ):
        person.login = f"{rules.slug}-expert-{expert.code}{suffix}"
        roles = (Role.EXPERT, Role.SUBJECT_CHAIR) if expert.subject_chair else (Role.EXPERT,)
        posts[person] = tuple(Post(role=role, subject_code=expert.subject_code) for role in roles)
    _place(session, posts, season=season, slug=rules.slug, iss=iss)
    return staff_of(session, rules=rules, season=season, iss=iss)


def _place(session: Session, posts: Mapping[Person, tuple[Post, ...]], *, season: Season, slug: str, iss: str) -> None:
    """Write people, accounts and memberships, few statements for all: a season has more than a hundred experts."""
    logins = [person.login for person in posts]
    session.execute(
        insert(Account)
        .values([{"id": new_id(), "iss": iss, "sub": login} for login in logins])
        .on_conflict_do_nothing(index_elements=["iss", "sub"])
    )
    rows = session.execute(select(Account.sub, Account.id).where(Account.iss == iss, Account.sub.in_(logins)))
    accounts = {row.sub: row.id for row in rows}
    session.execute(
        insert(AccountTenant)
        .values([{"account_id": account_id, "slug": slug} for account_id in accounts.values()])
        .on_conflict_do_nothing(index_elements=["account_id", "slug"])
    )
    session.add_all(posts)
    session.flush()
    session.add_all(
        Membership(season_id=season.id, person_id=person.id, account_id=accounts[person.login], **asdict(post))
        for person, of_person in posts.items()
        for post in of_person
    )
    session.flush()


def _row(season: Season, login: str, name: FullName) -> Person:
    return Person(
        id=new_id(),
        season_id=season.id,
        kind=PersonKind.STAFF,
        login=login,
        surname=name.surname,
        given_name=name.given_name,
        patronymic=name.patronymic,
        sort_key=sort_key(*name),
    )


def staff_of(session: Session, *, rules: RegionRules, season: Season, iss: str) -> tuple[DemoStaff, ...]:
    """Everybody of a season with an account at the issuer, each role apart, in the order in which they were made."""
    rows = session.execute(
        select(Account.sub, Person, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
        .where(Account.iss == iss, Membership.season_id == season.id, Membership.revoked_at.is_(None))
        .order_by(Membership.id)
    )
    return tuple(
        DemoStaff(
            login=login,
            name=" ".join(part for part in (person.surname, person.given_name, person.patronymic) if part),
            role=role,
            tenant=rules.slug,
        )
        for login, person, role in rows
    )


def _posts(rules: RegionRules, commission: Commission, doors: _Doors) -> Iterator[tuple[str, Post]]:
    places = {
        Role.SCHOOL_OPERATOR: Post(role=Role.SCHOOL_OPERATOR, organisation_id=doors.school),
        Role.MUNICIPAL_OPERATOR: Post(role=Role.MUNICIPAL_OPERATOR, organisation_id=doors.authority),
        Role.QUEUE_CLERK: Post(role=Role.QUEUE_CLERK, organisation_id=doors.school),
        Role.EXAM_COMMISSION_MEMBER: Post(role=Role.EXAM_COMMISSION_MEMBER, exam_point_code=doors.exam_point_code),
    }
    working = {channel.operator for channel in rules.channels}
    working |= {step.role for channel in rules.channels for step in channel.forwarding}
    for role in _AT_DOORS:
        if role in working:
            yield _login(role), places[role]
    for role in _ALWAYS:
        yield _login(role), Post(role=role, commission_id=commission.id if role in _OF_COMMISSION else None)
    for number in range(1, MEMBERS + 1):
        yield f"{_login(Role.MEMBER)}-{number}", Post(role=Role.MEMBER, commission_id=commission.id)


def _login(role: Role) -> str:
    return role.replace("_", "-")


def _doors(session: Session, season: Season) -> _Doors:
    home = and_(Organisation.tenant_id == Person.tenant_id, Organisation.id == Person.organisation_id)

    def first_home(*conditions: ColumnElement[bool]) -> uuid.UUID | None:
        return session.scalars(
            select(Organisation.id)
            .join(Person, home)
            .where(Person.season_id == season.id, Person.kind == PersonKind.PARTICIPANT, *conditions)
            .order_by(Organisation.code)
            .limit(1)
        ).one_or_none()

    point = session.scalars(
        select(Organisation.code)
        .join(Work, and_(Work.tenant_id == Organisation.tenant_id, Work.exam_point_id == Organisation.id))
        .where(Work.season_id == season.id)
        .order_by(Organisation.code)
        .limit(1)
    ).one_or_none()
    return _Doors(
        school=first_home(Organisation.kind == OrganisationKind.SCHOOL),
        authority=first_home(Person.category == Category.EARLIER_GRADUATE),
        exam_point_code=point,
    )

"""Whom the embedded issuer may sign in: people with an account of its own and a live membership."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import and_, select

from apella.db.unit_of_work import Database
from apella.embedded.issuer import DemoPerson
from apella.identity.model import Account, Membership, Person
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.roles import Role
from apella.regions.registry import RegionRegistry
from apella.tenancy.model import Season

ROLE_TITLES = {
    Role.PARTICIPANT: "участник экзамена",
    Role.PARENT: "родитель или законный представитель",
    Role.PROXY: "представитель по доверенности",
    Role.SCHOOL_OPERATOR: "оператор школы",
    Role.MUNICIPAL_OPERATOR: "оператор муниципалитета",
    Role.QUEUE_CLERK: "приём апелляций",
    Role.EXAM_COMMISSION_MEMBER: "член экзаменационной комиссии",
    Role.EXAM_COMMISSION_CHAIR: "председатель экзаменационной комиссии",
    Role.SECRETARY: "ответственный секретарь",
    Role.CHAIR: "председатель комиссии",
    Role.DEPUTY_CHAIR: "заместитель председателя комиссии",
    Role.MEMBER: "член комиссии",
    Role.SUBJECT_CHAIR: "председатель предметной комиссии",
    Role.EXPERT: "привлечённый эксперт",
    Role.DATA_CENTRE_OPERATOR: "оператор центра обработки информации",
    Role.SITE_SPECIALIST: "специалист пункта рассмотрения",
    Role.SITE_TECHNICIAN: "технический специалист пункта",
    Role.OBSERVER: "общественный наблюдатель",
    Role.TENANT_ADMIN: "администратор региона",
    Role.FEDERAL_OBSERVER: "федеральный наблюдатель",
    Role.FEDERAL_ANALYST: "федеральный аналитик",
    Role.PLATFORM_ADMIN: "администратор платформы",
}
_ORDER = {role: place for place, role in enumerate(Role)}


def demo_people(database: Database, regions: RegionRegistry) -> Callable[[], Iterator[DemoPerson]]:
    """Make the list that is read anew at each sign-in: by region, the demo season first, then by role and name."""

    def people() -> Iterator[DemoPerson]:
        for region in regions:
            with database.unit_of_work(region.tenant.tenant_id) as work:
                rows = work.session.execute(
                    select(Account.sub, Membership.role, Person, Season.created_at)
                    .join(Membership, Membership.account_id == Account.id)
                    .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
                    .join(Season, and_(Season.tenant_id == Person.tenant_id, Season.id == Person.season_id))
                    .where(Account.iss == EMBEDDED_ISSUER, Membership.revoked_at.is_(None))
                    .order_by(Person.sort_key)
                ).all()
            by_login: dict[str, tuple[datetime, Person, list[Role]]] = {}
            for login, role, person, made_at in rows:
                by_login.setdefault(login, (made_at, person, []))[2].append(Role(role))
            for login, (_, person, roles) in sorted(by_login.items(), key=_season_and_role):
                yield DemoPerson(
                    login=login,
                    name=" ".join(part for part in (person.surname, person.given_name, person.patronymic) if part),
                    role=", ".join(ROLE_TITLES[role] for role in sorted(roles, key=_ORDER.__getitem__)),
                    tenant=region.slug,
                    region=str(region.tenant.title),
                )

    return people


def _season_and_role(item: tuple[str, tuple[datetime, Person, list[Role]]]) -> tuple[datetime, int]:
    _, (made_at, _, roles) = item
    return made_at, min(_ORDER[role] for role in roles)

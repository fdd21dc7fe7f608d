"""Making rows for tests: a small season of a tenant with people, an exam, works and experts. Nobody here is real."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.appeals.desk import Desk
from apella.bootstrap import App
from apella.calendar import store
from apella.commissions.statements import state_for_all
from apella.db.ids import new_id
from apella.db.unit_of_work import UnitOfWork
from apella.experts.model import Expert, ExpertStatus
from apella.identity.actor import Actor
from apella.identity.model import Category, Person, PersonKind
from apella.identity.people import sort_key
from apella.identity.roles import Role
from apella.onboarding.people import Post, account_of, add_staff, give_posts
from apella.onboarding.seasons import open_season
from apella.regions.rules import RegionRules
from apella.registry.model import (
    Exam,
    Mark,
    Organisation,
    OrganisationKind,
    Result,
    ResultSource,
    TaskType,
    Work,
    WorkCheck,
)

TEST_ISSUER = "urn:apella:test"


@dataclass(frozen=True, kw_only=True)
class World:
    """A season in one tenant. `staff` and `participants` are actors by login; `works` are one per participant."""

    rules: RegionRules
    season_id: uuid.UUID
    commission_id: uuid.UUID
    exam: uuid.UUID
    exam_day: date
    announced_on: date
    point: uuid.UUID
    school: uuid.UUID
    staff: dict[str, Actor] = field(default_factory=dict)
    participants: list[Actor] = field(default_factory=list)
    works: list[uuid.UUID] = field(default_factory=list)
    experts: list[uuid.UUID] = field(default_factory=list)


def make_world(
    app: App,
    slug: str,
    *,
    participants: int = 3,
    subject_code: str = "04",
    case_now: datetime | None = None,
    code: str | None = None,
) -> World:
    """Make a season whose case time is now `case_now` (default: the morning after the results day, 09:00 local)."""
    newest = app.regions.get(slug)
    exam_day = next(day for day in newest.exams if subject_code in day.subjects and day.wave == 2)
    start = case_now or datetime.combine(exam_day.results_on, datetime.min.time(), tzinfo=newest.zone) + timedelta(
        days=1, hours=9
    )
    with app.database.unit_of_work(newest.tenant.tenant_id) as work:
        session = work.session
        opened = open_season(
            session,
            regions=app.regions,
            slug=slug,
            machine_now=work.machine_now,
            vaults=app.vaults,
            code=code or f"test-{new_id().hex[-8:]}",
            title="Учебный сезон",
            period="main",
            demo=True,
            clock_offset=start - work.machine_now,
            decisions=newest.demo_decisions,
            year=newest.year,
        )
        rules = opened.rules
        work.enter_season(opened.season.clock_offset)
        season_id, commission_id = opened.season.id, opened.commission.id
        territory = rules.sites.territories[0].name if rules.sites.territories else "Учебный район"
        school = _organisation(session, season_id, OrganisationKind.SCHOOL, "000001", territory)
        point = _organisation(session, season_id, OrganisationKind.EXAM_POINT, "0001", territory)
        exam = Exam(
            season_id=season_id,
            subject_code=subject_code,
            exam_date=exam_day.date,
            wave=exam_day.wave,
            announced_on=exam_day.results_on,
        )
        session.add(exam)
        session.flush()
        world = World(
            rules=rules,
            season_id=season_id,
            commission_id=commission_id,
            exam=exam.id,
            exam_day=exam_day.date,
            announced_on=exam_day.results_on,
            point=point.id,
            school=school.id,
        )
        for number in range(participants):
            _participant(world, session, opened.vault, number)
        _staff(world, session)
        if rules.commission.composition.statement:
            seated = rules.commission.composition.roles
            day = exam_day.results_on
            state_for_all(session, season_id=season_id, roles=seated, on=day, at=work.now)
        _experts(world, session, subject_code)
    return world


def desk_for(app: App, work: UnitOfWork, world: World, actor: Actor) -> Desk:
    """A desk of this actor in an open unit of work."""
    from apella.tenancy.model import Season

    season = work.session.get_one(Season, (actor.tenant_id, world.season_id))
    work.enter_season(season.clock_offset)
    return Desk(
        session=work.session,
        actor=actor,
        now=work.now,
        machine_now=work.machine_now,
        rules=world.rules.with_calendar(store.current(work.session, world.rules.calendar)),
        vault=app.vaults.of_season(work.session, tenant_id=actor.tenant_id, season_id=world.season_id),
    )


def actor_of(world: World, person: Person, *roles: Role, **more: object) -> Actor:
    """An actor of this world."""
    return Actor(
        tenant_id=world.rules.tenant.tenant_id,
        slug=world.rules.slug,
        season_id=world.season_id,
        person_id=person.id,
        login=person.login,
        recorded_as=person.recorded_as,
        roles=frozenset(roles),
        **more,  # type: ignore[arg-type]  # the caller names fields of Actor
    )


def _organisation(
    session: Session, season_id: uuid.UUID, kind: OrganisationKind, code: str, territory: str
) -> Organisation:
    row = Organisation(
        season_id=season_id, kind=kind, code=code, name=f"Организация {code}", territory=territory, address=None
    )
    session.add(row)
    session.flush()
    return row


def _participant(world: World, session: Session, vault: object, number: int) -> None:
    from apella.identity.vault import Vault

    if not isinstance(vault, Vault):
        raise TypeError("vault")
    surname = f"Примеров{'абвгдежзик'[number % 10]}"
    person = Person(
        id=new_id(),
        season_id=world.season_id,
        kind=PersonKind.PARTICIPANT,
        category=Category.STUDENT,
        login=f"{number:08d}",
        surname=surname,
        given_name="Тест",
        patronymic="Тестович",
        sort_key=sort_key(surname, "Тест", "Тестович"),
        organisation_id=world.school,
    )
    vault.fill_person(
        person, document=f"99 00 {number:06d}", phone=f"+7900000{number:04d}", email=f"p{number}@example.ru"
    )
    session.add(person)
    session.flush()
    slug = world.rules.slug
    account = account_of(session, iss="urn:apella:participant", sub=f"{slug}/{person.id}", slug=slug)
    give_posts(
        session, season_id=world.season_id, person=person, account_id=account, posts=(Post(role=Role.PARTICIPANT),)
    )
    work = Work(
        season_id=world.season_id,
        code=f"W{number:06d}",
        person_id=person.id,
        exam_id=world.exam,
        exam_point_id=world.point,
        room="0001",
        variant_code="1",
        cross_checked=False,
    )
    session.add(work)
    session.flush()
    _result(world, session, work)
    world.participants.append(actor_of(world, person, Role.PARTICIPANT))
    world.works.append(work.id)


def _result(world: World, session: Session, work: Work) -> None:
    subject_code = session.scalars(select(Exam.subject_code).where(Exam.id == world.exam)).one()
    subject = world.rules.subjects[subject_code]
    marks = {position: position.max_mark // 2 for position in subject.positions}
    result = Result(
        work_id=work.id,
        version=1,
        primary_score=sum(marks.values()),
        test_score=50,
        source=ResultSource.IMPORT,
    )
    session.add(result)
    session.flush()
    for position, mark in marks.items():
        session.add(
            Mark(
                result_id=result.id,
                task_type=TaskType(position.task_type),
                position=position.number,
                task=position.task,
                criterion=position.criterion,
                answer="7" if position.task_type == "B" else None,
                mark=mark,
                max_mark=position.max_mark,
            )
        )
    session.add(WorkCheck(work_id=work.id, expert_code=f"E{subject_code}1", stage=1))
    session.flush()


def _staff(world: World, session: Session) -> None:
    slug = world.rules.slug
    posts: dict[str, Post] = {
        "secretary": Post(role=Role.SECRETARY, commission_id=world.commission_id),
        "chair": Post(role=Role.CHAIR, commission_id=world.commission_id),
        "member-1": Post(role=Role.MEMBER, commission_id=world.commission_id),
        "member-2": Post(role=Role.MEMBER, commission_id=world.commission_id),
        "data-centre-operator": Post(role=Role.DATA_CENTRE_OPERATOR),
        "exam-commission-chair": Post(role=Role.EXAM_COMMISSION_CHAIR),
        "exam-commission-member": Post(role=Role.EXAM_COMMISSION_MEMBER, exam_point_code="0001"),
        "school-operator": Post(role=Role.SCHOOL_OPERATOR, organisation_id=world.school),
        "queue-clerk": Post(role=Role.QUEUE_CLERK, organisation_id=world.school),
    }
    season = str(world.season_id)[-6:]
    for name, post in posts.items():
        person = add_staff(
            session,
            season_id=world.season_id,
            slug=slug,
            iss=TEST_ISSUER,
            login=f"{slug}-{name}-{season}",
            name=("Служебнов", "Иван", "Петрович"),
            posts=(post,),
        )
        world.staff[name] = actor_of(
            world,
            person,
            post.role,
            organisation_id=post.organisation_id,
            exam_point_code=post.exam_point_code,
            commission_id=post.commission_id,
        )


def _experts(world: World, session: Session, subject_code: str) -> None:
    year = session.execute(select(sql.extract("year", Exam.exam_date)).where(Exam.id == world.exam)).scalar_one()
    for number in (1, 2):
        person = add_staff(
            session,
            season_id=world.season_id,
            slug=world.rules.slug,
            iss=TEST_ISSUER,
            login=f"{world.rules.slug}-expert-{subject_code}-{number}-{str(world.season_id)[-6:]}",
            name=("Знатоков", "Пётр", f"{'Иванович' if number == 1 else 'Ильич'}"),
            posts=(Post(role=Role.EXPERT, subject_code=subject_code),),
        )
        expert = Expert(
            id=new_id(),
            season_id=world.season_id,
            person_id=person.id,
            code=f"E{subject_code}{number}",
            subject_code=subject_code,
            status=ExpertStatus.LEAD,
            status_year=int(year),
            checked_first_second=True,
            checked_third=True,
        )
        session.add(expert)
        world.experts.append(expert.id)
        world.staff[f"expert-{number}"] = actor_of(world, person, Role.EXPERT)
    session.flush()

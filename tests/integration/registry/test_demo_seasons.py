"""Demo seasons in the database: made once, whole or not at all, and apart from one another."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func as sql
from sqlalchemy import select

from apella.appeals.application import Presence
from apella.appeals.desk import Desk
from apella.appeals.filing import Application, FilingRefused, file_appeal
from apella.appeals.states import AppealKind
from apella.bootstrap import App
from apella.calendar.working import CalendarRangeError
from apella.db.ids import new_id
from apella.db.unit_of_work import UnitOfWork
from apella.demo.making import DemoParticipant, MadeSeason, make_demo_season
from apella.demo.season import Scans
from apella.embedded.first_start import participant_lines
from apella.errors import Conflict, NotFound
from apella.experts.service import choices
from apella.identity.actor import Actor
from apella.identity.model import Account, AccountTenant, Membership, Person
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.people import normal_document, normal_phone
from apella.identity.repository import participant_registered_with
from apella.identity.roles import Role
from apella.onboarding.seasons import open_season
from apella.regions.book import rules_of_season
from apella.registry.model import Exam, Work
from apella.tenancy.model import Season, SeasonDecision

DOOR_OPERATORS = {
    Role.SCHOOL_OPERATOR,
    Role.MUNICIPAL_OPERATOR,
    Role.QUEUE_CLERK,
    Role.EXAM_COMMISSION_MEMBER,
}


def made(app: App, slug: str = "north", **wishes: object) -> MadeSeason:
    """A small season; it has a code of its own unless the test names one."""
    return make_demo_season(
        app,
        slug=slug,
        **{"participants": 12, "seed": 7, "scans": Scans.NONE, **wishes},  # type: ignore[arg-type]  # the test names arguments
    )


def season_of(app: App, season: MadeSeason) -> Season:
    """Its row."""
    tenant_id = app.regions.get(season.tenant).tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        return work.session.get_one(Season, (tenant_id, season.season_id))


def seasons(app: App, slug: str = "north") -> int:
    """How many seasons the tenant has."""
    with app.database.unit_of_work(app.regions.get(slug).tenant.tenant_id) as work:
        return work.session.scalars(select(sql.count()).select_from(Season)).one()


def test_its_clock_begins_on_the_morning_of_a_results_day(app: App) -> None:
    season = made(app)
    zone = app.regions.get("north").zone
    begun = season.now.astimezone(zone)
    assert (begun.date(), begun.time()) == (date(2026, 6, 18), time(8))
    row = season_of(app, season)
    assert (row.demo, row.timetable_shift_days, row.year) == (True, 0, 2026)


def test_a_moved_season_moves_everything_by_the_same_days(app: App) -> None:
    season = made(app, results_on=date(2026, 11, 19))
    shift = date(2026, 11, 19) - date(2026, 6, 18)
    assert season_of(app, season).timetable_shift_days == shift.days
    rules = app.regions.get("north")
    assert season.now.astimezone(rules.zone).date() == date(2026, 11, 19)
    with app.database.unit_of_work(rules.tenant.tenant_id) as work:
        announced = select(Exam.announced_on).where(Exam.season_id == season.season_id, Exam.subject_code == "01")
        assert date(2026, 11, 19) in set(work.session.scalars(announced))
        decided = select(SeasonDecision.act_date).where(SeasonDecision.season_id == season.season_id)
        assert set(work.session.scalars(decided)) == {row.act_date + shift for row in rules.demo_decisions}


def test_the_same_code_gives_the_same_season_back(app: App) -> None:
    code = f"again-{new_id().hex[-6:]}"
    first = made(app, code=code)
    before = seasons(app)
    again = made(app, code=code, participants=99, seed=1)
    assert seasons(app) == before
    assert (again.season_id, again.staff, again.participants) == (first.season_id, first.staff, first.participants)


@pytest.mark.parametrize("slug", ["north", "south"])
def test_there_is_one_person_for_each_role_that_has_something_to_do(app: App, slug: str) -> None:
    season = made(app, slug)
    roles = Counter(person.role for person in season.staff)
    rules = app.regions.get(slug)
    operators = {Role(channel.operator) for channel in rules.channels} & DOOR_OPERATORS
    assert set(roles) == operators | {
        Role.EXAM_COMMISSION_CHAIR,
        Role.SECRETARY,
        Role.CHAIR,
        Role.DEPUTY_CHAIR,
        Role.MEMBER,
        Role.DATA_CENTRE_OPERATOR,
        Role.TENANT_ADMIN,
        Role.EXPERT,
        Role.SUBJECT_CHAIR,
    }
    assert roles[Role.MEMBER] == 5
    assert all(count == 1 for role, count in roles.items() if role in operators | {Role.SECRETARY, Role.CHAIR})
    suffix = season.code.removeprefix("season")
    logins = {person.login for person in season.staff}
    assert {f"{slug}-secretary{suffix}", f"{slug}-member-5{suffix}", f"{slug}-expert-01-1{suffix}"} <= logins
    assert len({person.name for person in season.staff}) > len(logins) * 0.9


def test_regions_have_different_people(app: App) -> None:
    names = []
    for slug in ("north", "south"):
        season = made(app, slug)
        suffix = season.code.removeprefix("season")
        names.append({person.login.removeprefix(slug).removesuffix(suffix): person.name for person in season.staff})
    both = names[0].keys() & names[1].keys()
    assert {"-secretary", "-chair", "-member-3", "-expert-01-2"} <= both
    assert sum(names[0][login] == names[1][login] for login in both) <= 1


def test_operators_stand_where_participants_come_from(app: App) -> None:
    season = made(app)
    suffix = season.code.removeprefix("season")
    query = select(Membership, Person).join(Person, Person.id == Membership.person_id)
    with app.database.unit_of_work(app.regions.get("north").tenant.tenant_id) as work:
        rows = work.session.execute(query.where(Membership.season_id == season.season_id)).all()
        posts = {person.login.removesuffix(suffix): membership for membership, person in rows}
        homes = select(Person.login, Person.organisation_id).where(Person.season_id == season.season_id)
        home_of = {login: home for login, home in work.session.execute(homes)}  # noqa: C416 rows are no pairs to mypy
        point = select(Work.exam_point_id).where(Work.season_id == season.season_id).distinct()
        assert len(work.session.scalars(point).all()) == 1
    school = posts["north-school-operator"].organisation_id
    students = [person.login for person in season.participants if home_of[person.login] == school]
    assert len(students) == 11
    assert posts["north-queue-clerk"].organisation_id == school
    authority = posts["north-municipal-operator"].organisation_id
    assert home_of[season.participants[8].login] == authority
    assert posts["north-exam-commission-member"].exam_point_code == "0001"


def test_accounts_may_open_their_own_region_only(app: App) -> None:
    season = made(app)
    with app.database.unit_of_work(None) as work:
        for login in {person.login for person in season.staff}:
            account = select(Account.id).where(Account.iss == EMBEDDED_ISSUER, Account.sub == login)
            slugs = select(AccountTenant.slug).where(AccountTenant.account_id == account.scalar_subquery())
            assert work.session.scalars(slugs).all() == ["north"]


def test_a_further_season_has_people_and_phones_of_its_own(app: App) -> None:
    first, second = made(app), made(app)
    assert first.code != second.code
    assert {person.login for person in first.staff}.isdisjoint(person.login for person in second.staff)
    ways = [{(person.document, person.phone) for person in season.participants} for season in (first, second)]
    assert ways[0].isdisjoint(ways[1])
    with app.database.unit_of_work(app.regions.get("north").tenant.tenant_id) as work:
        for season in (first, second):
            someone = season.participants[3]
            vault = app.vaults.of_season(
                work.session, tenant_id=app.regions.get("north").tenant.tenant_id, season_id=season.season_id
            )
            found = participant_registered_with(
                work.session,
                document_index=vault.index("person.document", normal_document(someone.document)),
                phone_index=vault.index("person.phone", normal_phone(someone.phone)),
            )
            assert found is not None
            assert (found.login, found.season_id) == (someone.login, season.season_id)


def test_plain_logins_belong_to_the_first_season_that_is_given_a_code(app: App) -> None:
    codes = [f"plain-{number}-{new_id().hex[-6:]}" for number in range(2)]
    logins = [{person.login for person in made(app, "south", code=code).staff} for code in codes]
    assert "south-secretary" not in logins[1]
    assert made(app, "south", code=f"own-{new_id().hex[-6:]}", suffix="-own").staff[0].login.endswith("-own")


def test_killed_midway_it_leaves_nothing_and_can_be_made_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"killed-{new_id().hex[-6:]}"
    before = seasons(app)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("apella.demo.making.add_demo_staff", die)
        with pytest.raises(KeyboardInterrupt):
            made(app, code=code)
    assert seasons(app) == before
    assert len(made(app, code=code).participants) == 12


def test_a_real_season_is_never_taken_for_a_demo_one(app: App) -> None:
    rules = app.regions.get("north")
    code = f"real-{new_id().hex[-6:]}"
    with app.database.unit_of_work(rules.tenant.tenant_id) as work:
        open_season(
            work.session,
            regions=app.regions,
            slug="north",
            machine_now=work.machine_now,
            vaults=app.vaults,
            code=code,
            title="Сезон",
            period="main",
            demo=False,
        )
    with pytest.raises(Conflict) as caught:
        made(app, code=code)
    assert caught.value.error_code == "season.taken"


def test_what_cannot_be_made_is_refused_before_anything_is_written(app: App) -> None:
    before = seasons(app)
    with pytest.raises(CalendarRangeError):
        made(app, results_on=date(2031, 1, 9))
    with pytest.raises(NotFound):
        made(app, "nowhere")
    assert seasons(app) == before


def test_its_document_tells_a_program_all_it_needs(app: App) -> None:
    season = made(app)
    document = season.as_document()
    assert document["season"] == season.code
    assert document["tenant"] == "north"
    assert {"login", "name", "role"} == set(document["staff"][0])
    assert {"login", "name", "document", "phone"} == set(document["participants"][0])
    assert document["participants"][0]["login"] == "910007000001"


# --- Ready to be played -----------------------------------------------------------------------------------------------


def desk_of(app: App, season: MadeSeason, who: DemoParticipant, work: UnitOfWork) -> Desk:
    """The desk of a participant at the season's own time."""
    rules = app.regions.get("north")
    person = work.session.scalars(
        select(Person).where(Person.login == who.login, Person.season_id == season.season_id)
    ).one()
    return Desk(
        session=work.session,
        actor=Actor(
            tenant_id=rules.tenant.tenant_id,
            slug=rules.slug,
            season_id=season.season_id,
            person_id=person.id,
            login=who.login,
            recorded_as=person.recorded_as,
            roles=frozenset({Role.PARTICIPANT}),
        ),
        now=season.now + timedelta(minutes=5),
        machine_now=work.machine_now,
        rules=rules_of_season(
            work.session,
            app.regions,
            slug="north",
            season=work.session.get_one(Season, (rules.tenant.tenant_id, season.season_id)),
        ),
        vault=app.vaults.of_season(work.session, tenant_id=rules.tenant.tenant_id, season_id=season.season_id),
    )


def application(work_id: uuid.UUID) -> Application:
    """A score appeal by the portal that states all that a door may ask for."""
    return Application(
        kind=AppealKind.SCORE,
        channel="portal",
        work_id=work_id,
        presence=Presence(participant=True),
        forms_confirmed=True,
        disputed=("C1",),
        phone="+7 900 000-00-00",
    )


@pytest.mark.clause("federal:100.2", "federal:98.2", "federal:101.9")
def test_on_its_first_morning_an_appeal_can_be_filed_and_an_expert_found(app: App) -> None:
    season = made(app)
    who = season.participants[0]
    with app.database.unit_of_work(app.regions.get("north").tenant.tenant_id) as work:
        desk = desk_of(app, season, who, work)
        query = select(Exam.subject_code, Work.id).join(Exam, Exam.id == Work.exam_id)
        works = {code: row for code, row in work.session.execute(query.where(Work.person_id == desk.actor.person_id))}  # noqa: C416 rows are no pairs to mypy
        appeal = file_appeal(desk, application(works["01"]))
        work.session.flush()
        free = [choice for choice in choices(desk, appeal) if not choice.obstacles]
        assert len([choice for choice in free if not choice.expert.subject_chair]) >= 2
        with pytest.raises(FilingRefused) as early:
            file_appeal(desk, application(works["12"]))
        assert early.value.error_code == "filing.too_early"
        with pytest.raises(FilingRefused) as late:
            file_appeal(desk, application(works["07"]))
        assert late.value.error_code == "filing.too_late"
        work.discard()


def test_who_starts_an_instance_is_told_of_a_participant_who_may_file_today(app: App) -> None:
    north = app.regions.get("north")
    code = f"told-{new_id().hex[-6:]}"
    season = made(app, code=code)
    (line,) = participant_lines(app, north, code=code)
    one = next(person for person in season.participants if line.split()[0] == person.login)
    assert line.endswith(f"участник, {one.name}; документ {one.document}, телефон {one.phone}")
    assert participant_lines(app, app.regions.get("south"), code=code) == []

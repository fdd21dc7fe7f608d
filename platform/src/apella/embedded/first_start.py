"""What a start of an embedded instance brings: the tenants; the first one also a demo season in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import and_, select

from apella.bootstrap import App, make_app
from apella.calendar.wording import short_date
from apella.demo.making import demo_participant, make_demo_season
from apella.demo.season import Scans
from apella.embedded.sign_in import demo_people
from apella.identity.model import Person
from apella.onboarding.tenants import enter_tenants
from apella.regions.rules import RegionRules
from apella.registry.model import Exam, Work
from apella.tenancy.model import Season

PARTICIPANTS = 200
SEED = 7
CODE = "demo"
EMPTY = "APELLA_EMPTY"
"""Set for an instance that starts without the demo seasons."""


MOST_DAYS = 10
"""How many days that differ a line names; the calendar's page lists them all."""


def enter(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Enter tenants that are new here, and name those whose files say another calendar than the one in force."""
    app = make_app(environment)
    if app.settings.database_url is None:
        raise RuntimeError("the start has no database")
    differ = enter_tenants(app.settings.database_url, app.regions, pooled=app.settings.database_pooled)
    for slug, days in differ.items():
        shown = ", ".join(short_date(day) for day in days[:MOST_DAYS])
        more = f" и ещё {len(days) - MOST_DAYS}" if len(days) > MOST_DAYS else ""
        say(
            f"Календарь в файлах ({app.regions.get(slug).tenant.title.nominative}) отличается от действующего:"
            f" {shown}{more}. Сроки считаются по действующему. Увидеть разницу и предложить изменение: страница"
            f" «Календарь» или apella calendar import --tenant {slug} --shipped."
        )


def fill(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Make what is missing of the tenants' demo seasons; safe to be killed and called again."""
    if environment.get(EMPTY):
        # A story makes the season that it plays in.
        return
    app = make_app(environment)
    for rules in app.regions:
        say(f"Готовлю учебный сезон: {rules.tenant.title.nominative}…")
        make_demo_season(app, slug=rules.slug, participants=PARTICIPANTS, seed=SEED, scans=Scans.SOME, code=CODE)


def lines(environment: Mapping[str, str]) -> list[str]:
    """Give the addresses and the demo people, for the screen of whoever started the instance."""
    app = make_app(environment)
    home = f"http://127.0.0.1:{app.settings.port}"
    shown = [f"Apella работает: {home}/  Остановка: Ctrl+C.", f"СМС и письма: {home}/embedded/outbox", ""]
    seen: set[tuple[str, str]] = set()
    for person in demo_people(app):
        # One person for each role and region; the sign-in page lists them all.
        if (person.tenant, person.role) in seen:
            continue
        seen.add((person.tenant, person.role))
        shown.append(f"  {person.login:<34} {person.role}, {person.name}")
    for rules in app.regions:
        shown += ["", f"  Вход: {home}/{rules.slug}/sign-in", *participant_lines(app, rules)]
    return shown


def participant_lines(app: App, rules: RegionRules, *, code: str = CODE) -> list[str]:
    """Give what a participant of the demo season signs in with, who may file today; nothing where there is none."""
    tenant_id = rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        season = work.session.scalars(select(Season).where(Season.code == code)).one_or_none()
        if season is None:
            return []
        today = (work.machine_now + season.clock_offset).astimezone(rules.zone).date()
        person = work.session.scalars(
            select(Person)
            .join(Work, and_(Work.tenant_id == Person.tenant_id, Work.person_id == Person.id))
            .join(Exam, and_(Exam.tenant_id == Work.tenant_id, Exam.id == Work.exam_id))
            .where(Person.season_id == season.id, Exam.announced_on <= today)
            .where(Person.document_cipher.is_not(None), Person.phone_cipher.is_not(None))
            .order_by(Exam.announced_on.desc(), Person.login)
            .limit(1)
        ).first()
        if person is None:
            return []
        one = demo_participant(app.vaults.of_season(work.session, tenant_id=tenant_id, season_id=season.id), person)
    return [f"  {one.login:<34} участник, {one.name}; документ {one.document}, телефон {one.phone}"]

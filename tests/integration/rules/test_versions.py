"""A case keeps the version of the rules that it was opened under, whatever becomes of the files (rule 7)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from apella.appeals import journal
from apella.appeals.filing import file_appeal
from apella.appeals.repository import JournalFilter, journal_page
from apella.bootstrap import App
from apella.calendar.changes import CalendarContent
from apella.calendar.model import CalendarVersion, VersionState
from apella.calendar.tables import LegalAct, RegionalDay
from apella.casework.reading import case_for
from apella.deadlines.model import Deadline
from apella.errors import NotFound
from apella.notices.model import Notice
from apella.onboarding.seasons import open_season
from apella.portal.case import own_case
from apella.regions.book import record_rules, rules_of_season, rules_of_version
from apella.regions.model import RuleSet
from apella.tenancy.model import Season
from apella.testing.play import Play, open_desk
from apella.testing.plugin import StartPlay

EDITION = 'title = "Положение"\nact = "приказ министерства"\nnumber = "5"\nclauses = ["core:E1"]\n'
# Two working days instead of four, counted in the same week.
SHORTER = '["score.consideration"]\nlength = 2\nclauses = ["federal:102.3"]\n'
NOTICE = """
[[notice]]
event = "appeal_registered"
kinds = ["score"]
recipients = ["participant"]
channels = ["cabinet"]
sender = "commission"
title = "Новое"
text = "Новая редакция: {receipt}"
clauses = ["core:E2"]
"""

Restart = Callable[..., App]
GoOn = Callable[[Play, App], Play]
Begin = Callable[[], Play]


def clock_of(play: Play, case_id: uuid.UUID, term: str = "score.consideration") -> Deadline:
    return play.read(
        lambda session: session.scalars(
            select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
        ).one()
    )


@pytest.mark.clause("kbr:order-1.1")
def test_a_running_case_goes_on_by_its_own_version_and_a_new_one_by_the_changed_files(
    play: StartPlay, restart: Restart, go_on: GoOn
) -> None:
    north = play()
    old = north.file(0, channel="school_desk")
    after = go_on(north, restart({"north/terms.toml": SHORTER}))
    new = after.file(1, channel="school_desk")
    for case_id in (old, new):
        after.walk(case_id, "registered")
    versions = [after.case(case_id).rule_version for case_id in (old, new)]
    assert versions == [north.world.rules.version, after.world.rules.version]
    assert versions[0] != versions[1]
    registered = {after.case(case_id).registered_at for case_id in (old, new)}
    due = [clock_of(after, case_id).due_at for case_id in (old, new)]
    assert len({moment.date() for moment in registered if moment}) == 1
    assert due[0] - due[1] == timedelta(days=2)


def test_readers_of_one_case_see_its_version_and_the_journal_the_season_s(
    play: StartPlay, restart: Restart, go_on: GoOn
) -> None:
    north = play()
    old = north.file(0)
    after = go_on(north, restart({"north/terms.toml": SHORTER}))
    own, present = north.world.rules.version, after.world.rules.version
    with open_desk(after.app, after.world, after.actor("secretary")) as desk:
        assert desk.rules.version == present
        assert journal_page(desk.session, desk.actor, JournalFilter(), cursor=None, limit=5)
        assert desk.rules.version == present
        case_for(desk, old)
        assert desk.rules.version == own
        assert desk.rules.terms["score.consideration"].length == 4
    with open_desk(after.app, after.world, after.actor(0)) as desk:
        own_case(desk, old)
        assert desk.rules.version == own
        desk.turn_to_season()
        assert desk.rules.version == present


def test_what_the_background_does_for_a_case_follows_its_version(
    play: StartPlay, restart: Restart, go_on: GoOn
) -> None:
    north = play()
    old = north.file(0, channel="school_desk")
    after = go_on(north, restart({"north/notices.toml": NOTICE}))
    new = after.file(1, channel="school_desk")
    for case_id in (old, new):
        after.walk(case_id, "registered")
    after.drain()

    def told(case_id: uuid.UUID) -> set[str]:
        query = select(Notice.text).where(Notice.case_id == case_id, Notice.event == "appeal_registered")
        return set(after.read(lambda session: session.scalars(query).all()))

    assert all(text.startswith("Новая редакция: ") for text in told(new))
    assert told(new)
    assert told(old)
    assert not any(text.startswith("Новая редакция: ") for text in told(old))


def test_a_filing_at_a_desk_that_read_another_case_follows_the_season_s_present_rules(
    play: StartPlay, restart: Restart, go_on: GoOn
) -> None:
    north = play()
    old = north.file(0, channel="queue_clerk")
    after = go_on(north, restart({"north/terms.toml": SHORTER}))
    with open_desk(after.app, after.world, after.actor("queue-clerk")) as desk:
        case_for(desk, old)
        filed = file_appeal(desk, after.application(1, channel="queue_clerk"))
        assert filed.rule_version == after.world.rules.version


# --- Seasons ----------------------------------------------------------------------------------------------------------


def test_a_season_runs_under_the_edition_in_force_when_it_was_opened(restart: Restart) -> None:
    """It keeps that edition when the next one comes into force midway; a season opened later has the next one."""
    files = {
        "north/editions/2026-06-25/edition.toml": EDITION,
        "north/editions/2026-06-25/terms.toml": SHORTER,
    }
    later = restart(files)
    zone = later.regions.get("north").zone
    seasons = {}
    for day in (date(2026, 6, 20), date(2026, 6, 25)):
        with later.database.unit_of_work(later.regions.get("north").tenant.tenant_id) as work:
            noon = work.machine_now.astimezone(zone).replace(year=day.year, month=day.month, day=day.day, hour=12)
            opened = open_season(
                work.session,
                regions=later.regions,
                slug="north",
                machine_now=work.machine_now,
                vaults=later.vaults,
                code=f"edition-{uuid.uuid4().hex[:8]}",
                title="Сезон",
                period="main",
                demo=True,
                clock_offset=noon - work.machine_now,
            )
            seasons[day] = (opened.season.opened_on, opened.rules.terms["score.consideration"].length)
            assert opened.season.rule_version == opened.rules.version
            kept = work.session.scalars(select(RuleSet).where(RuleSet.version == opened.rules.version)).one()
            assert (kept.edition, kept.year) == (opened.rules.in_force, 2026)
    assert seasons == {day: (day, length) for day, length in zip(seasons, (4, 2), strict=True)}


def test_a_season_keeps_its_edition_when_the_next_one_comes_into_force(
    play: StartPlay, restart: Restart, go_on: GoOn
) -> None:
    north = play()
    tenant_id = north.world.rules.tenant.tenant_id
    opened_on = north.read(lambda session: session.get_one(Season, (tenant_id, north.world.season_id)).opened_on)
    next_day = (opened_on + timedelta(days=1)).isoformat()
    after = go_on(
        north,
        restart({f"north/editions/{next_day}/edition.toml": EDITION, f"north/editions/{next_day}/terms.toml": SHORTER}),
    )
    assert after.app.regions.get("north").terms["score.consideration"].length == 2
    after.clock(days=1)
    with after.app.database.unit_of_work(tenant_id) as work:
        season = work.session.get_one(Season, (tenant_id, north.world.season_id))
        rules = rules_of_season(work.session, after.app.regions, slug="north", season=season)
        assert rules.terms["score.consideration"].length == 4
        assert rules.version == north.world.rules.version == season.rule_version


# --- The record -------------------------------------------------------------------------------------------------------


def test_a_version_is_written_once_and_then_costs_nothing(play: StartPlay, app: App) -> None:
    north = play()
    rules = app.regions.get("north")
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    north.file(0)
    event.listen(app.database.engine, "before_cursor_execute", note)
    try:
        north.file(1)
    finally:
        event.remove(app.database.engine, "before_cursor_execute", note)
    assert not [one for one in statements if "rule_set" in one]
    of_version = select(RuleSet).where(RuleSet.version == rules.version)
    assert len(north.read(lambda session: session.scalars(of_version).all())) == 1


def test_a_record_that_was_undone_is_written_again(play: StartPlay, restart: Restart) -> None:
    play()
    app = restart({"north/terms.toml": SHORTER.replace("length = 2", "length = 1")})
    rules = app.regions.get("north")
    of_version = select(RuleSet).where(RuleSet.version == rules.version)
    tenant_id = rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        with work.session.begin_nested():
            record_rules(work.session, rules)
        work.discard()
    with app.database.unit_of_work(tenant_id) as work:
        assert work.session.scalars(of_version).one_or_none() is None
        record_rules(work.session, rules)
    with app.database.unit_of_work(tenant_id) as work:
        assert work.session.scalars(of_version).one().content["tables"]["terms.toml"]


def test_a_version_that_nobody_recorded_is_an_error(app: App) -> None:
    rules = app.regions.get("north")
    with app.database.unit_of_work(rules.tenant.tenant_id) as work, pytest.raises(NotFound) as caught:
        rules_of_version(work.session, rules, "north-2026-000000000000")
    assert caught.value.error_code == "rules.version"


# --- The calendar -----------------------------------------------------------------------------------------------------


def test_cases_of_every_version_count_by_the_live_calendar(
    begin: Begin, restart: Restart, go_on: GoOn, fresh_database: str
) -> None:
    north = begin()
    old = north.file(0, channel="school_desk")
    after = go_on(north, restart({"north/notices.toml": NOTICE}, database_url=fresh_database))
    day_off = (after.now() + timedelta(days=1)).astimezone(after.world.rules.zone).date()
    content = CalendarContent(
        federal=after.world.rules.calendar.federal,
        regional=(
            RegionalDay(
                date=day_off, name="Праздник", act=LegalAct(act="Указ", date=date(2026, 5, 1)), carry_over=False
            ),
        ),
    )
    with open_desk(after.app, after.world, after.actor("secretary")) as desk:
        desk.session.add(
            CalendarVersion(
                number=1,
                state=VersionState.APPLIED,
                made_on=0,
                content=content.to_record(),
                change={},
                title="Праздник",
                file_name="days.toml",
                proposed_login="test",
                decided_at=desk.machine_now,
            )
        )
    after.walk(old, "forwarded")
    with open_desk(after.app, after.world, after.actor("secretary")) as desk:
        season = desk.session.get_one(Season, (desk.actor.tenant_id, desk.actor.season_id))
        rules = rules_of_season(desk.session, after.app.regions, slug="north", season=season)
        assert desk.rules.calendar.version == rules.calendar.version == "base+1"
        journal.register(desk, case_id=old, version=None)
        assert desk.rules.version == north.world.rules.version
    assert clock_of(after, old).calendar_version == "base+1"

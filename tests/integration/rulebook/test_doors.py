"""Page, API and command answer one question alike, also when the next edition came into force within a season."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from apella.bootstrap import App, make_app
from apella.rulebook.asking import ask, day_asked, document
from apella.rulebook.in_force import on_day
from apella.tenancy.model import Season
from apella.testing.client import Client
from apella.testing.console import Console
from apella.testing.factories import World, make_world
from apella.testing.play import Play
from apella.testing.tenants import write_tenants
from apella.web_app import create_app

OLD = 'title = "Старое положение"\nact = "приказ министерства"\nnumber = "5"\nseason = 2026\nclauses = ["core:E1"]\n'
NEXT = 'title = "Новое положение"\nact = "приказ министерства"\nnumber = "6"\nclauses = ["core:E1"]\n'
# Two working days instead of four, counted in the same week.
SHORTER = '["score.consideration"]\nlength = 2\nclauses = ["federal:102.3"]\n'
# The Procedure is silent about it: one calendar day is the platform's own reading.
OWN = '["kit.hand_on"]\nlength = 3\nclauses = ["core:E1"]\n'
EDITION = date(2026, 7, 1)
TERM = "score.consideration"


@pytest.fixture
def app(fresh_database: str, tmp_path: Path) -> Iterator[App]:
    """An instance with a database of its own and a tenant whose next edition comes into force in the summer of 2026."""
    tenants = write_tenants(tmp_path / "tenants")
    (tenants / "north" / "edition.toml").write_text(OLD, encoding="utf-8")
    (tenants / "north" / "terms.toml").write_text(OWN, encoding="utf-8")
    later = tenants / "north" / "editions" / EDITION.isoformat()
    later.mkdir(parents=True)
    (later / "edition.toml").write_text(NEXT, encoding="utf-8")
    (later / "terms.toml").write_text(SHORTER, encoding="utf-8")
    made = make_app(
        {
            "APELLA_HOME": str(tmp_path / "home"),
            "APELLA_TENANTS": str(tenants),
            "APELLA_DATABASE_URL": fresh_database,
        }
    )
    yield made
    made.database.engine.dispose()
    made.relay_engine.dispose()


def season_from(app: App, day: date) -> Play:
    """A season that is opened on a day."""
    noon = datetime.combine(day, time(12), app.regions.get("north").zone)
    return Play(app, make_world(app, "north", case_now=noon))


def title_of(world: World, run: Play) -> str:
    tenant_id = world.rules.tenant.tenant_id
    return run.read(lambda session: session.get_one(Season, (tenant_id, world.season_id)).title)


def test_a_season_keeps_its_rules_at_every_door(app: App) -> None:
    run = season_from(app, EDITION - timedelta(days=9))
    run.clock(days=30)  # the next edition is in force, for seasons that are opened from now on
    web = create_app(app)
    web.testing = True
    stranger, secretary = Client(web, "north"), Client(web, "north")
    secretary.sign_in(app, run.actor("secretary"))
    page = (
        Console(secretary).get(f"deadlines?term={TERM}&registered=10.07.2026").text.replace("\N{NO-BREAK SPACE}", " ")
    )
    answer = stranger.get("deadlines/explain", query_string={"term": TERM, "from": "2026-07-10"}).get_json()
    assert (answer["length"], answer["due"][:10]) == (4, "2026-07-16")
    assert "чт 16.07.2026" in page
    assert answer["rules"]["season"] == title_of(run.world, run)
    assert answer["rules"]["edition"] == "Старое положение (приказ министерства № 5)"
    assert answer["rules"]["later"] == [
        {"in_force": "2026-07-01", "edition": "Новое положение (приказ министерства № 6)"}
    ]
    assert "Старое положение (приказ министерства № 5)" in page
    assert "С 01.07.2026 действует следующая редакция: Новое положение (приказ министерства № 6)." in page
    listed = stranger.get("deadlines/terms").get_json()
    assert listed["rules"] == answer["rules"]
    assert next(term["length"] for term in listed["terms"] if term["term"] == TERM) == 4
    rule_set = stranger.get("rules").get_json()
    assert (rule_set["edition"], rule_set["season"]) == (answer["rules"]["edition"], answer["rules"]["season"])
    rules_page = Console(secretary).get("rules").text
    assert "Старое положение" in rules_page
    assert "С 01.07.2026 действует следующая редакция: Новое" in rules_page.replace("\N{NO-BREAK SPACE}", " ")


def test_no_door_calls_a_reading_of_the_platform_a_federal_limit(app: App) -> None:
    run = season_from(app, EDITION - timedelta(days=9))
    web = create_app(app)
    web.testing = True
    secretary = Client(web, "north")
    secretary.sign_in(app, run.actor("secretary"))
    question = {"term": "kit.hand_on", "from": "2026-06-18"}
    answer = secretary.get("deadlines/explain", query_string=question).get_json()
    assert (answer["due"][:10], answer["federal_due"], answer["federal"]) == ("2026-06-21", None, None)
    listed = {term["term"]: term for term in secretary.get("deadlines/terms").get_json()["terms"]}
    assert listed["kit.hand_on"]["federal"] is None
    page = Console(secretary).get("deadlines?term=kit.hand_on&kit_received=18.06.2026").text
    assert "вс 21.06.2026, 23:59" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "едеральный предел" not in page
    assert "Принято платформой (core:E25): 1 календарный день" in page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seasons", "start", "length"),
    [(0, "2026-06-10", 4), (0, "2026-07-10", 2), (2, "2026-06-10", 4), (2, "2026-07-10", 2)],
)
def test_without_one_running_season_the_day_of_the_question_chooses_as_at_the_command(
    app: App, seasons: int, start: str, length: int
) -> None:
    for number in range(seasons):
        season_from(app, EDITION - timedelta(days=9 - 10 * number))
    web = create_app(app)
    web.testing = True
    answer = Client(web, "north").get("deadlines/explain", query_string={"term": TERM, "from": start}).get_json()
    day = day_asked(start, ())
    assert day is not None
    found = on_day(app.regions, "north", day)
    assert answer == document(found, ask(found.rules, term_id=TERM, start=start))
    assert (answer["length"], answer["rules"]["season"], answer["rules"]["day"]) == (length, None, start)


def test_a_season_of_another_year_does_not_run(app: App) -> None:
    run = season_from(app, EDITION - timedelta(days=9))
    run.clock(days=300)
    web = create_app(app)
    web.testing = True
    answer = Client(web, "north").get("deadlines/explain", query_string={"term": TERM, "from": "2026-07-10"})
    assert (answer.get_json()["rules"]["season"], answer.get_json()["length"]) == (None, 2)

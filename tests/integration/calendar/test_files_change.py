"""The files of an installation change under it: it counts on by the recorded calendar until two people take the new."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from apella.bootstrap import App, make_app
from apella.calendar import store
from apella.calendar.changes import NothingChanges
from apella.calendar.model import CalendarVersion
from apella.calendar.tables import FederalTable, load_federal_table, shipped_table
from apella.calendar.working import WorkCalendar
from apella.deadlines import change
from apella.deadlines.change import OwnProposal
from apella.embedded.first_start import enter
from apella.identity.permissions import require
from apella.testing.calendars import FEAST, CalendarPlay, StartCalendar, day_off
from apella.testing.client import Client
from apella.testing.play import Play
from apella.testing.tenants import write_tenants
from apella.web_app import create_app

pytestmark = pytest.mark.usefixtures("paperless")

FRIDAY, MONDAY = dt.date(2025, 6, 6), dt.date(2025, 6, 9)
FEAST_AND_ACT = "пт 06.06.2025 – выходной: Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)"
EXPLAIN = "deadlines/explain?term=score.filing&from=2025-06-04"

Restart = Callable[..., "tuple[CalendarPlay, str]"]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Start the installation of a play again: with a day off in its region's files, or with those that it had."""
    apps: list[App] = []

    def again(before: CalendarPlay, days_off: bytes = b"") -> tuple[CalendarPlay, str]:
        folder = write_tenants(tmp_path / f"tenants-{len(apps)}")
        if days_off:
            (folder / "north" / "days_off.toml").write_bytes(days_off)
        environment = {**before.play.app.environment, "APELLA_TENANTS": str(folder)}
        said: list[str] = []
        enter(environment, said.append)
        apps.append(make_app(environment))
        world = replace(before.play.world, rules=apps[-1].regions.get(before.rules.slug))
        return CalendarPlay(Play(apps[-1], world)), "\n".join(said)

    yield again
    for app in apps:
        app.database.engine.dispose()
        app.relay_engine.dispose()


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Callable[[FederalTable], None]:
    """Ship another federal calendar with the product from now on."""

    def new(federal: FederalTable) -> None:
        monkeypatch.setattr("apella.regions.loader.WorkCalendar", partial(WorkCalendar, federal=federal))
        monkeypatch.setattr("apella.regions.loader._plain_calendar", lambda: WorkCalendar(federal=federal))

    return new


def with_year(year: int, **other: object) -> FederalTable:
    """The shipped federal calendar with one year replaced or added."""
    years = {one.year: one for one in shipped_table().years}
    plain = {"year": year, "act": "постановление", "confirmed": True, "moved": [], "observed": [], "shortened": []}
    row = years[year].model_dump(by_alias=True) if year in years else plain
    table = {"holiday": shipped_table().holidays, "year": [*({**years, year: {**row, **other}}).values()]}
    return load_federal_table(table, place="federal.toml")


def client(at: CalendarPlay, who: str) -> Client:
    """A browser of somebody at the web part of the started installation."""
    web = create_app(at.play.app)
    web.testing = True
    browser = Client(web, at.rules.slug)
    browser.sign_in(at.play.app, at.play.actor(who))
    return browser


def explained(at: CalendarPlay) -> Sequence[object]:
    """How the running installation counts the window of filing, day by day."""
    found = client(at, "secretary").get(EXPLAIN).get_json()
    return [found[name] for name in ("due", "calendar_version", "steps")]


def year_page(at: CalendarPlay, who: str) -> str:
    """What the page of the year says to somebody."""
    return unescape(client(at, who).get("/north/calendar?year=2025").text).partition("<main")[2]


def propose_shipped(at: CalendarPlay, who: str = "secretary") -> CalendarVersion:
    """Propose the calendar of the files, as the page does."""
    return at.play.do(
        who,
        lambda desk: change.propose_shipped(
            desk.session, actor=desk.actor, role=require(desk.actor, "propose_calendar"), base=at.base
        ),
    )


def ends(at: CalendarPlay, case_id: uuid.UUID) -> Sequence[str]:
    """What a clock says that a day off on Friday moves."""
    clock = at.clock(case_id, "score.consideration")
    return (at.last_day(case_id, "score.consideration"), clock.calendar_version, clock.explanation["calendar_version"])


@pytest.mark.clause("federal:102.3")
def test_changed_files_move_nothing_and_the_start_says_what_differs(calendar: StartCalendar, restart: Restart) -> None:
    north = calendar()
    case_id = north.play.file(0)
    window = explained(north)
    page = year_page(north, "expert-1")
    again, said = restart(north, FEAST)
    assert not again.base.is_working(FRIDAY, 5)
    assert again.in_force() == north.base
    assert "Календарь в файлах (Северный край) отличается от действующего: пт 06.06.2025." in said
    assert "apella calendar import --tenant north --shipped" in said
    assert "Южный" not in said
    assert explained(again) == window
    assert year_page(again, "expert-1") == page
    assert (again.settle(), again.sweep()) == (0, 0)
    later = again.play.file(1)
    assert ends(again, case_id) == ends(again, later) == ("ср 11.06.2025", "base", "base")
    assert re.search(r"отличается от файлов.*06\.06\.2025", year_page(again, "secretary"), re.DOTALL)


@pytest.mark.clause("federal:102.3")
def test_taking_the_files_names_every_clock_and_moves_it_with_the_act_by_two_people(
    calendar: StartCalendar, restart: Restart
) -> None:
    north = calendar()
    cases = [north.play.file(0), north.play.file(1)]
    again, _ = restart(north, FEAST)
    version = propose_shipped(again)
    assert version.title == f"{FEAST_AND_ACT} (по файлам программы и региона)"
    found = again.difference(version)
    moved = {(move.clock.case_id, move.clock.term) for move in found.later.rows}
    terms = {"hearing.schedule", "kit.request", "score.consideration", "score.withdrawal"}
    assert moved == {(case_id, term) for case_id in cases for term in terms}
    assert [window.term for window in found.windows] == ["score.filing"]
    assert again.last_day(cases[0], "score.consideration") == "ср 11.06.2025"
    chair, secretary = again.play.actor("chair"), again.play.actor("secretary")
    with pytest.raises(OwnProposal):
        again.approve(version, who=replace(chair, person_id=secretary.person_id))
    again.approve(version)
    told = dict(again.told_by_audit("deadline:calendar:moved"))
    assert told.keys() == set(cases)
    for case_id in cases:
        assert ends(again, case_id) == ("пн 16.06.2025", "base+1", "base+1")
        assert {move["term"] for move in told[case_id]["moves"]} == terms
        history = unescape(client(again, "secretary").get(f"/north/cases/{case_id}").text)
        assert "Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)" in history
    once_more, said = restart(again, FEAST)
    assert said == ""
    assert (once_more.in_force().version, once_more.settle()) == ("base+1", 0)


def test_an_import_after_the_files_changed_moves_what_it_names_and_gives_no_false_reason(
    calendar: StartCalendar, restart: Restart
) -> None:
    north = calendar()
    case_id = north.play.file(0)
    again, _ = restart(north, FEAST)
    version = again.propose(day_off("2025-06-09"), name="monday.toml")
    assert {day.date for day in again.difference(version).days} == {MONDAY}
    again.approve(version)
    assert ends(again, case_id) == ("пн 16.06.2025", "base+1", "base+1")
    steps = again.clock(case_id, "score.consideration").explanation["steps"]
    assert not [why for day, _, why in steps if day == "2025-06-06" and "выходной" in why]
    _, said = restart(again, FEAST)
    assert "действующего: пт 06.06.2025." in said


def test_an_import_alone_is_no_news_of_the_files(calendar: StartCalendar, restart: Restart) -> None:
    north = calendar()
    north.approve(north.propose())
    assert north.play.read(lambda session: store.behind(session, north.base))
    again, said = restart(north)
    assert said == ""
    assert again.in_force().version == "base+1"


def test_a_day_off_that_the_files_take_back_stays_until_it_is_decided(
    calendar: StartCalendar, restart: Restart
) -> None:
    north = calendar()
    with_feast, _ = restart(north, FEAST)
    with_feast.approve(propose_shipped(with_feast))
    without, said = restart(with_feast)
    assert "действующего: пт 06.06.2025." in said
    assert not without.in_force().is_working(FRIDAY, 5)
    version = propose_shipped(without)
    assert version.title == (
        "пт 06.06.2025 – выходного больше нет: Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ) "
        "(по файлам программы и региона)"
    )
    without.reject(version)
    assert not without.in_force().is_working(FRIDAY, 5)


def test_the_federal_calendar_is_recorded_as_well(
    calendar: StartCalendar, restart: Restart, ship: Callable[[FederalTable], None]
) -> None:
    north = calendar()
    case_id = north.play.file(0)
    act = "постановление Правительства РФ от 01.06.2025 № 77"
    (before,) = (year.moved for year in shipped_table().years if year.year == 2025)
    ship(with_year(2025, act=act, moved=[*before, {"from": dt.date(2025, 6, 21), "to": FRIDAY}]))
    again, said = restart(north)
    assert "действующего: пт 06.06.2025" in said
    assert again.in_force() == north.base
    assert ends(again, case_id) == ("ср 11.06.2025", "base", "base")
    version = propose_shipped(again)
    assert f"производственный календарь на 2025 год: {act}" in version.title
    again.approve(version)
    assert again.clock(case_id, "kit.request").calendar_version == "base+1"
    assert not again.in_force().is_working(FRIDAY, 5)
    with pytest.raises(NothingChanges):
        propose_shipped(again)


@pytest.mark.parametrize("imported", [False, True])
def test_a_year_that_only_a_newer_product_knows_is_taken_once_and_then_stays_too(
    calendar: StartCalendar, restart: Restart, ship: Callable[[FederalTable], None], imported: bool
) -> None:
    north = calendar()
    if imported:
        north.approve(north.propose())
    ship(with_year(2028))
    again, said = restart(north, day_off("2028-06-06"))
    assert said == ""
    live = again.in_force()
    assert (live.last, live.version) == (dt.date(2028, 12, 31), "base+1" if imported else "base")
    assert (live.is_working(dt.date(2028, 6, 6), 5), live.is_working(FRIDAY, 5)) == (False, not imported)
    ship(with_year(2028, moved=[{"from": dt.date(2028, 1, 1), "to": dt.date(2028, 5, 10)}]))
    third, said = restart(again)
    assert "ср 10.05.2028, вт 06.06.2028" in said
    assert third.in_force() == live


def test_an_installation_that_is_new_takes_the_files_as_they_are(
    calendar: StartCalendar, restart: Restart, tmp_path: Path
) -> None:
    north = calendar()
    folder = tmp_path / "tenants-0" / "east"
    folder.mkdir(parents=True)
    for file in (write_tenants(tmp_path / "copied") / "north").iterdir():
        text = file.read_text().replace('slug = "north"', 'slug = "east"').replace("id = 901", "id = 911")
        (folder / file.name).write_text(text)
    (folder / "days_off.toml").write_bytes(FEAST)
    again, said = restart(north)
    assert said == ""
    east = again.play.app.regions.get("east")
    with again.play.app.database.unit_of_work(east.tenant.tenant_id) as work:
        found = store.current(work.session, east.calendar)
        assert (found, found.version) == (east.calendar, "base")
        assert not found.is_working(FRIDAY, 5)
        assert store.versions(work.session) == []
    assert again.in_force() == north.base

"""Which edition of the rules answers: what is in force then, with what comes later named beside it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apella.regions.loader import federal_counterpart
from apella.regions.registry import RegionRegistry
from apella.rulebook.asking import ask, document
from apella.rulebook.explain_text import explain_text
from apella.rulebook.in_force import InForce, in_force_lines, of_season, on_day
from apella.rulebook.rules_view import rules_text, rules_view
from apella.rulebook.terms_text import terms_text
from apella.rulebook.terms_view import terms_document
from apella.tenancy.files import tenants_in

# How the fixture `apella` answers: see conftest.
Apella = Callable[..., Any]

SECOND, THIRD = dt.date(2026, 7, 1), dt.date(2027, 9, 1)
TODAY = dt.date(2026, 11, 23)
OPENED = dt.date(2026, 3, 1)


def edition(name: str) -> str:
    return f'title = "{name} положение"\nact = "приказ министерства"\nnumber = "5"\nclauses = ["core:E1"]\n'


def own_term(days: int) -> str:
    return f'["hearing.notice"]\nlength = {days}\nclauses = ["core:E1"]\n'


@pytest.fixture(scope="module")
def folder(tenants: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the made-up region; its second edition begins in the season of 2026, the third is to come."""
    made = tmp_path_factory.mktemp("editions") / "tenants"
    shutil.copytree(tenants / "north", made / "north")
    (made / "north" / "edition.toml").write_text(f"{edition('Первое')}season = 2025\n", encoding="utf-8")
    for day, name, days in ((SECOND, "Второе", 7), (THIRD, "Новое", 9)):
        later = made / "north" / "editions" / day.isoformat()
        later.mkdir(parents=True)
        (later / "edition.toml").write_text(edition(name), encoding="utf-8")
        (later / "terms.toml").write_text(own_term(days), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def editions(folder: Path) -> RegionRegistry:
    return RegionRegistry.load(tenants_in(folder))


@pytest.fixture
def season(editions: RegionRegistry) -> InForce:
    rules = editions.on("north", OPENED, year=2026)
    return of_season(editions, rules, title="Основной период 2026 года", opened_on=OPENED)


@pytest.mark.parametrize(
    ("day", "name", "later"),
    [
        (dt.date(2025, 6, 11), "Первое", ["Второе", "Новое"]),
        (SECOND - dt.timedelta(days=1), "Первое", ["Второе", "Новое"]),
        (SECOND, "Второе", ["Новое"]),
        (TODAY, "Второе", ["Новое"]),
        (THIRD, "Новое", []),
        (dt.date(9999, 12, 31), "Новое", []),
        (dt.date(1, 1, 1), "Первое", ["Второе", "Новое"]),
    ],
)
def test_the_last_edition_in_force_answers_and_later_ones_are_named(
    editions: RegionRegistry, day: dt.date, name: str, later: list[str]
) -> None:
    found = on_day(editions, "north", day)
    assert found.rules.edition.title == f"{name} положение"
    assert [one.edition.partition(" ")[0] for one in found.later] == later
    assert found.rules.calendar.first.year <= found.rules.year <= found.rules.calendar.last.year


def test_a_season_keeps_the_edition_of_its_opening(season: InForce) -> None:
    first, *others = in_force_lines(season.as_json(), today=TODAY)
    assert first == ("Правила сезона «Основной период 2026 года»: Первое положение (приказ министерства № 5).")
    assert others[0].startswith("Своего акта на 2026 год у региона нет")
    assert others[1:] == [
        "С 01.07.2026 действует следующая редакция: Второе положение (приказ министерства № 5).",
        "Вступит в силу 01.09.2027: Новое положение (приказ министерства № 5).",
    ]


def test_a_first_edition_that_begins_later_is_not_to_come_as_well(tenants: Path, tmp_path: Path) -> None:
    shutil.copytree(tenants / "north", tmp_path / "north")
    (tmp_path / "north" / "edition.toml").write_text(f"{edition('Первое')}in_force = 2026-02-01\n", encoding="utf-8")
    found = on_day(RegionRegistry.load(tenants_in(tmp_path)), "north", dt.date(2025, 6, 11))
    assert (found.rules.edition.title, found.later) == ("Первое положение", ())


def test_every_answer_names_its_rules(editions: RegionRegistry, season: InForce) -> None:
    day = on_day(editions, "north", TODAY)
    for found, told in ((season, "Правила сезона «Основной период"), (day, "Правила на 23.11.2026: Второе положение")):
        answer = document(found, ask(found.rules, term_id="score.filing", start="2026-06-11"))
        for text in (explain_text(answer, today=TODAY), terms_text(found, today=TODAY)):
            assert told in text
            assert "Вступит в силу 01.09.2027: Новое положение (приказ министерства № 5)." in text
            assert (found is season) == ("Своего акта на 2026 год у региона нет" in text)
        assert answer["rules"] == terms_document(found)["rules"] == found.as_json()
        view = rules_view(found.rules, federal_counterpart(found.rules), found=found)
        shown = view.as_json()
        assert (shown["season"], shown["day"]) == (found.season, found.day.isoformat())
        assert shown["later"] == found.as_json()["later"]
        assert "Вступит в силу 01.09.2027: Новое положение" in rules_text(view, today=TODAY)
        assert "Действует: Новое" not in rules_text(view, today=TODAY)


def test_the_commands_take_no_edition_that_is_not_in_force(
    apella: Apella, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APELLA_TENANTS", str(folder))
    monkeypatch.setattr("apella.rulebook.today.machine_day", lambda _: TODAY)
    shown = apella("rules", "show", "--tenant", "north").out
    assert "правила 2026 года на 23.11.2026" in shown
    assert "\nДействует: Второе положение (приказ министерства № 5)\nВступит в силу 01.09.2027: Новое" in shown
    listed = apella("deadline", "terms", "--tenant", "north", "--json").json
    assert (listed["rules"]["day"], listed["in_force"]) == ("2026-11-23", SECOND.isoformat())
    assert next(term["length"] for term in listed["terms"] if term["term"] == "hearing.notice") == 7


@pytest.mark.parametrize(("start", "length"), [("2026-06-30", None), ("2026-07-01", 7), ("2027-09-01", 9)])
def test_the_command_counts_by_the_rules_of_the_day_asked_about(
    apella: Apella, folder: Path, monkeypatch: pytest.MonkeyPatch, start: str, length: int | None
) -> None:
    monkeypatch.setenv("APELLA_TENANTS", str(folder))
    said = apella(
        "deadline", "explain", "--tenant", "north", "--term", "hearing.notice", "--from", start, "--json"
    ).json
    assert said["rules"]["day"] == start
    assert length is None or said["length"] == length

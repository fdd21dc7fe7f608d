"""What an import refuses when it meets the season: nothing that stands is passed to somebody else or moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from apella.demo.season import DemoSeason
from apella.errors import NotFound
from apella.onboarding.importing import importer
from apella.registry.importing_delivery import Delivery
from apella.registry.reading import ImportRefused
from apella.tenancy.model import Season
from apella.testing.registry import Registry

OpenRegistry = Callable[..., Registry]


def refused(registry: Registry, what: DemoSeason | Delivery) -> list[tuple[str, str | None, str]]:
    """Take a delivery that is refused; nothing may change."""
    before = registry.counted()
    with pytest.raises(ImportRefused) as caught:
        registry.take(what)
    assert registry.counted() == before
    return [(problem.file, problem.column, problem.reason) for problem in caught.value.problems]


def test_an_announced_day_is_never_moved(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    exams = [season.exams[0]._replace(announced_on=date(2026, 6, 12)), *season.exams[1:]]
    ((file, column, reason),) = refused(registry, replace(season, exams=tuple(exams)))
    assert (file, column) == ("exams.csv", "announced_on")
    assert "11.06.2026" in reason


def test_a_day_that_was_not_known_may_be_announced(registry: Registry) -> None:
    season = registry.season()
    registry.take(replace(season, exams=tuple(exam._replace(announced_on=None) for exam in season.exams)))
    report = registry.take(season)
    assert report.counts["exams_changed"] == len(season.exams)


def test_a_registration_code_never_passes_to_somebody_else(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    people = list(season.participants)
    people[0] = people[0]._replace(surname="Другая", document="0000 999999")
    ((file, column, _),) = refused(registry, replace(season, participants=tuple(people)))
    assert (file, column) == ("participants.csv", "registration_code")


def test_a_document_never_stands_with_two_participants(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    stranger = season.participants[0]._replace(registration_code="910000000099")
    alone = replace(season, participants=(stranger,), works=(), marked=(), checks=())
    ((file, column, _),) = refused(registry, alone)
    assert (file, column) == ("participants.csv", "document")


def test_a_work_never_passes_to_another_participant(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    first, second, *rest = season.participants
    code = season.works[0].work_code
    works = [work for work in season.works if work.registration_code != second.registration_code]
    moved = replace(
        season,
        participants=(first, second, *rest),
        works=tuple(
            work._replace(registration_code=second.registration_code) if work.work_code == code else work
            for work in works
        ),
        marked=(),
        checks=(),
    )
    problems = refused(registry, moved)
    assert ("works.csv", "work_code", "эта работа уже внесена за другим участником или экзаменом") in problems


def test_a_second_code_for_the_same_work_is_refused(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    works = (season.works[0]._replace(work_code="OTHER"), *season.works[1:])
    renamed = replace(season, works=works, marked=season.marked[1:], checks=())
    ((file, column, reason),) = refused(registry, renamed)
    assert (file, column) == ("works.csv", "work_code")
    assert "внесена с другим кодом" in reason


def test_made_up_people_never_enter_a_real_season(open_registry: OpenRegistry) -> None:
    registry = open_registry("north", demo=False)
    ((file, column, _),) = refused(registry, registry.season())
    assert (file, column) == ("manifest.json", "teaching")


def test_a_timetable_that_was_moved_otherwise_is_refused(registry: Registry) -> None:
    ((file, column, _),) = refused(registry, registry.season(results_on=date(2026, 7, 2)))
    assert (file, column) == ("manifest.json", "timetable_shift_days")


def test_an_import_without_a_season_is_refused(registry: Registry) -> None:
    rules = registry.app.regions.get("north")
    with registry.work() as session, pytest.raises(NotFound) as caught:
        importer(session, rules=rules, season_code="nothing-like-it")
    assert caught.value.error_code == "import.no_season"
    newest = select(Season.id).order_by(Season.created_at.desc(), Season.id.desc()).limit(1)
    with registry.work() as session:
        assert importer(session, rules=rules).season_id == session.scalars(newest).one()

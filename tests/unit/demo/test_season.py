"""A demo season: plausible, complete for the lessons, and the same each time."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from apella.calendar.working import CalendarRangeError
from apella.demo.people import CAST
from apella.demo.places import made_up_places
from apella.demo.season import DemoSeason, start_day
from apella.errors import ConfigurationError, Malformed
from apella.identity.model import Category
from apella.identity.people import normal_document, normal_phone
from apella.regions.rules import RegionRules
from apella.regions.values.sites import Sites, Territory
from apella.registry.model import OrganisationKind

MakeSeason = Callable[..., DemoSeason]
RESULTS_DAY = date(2026, 6, 18)


def everything(season: DemoSeason) -> tuple[object, ...]:
    """All rows of a season."""
    return (
        season.organisations,
        season.exams,
        season.participants,
        season.works,
        tuple(season.results()),
        tuple(season.marks()),
        season.experts,
        season.checks,
    )


def test_the_same_question_has_the_same_answer(make: MakeSeason, season: DemoSeason) -> None:
    assert everything(make()) == everything(season)


def test_another_seed_makes_other_people_with_other_codes(make: MakeSeason, season: DemoSeason) -> None:
    other = make(seed=8)
    assert {row.registration_code for row in other.participants}.isdisjoint(
        row.registration_code for row in season.participants
    )
    assert other.participants[0].surname != season.participants[0].surname or (
        other.participants[1].surname != season.participants[1].surname
    )
    assert other.organisations == season.organisations
    assert other.experts == season.experts


def test_two_seasons_of_a_tenant_share_no_pair_of_document_and_phone(make: MakeSeason, season: DemoSeason) -> None:
    pairs = {(row.document, row.phone) for row in season.participants}
    for block in (1, 100, 101, 9_999_999):
        assert pairs.isdisjoint((row.document, row.phone) for row in make(block=block).participants)


def test_nobody_real_can_be_meant(season: DemoSeason) -> None:
    for row in season.participants:
        # No series of passports begins with two noughts, and no subscriber has these numbers.
        assert normal_document(row.document).startswith("00")
        assert normal_phone(row.phone or "").startswith("+7900000")
        assert re.fullmatch(r"u\d+@example\.ru", row.email or "")
    assert len({row.document for row in season.participants}) == len(season.participants)
    assert len({row.phone for row in season.participants}) == len(season.participants)


def test_names_agree_in_gender(season: DemoSeason) -> None:
    people = {(row.surname, row.patronymic or "") for row in season.participants}
    people |= {(row.surname, row.patronymic or "") for row in season.experts}
    women = {surname for surname, patronymic in people if patronymic.endswith("на")}
    men = {surname for surname, patronymic in people if patronymic.endswith("ич")}
    assert min(len(women), len(men)) > 50
    assert len(people) == sum(patronymic.endswith(("на", "ич")) for _, patronymic in people)
    assert all(surname.endswith(("а", "ая")) for surname in women)
    assert not any(surname.endswith(("ова", "ева", "ина", "ая")) for surname in men)


def test_marks_add_up_to_the_primary_score(season: DemoSeason) -> None:
    sums: Counter[str] = Counter()
    for mark in season.marks():
        assert 0 <= mark.mark <= mark.max_mark
        sums[mark.work_code] += mark.mark
    results = list(season.results())
    assert results
    assert {row.work_code: row.primary_score for row in results} == {
        row.work_code: sums[row.work_code] for row in results
    }


def test_every_position_of_a_marked_work_has_a_mark(season: DemoSeason, rules: RegionRules) -> None:
    subjects = {work.work_code: work.subject_code for work in season.works}
    positions = defaultdict(list)
    for mark in season.marks():
        positions[mark.work_code].append((str(mark.task_type), mark.position, mark.max_mark))
    for code, found in positions.items():
        wanted = [(row.task_type, row.number, row.max_mark) for row in rules.subjects[subjects[code]].positions]
        assert found == wanted


def test_the_season_begins_when_everybody_has_a_result_and_exams_still_come(season: DemoSeason) -> None:
    assert season.start == RESULTS_DAY
    announced = {exam.subject_code for exam in season.exams if exam.announced_on == season.start}
    assert {"01", "02", "22"} <= announced
    assert any(exam.exam_date == season.start for exam in season.exams)
    assert any(exam.exam_date > season.start for exam in season.exams)


def test_results_are_known_of_announced_exams_only(season: DemoSeason) -> None:
    announced = {(exam.subject_code, exam.exam_date): exam.announced_on for exam in season.exams}
    marked = {row.work_code for row in season.results()}
    for work in season.works:
        day = announced[work.subject_code, work.exam_date]
        assert day is not None
        assert (work.work_code in marked) is (day <= season.start)


def test_a_later_delivery_adds_results_and_changes_nothing(make: MakeSeason, season: DemoSeason) -> None:
    later = make(until=date(2026, 6, 25))
    assert later.works == season.works
    for of_later, of_first in ((later.results(), season.results()), (later.marks(), season.marks())):
        assert set(of_later) > set(of_first)
    assert set(later.checks) > set(season.checks)


def test_a_moved_timetable_keeps_its_distances(make: MakeSeason, season: DemoSeason, rules: RegionRules) -> None:
    moved = make(results_on=date(2026, 11, 19))
    shift = date(2026, 11, 19) - RESULTS_DAY
    assert start_day(rules, date(2026, 11, 19)) == moved.start == season.start + shift
    assert moved.shift_days == shift.days
    for before, after in zip(season.exams, moved.exams, strict=True):
        assert after.exam_date - before.exam_date == shift
        assert before.announced_on is not None
        assert after.announced_on == before.announced_on + shift
    assert [row.work_code for row in moved.works] == [row.work_code for row in season.works]


@pytest.mark.parametrize("day", [date.min, date.max, date(2021, 12, 31), date(2028, 1, 1), date(2027, 11, 30)])
def test_a_move_beyond_the_loaded_calendars_is_refused(rules: RegionRules, day: date) -> None:
    with pytest.raises(CalendarRangeError):
        start_day(rules, day)


def test_a_year_without_a_day_to_begin_on_is_refused(rules: RegionRules) -> None:
    early = tuple(day for day in rules.exams if day.date < date(2026, 6, 9))
    with pytest.raises(ConfigurationError):
        start_day(replace(rules, exams=early))


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"participants": 0}, "participants"),
        ({"participants": 100_001}, "participants"),
        ({"seed": -1}, "seed"),
        ({"until": RESULTS_DAY - timedelta(days=1)}, "until"),
    ],
)
def test_a_senseless_wish_is_refused(make: MakeSeason, wishes: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        make(**wishes)
    assert caught.value.error_code == "demo.arguments"
    assert field in caught.value.fields


@pytest.mark.parametrize("participants", [1, 12, 24, 200])
def test_a_season_of_any_size_is_whole(make: MakeSeason, participants: int) -> None:
    season = make(participants=participants)
    assert len(season.participants) == participants
    organisations = {(row.kind, row.code) for row in season.organisations}
    people = {row.registration_code for row in season.participants}
    exams = {(row.subject_code, row.exam_date) for row in season.exams}
    for person in season.participants:
        earlier = person.category is Category.EARLIER_GRADUATE
        kind = OrganisationKind.MUNICIPAL_AUTHORITY if earlier else OrganisationKind.SCHOOL
        assert (kind, person.organisation_code) in organisations
    days = set()
    for work in season.works:
        assert work.registration_code in people
        assert (work.subject_code, work.exam_date) in exams
        assert (OrganisationKind.EXAM_POINT, work.exam_point_code) in organisations
        days.add((work.registration_code, work.exam_date))
    assert len(days) == len(season.works), "somebody has two exams on one day"
    assert len({work.work_code for work in season.works}) == len(season.works)


def test_the_first_twelve_can_play_every_part(season: DemoSeason, rules: RegionRules) -> None:
    cast = season.participants[:CAST]
    assert {row.category for row in cast} == set(Category)
    assert len({row.organisation_code for row in cast if row.category is not Category.EARLIER_GRADUATE}) == 1
    works = [work for work in season.works if work.registration_code in {row.registration_code for row in cast}]
    assert {work.exam_point_code for work in works} == {"0001"}
    assert sum(work.exam_date == season.start for work in works) >= 5
    assert not any(work.cross_checked for work in works)
    scored = defaultdict(list)
    for mark in season.marks():
        if mark.task_type != "B":
            scored[mark.work_code].append(mark)
    for work in works:
        if work.work_code in scored:
            assert rules.subjects[work.subject_code].has_extended
            assert any(mark.mark < mark.max_mark for mark in scored[work.work_code])
            assert any(mark.mark > 0 for mark in scored[work.work_code])


@pytest.mark.clause("federal:98.2", "federal:101.9")
def test_two_qualified_experts_never_checked_a_work(season: DemoSeason) -> None:
    experts = {row.expert_code: row for row in season.experts}
    checked_by = defaultdict(set)
    for check in season.checks:
        assert experts[check.expert_code].subject_code == check.work_code[-2:]
        checked_by[check.work_code].add(check.expert_code)
    for work, _ in season.marked:
        of_subject = [row for row in season.experts if row.subject_code == work.subject_code]
        if not of_subject or work.cross_checked:
            assert not checked_by[work.work_code]
            continue
        assert len(checked_by[work.work_code]) >= 2
        free = [
            row
            for row in of_subject
            if row.status in ("lead", "senior")
            and row.status_year == work.exam_date.year
            and row.checked_first_second
            and row.checked_third
            and not row.subject_chair
            and row.expert_code not in checked_by[work.work_code]
        ]
        assert len(free) >= 2


def test_every_subject_with_extended_answers_has_experts_and_one_chair(season: DemoSeason, rules: RegionRules) -> None:
    of_subject = defaultdict(list)
    for row in season.experts:
        of_subject[row.subject_code].append(row)
    in_timetable = {exam.subject_code for exam in season.exams}
    assert set(of_subject) == {code for code in in_timetable if rules.subjects[code].has_extended}
    for rows in of_subject.values():
        assert len(rows) >= 4
        assert sum(row.subject_chair for row in rows) == 1


def test_some_works_were_checked_a_third_time_and_some_in_another_region(make: MakeSeason) -> None:
    season = make(participants=400)
    assert 0 < sum(check.stage == 3 for check in season.checks) < len(season.checks) / 10
    assert any(work.cross_checked for work in season.works)


def test_schools_stand_in_the_tenants_own_territories(rules: RegionRules) -> None:
    own = ("городской округ Первый", "городской округ Второй", "городской округ Третий")
    table = tuple(Territory(site="main", name=name, alias="", clauses=("core:E1",)) for name in own)
    places = made_up_places(replace(rules, sites=Sites(rules.sites.all, table)), participants=100)
    assert {row.territory for row in places.rows} == set(own)

"""A demo season as data: the real timetable, everything else made up. Pure: the same question, the same answer."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from apella.demo.experts import made_up_checks, made_up_rosters
from apella.demo.names import chance_of
from apella.demo.people import CAST, made_up_participants, made_up_works
from apella.demo.places import made_up_places
from apella.demo.scores import made_up_ability, made_up_answer, made_up_marks, test_score
from apella.demo.timetable import Timetable, timetable_of
from apella.errors import Malformed
from apella.regions.rules import RegionRules
from apella.regions.values.exams import Subject
from apella.registry.model import TaskType
from apella.registry.tables import (
    CheckRow,
    ExamRow,
    ExpertRow,
    MarkRow,
    OrganisationRow,
    ParticipantRow,
    ResultRow,
    WorkRow,
)

MOST_PARTICIPANTS = 100_000


class Scans(enum.StrEnum):
    """For which works there are scans and recordings: some are those of the first twelve participants."""

    SOME = "some"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class DemoSeason:
    """The rows of a season's tables. Results and marks are made from `marks` as they are asked for.

    `start` is the day on whose morning the season's clock begins; results are known of exams announced until `until`.
    """

    slug: str
    year: int
    start: date
    until: date
    shift_days: int
    region_code: str
    subjects: dict[str, Subject] = field(repr=False)
    organisations: tuple[OrganisationRow, ...] = field(repr=False)
    exams: tuple[ExamRow, ...] = field(repr=False)
    participants: tuple[ParticipantRow, ...] = field(repr=False)
    works: tuple[WorkRow, ...] = field(repr=False)
    experts: tuple[ExpertRow, ...] = field(repr=False)
    checks: tuple[CheckRow, ...] = field(repr=False)
    marked: tuple[tuple[WorkRow, bytes], ...] = field(repr=False)
    scanned: frozenset[str] = field(repr=False)

    def results(self) -> Iterator[ResultRow]:
        """The results of the works that have one; their marks add up."""
        for work, marks in self.marked:
            primary = sum(marks)
            scaled = test_score(work.subject_code, primary, max_primary=self.subjects[work.subject_code].max_primary)
            yield ResultRow(work_code=work.work_code, primary_score=primary, test_score=scaled)

    def marks(self) -> Iterator[MarkRow]:
        """The marks by position."""
        for work, marks in self.marked:
            yield from self.marks_of(work, marks)

    def marks_of(self, work: WorkRow, marks: bytes) -> Iterator[MarkRow]:
        """The marks of one work in the order of the forms."""
        for position, mark in zip(self.subjects[work.subject_code].positions, marks, strict=True):
            yield MarkRow(
                work_code=work.work_code,
                task_type=TaskType(position.task_type),
                position=position.number,
                task=position.task,
                criterion=position.criterion,
                answer=made_up_answer(work.work_code, work.subject_code, position, mark),
                mark=mark,
                max_mark=position.max_mark,
            )


def start_day(rules: RegionRules, results_on: date | None = None) -> date:
    """The results day on whose morning a demo season begins. Raises CalendarRangeError."""
    return timetable_of(rules, results_on=results_on).start


def generate(
    rules: RegionRules,
    *,
    participants: int,
    seed: int,
    scans: Scans,
    results_on: date | None = None,
    until: date | None = None,
    block: int = 0,
) -> DemoSeason:
    """Make up a season of the tenant; the same arguments give the same rows.

    `results_on` moves the timetable so that the season's results day falls on it; `until` (not before that day) adds
    the results announced later, as a further delivery would. `block` keeps the documents and phones of several
    seasons of one tenant apart. Raises CalendarRangeError and Malformed (`demo.arguments`).
    """
    timetable = timetable_of(rules, results_on=results_on)
    until = timetable.start if until is None else until
    _check(participants, seed, timetable, until)
    places = made_up_places(rules, participants=participants)
    people = tuple(made_up_participants(rules, places, participants=participants, seed=seed, block=block))
    works = tuple(made_up_works(rules, places, timetable, participants=participants, seed=seed))
    rosters = made_up_rosters(rules, timetable, works=Counter(work.subject_code for work in works))
    exams = timetable.rows
    known = {(exam.subject_code, exam.exam_date) for exam in exams if exam.announced_on and exam.announced_on <= until}
    with_results = [work for work in works if (work.subject_code, work.exam_date) in known]
    cast = {person.registration_code for person in people[:CAST]}
    codes = {work.work_code for work in with_results}
    return DemoSeason(
        slug=rules.slug,
        year=rules.year,
        start=timetable.start,
        until=until,
        shift_days=timetable.shift.days,
        region_code=rules.tenant.region_code,
        subjects=dict(rules.subjects),
        organisations=places.rows,
        exams=exams,
        participants=people,
        works=works,
        experts=tuple(row for roster in rosters.values() for row in roster.rows),
        checks=tuple(row for row in made_up_checks(rules, rosters, works, seed=seed) if row.work_code in codes),
        marked=tuple((work, _marks(rules, work, seed=seed, cast=cast)) for work in with_results),
        scanned=_scanned(with_results, scans, cast),
    )


def _check(participants: int, seed: int, timetable: Timetable, until: date) -> None:
    fields = {}
    if not 1 <= participants <= MOST_PARTICIPANTS:
        fields["participants"] = f"Укажите число участников от 1 до {MOST_PARTICIPANTS}"
    if seed < 0:
        fields["seed"] = "Укажите неотрицательное число"
    if until < timetable.start:
        fields["until"] = f"Укажите день не раньше начала сезона: {timetable.start:%d.%m.%Y}"
    if fields:
        raise Malformed(f"Учебный сезон не создан. {'; '.join(fields.values())}.", code="demo.arguments", fields=fields)


def _marks(rules: RegionRules, work: WorkRow, *, seed: int, cast: set[str]) -> bytes:
    ability = made_up_ability(chance_of(rules.slug, seed, "ability", work.registration_code))
    chance = chance_of(rules.slug, seed, "marks", work.work_code)
    arguable = work.registration_code in cast
    return bytes(made_up_marks(chance, rules.subjects[work.subject_code], ability, arguable=arguable))


def _scanned(works: list[WorkRow], scans: Scans, cast: set[str]) -> frozenset[str]:
    if scans is Scans.NONE:
        return frozenset()
    return frozenset(work.work_code for work in works if scans is Scans.ALL or work.registration_code in cast)

"""Participants of a demo season and what they take: most at random, the first twelve as lessons need them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date

from apella.demo.names import chance_of, made_up_name
from apella.demo.places import Places
from apella.demo.timetable import OBLIGATORY, Timetable
from apella.identity.model import Category
from apella.regions.rules import RegionRules
from apella.registry.tables import ParticipantRow, WorkRow

CAST = 12
"""The first twelve go to the first school and write at the first exam point; 9 is an earlier graduate, 10 an extern.

All but 3 and 5 (by number, from 1) write mathematics at the profile level. 4, 7 and 8 write informatics and 5 and 11
speak English on the first of those exams' days, which is the season's start day: a procedure appeal can be filed.
"""

_CAST_ELECTIVES: tuple[tuple[str, ...], ...] = (
    ("07", "12"),
    ("04", "06"),
    ("18",),
    ("25", "03"),
    ("09",),
    ("03",),
    ("12", "25"),
    ("04", "25"),
    ("12",),
    ("06",),
    ("09", "12"),
    ("08",),
)
_CAST_AT_BASIC_LEVEL = (2, 4)
_PROFILE, _BASIC = "02", "22"
_ORAL = {"09": "29", "10": "30", "11": "31", "13": "33"}
# How many of a hundred take a subject by choice.
_ELECTIVES = {
    "12": 35.0,
    "25": 22.0,
    "03": 18.0,
    "06": 17.0,
    "07": 14.0,
    "09": 14.0,
    "04": 13.0,
    "18": 7.0,
    "08": 5.0,
    "10": 1.0,
    "11": 0.5,
    "13": 0.3,
}
_SHARE_OF_PROFILE = 0.45
_EARLIER_GRADUATES = (25, 8)
_EXTERNS = (50, 9)
_RESERVE_DAY = (50, 49)
_CROSS_CHECKED = (50, 30)
_PHONES = 10_000
_ROOMS = 15


def made_up_participants(
    rules: RegionRules, places: Places, *, participants: int, seed: int, block: int
) -> Iterator[ParticipantRow]:
    """People with documents of a series that is issued nowhere and phones of one unused range.

    `block` keeps the people of several seasons of one tenant apart: no two share a document and a phone.
    """
    for index in range(participants):
        name = made_up_name(chance_of(rules.slug, seed, "participant", index))
        category = category_of(index)
        home = _home(places, category, index)
        phone = index % _PHONES
        yield ParticipantRow(
            registration_code=registration_code(rules, seed=seed, index=index),
            category=category,
            surname=name.surname,
            given_name=name.given_name,
            patronymic=name.patronymic,
            document=f"{block % 100:04d} {(block // 100 * 101 + seed * 7919 + index) % 1_000_000:06d}",
            phone=f"+7 900 {index // _PHONES % 10}{block % 100:02d}-{phone // 100:02d}-{phone % 100:02d}",
            email=f"u{registration_code(rules, seed=seed, index=index)}@example.ru",
            organisation_code=home,
        )


def registration_code(rules: RegionRules, *, seed: int, index: int) -> str:
    """Twelve digits: the region, the seed, the participant."""
    return f"{rules.tenant.region_code}{seed % 10_000:04d}{index + 1:06d}"


def category_of(index: int) -> Category:
    """One in 25 finished school earlier, one in 50 is an extern."""
    if _falls(index, _EARLIER_GRADUATES):
        return Category.EARLIER_GRADUATE
    return Category.EXTERN if _falls(index, _EXTERNS) else Category.STUDENT


def made_up_works(
    rules: RegionRules, places: Places, timetable: Timetable, *, participants: int, seed: int
) -> Iterator[WorkRow]:
    """What each participant writes, where and when; nobody has two exams on one day."""
    for index in range(participants):
        chance = chance_of(rules.slug, seed, "works", index)
        code = registration_code(rules, seed=seed, index=index)
        point = places.points[0 if index < CAST else index % len(places.schools) % len(places.points)]
        taken: set[date] = set()
        for subject_code in _subjects(rules, chance, index):
            reserve = subject_code == OBLIGATORY and _falls(index, _RESERVE_DAY)
            exam_date = _free_day(timetable, subject_code, index, taken, reserve=reserve)
            if exam_date is None:
                continue
            taken.add(exam_date)
            subject = rules.subjects[subject_code]
            yield WorkRow(
                work_code=f"{code}{subject_code}",
                registration_code=code,
                subject_code=subject_code,
                exam_date=exam_date,
                exam_point_code=point.code,
                room=f"{index % _ROOMS + 1:04d}",
                variant_code=f"{301 + chance.randrange(40)}",
                cross_checked=subject.has_extended and _falls(index, _CROSS_CHECKED),
            )


def _home(places: Places, category: Category, index: int) -> str:
    turn = 0 if index < CAST else index
    if category is Category.EARLIER_GRADUATE:
        return places.authorities[turn % len(places.authorities)].code
    return places.schools[turn % len(places.schools)].code


def _subjects(rules: RegionRules, chance: random.Random, index: int) -> list[str]:
    if index < CAST:
        level = _BASIC if index in _CAST_AT_BASIC_LEVEL else _PROFILE
        electives: Sequence[str] = _CAST_ELECTIVES[index]
    else:
        level = _PROFILE if chance.random() < _SHARE_OF_PROFILE else _BASIC
        electives = _drawn(chance, chance.choice((1, 2, 2, 3)))
    wanted = [OBLIGATORY, level, *electives]
    with_oral = [code for written in wanted for code in (written, _ORAL.get(written)) if code is not None]
    return [code for code in with_oral if code in rules.subjects]


def _drawn(chance: random.Random, number: int) -> list[str]:
    weighed = sorted(_ELECTIVES, key=lambda code: chance.random() ** (1 / _ELECTIVES[code]), reverse=True)
    return weighed[:number]


def _free_day(timetable: Timetable, subject_code: str, index: int, taken: set[date], *, reserve: bool) -> date | None:
    turn = 0 if index < CAST else index
    for other in (turn, turn + 1):
        day = timetable.day_of(subject_code, reserve=reserve, turn=other)
        if day is not None and day.date not in taken:
            return day.date
    return None


def _falls(index: int, every: tuple[int, int]) -> bool:
    step, at = every
    return index % step == at

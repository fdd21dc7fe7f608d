"""Experts of a demo season and who checked which work, so that somebody is always left for the appeal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apella.demo.names import chance_of, made_up_name
from apella.demo.timetable import Timetable
from apella.regions.rules import RegionRules
from apella.registry.tables import CheckRow, ExpertRow, WorkRow

QUALIFIED = 3
"""Lead and senior experts with every experience of the year in each subject; a work is seen by one of them at most."""

_LEAST_OTHERS = 2
_WORKS_PER_OTHER = 150
_SHARE_OF_THIRD_CHECKS = 0.08


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The experts of one subject by their part: the chair, those fit for appeals, the rest."""

    chair: ExpertRow
    qualified: tuple[ExpertRow, ...]
    others: tuple[ExpertRow, ...]

    @property
    def rows(self) -> tuple[ExpertRow, ...]:
        """All of them, in the order of their codes."""
        return (self.chair, *self.qualified, *self.others)


def made_up_rosters(rules: RegionRules, timetable: Timetable, *, works: Mapping[str, int]) -> dict[str, Roster]:
    """A roster for every subject with extended answers; `works` says how many works each subject has."""
    rosters = {}
    for code, subject in sorted(rules.subjects.items()):
        day = timetable.day_of(code)
        if subject.has_extended and day is not None:
            others = max(_LEAST_OTHERS, works.get(code, 0) // _WORKS_PER_OTHER)
            rosters[code] = _roster(rules.slug, code, year=day.date.year, others=others)
    return rosters


def made_up_checks(
    rules: RegionRules, rosters: Mapping[str, Roster], works: Iterable[WorkRow], *, seed: int
) -> Iterator[CheckRow]:
    """Two experts for each work with extended answers, sometimes a third; nobody of ours for a cross-checked one.

    At most one of the qualified sees a work, so at least two are left who never checked it. Whose turn it is depends
    on the place among all `works` of the subject.
    """
    turns: dict[str, int] = {}
    for work in works:
        roster = rosters.get(work.subject_code)
        if roster is None or work.cross_checked:
            continue
        turn = turns[work.subject_code] = turns.get(work.subject_code, -1) + 1
        first, second = _two(roster.others, turn)
        qualified = roster.qualified[turn % QUALIFIED]
        if chance_of(rules.slug, seed, "third check", work.work_code).random() < _SHARE_OF_THIRD_CHECKS:
            yield CheckRow(work_code=work.work_code, expert_code=qualified.expert_code, stage=3)
        elif turn % (QUALIFIED + 1) == 0:
            first = qualified
        yield CheckRow(work_code=work.work_code, expert_code=first.expert_code, stage=1)
        yield CheckRow(work_code=work.work_code, expert_code=second.expert_code, stage=2)


def _two(experts: Sequence[ExpertRow], turn: int) -> tuple[ExpertRow, ExpertRow]:
    return experts[turn % len(experts)], experts[(turn + 1) % len(experts)]


def _roster(slug: str, subject_code: str, *, year: int, others: int) -> Roster:
    rows = [_expert(slug, subject_code, number, year=year) for number in range(1, 1 + QUALIFIED + others + 1)]
    return Roster(chair=rows[0], qualified=tuple(rows[1 : 1 + QUALIFIED]), others=tuple(rows[1 + QUALIFIED :]))


def _expert(slug: str, subject_code: str, number: int, *, year: int) -> ExpertRow:
    name = made_up_name(chance_of(slug, "expert", subject_code, number))
    qualified = number <= 1 + QUALIFIED
    return ExpertRow(
        expert_code=f"{subject_code}-{number}",
        subject_code=subject_code,
        surname=name.surname,
        given_name=name.given_name,
        patronymic=name.patronymic,
        status=("senior" if number == 1 + QUALIFIED - 1 else "lead") if qualified else "main",
        status_year=year,
        checked_first_second=True,
        checked_third=qualified,
        subject_chair=number == 1,
    )

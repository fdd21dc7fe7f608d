"""Until when a door takes an appeal: the dates of the график, the hours of an office; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from apella.calendar.wording import short_date
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Intake, Published
from apella.deadlines.lock import rule_phrase
from apella.errors import ApellaError
from apella.regions.published import end_problems, instant_at, source_of

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules
    from apella.regions.values.filing import Channel
    from apella.regions.values.schedule import PublishedExam

FILING = "score.filing"
"""The term whose dates the график names."""


def published_filing(rules: RegionRules, *, exam_date: dt.date, subject_code: str, wave: int) -> Published | None:
    """Give the график's own window for score appeals on an exam; None where the term is counted."""
    row = rules.schedule.of(exam_date=exam_date, subject_code=subject_code, wave=wave)
    return None if row is None else _published(rules, row)


def door_limit(rules: RegionRules, channel: Channel, explanation: Explanation) -> Explanation:
    """Let a window end at the hour of its door, in the region and by the Procedure alike.

    A door that closes with its office ends the last day with the office hours, any other at midnight (federal:100.1,
    core:E1). Where the график names hours, they are the door's; a later hour of its own comes before them.
    """
    published = explanation.published
    if published is None or not explanation.is_published:
        if not channel.closes_with_office:
            return explanation
        return explanation.until_hour(rules.tenant.office_hours.closes, of=f"часы приёма: {channel.title}")
    closes = published.closes_at(channel.code)
    local = closes.astimezone(rules.zone)
    at_midnight = local.time() == dt.time(0)
    at_door = replace(explanation, due=closes.astimezone(dt.UTC), cutoff=None if at_midnight else f"{local:%H:%M}")
    if at_midnight or not channel.closes_with_office:
        return at_door
    return at_door.until_hour(local.time(), of=f"часы приёма: {channel.title}")


def schedule_problems(rules: RegionRules, *, folder: str) -> Iterator[str]:
    """What is wrong with the график: exams, doors that are not there, dates that weaken the federal window."""
    place = f"{folder}/{rules.tables_year}/schedule.toml"
    doors = {str(channel.code): channel for channel in rules.channels if channel.kind == "score"}
    seen: set[tuple[dt.date, str | int]] = set()
    for row in rules.schedule.exam:
        names: tuple[str | int, ...] = row.subjects or (row.wave or 0,)
        what = f"{place}: {short_date(row.date)}, {', '.join(map(str, names))}"
        for name in names:
            if (row.date, name) in seen:
                yield f"{what}: {name} этого дня стоит в двух строках; оставьте одну."
            seen.add((row.date, name))
            if not any(day.date == row.date and (name in day.subjects or name == day.wave) for day in rules.exams):
                yield f"{what}: такого экзамена нет в {rules.tables_year}/exams.toml; проверьте дату и {name}."
        for code in row.clerk_closes:
            if code not in doors:
                yield f"{what}: clerk_closes: канала {code} нет; есть {', '.join(doors)}."
        try:
            yield from _weaker(rules, row, doors, what)
            yield from end_problems(rules, row, what)
        except ApellaError as error:
            yield f"{what}: {error.message}"


def _weaker(rules: RegionRules, row: PublishedExam, doors: dict[str, Channel], what: str) -> Iterator[str]:
    """Where the dates fall short of the Procedure's window counted from the day of results."""
    term = rules.federal_terms[FILING]
    least = compute(
        term,
        events={term.start_event: row.results_on},
        calendar=rules.calendar,
        zone=rules.zone,
        terms=rules.federal_terms,
    )
    counted = [step.date for step in least.steps if step.counts]
    last = least.last_moment
    if last is None or least.due is None:
        return
    law = f"{rule_phrase(term)}, до {short_date(last)} ({', '.join(term.grounds)})"
    first_day, last_day = row.intake[0].date, row.intake[-1].date
    if counted and first_day > counted[0]:
        yield f"{what}: intake: приём начинается {short_date(first_day)}, а Порядок даёт {law}; начните приём раньше."
    if last_day < last.date():
        yield f"{what}: intake: приём кончается {short_date(last_day)}, а Порядок даёт {law}; продлите приём."
        return
    published = _published(rules, row)
    for channel in doors.values():
        closes = published.closes_at(channel.code)
        if not channel.closes_with_office and closes < least.due:
            yield (
                f"{what}: clerk_closes: канал {channel.code} работает без приёмных часов, а закрывается "
                f"{short_date(closes.astimezone(rules.zone))} в {closes.astimezone(rules.zone):%H:%M}; "
                f'Порядок даёт {law}; добавьте {channel.code} = "24:00".'
            )


def _published(rules: RegionRules, row: PublishedExam) -> Published:
    zone, last = rules.zone, row.intake[-1]
    return Published(
        term=FILING,
        intake=tuple(
            Intake(opens=instant_at(day.date, day.opens, zone), closes=instant_at(day.date, day.closes, zone))
            for day in row.intake
        ),
        doors=tuple((str(code), instant_at(last.date, hour, zone)) for code, hour in row.clerk_closes.items()),
        source=source_of(rules, row),
        clauses=row.clauses,
    )

"""The dates that an act has set, in the place of the counted ones. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from apella.deadlines.explain import Explanation, Step
from apella.deadlines.given import Intake, Published
from apella.deadlines.terms import Hardness, Term, Unit

_MIDNIGHT = dt.time(0)


def intake_steps(published: Published, zone: ZoneInfo) -> tuple[Step, ...]:
    """Give the days of intake with their hours."""
    return tuple(
        Step(day.opens.astimezone(zone).date(), True, f"приём {_hours_of(day, zone)} по графику")
        for day in published.intake
    )


def no_later(term: Term, counted: Explanation, published: Published) -> Explanation:
    """Put the act's «не позднее» in the place of the counted end, where it binds.

    It binds where it comes first, or where only advice is counted; never what begins when it is over.
    """
    until, begins = published.until, counted.starts_at
    if until is None or counted.due is None or begins is None or begins >= until:
        return counted
    only_advice = term.hardness is Hardness.ADVICE and not term.clauses
    if counted.due <= until and not only_advice:
        return counted
    ended = replace(counted, due=until.astimezone(dt.UTC))
    last = ended.last_moment
    steps = () if last is None else (Step(last.date(), False, "последний день по графику"),)
    return by_act(replace(ended, steps=steps), published)


def by_act(explanation: Explanation, published: Published) -> Explanation:
    """Let an explanation whose dates are the act's name its points, and no length that was counted."""
    closes = published.closes.astimezone(ZoneInfo(explanation.zone))
    return replace(
        explanation,
        clauses=tuple(dict.fromkeys((*published.clauses, *explanation.clauses))),
        length=None,
        unit=Unit.DATE,
        week=None,
        cutoff=None if closes.time() == _MIDNIGHT else f"{closes:%H:%M}",
    )


def _hours_of(day: Intake, zone: ZoneInfo) -> str:
    end = day.closes.astimezone(zone)
    return f"с {day.opens.astimezone(zone):%H:%M} до {'24:00' if end.time() == _MIDNIGHT else f'{end:%H:%M}'}"

"""A way of several hands beside the law's one term: counted day by day, not by the lengths of its steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apella.calendar.wording import short_date
from apella.deadlines import engine
from apella.deadlines.lock import lock_problems, rule_phrase
from apella.deadlines.terms import StartEvent, Term

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

_MOMENT = dt.timedelta(seconds=1)


def way_problems(rules: RegionRules, *, folder: str) -> Iterator[str]:
    """Say which ways of several hands take longer than the law gives to the one of its own (federal:100.12)."""
    for channel in rules.channels:
        steps = [rules.terms[step.term] for step in channel.forwarding if step.term in rules.terms]
        limit = rules.federal_terms[f"{channel.kind}.forwarding"]
        if len(steps) < 2 or any(step.deviation is not None for step in steps):
            continue
        if any(lock_problems(rules.federal_terms[step.id], step) for step in steps):
            continue  # a hand that is too slow by itself is told of with its term
        late = _late(rules, steps, limit)
        if late is not None:
            day, end, last = late
            yield (
                f"{folder}/channels.toml: {channel.kind}, {channel.code}: forwarding: принятую {short_date(day)} "
                f"апелляцию все вместе передают до {_said(end)}, а по Порядку она передана до {_said(last)}: "
                f"{rule_phrase(limit)} ({', '.join(limit.grounds)}); сократите сроки передачи. Акт, который даёт "
                "больше, называют ключом deviation у срока, что сам длиннее федерального."
            )


def _late(rules: RegionRules, steps: Sequence[Term], limit: Term) -> tuple[dt.date, dt.datetime, dt.datetime] | None:
    """Give a day of the season's year on which the hands together end after the limit, and both ends; None without one.

    What is accepted in a day's last moment is handed on last, so no other moment of the day needs a look.
    """
    years = rules.calendar.first.year, rules.calendar.last.year - 1  # a way begun in December ends in January
    first = dt.date(max(years[0], min(rules.year, years[1])), 1, 1)
    for day in (first + dt.timedelta(days=number) for number in range(366)):
        accepted = dt.datetime.combine(day, dt.time(23, 59, 59), rules.zone)
        last = _end(rules, limit, accepted)
        end: dt.datetime | None = accepted
        for step in steps:
            end = None if end is None else _end(rules, step, end)
        if end is not None and last is not None and end > last:
            return day, end, last
    return None


def _end(rules: RegionRules, term: Term, accepted: dt.datetime) -> dt.datetime | None:
    """Give the last moment of a hand that took the paper at `accepted`, in the tenant's zone."""
    due = engine.due(
        term, events={StartEvent.ACCEPTED: accepted}, calendar=rules.calendar, zone=rules.zone, terms=rules.terms
    )
    return None if due is None else (due - _MOMENT).astimezone(rules.zone)


def _said(moment: dt.datetime) -> str:
    return f"{moment:%H:%M} {short_date(moment.date())}"

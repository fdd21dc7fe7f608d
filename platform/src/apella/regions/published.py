"""The last days that the график sets for the authorities: which terms end with them, and where it is weaker. Pure.

A column of the график is the end of a whole stage; each term of the law that runs within the stage ends with it at
the latest. A term that only advises is no part of it, but for the approval, for which the law has no term at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from apella.calendar.wording import short_date
from apella.deadlines.engine import compute
from apella.deadlines.given import Published
from apella.deadlines.lock import rule_phrase

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from apella.deadlines.terms import Term
    from apella.regions.rules import RegionRules
    from apella.regions.values.schedule import PublishedExam

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "score.consideration": "regional_until",
        "protocol.handover": "regional_until",
        "recalculation.dispatch": "regional_until",
        "recalculation.federal": "federal_until",
        "approval": "approval_until",
    }
)
"""The term, and the column of the график that says until which day it lasts."""

_IN_THE_REGION = ("score.consideration", "protocol.handover", "recalculation.dispatch")
_FEDERAL = ("recalculation.federal",)


def published_end(
    rules: RegionRules, term_id: str, *, exam_date: dt.date, subject_code: str, wave: int
) -> Published | None:
    """Give the last day that the график names for a term of appeals on an exam; None where it is counted."""
    row = rules.schedule.of(exam_date=exam_date, subject_code=subject_code, wave=wave)
    until: dt.date | None = None if row is None or term_id not in COLUMNS else getattr(row, COLUMNS[term_id])
    if row is None or until is None:
        return None
    return Published(
        term=term_id,
        until=instant_at(until, "24:00", rules.zone),
        source=source_of(rules, row),
        clauses=row.clauses,
    )


def end_problems(rules: RegionRules, row: PublishedExam, what: str) -> Iterator[str]:
    """Say which last days of a row are later than the Procedure allows at the latest, key and clauses named.

    The Procedure's own latest days are counted from the last day of the intake, one term after the other.
    """
    by_school = any(channel.forwarding for channel in rules.channels if channel.kind == "score")
    forwarding = ("score.forwarding",) if by_school else ()
    last = row.intake[-1].date
    for key, until, chain in (
        ("regional_until", row.regional_until, (*forwarding, *_IN_THE_REGION)),
        ("federal_until", row.federal_until, _FEDERAL),
    ):
        terms = [rules.federal_terms[term_id] for term_id in chain]
        latest = _latest(rules, terms, last)
        if until is not None and until > latest:
            law = "; ".join(f"{rule_phrase(term)} ({', '.join(term.grounds)})" for term in terms)
            yield (
                f"{what}: {key}: обработка апелляций кончается {short_date(until)}, а по Порядку она кончается "
                f"не позднее {short_date(latest)}: {law}; назовите более ранний день."
            )
        last = latest


def source_of(rules: RegionRules, row: PublishedExam) -> str:
    """Give the act that the row cites, by its title; the clause alone where it is no act."""
    prefix = row.clauses[0].partition(":")[0]
    act = next((act for act in rules.sources.act if act.prefix == prefix), None)
    return row.clauses[0] if act is None else f"{act.title}, {act.approved}"


def instant_at(day: dt.date, hour: str, zone: ZoneInfo) -> dt.datetime:
    """Give the instant of an hour of the график; 24:00 is the next midnight."""
    if hour == "24:00":
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), zone)
    return dt.datetime.combine(day, dt.time.fromisoformat(hour), zone)


def _latest(rules: RegionRules, terms: Sequence[Term], day: dt.date) -> dt.date:
    for term in terms:
        end = compute(
            term,
            events={term.start_event: day},
            calendar=rules.calendar,
            zone=rules.zone,
            terms=rules.federal_terms,
        ).last_moment
        day = day if end is None else end.date()
    return day

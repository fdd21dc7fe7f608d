"""A term's rule, its grounds and what missing it means, in Russian. Pure, and the same for command, API and page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apella.deadlines.terms import Combine, Direction, Hardness, Term, Unit, length_phrase, named_day_phrase
from apella.regions.values.papers import Sources

READINGS = "core"
"""The prefix of readings that stand where the acts are silent: they have no points of an act to name."""

HARDNESS: Mapping[Hardness, str] = {
    Hardness.REFUSE: "строгий срок: вне его не принимают",
    Hardness.BREACH: "опоздание отмечают как нарушение",
    Hardness.ADVICE: "совет платформы, нарушения нет",
}
"""What a missed term means."""

WHICH: Mapping[Combine, str] = {
    Combine.EARLIEST: "раннее из сроков",
    Combine.LATEST: "позднее из сроков",
}
"""Which part of a combined term binds."""


def rule_words(term: Term) -> str:
    """Say what the term is: «2 рабочих дня (пятидневная неделя) после события «подача апелляции»»."""
    if term.combine is not None:
        parts = "; ".join(f"({number}) {rule_words(part)}" for number, part in enumerate(term.parts, start=1))
        return f"{WHICH[term.combine]}: {parts}"
    hour = f", до {term.cutoff}" if term.cutoff else ""
    return f"{_counted(term)}{hour}"


def _counted(term: Term) -> str:
    event = f"события «{term.start_event.label}»"
    if term.month_day is not None:
        return f"не позднее {named_day_phrase(term.month_day, term.years)} после {event}"
    if term.unit is Unit.DATE:
        return f"не позднее {event}"
    if not term.length:
        return f"в день {event}"
    phrase = length_phrase(length=term.length, unit=term.unit, week=term.week)
    if term.direction is Direction.BACKWARD:
        return f"не позднее чем за {phrase} до {event}"
    if term.following_day:
        return f"{phrase} после {event}"
    return f"{phrase}, считая со дня {event}"


def act_titles(sources: Sources) -> dict[str, str]:
    """Give the title of every act by the prefix of its clauses."""
    return {act.prefix: act.title for act in sources.act}


def grounds_words(ids: Iterable[str], titles: Mapping[str, str]) -> tuple[str, ...]:
    """Name the acts that a term rests on: «Порядок проведения …, п. 100 (federal:100.1, federal:100.2)».

    `titles` are the acts' by prefix.
    """
    cited: dict[str, list[str]] = {}
    for one in ids:
        cited.setdefault(one.partition(":")[0], []).append(one)
    return tuple(
        f"{titles.get(prefix, prefix)}{_points(prefix, listed)} ({', '.join(listed)})"
        for prefix, listed in cited.items()
    )


def _points(prefix: str, ids: Iterable[str]) -> str:
    if prefix == READINGS:
        return ""
    # `102.3` is the third statement of point 102; `VIII-75.4` stands in a section of its own.
    points = dict.fromkeys(one.partition(":")[2].partition(".")[0].rpartition("-")[2] for one in ids)
    return f", п. {', '.join(points)}"

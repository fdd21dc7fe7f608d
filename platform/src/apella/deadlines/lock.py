"""The federal lock: a region may be kinder to the participant or stricter on the authorities, unless an act says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apella.calendar.tables import LegalAct
from apella.deadlines.terms import (
    PARTICIPANT_ROLES,
    Combine,
    Direction,
    Hardness,
    Term,
    Unit,
    length_phrase,
    named_day_phrase,
)


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A term that is weaker than the Procedure's own by an act of the region: in which respects, and which act."""

    term: Term
    sentences: tuple[str, ...]
    act: LegalAct


COUNTED_BY = (
    *("start_event", "event_from", "length", "unit", "week", "direction", "following_day", "cutoff", "month_day"),
    *("years", "combine", "parts"),
)
"""The keys of a term that say when it ends; the others name it, its ground, and whose it is."""

_HARDNESS_RANK = {Hardness.ADVICE: 0, Hardness.BREACH: 1, Hardness.REFUSE: 2}


def federal_lock_violations(federal: Term, regional: Term) -> tuple[str, ...]:
    """Say in Russian in which keys a regional term is weaker than the federal one; empty when it is not.

    A term of the participant may only end later, a term of an authority only earlier (contradictions, general rule);
    a minimum ends later too, whoever keeps it. The hardness of an authority's term may rise from advice to a breach.
    What cannot be proved from the data alone, such as hours against days, counts as weaker: it needs an act.
    Where the Procedure is silent and the federal table only advises, there is nothing to be weaker than.
    """
    if federal.hardness is Hardness.ADVICE and not federal.clauses:
        return ()
    limit = f"{rule_phrase(federal)} ({', '.join(federal.grounds)})"
    own = f"{regional.id}: {', '.join(_changed(federal, regional))}: {rule_phrase(regional)}"
    if federal.owed_by in PARTICIPANT_ROLES:
        if _never_later(federal, regional):
            return ()
        return (f"{own} – может истечь раньше федерального срока участника: {limit}.",)
    sentences: list[str] = []
    if federal.minimum:
        if not _never_later(federal, regional):
            sentences.append(f"{own} – может истечь раньше наименьшего федерального срока: {limit}.")
    elif not _never_later(regional, federal):
        sentences.append(f"{own} – может истечь позже федерального предела: {limit}.")
    if _HARDNESS_RANK[regional.hardness] < _HARDNESS_RANK[federal.hardness]:
        sentences.append(
            f'{regional.id}: hardness = "{regional.hardness}" мягче федерального "{federal.hardness}" '
            f"({', '.join(federal.grounds)})."
        )
    return tuple(sentences)


def lock_problems(federal: Term, regional: Term) -> tuple[str, ...]:
    """Say what is wrong with a regional term beside the federal one: a weakness without an act, an act without one.

    What no act of a region can change is an error with an act, too.
    """
    fixed = tuple(_fixed_problems(federal, regional))
    weaker = federal_lock_violations(federal, regional)
    if regional.deviation is None:
        return (*fixed, *(f"{sentence} Исправьте срок или назовите акт ключом deviation." for sentence in weaker))
    if weaker or fixed:
        return fixed
    surplus = f"{regional.id}: deviation: срок не слабее федерального: {rule_phrase(federal)}"
    return (f"{surplus} ({', '.join(federal.grounds)}); уберите ключ.",)


def with_parts(term: Term) -> Iterator[Term]:
    """Give a term and everything that it is combined of."""
    yield term
    for part in term.parts:
        yield from with_parts(part)


def _fixed_problems(federal: Term, regional: Term) -> Iterator[str]:
    """Say what no act of a region changes: whose side owes the term, that a duty stays owed, what a minimum is."""
    law = ", ".join(federal.grounds)
    is_right = federal.owed_by in PARTICIPANT_ROLES
    for term in with_parts(regional):
        if (term.owed_by in PARTICIPANT_ROLES) is not is_right:
            whose = "право участника" if is_right else "обязанность органа"
            yield (
                f'{term.id}: owed_by = "{term.owed_by}": этот срок – {whose} ({law}), другой стороне его не передают; '
                f'верните роль той же стороны, например "{federal.owed_by}".'
            )
        if not is_right and term.hardness is Hardness.REFUSE and federal.hardness is not Hardness.REFUSE:
            # Refusing ends a right; a duty that ended so would be gone instead of broken.
            yield (
                f'{term.id}: hardness = "refuse": отказом кончается только право участника, а этот срок – обязанность '
                f'органа ({law}); укажите "breach".'
            )
        if term.minimum is not (federal.minimum and term is regional):
            yield f"{term.id}: minimum: наименьший ли это срок, говорит федеральная таблица ({law}); уберите ключ."


def _changed(federal: Term, regional: Term) -> tuple[str, ...]:
    """The keys in which the count differs, as they stand in the table."""
    return tuple(key for key in COUNTED_BY if getattr(federal, key) != getattr(regional, key)) or ("length",)


def rule_phrase(term: Term) -> str:
    """Say in Russian how a term is counted, without dates."""
    if term.combine is not None:
        which = "ранний из сроков" if term.combine is Combine.EARLIEST else "поздний из сроков"
        return f"{which}: {'; '.join(map(rule_phrase, term.parts))}"
    hour = f", до {term.cutoff}" if term.cutoff else ""
    side = "после события" if term.direction is Direction.FORWARD else "до события"
    start = f"{side} «{term.start_event.label}»"
    if term.month_day is not None:
        bound = "не раньше конца дня" if term.minimum else "не позднее"
        return f"{bound} {named_day_phrase(term.month_day, term.years)} после события «{term.start_event.label}»{hour}"
    if term.unit is Unit.DATE:
        return f"не позднее события «{term.start_event.label}»{hour}"
    if not term.following_day:
        start = f"считая со дня события «{term.start_event.label}»"
    return f"{length_phrase(length=term.length, unit=term.unit, week=term.week)} {start}{hour}"


def _never_later(one: Term, other: Term) -> bool:
    """Whether `one` is sure to end no later than `other` in any calendar, started by the same events."""
    if other.combine is Combine.EARLIEST:
        return all(_never_later(one, part) for part in other.parts)
    if one.combine is Combine.LATEST:
        return all(_never_later(part, other) for part in one.parts)
    if one.combine is Combine.EARLIEST:
        return any(_never_later(part, other) for part in one.parts)
    if other.combine is Combine.LATEST:
        return any(_never_later(one, part) for part in other.parts)
    if (one.start_event, one.direction) != (other.start_event, other.direction):
        return False
    if one.event_from and other.event_from and one.event_from != other.event_from:
        return False
    if (one.cutoff or "24:00") > (other.cutoff or "24:00"):
        return False
    if one.month_day is not None and other.month_day is not None:
        return (one.years or 0, one.month_day) <= (other.years or 0, other.month_day)
    if one.month_day is not None or other.month_day is not None:
        return False
    short, long = (one, other) if one.direction is Direction.FORWARD else (other, one)
    if short.length == 0 and long.unit in _DAY_UNITS and short.unit in _DAY_UNITS:
        return True
    if (short.length or 0) > (long.length or 0) or (short.following_day and not long.following_day):
        return False
    return _density(short) <= _density(long) if {short.unit, long.unit} <= _DAY_UNITS else short.unit is long.unit


_DAY_UNITS = frozenset({Unit.WORKING_DAY, Unit.CALENDAR_DAY})


def _density(term: Term) -> int:
    """Rank the days a term counts by how thinly they are sown: every day, six of a week, five of a week."""
    return {None: 0, 6: 1, 5: 2}[term.week]

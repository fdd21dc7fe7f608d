"""Any term of a region counted from dates that somebody gives: the question of the command, the API and the page.

Pure: the tenant's rules come in, nothing is read. Texts of dates are read here, so that all three take the same ones;
what a page reads itself comes by `count` as well, where every date is held to the calendars.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from apella.calendar.working import CalendarRangeError
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.terms import StartEvent, Term, find_term
from apella.errors import Malformed
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Channel
from apella.rulebook.in_force import InForce
from apella.rulebook.wording import act_titles

ELECTRONIC = "electronic"
"""The door that closes at the end of the last day: what is asked about when no door is named."""

Moment = dt.date | dt.datetime


class DateNotCovered(Malformed):
    """A date of the question, or the way from it, leaves the years whose calendars are loaded."""

    code = CalendarRangeError.code


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?")
_NEAR = 3


def ask(
    rules: RegionRules, *, term_id: str, start: str = "", events: Sequence[str] = (), channel: str = ELECTRONIC
) -> Explanation:
    """Count a term from texts: `start` is the date of its first start event, `events` are NAME=DATE of the others.

    A date is `2025-06-04` or `2025-06-04T12:00`, in the tenant's zone unless it has an offset. `channel` is a door of
    the region, or `electronic`. A part whose event is missing is left without a date.
    Raises UnknownTerm, Malformed for what cannot be read, DateNotCovered for a date outside the calendars.
    """
    term = find_term(rules.terms, term_id)
    return count(rules, term, given_events(rules, term, start=start, events=events), channel=channel)


def day_asked(start: str, events: Sequence[str]) -> dt.date | None:
    """Give the day of the first date of a question, which chooses the edition of the rules; None for no readable one.

    What cannot be read is refused by `ask`.
    """
    for text in (start, *(text.partition("=")[2] for text in events)):
        try:
            return dt.date.fromisoformat(text.strip()[:10])
        except ValueError:
            continue
    return None


def count(rules: RegionRules, term: Term, events: Mapping[str, Moment], *, channel: str = ELECTRONIC) -> Explanation:
    """Count a term of the region from events, with the federal limit beside it; raises as `ask` does.

    A moment has an offset. A date outside the calendars is refused for every term, also for one that counts calendar
    days: so far ahead nobody knows the rules either.
    """
    known = (ELECTRONIC, *dict.fromkeys(str(door.code) for door in rules.channels))
    if channel not in known:
        raise Malformed(f"Двери «{channel}» в этом регионе нет. {_choices(channel, known)}", code="deadline.channel")
    try:
        answer = compute(
            term,
            events={event: _covered(rules, at) for event, at in events.items()},
            calendar=rules.calendar,
            zone=rules.zone,
            federal=rules.federal_terms.get(term.id),
            terms=rules.terms,
        )
    except CalendarRangeError as error:
        raise DateNotCovered(error.message, **error.details) from error
    closing = next((door for door in rules.channels if _closes(door, channel, term)), None)
    if closing is None:
        return answer
    closes = rules.tenant.office_hours.closes
    return answer.until_hour(closes, of=f"«{closing.title}» принимает до {closes:%H:%M}")


def _covered(rules: RegionRules, at: Moment) -> Moment:
    """A day as it is, an instant in UTC. Raises CalendarRangeError outside the calendars."""
    day = at
    if isinstance(at, dt.datetime):
        try:
            day = at.astimezone(rules.zone).date()
        except OverflowError:  # at the very ends of the calendar of Python an offset leads out of it
            day = at.date()
    rules.calendar.require_day(day)
    return at.astimezone(dt.UTC) if isinstance(at, dt.datetime) else at


def _closes(door: Channel, channel: str, term: Term) -> bool:
    """Whether this door is the one asked about, takes what the term is about, and closes with the office (E1)."""
    return door.code == channel and door.closes_with_office and term.id == f"{door.kind}.filing"


def document(found: InForce, answer: Explanation) -> dict[str, Any]:
    """Give what the command and the API show: the explanation, whose it is, by which rules, and the acts' titles."""
    rules = found.rules
    return {**answer.as_json(), "tenant": rules.slug, "rules": found.as_json(), "acts": act_titles(rules.sources)}


def start_events(rules: RegionRules, term: Term) -> tuple[StartEvent, ...]:
    """Give the events that a term counts from, the first one first, each once.

    Where an event may be the end of another term, that term's events are among them.
    """
    return tuple(dict.fromkeys(_start_events(rules.terms, term)))


def given_events(rules: RegionRules, term: Term, *, start: str, events: Sequence[str]) -> Mapping[str, Moment]:
    """Read the dates of a question. Raises Malformed for a date, a name or an event that the term does not know."""
    known = start_events(rules, term)
    given: dict[str, Moment] = {}
    if start:
        given[known[0]] = moment(start, zone=rules.zone)
    for text in events:
        name, sign, date = text.partition("=")
        if not sign or not name.strip():
            raise Malformed(
                f"«{text}» не читается: напишите СОБЫТИЕ=ДАТА, например {known[-1]}=2025-06-04.", code="deadline.event"
            )
        event = _event(name.strip(), term, known)
        if event in given:
            raise Malformed(f"Событие {event} указано дважды: оставьте одну дату.", code="deadline.event")
        given[event] = moment(date.strip(), zone=rules.zone)
    if not given:
        raise Malformed(
            f"Не указано ни одной даты. Срок считают от события «{known[0].label}» ({known[0]}).", code="deadline.from"
        )
    return given


def moment(text: str, *, zone: ZoneInfo) -> Moment:
    """Read `2025-06-04` as a day, `2025-06-04T12:00` as an instant of the zone, with its offset. Raises Malformed."""
    sentence = f"Дата «{text}» не читается: напишите ГГГГ-ММ-ДД или ГГГГ-ММ-ДДTЧЧ:ММ, например 2025-06-04T12:00."
    if _MOMENT.fullmatch(text) is None:
        raise Malformed(sentence, code="deadline.date")
    try:
        if "T" not in text:
            return dt.date.fromisoformat(text)
        at = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(sentence, code="deadline.date") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _start_events(terms: Mapping[str, Term], term: Term) -> Iterator[StartEvent]:
    for part in term.parts:
        yield from _start_events(terms, part)
    if not term.parts:
        yield term.start_event
    if term.event_from is not None:
        yield from _start_events(terms, terms[term.event_from])


def _event(name: str, term: Term, known: Sequence[StartEvent]) -> StartEvent:
    for event in known:
        if event == name:
            return event
    raise Malformed(
        f"Срок {term.id} не зависит от события «{name}». Он считается от: {', '.join(known)}.", code="deadline.event"
    )


def _choices(name: str, known: Collection[str]) -> str:
    likely = difflib.get_close_matches(name, known, n=_NEAR, cutoff=0.5)
    if likely:
        return f"Возможно, вы имели в виду: {', '.join(likely)}."
    return f"Есть: {', '.join(known)}."

"""The terms of a region in readable Russian, and any of them counted from a date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from apella.appeals.desk import Desk
from apella.casework.pages import labels
from apella.casework.pages.counting import clause_names, clauses, day_counts, federal_clauses
from apella.casework.pages.frame import console_frame, staff_desk
from apella.deadlines.explain import Explanation
from apella.deadlines.terms import Hardness, StartEvent, Term
from apella.errors import ApellaError
from apella.identity.roles import Role
from apella.regions.rules import RegionRules
from apella.rulebook.asking import ELECTRONIC, Moment, count, start_events
from apella.rulebook.in_force import in_force_lines
from apella.rulebook.pages.season import season_rules
from apella.rulebook.terms_view import federal_limit, platform_reading, reading_words
from apella.rulebook.wording import rule_words
from apella.web import formatting
from apella.web.components import Choice, Column, Deadline, Due, DueState, FieldError, Tag
from apella.web.daystrip import DayCount, draw
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

blueprint = Blueprint("rulebook_deadlines", __name__)

HARDNESS: Mapping[Hardness, Tag] = {
    Hardness.REFUSE: Tag(text=_("Строгий срок"), icon="lock"),
    Hardness.BREACH: Tag(text=_("Опоздание отмечают"), icon="alert"),
    Hardness.ADVICE: Tag(text=_("Совет"), icon="info"),
}

_TIMED = re.compile(r"(?P<day>\S+)\s+(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A term in the list; `federal` says the Procedure's limit, or where it is silent the platform's reading."""

    id: str
    title: str
    count_url: str
    owed_by: str
    rule: str
    tag: Tag
    federal: str
    grounds: str
    deviation: str


@dataclass(frozen=True, kw_only=True)
class EventField:
    """A date that the chosen term asks for, as it was typed."""

    name: str
    label: str
    value: str
    optional: bool


@blueprint.get("/<tenant>/deadlines")
def show(tenant: str) -> tuple[str, int]:
    """List the region's terms; a term and dates in the address are counted above the list."""
    at = staff_desk()
    rules = at.rules
    term = rules.terms.get(request.args.get("term", ""))
    errors: list[FieldError] = []
    answer = None if term is None else _answer(rules, term, request.args, errors)
    page = render_template(
        "rulebook/deadlines.html",
        frame=console_frame(_("Сроки"), section="deadlines", errors=errors),
        url=url_for(".show", tenant=tenant),
        chosen="" if term is None else term.id,
        terms=[Choice(value=one.id, label=one.title) for one in rules.terms.values()],
        fields=[] if term is None else _fields(rules, term, request.args),
        channels=_channels(rules, term),
        channel=request.args.get("channel", ELECTRONIC),
        answer=None if answer is None else _shown(answer, at),
        zone=rules.tenant.time_caption,
        version=rules.calendar.version,
        in_force=in_force_lines(season_rules(at).as_json(), today=at.now.astimezone(rules.zone).date()),
        lines=[_line(rules, one, tenant) for one in rules.terms.values()],
        deviations=[_line(rules, one, tenant) for one in rules.terms.values() if one.deviation is not None],
        columns=_columns(),
    )
    return page, 422 if errors else 200


# --- The list ---------------------------------------------------------------------------------------------------------


def _columns() -> list[Column]:
    return [
        Column(label=_("Срок")),
        Column(label=_("Кто должен")),
        Column(label=_("Правило")),
        Column(label=_("Если опоздать")),
        Column(label=_("Основание")),
    ]


def _line(rules: RegionRules, term: Term, tenant: str) -> Line:
    federal, reading = federal_limit(rules, term), platform_reading(rules, term)
    beside = "" if reading is None else capital(reading_words(reading))
    return Line(
        id=term.id,
        title=term.title,
        count_url=url_for(".show", tenant=tenant, term=term.id),
        owed_by=labels.role_name(Role(term.owed_by), rules.bodies),
        rule=capital(rule_words(term)),
        tag=HARDNESS[term.hardness],
        federal=beside if federal is None else _("Федеральный предел: %(rule)s", rule=rule_words(federal)),
        grounds=clause_names(term.grounds, rules.sources),
        deviation="" if term.deviation is None else str(term.deviation),
    )


# --- One term counted -------------------------------------------------------------------------------------------------


def _fields(rules: RegionRules, term: Term, typed: MultiDict[str, str]) -> list[EventField]:
    events = start_events(rules, term)
    return [
        EventField(
            name=event.value,
            label=capital(event.label),
            value=typed.get(event.value, ""),
            optional=len(events) > 1,
        )
        for event in events
    ]


def _channels(rules: RegionRules, term: Term | None) -> list[Choice]:
    """The doors whose hour ends this term's last day, with the electronic one first; none where there is no such."""
    doors = {
        str(door.code): Choice(value=str(door.code), label=door.title)
        for door in rules.channels
        if term is not None and door.closes_with_office and term.id == f"{door.kind}.filing"
    }
    return [Choice(value=ELECTRONIC, label=_("Через интернет, до конца дня")), *doors.values()] if doors else []


def _answer(rules: RegionRules, term: Term, typed: MultiDict[str, str], errors: list[FieldError]) -> Explanation | None:
    """Count the term from what was typed; None when nothing was, or when it cannot be read (then `errors` say why)."""
    events: dict[str, Moment] = {}
    known = start_events(rules, term)
    for event in known:
        text = typed.get(event.value, "").strip()
        if text:
            try:
                events[event.value] = _moment(text, rules)
            except ValueError as error:
                errors.append(FieldError(name=event.value, message=str(error)))
    if errors or not (events or _was_sent(typed, known)):
        return None
    if not events:
        errors.append(FieldError(name=known[0].value, message=_("Укажите дату события, от которого считают срок")))
        return None
    try:
        return count(rules, term, events, channel=typed.get("channel") or ELECTRONIC)
    except ApellaError as error:
        errors.append(FieldError(name=known[0].value, message=error.message))
        return None


def _was_sent(typed: MultiDict[str, str], known: Sequence[StartEvent]) -> bool:
    """Whether the form with the dates was sent, and not only the term chosen."""
    return any(event.value in typed for event in known)


def _moment(text: str, rules: RegionRules) -> Moment:
    """Read «05.06.2025» or «05.06.2025 12:00» in the region's zone; raise ValueError with the field's sentence."""
    timed = _TIMED.fullmatch(text)
    if timed is None:
        return formatting.parse_day(text)
    day = formatting.parse_day(timed["day"])
    clock = dt.time(int(timed["hour"]), int(timed["minute"]))
    return dt.datetime.combine(day, clock, rules.zone)


def _shown(answer: Explanation, at: Desk) -> Deadline:
    """One sentence with the days folded below it, as a case shows its own clocks."""
    rules = at.rules
    answer = replace(answer, federal=answer.law)  # the platform's own reading is no limit to draw
    drawn = draw(*_counts(answer))
    if answer.due is None:
        due = Due(state=DueState.NONE, date_text=_("даты пока нет: укажите остальные события"))
    else:
        last = formatting.last_minute(answer.due, zone=rules.zone)
        due = Due(
            state=DueState.PLAIN,
            date_text=formatting.deadline(answer.due, zone=rules.zone),
            iso=last.isoformat(timespec="minutes"),
        )
    return Deadline(
        name=answer.title,
        rule=capital(f"{answer.summary()}."),
        due=due,
        tag=HARDNESS[answer.hardness],
        plain="" if drawn.strips else clause_names(answer.clauses, rules.sources),
        strips=drawn.strips,
        reasons=drawn.reasons,
        clauses=clauses([*answer.clauses, *federal_clauses(answer)], rules.sources),
    )


def _counts(answer: Explanation) -> list[DayCount]:
    """The days of the count, of each part where there are several, and of the federal limit."""
    if not answer.parts:
        return list(day_counts(answer))
    parts = [
        replace(count, title=_("Часть %(number)s. %(title)s", number=number, title=count.title))
        for number, part in enumerate(answer.parts, start=1)
        for count in day_counts(part)
    ]
    return [*parts, *day_counts(answer)[1:]]

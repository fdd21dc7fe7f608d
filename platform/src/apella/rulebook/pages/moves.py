"""What a change of the calendar moves, in words: days, clocks from and to, filing windows, expired terms."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import url_for
from werkzeug.datastructures import MultiDict

from apella.appeals.conflicts import closed_cases
from apella.appeals.desk import Desk
from apella.calendar.changes import ChangedDay, changed_shortened
from apella.calendar.model import CalendarVersion
from apella.calendar.working import WorkCalendar
from apella.casework.pages.counting import day_counts
from apella.deadlines.clocks import Clock
from apella.deadlines.difference import Difference, Move
from apella.deadlines.explain import Explanation
from apella.deadlines.recount import Recount, RulesFor
from apella.deadlines.windows import WindowMove
from apella.errors import ApellaError, Malformed
from apella.identity.permissions import role_for
from apella.rulebook import repository
from apella.web import formatting
from apella.web.components import DayReason, DayStrip, Fact, Tag, Tone
from apella.web.daystrip import DayCount, draw
from apella.web.formatting import capital
from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class MoveLine:
    """A date before and after; `url` leads to the case for those who may see it, `value` is what its tick sends."""

    whose: str
    url: str
    title: str
    note: str
    was: str
    becomes: str
    shift: Tag
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Clocks that move the same way; `total` counts those beyond the shown rows too."""

    id: str
    title: str
    total: int
    lines: Sequence[MoveLine]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One clock's count now and by the new calendar, side by side."""

    title: str
    strips: Sequence[DayStrip]
    reasons: Sequence[DayReason]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which expired clocks and windows are to run again."""

    clocks: tuple[uuid.UUID, ...]
    windows: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything is to run again."""
        return bool(self.clocks or self.windows)


def chosen(sent: MultiDict[str, str]) -> Chosen:
    """Read the ticks of a form. Raises Malformed for one that no page offers."""
    try:
        clocks = tuple(uuid.UUID(one) for one in dict.fromkeys(sent.getlist("reopen")))
    except ValueError as error:
        raise Malformed(
            _("Форма открыта неправильно: откройте её со страницы изменения."), code="form.reopen"
        ) from error
    return Chosen(clocks=clocks, windows=tuple(dict.fromkeys(sent.getlist("window"))))


# --- In numbers -------------------------------------------------------------------------------------------------------


def facts(found: Difference) -> list[Fact]:
    """Say in numbers what would happen; what makes terms earlier stands first."""
    listed = [
        Fact(name=_("Станут раньше"), value=_terms(found.earlier.total)),
        Fact(name=_("Станут позже"), value=_terms(found.later.total)),
        Fact(name=_("Не изменятся"), value=_terms(found.looked_at - found.moved)),
        Fact(name=_("Окна подачи"), value=formatting.count(len(found.windows), _("окно"), _("окна"), _("окон"))),
        Fact(name=_("Истекли, можно открыть вновь"), value=_terms(found.expired.total)),
        Fact(name=_("Сообщения"), value=_messages(found)),
    ]
    return [fact for fact in listed if fact.value[0] != "0" or fact.name == _("Сообщения")]


def consequences(found: Difference) -> str:
    """Say what approving does."""
    return _(
        "Сроки пересчитаются сразу, причина появится в истории каждого дела. Сообщения: %(messages)s.",
        messages=_messages(found),
    )


def verb(found: Difference) -> str:
    """Name the act with its number."""
    if not found.moved:
        return _("Утвердить календарь")
    return _("Утвердить и пересчитать %(terms)s", terms=_terms(found.moved))


def _terms(number: int) -> str:
    return formatting.count(number, _("срок"), _("срока"), _("сроков"))


def _messages(found: Difference) -> str:
    cases = {move.clock.case_id for listed in (found.earlier, found.later) for move in listed.rows}
    if not cases:
        return _("никому, даты в делах не изменятся")
    known = formatting.count(len(cases), _("дела"), _("дел"), _("дел"))
    shown = len(found.earlier.rows) + len(found.later.rows)
    if shown < found.moved:
        return _("участникам больше чем %(cases)s", cases=known)
    return _("участникам %(cases)s", cases=known)


# --- Days -------------------------------------------------------------------------------------------------------------


def changed_days(found: Difference) -> list[str]:
    """Say each day that changes, with the weeks in which it does and its new reason."""
    by_date: dict[date, list[ChangedDay]] = {}
    for day in found.days:
        by_date.setdefault(day.date, []).append(day)
    listed = [_("Добавится календарь на %(year)s год", year=year) for year in found.years]
    return [*listed, *(_changed(days) for days in by_date.values())]


def _changed(days: Sequence[ChangedDay]) -> str:
    day = days[0]
    weeks = (
        _("при обеих неделях")
        if len(days) > 1
        else _("при шестидневной неделе")
        if day.week == 6
        else _("при пятидневной неделе")
    )
    return _(
        "%(day)s %(weeks)s: %(after)s. Сейчас: %(before)s",
        day=capital(formatting.portal_day(day.date, year=True)),
        weeks=weeks,
        after=day.reason_after,
        before=day.reason_before,
    )


def shortened(old: WorkCalendar, new: WorkCalendar) -> list[str]:
    """Say which days become an hour shorter or whole again; terms count them as before."""
    return [
        _("%(day)s станет короче на час", day=formatting.day(day))
        if now_shorter
        else _("%(day)s больше не короче на час", day=formatting.day(day))
        for day, now_shorter in changed_shortened(old, new)
    ]


def example(found: Difference, new: WorkCalendar, rules_for: RulesFor) -> Example | None:
    """Draw the first clock that moves as it is counted now and as it would be; None when none moves."""
    moves = [*found.earlier.rows, *found.later.rows]
    if not moves:
        return None
    clock = moves[0].clock
    before = Explanation.from_record(clock.record)
    try:
        after = Recount(calendar=new, rules_for=rules_for).explanation(clock.given, rule_version=clock.rule_version)
    except ApellaError:
        return None
    now, then = day_counts(before)[:1], day_counts(after)[:1]
    changed = {day.date for day in found.days}
    drawn = draw(
        *(replace(count, title=_("Сейчас: %(title)s", title=_inner(count.title))) for count in now),
        *(_marked(replace(count, title=_("Станет: %(title)s", title=_inner(count.title))), changed) for count in then),
    )
    if not drawn.strips:
        return None
    return Example(
        title=_("Пример: %(term)s, дело %(number)s", term=clock.title, number=clock.number),
        strips=drawn.strips,
        reasons=drawn.reasons,
    )


def _inner(title: str) -> str:
    """Return a title as it stands inside a phrase: after a colon its first letter is small."""
    return title[:1].lower() + title[1:]


def _marked(count: DayCount, changed: Iterable[date]) -> DayCount:
    days = set(changed)
    return replace(count, steps=[replace(step, new=step.date in days) for step in count.steps])


# --- Clocks -----------------------------------------------------------------------------------------------------------


def groups(found: Difference, at: Desk) -> list[Group]:
    """Return the clocks that move, those that lose time before those that gain it."""
    closed = _closed(at)
    return [
        Group(
            id=id_,
            title=title,
            total=listed.total,
            lines=[_line(move, at) for move in listed.rows if move.clock.case_id not in closed],
        )
        for id_, title, listed in (
            ("earlier", _("Станут раньше"), found.earlier),
            ("later", _("Станут позже"), found.later),
        )
        if listed.total
    ]


def expired(found: Difference, at: Desk) -> list[MoveLine]:
    """Return the clocks that ran out and would have time again, each with the value of its tick."""
    closed = _closed(at)
    return [
        _line(move, at, value=str(move.clock.id)) for move in found.expired.rows if move.clock.case_id not in closed
    ]


def windows(found: Difference, at: Desk) -> list[MoveLine]:
    """Return the filing windows that move; one that has closed has a tick."""
    return [_window(window, at) for window in found.windows]


def failures(found: Difference, at: Desk) -> list[str]:
    """Say which clocks the calendar cannot count: it cannot be put in force until it can."""
    closed = _closed(at)
    return [
        _("Дело %(number)s, %(term)s: %(why)s", number=one.clock.number, term=one.clock.title, why=one.message)
        for one in found.failures.rows
        if one.clock.case_id not in closed
    ]


def named(found: Difference, at: Desk, wanted: Chosen) -> list[MoveLine]:
    """Return the lines of what is to run again, as far as the difference still has them."""
    values = {*map(str, wanted.clocks), *wanted.windows}
    return [line for line in (*expired(found, at), *windows(found, at)) if line.value in values]


def moved_lines(at: Desk, version: CalendarVersion, *, limit: int) -> list[MoveLine]:
    """Return what a version in force has moved."""
    return [
        MoveLine(
            whose=row.number,
            url=_case_url(at, row.move.case_id),
            title=row.title,
            note=_("открыт вновь") if row.move.reopened else "",
            was=_end(row.move.due_before, at),
            becomes=_end(row.move.due_after, at),
            shift=_shift(row.move.due_before, row.move.due_after),
        )
        for row in repository.moved_by(at.session, at.actor, version.id, limit=limit)
    ]


def _closed(at: Desk) -> frozenset[uuid.UUID]:
    """The cases that a conflict of interest closes to whoever looks."""
    return frozenset(at.session.scalars(closed_cases(at.actor)))


def _line(move: Move, at: Desk, *, value: str = "") -> MoveLine:
    clock: Clock = move.clock
    note = _("новый срок уже прошёл") if move.over else _("срок считают назад") if move.backward else ""
    return MoveLine(
        whose=clock.number,
        url=_case_url(at, clock.case_id),
        title=clock.title,
        note=note,
        was=_end(clock.limit, at),
        becomes=_end(move.limit, at),
        shift=_shift(clock.limit, move.limit),
        value=value,
    )


def _window(window: WindowMove, at: Desk) -> MoveLine:
    subjects = [at.rules.subjects[code].name if code in at.rules.subjects else code for code in window.subjects]
    return MoveLine(
        whose=", ".join(subjects),
        url="",
        title=window.title,
        note=_("отсчёт с %(day)s, %(season)s", day=formatting.day(window.started), season=window.season),
        was=_end(window.before, at),
        becomes=_end(window.after, at),
        shift=_shift(window.before, window.after),
        value=window.key if window.expired else "",
    )


def _case_url(at: Desk, case_id: uuid.UUID) -> str:
    if role_for(at.actor, "see_case") is None:
        return ""
    return url_for("console_case.show", tenant=at.rules.slug, case_id=case_id)


def _end(due: datetime, at: Desk) -> str:
    return formatting.deadline(due, zone=at.rules.zone)


def _shift(before: datetime, after: datetime) -> Tag:
    span = abs(after - before)
    length = (
        formatting.count(span.days, _("день"), _("дня"), _("дней"))
        if span.days
        else formatting.count(span.seconds // 3600, _("час"), _("часа"), _("часов"))
    )
    if after < before:
        return Tag(text=_("раньше на %(length)s", length=length), tone=Tone.BAD, icon="back")
    return Tag(text=_("позже на %(length)s", length=length), icon="arrow")

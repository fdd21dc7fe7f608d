"""How the end of a term came about, for somebody who never read a regulation: sentences, days, the rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from apella.casework.pages.counting import clause_names
from apella.deadlines.explain import Explanation, day_of
from apella.deadlines.terms import StartEvent, Unit
from apella.regions.rules import RegionRules
from apella.web import formatting
from apella.web.components import DayReason, DayStrip
from apella.web.daystrip import DayCount, DayStep, draw
from apella.web.i18n import gettext as _

_ON_WEEKDAY = (
    "в понедельник",
    "во вторник",
    "в среду",
    "в четверг",
    "в пятницу",
    "в субботу",
    "в воскресенье",
)
_ORDINALS = ("Первый", "Второй", "Третий", "Четвёртый", "Пятый", "Шестой", "Седьмой", "Восьмой", "Девятый", "Десятый")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A count to show: what happened and which days counted, the strip with its reasons, the rule as it is written."""

    sentences: tuple[str, ...]
    strips: tuple[DayStrip, ...]
    reasons: tuple[DayReason, ...]
    rule: str


def counted(window: Explanation, *, rules: RegionRules, rechecked_on: date | None = None) -> Counted:
    """Explain a term. One that is not counted in days, or has not started, has its rule only.

    Where the Procedure gives more time than the region, its count is the one that binds. `rechecked_on` is the day of
    the re-check from which a filing window counts, where that is so.
    """
    kinder = window.federal if window.final_due != window.due else None
    binding = (kinder or window).deciding
    rule = _(
        "По правилам: %(rule)s. %(acts)s.", rule=window.summary(), acts=clause_names(window.clauses, rules.sources)
    )
    if binding.started is None or binding.unit not in (Unit.WORKING_DAY, Unit.CALENDAR_DAY) or not binding.steps:
        return Counted(sentences=(), strips=(), reasons=(), rule=rule)
    start = day_of(binding.started, rules.zone)
    last = max(step.date for step in binding.steps)
    drawn = draw(
        DayCount(
            title=_("Счёт дней"),
            start=start,
            start_reason=binding.start_event.label,
            steps=[DayStep(date=step.date, counts=step.counts, reason=step.reason) for step in binding.steps],
            due=last,
        )
    )
    sentences = _sentences(binding, start, last, recheck=start == rechecked_on)
    return Counted(sentences=sentences, strips=drawn.strips, reasons=drawn.reasons, rule=rule)


def _sentences(binding: Explanation, start: date, last: date, *, recheck: bool) -> tuple[str, ...]:
    events: Mapping[StartEvent, str] = {
        StartEvent.RESULTS_ANNOUNCED: _("Результат перепроверки объявили %(day)s.", day=_on(start))
        if recheck
        else _("Результаты официально объявили %(day)s.", day=_on(start)),
        StartEvent.FILED: _("Апелляция подана %(day)s.", day=_on(start)),
        StartEvent.EXAM_DAY: _("Экзамен был %(day)s.", day=_on(start)),
    }
    began = events.get(binding.start_event) or _(
        "Начало счёта: %(event)s, %(day)s.", event=binding.start_event.label, day=formatting.portal_day(start)
    )
    if not binding.length:
        return (began, _("Срок – до конца этого дня."))
    from_next = _("Этот день не считается.") if binding.following_day else ""
    days = [step.date for step in binding.steps if step.counts]
    kind = _("рабочий день") if binding.unit is Unit.WORKING_DAY else _("день")
    numbered = [
        _("%(number)s %(kind)s – %(day)s.", number=number, kind=kind, day=formatting.portal_day(day))
        for number, day in zip(_ORDINALS, days, strict=False)
    ]
    end = _("Последний день – %(day)s.", day=formatting.portal_day(last))
    return tuple(part for part in (began, from_next, *numbered, "" if last in days else end) if part)


def _on(day: date) -> str:
    """«в среду, 4 июня»."""
    return f"{_ON_WEEKDAY[day.weekday()]}, {day.day}{formatting.NBSP}{formatting.MONTHS[day.month - 1]}"

"""The plan of a case in words: what has to begin by when, where less than a day is left to spare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apella.appeals.desk import Desk
from apella.casework.pages.counting import clause_names
from apella.casework.pages.steps import Step
from apella.deadlines.plan import Line, Plan
from apella.web import formatting
from apella.web.components import Alert, Tone
from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """A remaining step: its name, its last beginning and end, its clauses."""

    name: str
    when: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class PlanBlock:
    """What presses, in a sentence, and the last days of all the steps, folded."""

    alert: Alert
    lines: Sequence[PlanLine]


def plan_block(at: Desk, plan: Plan | None, words: Mapping[str, Step]) -> PlanBlock | None:
    """Return the block for a case with little or nothing to spare; None for the others."""
    if plan is None or not plan.is_tight:
        return None
    return PlanBlock(
        alert=_alert(at, plan, words),
        lines=tuple(
            PlanLine(
                name=_name(line, words),
                when=_when(at, line),
                rule=clause_names(line.leg.clauses, at.rules.sources),
            )
            for line in plan.lines
        ),
    )


def _alert(at: Desk, plan: Plan, words: Mapping[str, Step]) -> Alert:
    broken, first = plan.broken, plan.first
    by = formatting.deadline(first.next_by, zone=at.rules.zone)
    limit = formatting.deadline(plan.limit, zone=at.rules.zone)
    if broken is not None and broken.earliest is None:
        title = _("Срок уже упущен: %(what)s", what=_title(broken.term, words))
        text = _("Сделайте это сейчас и запишите причину; рассмотреть нужно до %(limit)s.", limit=limit)
        return Alert(title=title, text=text, tone=Tone.BAD, live=False)
    if broken is not None and broken.earliest is not None:
        late = formatting.count(broken.days, _("рабочий день"), _("рабочих дня"), _("рабочих дней"))
        return Alert(
            title=_("Рассмотреть в срок уже не получится: не хватает %(late)s", late=late),
            text=_(
                "Если начать сейчас, рассмотреть можно не раньше %(day)s, а срок – %(limit)s. Задержал шаг «%(step)s»: "
                "он был нужен до %(by)s.",
                day=formatting.day(broken.earliest),
                limit=limit,
                step=_name(first, words),
                by=by,
            ),
            tone=Tone.BAD,
            live=False,
        )
    if plan.slack.total_seconds() <= 0:
        title = _("Откладывать нельзя: %(step)s", step=_name(first, words))
        text = _(
            "Последний срок этого шага был %(by)s. Чтобы рассмотреть до %(limit)s, сделайте его сейчас.",
            by=by,
            limit=limit,
        )
    else:
        title = _("Запаса меньше дня: %(step)s до %(by)s", step=_name(first, words), by=by)
        text = _("Позже шаги, которые ещё остались, не поместятся до %(limit)s.", limit=limit)
    return Alert(title=title, text=text, tone=Tone.WARN, live=False)


def _when(at: Desk, line: Line) -> str:
    end = formatting.deadline(line.ends_by, zone=at.rules.zone, year=False)
    if line.starts_by is None:
        return _("уже идёт, закончить до %(end)s", end=end)
    if line.starts_by == line.ends_by:
        return _("сделать до %(end)s", end=end)
    start = formatting.deadline(line.starts_by, zone=at.rules.zone, year=False)
    return _("начать до %(start)s, закончить до %(end)s", start=start, end=end)


def _name(line: Line, words: Mapping[str, Step]) -> str:
    step = words.get(line.leg.code)
    return line.leg.title if step is None else step.todo


def _title(term: str, words: Mapping[str, Step]) -> str:
    step = words.get(term)
    return term if step is None else step.todo

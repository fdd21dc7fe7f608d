"""A clock of a case in words: its rule, its clauses, the count of its days, what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apella.casework.pages import labels
from apella.casework.pages.steps import Step
from apella.deadlines.explain import Explanation, day_of
from apella.deadlines.model import OWED, Deadline, DeadlineState
from apella.deadlines.terms import Direction, Hardness, Unit, length_phrase, named_day_phrase
from apella.regions.rules import RegionRules
from apella.regions.values.papers import Act, Sources
from apella.web import components, formatting
from apella.web.components import Clause, Due, DueState, Tag, Tone
from apella.web.daystrip import DayCount, DayStep, draw
from apella.web.dues import DueStyle, running_due
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

FEDERAL = "federal"
READINGS = "core"
HOUR = timedelta(hours=1)
HAND_OVERS = ("protocol.handover", "recalculation.dispatch", "approval.submission")
"""Terms in calendar days that ask for attention on their whole last day."""


# --- Clauses ----------------------------------------------------------------------------------------------------------


def clause_names(ids: Iterable[str], sources: Sources) -> str:
    """Return «Положение, п. 41; Порядок, п. 102», each act once with its points; readings only where no act speaks."""
    listed = list(ids)
    acts = [one for one in listed if not one.startswith(f"{READINGS}:")]
    if listed and not acts:
        return _("Срок советует платформа")
    return "; ".join(clause.title for clause in clauses(acts, sources))


def clauses(ids: Iterable[str], sources: Sources) -> tuple[Clause, ...]:
    """Return the acts that a term rests on, each with its points and by whom it was approved."""
    acts = {act.prefix: act for act in sources.act}
    points: dict[str, list[str]] = {}
    for one in ids:
        prefix, __, rest = one.partition(":")
        known = points.setdefault(prefix, [])
        point = rest.partition(".")[0].rpartition("-")[2]
        if point not in known:
            known.append(point)
    return tuple(
        Clause(
            title=_("Прочтение платформы %(points)s", points=", ".join(numbers))
            if prefix == READINGS
            else _("%(act)s, п. %(points)s", act=_act_name(acts, prefix), points=", ".join(numbers)),
            text=_("Акты этого не задают: срок советует платформа.")
            if prefix == READINGS
            else capital(acts[prefix].approved)
            if prefix in acts
            else "",
        )
        for prefix, numbers in points.items()
    )


def _act_name(acts: Mapping[str, Act], prefix: str) -> str:
    act = acts.get(prefix)
    if act is None:
        return prefix
    name = act.title.partition(" ")[0]
    federal = acts.get(FEDERAL)
    if prefix != FEDERAL and federal is not None and federal.title.partition(" ")[0] == name:
        return _("%(name)s региона", name=name)
    return name


# --- One clock --------------------------------------------------------------------------------------------------------


def runs(clock: Deadline, now: datetime) -> bool:
    """Whether a clock still asks for something: a window that has closed does not, an obligation past its end does."""
    if clock.met_at is not None or clock.state not in OWED:
        return False
    return clock.hardness != Hardness.REFUSE or now < clock.limit_at


def explanation_of(clock: Deadline) -> Explanation:
    """Read the count that stands beside a clock."""
    return Explanation.from_record(clock.explanation)


def rule_text(explanation: Explanation) -> str:
    """Return how long the term is and what it counts from: «1 календарный день. Отсчёт: решение комиссии»."""
    part = explanation.deciding
    start = part.start_event.label
    if part.published is not None and part.is_published:
        return _("по графику: %(source)s", source=part.published.source)
    if part.month_day is not None:
        day = named_day_phrase(part.month_day, part.years)
        return _("не позднее %(day)s. Отсчёт: %(event)s", day=day, event=start)
    if part.unit is Unit.DATE:
        return _("не позднее события «%(event)s»", event=start)
    if part.length == 0:
        return _("в тот же день. Отсчёт: %(event)s", event=start)
    phrase = length_phrase(length=part.length, unit=part.unit, week=part.week)
    if part.direction is Direction.BACKWARD:
        return _("не позднее чем за %(length)s. Отсчёт: %(event)s", length=phrase, event=start)
    return _("%(length)s. Отсчёт: %(event)s", length=phrase, event=start)


def due_of(clock: Deadline, *, rules: RegionRules, now: datetime, style: DueStyle = DueStyle.SEASON) -> Due:
    """Return the end of an open clock with what is left, in the days of its own week."""
    week = explanation_of(clock).deciding.week
    return due_at(
        clock.due_at,
        week,
        rules=rules,
        now=now,
        hand_over=clock.term in HAND_OVERS,
        advice=clock.hardness == Hardness.ADVICE,
        style=style,
    )


def due_at(
    due: datetime,
    week: int | None,
    *,
    rules: RegionRules,
    now: datetime,
    hand_over: bool = False,
    advice: bool = False,
    style: DueStyle = DueStyle.SEASON,
) -> Due:
    """Return an end with what is left; by how much a broken one is late is said in its largest unit alone.

    An end that is only `advice` asks for attention when it has passed, but breaks no term.
    """
    left = days_left(due, week, rules=rules, now=now)
    shown = running_due(due, now=now, zone=rules.zone, working_days=left, hand_over=hand_over, style=style)
    if shown.state is not DueState.OVER:
        return shown
    late = now - due
    span = (
        formatting.count(late.days, _("день"), _("дня"), _("дней"))
        if late.days
        else _("%(hours)s ч", hours=late // HOUR).replace(" ", formatting.NBSP)
        if late >= HOUR
        else ""
    )
    if advice:
        return replace(shown, state=DueState.SOON, left_text=_("пора уже %(span)s", span=span) if span else _("пора"))
    return replace(shown, left_text=_("просрочено на %(span)s", span=span)) if span else shown


def days_left(due: datetime, week: int | None, *, rules: RegionRules, now: datetime) -> int | None:
    """Count the working days of a week until an end, today included when it works; None for other terms."""
    if week not in (5, 6) or now >= due:
        return None
    today = now.astimezone(rules.zone).date()
    last = formatting.last_minute(due, zone=rules.zone).date()
    if not (rules.calendar.covers(today) and rules.calendar.covers(last)):
        return None
    return rules.calendar.count_working(today, last, 6 if week == 6 else 5)


def deadline_of(
    clock: Deadline, steps: Mapping[str, Step], *, rules: RegionRules, now: datetime
) -> components.Deadline:
    """Return a clock with one click to its count, and while it is open with who owes it."""
    explanation = explanation_of(clock)
    named = clause_names(clock.clauses, rules.sources)
    rule = f"{rule_text(explanation)}. {named}" if named else rule_text(explanation)
    step = steps.get(clock.term)
    tag, note = _state_of(clock, explanation, rules=rules, now=now)
    due = due_of(clock, rules=rules, now=now, style=DueStyle.FULL)
    open_now = runs(clock, now)
    if clock.state is DeadlineState.SUSPENDED:
        due = Due(state=DueState.PLAIN, date_text=_("пока без даты"), iso=due.iso)
        note = labels.role_name(clock.owed_by, rules.bodies)
    elif not open_now:
        date_text = formatting.deadline(clock.due_at, zone=rules.zone)
        due = Due(state=DueState.PLAIN, date_text=date_text, iso=due.iso)
    elif clock.hardness != Hardness.REFUSE:
        note = labels.role_name(clock.owed_by, rules.bodies)
    drawn = draw(*day_counts(explanation))
    return components.Deadline(
        name=step.todo if step is not None and open_now else clock.title,
        rule=capital(rule),
        due=due,
        tag=tag,
        tag_note=note,
        plain=capital(f"{explanation.summary()}."),
        strips=drawn.strips,
        reasons=drawn.reasons,
        clauses=clauses([*clock.clauses, *federal_clauses(explanation)], rules.sources),
    )


def _state_of(clock: Deadline, explanation: Explanation, *, rules: RegionRules, now: datetime) -> tuple[Tag, str]:
    if clock.met_at is not None:
        late = clock.state is DeadlineState.BREACHED
        tag = (
            Tag(text=_("Выполнено позже срока"), tone=Tone.BAD, icon="alert")
            if late
            else Tag(text=_("Выполнено"), tone=Tone.OK, icon="check")
        )
        return tag, _met_note(clock.met_at, explanation, rules.zone)
    if clock.state is DeadlineState.CANCELLED:
        return Tag(text=_("Больше не нужно"), icon="minus"), ""
    if clock.state is DeadlineState.SUSPENDED:
        return Tag(text=_("Приостановлено"), tone=Tone.WARN, icon="alert"), ""
    if now >= clock.limit_at and clock.hardness == Hardness.REFUSE:
        return Tag(text=_("Истёк"), icon="minus"), ""
    if now >= clock.limit_at:
        if clock.hardness == Hardness.ADVICE:
            return Tag(text=_("Пора"), tone=Tone.WARN, icon="alert"), ""
        return Tag(text=_("Срок нарушен"), tone=Tone.BAD, icon="alert"), ""
    return Tag(text=_("Идёт"), icon="clock"), ""


def _met_note(met_at: datetime, explanation: Explanation, zone: ZoneInfo) -> str:
    when = formatting.moment(met_at, zone=zone, year=False)
    part = explanation.deciding
    day = met_at.astimezone(zone).date()
    counted = [step.date for step in part.steps if step.counts]
    if part.direction is Direction.FORWARD and part.length and day in counted:
        number = counted.index(day) + 1
        return _("%(when)s – %(day)s из %(length)s", when=when, day=formatting.ordinal_day(number), length=part.length)
    return when


# --- The count --------------------------------------------------------------------------------------------------------


def day_counts(explanation: Explanation) -> tuple[DayCount, ...]:
    """Return the count that decides, and beside it the federal one where it ends on another day."""
    region = explanation.deciding
    # Advice is the platform's own: the Procedure sets no limit beside it.
    law = None if explanation.hardness == Hardness.ADVICE else explanation.law
    federal = None if law is None else law.deciding
    same = federal is not None and explanation.federal_due == explanation.due
    own = _day_count(region, same=same, alone=federal is None)
    if own is None:
        return ()
    if federal is None or same:
        return (own,)
    limit = _day_count(federal, federal=True)
    return (own,) if limit is None else (own, limit)


def federal_clauses(explanation: Explanation) -> list[str]:
    """Return the clauses of the Procedure that stand beside a region's own."""
    federal = explanation.federal
    return [] if federal is None else [one for one in federal.clauses if one.startswith(f"{FEDERAL}:")]


def _day_count(part: Explanation, *, same: bool = False, federal: bool = False, alone: bool = False) -> DayCount | None:
    last = part.last_moment
    if part.started is None or last is None or not part.steps:
        return None
    zone = ZoneInfo(part.zone)
    end = formatting.day(last.date(), year=False)
    week = _week_note(part)
    if federal:
        title, note = _("Федеральный предел: до %(day)s", day=end), week
    elif same or alone:
        title = _("До %(day)s", day=end)
        note = week if alone else _("%(week)s, федеральный предел тот же", week=week)
    else:
        title, note = _("Регион: до %(day)s", day=end), week
    return DayCount(
        title=title,
        note=note,
        start=day_of(part.started, zone),
        start_reason=part.start_event.label,
        steps=[DayStep(date=step.date, counts=step.counts, reason=step.reason) for step in part.steps],
        due=last.date(),
    )


def _week_note(part: Explanation) -> str:
    if part.unit is Unit.WORKING_DAY:
        return _("шестидневная неделя") if part.week == 6 else _("пятидневная неделя")
    return _("календарные дни")

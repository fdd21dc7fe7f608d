"""The first page of everybody who works: what to do, by when, why then; where the cases are; today's hearings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.states import AppealKind, State
from apella.calendar.wording import plural
from apella.casework import start
from apella.casework.offers import VERBS, in_turn
from apella.casework.pages import labels
from apella.casework.pages.break_glass import glass_alerts, watches
from apella.casework.pages.counting import clause_names, due_of, explanation_of, rule_text
from apella.casework.pages.frame import SELF_SERVICE, console_frame
from apella.casework.pages.steps import Step, steps
from apella.casework.start import VOTING, DayHearing, Obligation, Workload
from apella.deadlines.warnings import BROKEN
from apella.identity.permissions import reach_of, role_for
from apella.identity.roles import Role
from apella.web import formatting
from apella.web.components import Counter, Link, Tag, TodoGroup, TodoItem, Tone
from apella.web.dues import DueStyle
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.requests import desk

LIMIT = 50
HEARINGS_SHOWN = 12
RARE = frozenset({"suspension.review", "federal_request.answer", "reopened.consideration", "hearing.reminder"})
"""Steps that few cases ever take."""

blueprint = Blueprint("console_start", __name__)


@dataclass(frozen=True, kw_only=True)
class HearingLine:
    """A hearing of today in the list beside the obligations."""

    time_text: str
    number: str
    url: str
    about: str
    mode: str
    mode_icon: str
    ready: Tag | None


@blueprint.get("/<tenant>/")
def show(tenant: str) -> str | Response:
    """Show the day of this person; participants have a page of their own."""
    at = desk()
    if at.actor.roles <= SELF_SERVICE:
        return redirect(f"/{tenant}/cabinet", code=303)
    today = at.now.astimezone(at.rules.zone).date()
    owed = start.workload(at, limit=LIMIT)
    has_sittings = _has_sittings(at)
    hearings = start.hearings_on(at, today, limit=HEARINGS_SHOWN + 1) if has_sittings else ()
    next_day = start.next_day_of_hearings(at, today) if has_sittings else None
    following = start.hearings_on(at, next_day, limit=HEARINGS_SHOWN + 1) if next_day is not None else ()
    words = steps(at.rules.bodies)
    return render_template(
        "casework/start.html",
        frame=console_frame(_day_title(today), section="start", notices=glass_alerts(at) if watches(at) else ()),
        summary=_summary(at, owed, today, hearings),
        time_caption=at.rules.tenant.time_caption,
        todo=_groups(at, owed, words, today),
        more=owed.total - len(owed.items),
        counters=_counters(at, owed, words) if role_for(at.actor, "see_journal") is not None else (),
        hearings=[_hearing_line(at, line) for line in hearings[:HEARINGS_SHOWN]],
        has_sittings=has_sittings,
        has_cases=bool(reach_of(at.actor)),
        more_hearings=len(hearings) > HEARINGS_SHOWN,
        next_title="" if next_day is None else _("Рассмотрения %(day)s", day=formatting.day(next_day)),
        next_hearings=[_hearing_line(at, line) for line in following[:HEARINGS_SHOWN]],
        more_next=len(following) > HEARINGS_SHOWN,
        may_file=role_for(at.actor, "file") is not None,
        file_url=f"/{tenant}/file",
        journal_url=f"/{tenant}/journal",
    )


def todo_link(at: Desk, item: Obligation, words: Mapping[str, Step]) -> tuple[Link | None, str]:
    """Return the button of an obligation, or why there is none now."""
    action, waits = _next_action(at, item)
    if action is None:
        return None, waits
    step = words.get(item.clock.term)
    verb = VERBS[action]
    own = step is not None and verb.action == item.clock.action and bool(step.verb)
    number = labels.case_number(item.appeal)
    label, rest = (step.verb, step.rest) if own and step is not None else _short_title(action)
    return (
        Link(label=label, hidden=f"{rest}, {number}", url=act_url(at.rules.slug, item.appeal.id, action)),
        "",
    )


def act_url(slug: str, case_id: object, action: str) -> str:
    """The address of the page of a verb."""
    return f"/{slug}/cases/{case_id}/do/{action.replace('_', '-')}"


def _next_action(at: Desk, item: Obligation) -> tuple[str | None, str]:
    """Find the verb that brings an obligation on now; without one, say what it waits for."""
    state = str(item.appeal.state)
    if item.to_vote:
        return "vote", ""
    for verb in VERBS.values():
        if (
            item.clock.term in verb.terms
            and role_for(at.actor, verb.action, state) is not None
            and in_turn(verb, item.appeal, at.actor, at.rules)
        ):
            return verb.action, ""
    if item.clock.term in start.CONSIDERATION:
        if item.hearing_at is not None and at.now >= item.hearing_at and role_for(at.actor, "open_hearing", state):
            return "open_hearing", ""
        return None, _waits_for(at, item)
    if not any(item.clock.term in verb.terms for verb in VERBS.values()):
        return None, _("делает система")
    return None, _("пока нельзя")


def _waits_for(at: Desk, item: Obligation) -> str:
    if item.appeal.state is State.HEARING:
        return _("идёт рассмотрение")
    if item.hearing_at is None:
        return _("ждёт времени рассмотрения")
    return _("в графике %(when)s", when=formatting.moment(item.hearing_at, zone=at.rules.zone, year=False))


def _short_title(action: str) -> tuple[str, str]:
    first, __, rest = VERBS[action].title.partition(" ")
    return first, rest


def _day_title(today: date) -> str:
    return capital(formatting.portal_day(today))


def _summary(at: Desk, owed: Workload, today: date, hearings: Sequence[DayHearing]) -> str:
    """Return the day in a sentence or two: what is late, what ends today, when the first hearing begins."""
    said = []
    if owed.overdue:
        said.append(
            _(
                "Просрочено: %(number)s.",
                number=formatting.count(owed.overdue, _("срок"), _("срока"), _("сроков")),
            )
        )
    if owed.pressing:
        said.append(
            _(
                "Скоро истекают: %(number)s, прошло больше %(step)s %% времени.",
                number=formatting.count(owed.pressing, _("срок"), _("срока"), _("сроков")),
                step=start.PRESSING,
            )
        )
    ends_today = [item for item in owed.items if item.clock.due_at > at.now and _last_day(at, item) == today]
    if ends_today:
        first = formatting.last_minute(ends_today[0].clock.due_at, zone=at.rules.zone)
        said.append(
            _(
                "Сегодня %(verb)s %(number)s, ближайший в %(time)s.",
                verb=plural(len(ends_today), _("истекает"), _("истекают"), _("истекают")),
                number=formatting.count(len(ends_today), _("срок"), _("срока"), _("сроков")),
                time=formatting.clock(first, zone=at.rules.zone),
            )
        )
    if not owed.total:
        said.append(_("Сроков за вами нет."))
    elif not said:
        said.append(_("Сегодня сроки не истекают."))
    if hearings:
        said.append(
            _(
                "Первое рассмотрение в %(time)s.",
                time=formatting.clock(hearings[0].hearing.starts_at, zone=at.rules.zone),
            )
        )
    return " ".join(said)


def _last_day(at: Desk, item: Obligation) -> date:
    return formatting.last_minute(item.clock.due_at, zone=at.rules.zone).date()


def _groups(at: Desk, owed: Workload, words: Mapping[str, Step], today: date) -> tuple[TodoGroup, ...]:
    tomorrow = today + timedelta(days=1)
    over = [item for item in owed.items if item.clock.due_at <= at.now]
    rest = [item for item in owed.items if item.clock.due_at > at.now]
    parts = (
        (_("Просрочено"), [item for item in over if not item.clock.is_passed_advice(at.now)]),
        # Advice that was passed over breaks no law: only a broken term is red.
        (_("Пора сделать"), [item for item in over if item.clock.is_passed_advice(at.now)]),
        (
            _("Сегодня, %(day)s", day=formatting.day(today, year=False)),
            [item for item in rest if _last_day(at, item) <= today],
        ),
        (
            _("Завтра, %(day)s", day=formatting.day(tomorrow, year=False)),
            [item for item in rest if _last_day(at, item) == tomorrow],
        ),
        (_("Позже"), [item for item in rest if _last_day(at, item) > tomorrow]),
    )
    return tuple(
        TodoGroup(
            title=title,
            items=tuple(_todo_item(at, item, words, is_today=number == 2) for item in items),
            overdue=number == 0,
        )
        for number, (title, items) in enumerate(parts)
        if items
    )


def _todo_item(at: Desk, item: Obligation, words: Mapping[str, Step], *, is_today: bool) -> TodoItem:
    link, waits = todo_link(at, item, words)
    step = words.get(item.clock.term)
    explanation = explanation_of(item.clock)
    title = _("Проголосовать") if item.to_vote else step.todo if step is not None else item.clock.title
    why = [
        _about(at, item),
        capital(rule_text(explanation)),
        clause_names(item.clock.clauses, at.rules.sources),
    ]
    if start.PRESSING <= item.clock.warned < BROKEN:
        why.append(_("Прошло больше %(step)s %% срока", step=item.clock.warned))
    return TodoItem(
        due=due_of(item.clock, rules=at.rules, now=at.now, style=DueStyle.TODAY if is_today else DueStyle.SEASON),
        title=f"{title}: {labels.case_number(item.appeal)}",
        url=url_for("console_case.show", tenant=at.rules.slug, case_id=item.appeal.id),
        why=". ".join(part for part in why if part),
        action=link,
        blocked=waits or None,
    )


def _about(at: Desk, item: Obligation) -> str:
    name = formatting.initials(item.appellant.surname, item.appellant.given_name, item.appellant.patronymic or "")
    subject = at.rules.subjects[item.subject_code].name.lower()
    if item.appeal.kind is AppealKind.PROCEDURE:
        return _("%(name)s, нарушение Порядка, %(subject)s", name=name, subject=subject)
    return f"{name}, {subject}"


def _counters(at: Desk, owed: Workload, words: Mapping[str, Step]) -> tuple[Counter, ...]:
    """Say where the cases are: the steps where some wait, and those that this person answers for."""
    mine = start.answers_for(at.actor.roles)
    found = []
    for term_id, step in words.items():
        number = owed.waiting.get(term_id, 0)
        term = at.rules.terms.get(term_id)
        owes = term is not None and term.owed_by in mine
        if number or (owes and not _rare(term_id)):
            label = step.waiting
            if term_id.startswith("procedure."):
                label = _("%(step)s, нарушение Порядка", step=label)
            url = url_for("console_journal.show", tenant=at.rules.slug, owed=term_id)
            found.append(Counter(number=number, label=label, url=url))
    return tuple(found)


def _rare(term_id: str) -> bool:
    """Whether a step with no case at it is left out: another door's, or one that few cases ever take."""
    return (
        term_id in RARE
        or term_id.startswith("procedure.")
        or term_id.endswith(("forwarding", ".registration", ".entry"))
    )


def _has_sittings(at: Desk) -> bool:
    return bool(at.actor.roles & (VOTING | {Role.SECRETARY}))


def _hearing_line(at: Desk, line: DayHearing) -> HearingLine:
    name = formatting.initials(line.appellant.surname, line.appellant.given_name)
    procedure = line.appeal.kind is AppealKind.PROCEDURE
    about = _("нарушение Порядка") if procedure else at.rules.subjects[line.subject_code].name
    return HearingLine(
        time_text=formatting.clock(line.hearing.starts_at, zone=at.rules.zone),
        number=labels.case_number(line.appeal),
        url=url_for("console_case.show", tenant=at.rules.slug, case_id=line.appeal.id),
        about=f"{capital(about)}, {name}",
        mode=labels.MODES[line.hearing.mode],
        mode_icon=labels.MODE_ICONS[line.hearing.mode],
        ready=_not_ready(at, line, procedure=procedure),
    )


def _not_ready(at: Desk, line: DayHearing, *, procedure: bool) -> Tag | None:
    """Return what is missing for a hearing; None when it may begin."""
    if line.appeal.outcome is not None:
        return Tag(text=_("решено"), icon="check")
    if line.appeal.state is State.HEARING:
        return Tag(text=_("идёт"), tone=Tone.INFO, icon="scales")
    if line.appeal.withdrawal_accepted_at is not None:
        # From its acceptance on, wherever the paper is: the case may not be heard (reading C3).
        text = _("отзыв принят, ещё не передан") if line.withdrawal_on_its_way else _("отзыв принят, не в журнале")
        return Tag(text=text, tone=Tone.WARN, icon="back")
    if procedure:
        return None
    if not line.kit_received:
        return Tag(text=_("нет комплекта"), tone=Tone.WARN, icon="alert")
    if at.rules.needs_expert(line.subject_code) and not line.concluded:
        return Tag(text=_("нет заключения"), tone=Tone.WARN, icon="alert")
    return None

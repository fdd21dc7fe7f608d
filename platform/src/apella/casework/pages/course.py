"""Where a case stands: its course from filing to closing, the next step, what this person may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.receipt import CHECK
from apella.appeals.route import channel_of
from apella.appeals.states import AppealKind, Outcome, State
from apella.appeals.suspension import CAUSES, Act, current
from apella.appeals.verb import Verb
from apella.casework.offers import VERBS, offered, only_reads
from apella.casework.pages import labels
from apella.casework.pages.counting import clause_names, due_of, explanation_of, rule_text
from apella.casework.pages.start import act_url
from apella.casework.pages.steps import Step
from apella.casework.start import CONSIDERATION, VOTING, has_voted
from apella.casework.timeline import CaseFile
from apella.deadlines.model import OWED, Deadline
from apella.deadlines.terms import Hardness
from apella.exchange.service import CHANGING, entry_term
from apella.web import formatting
from apella.web.components import Alert, Link, NextStep, StepState, TimelineStep, Tone
from apella.web.dues import DueStyle
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

CLOSING = frozenset({"refuse", "withdraw", "declare_moot"})
"""Verbs that close a case without a decision: they stand last and are drawn as refusals."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The next step with its button, and the other verbs that this person may use now."""

    step: NextStep | None
    others: Sequence[Link]


def is_open(clock: Deadline) -> bool:
    """Whether something is owed, or may be done, by this clock."""
    return clock.met_at is None and clock.state in OWED


def open_obligations(clocks: Sequence[Deadline]) -> list[Deadline]:
    """What is owed, the earliest end first; windows are rights and not among them."""
    owed = [clock for clock in clocks if is_open(clock) and clock.hardness != Hardness.REFUSE]
    return sorted(owed, key=lambda clock: (clock.due_at, clock.term))


# --- Next step --------------------------------------------------------------------------------------------------------


def offer(at: Desk, file: CaseFile, words: Mapping[str, Step]) -> Offer:
    """Work out the next step of a case, and what this person may do."""
    verbs = list(_verbs(at, file))
    owed = open_obligations(file.clocks)
    first = owed[0] if owed else None
    primary = None if first is None else _primary(first, verbs)
    others = [
        Link(label=verb.title, url=act_url(at.rules.slug, file.appeal.id, verb.action))
        for verb in sorted(verbs, key=lambda verb: verb.action in CLOSING)
        if verb is not primary
    ]
    return Offer(step=None if first is None else _next_step(at, file, first, primary, words), others=others)


def _verbs(at: Desk, file: CaseFile) -> Iterator[Verb]:
    """Give the verbs on offer, without those that the service would refuse for a reason that the page can see."""
    appeal = file.appeal
    if only_reads(at, appeal):
        return
    voted = bool(at.actor.roles & VOTING) and appeal.state is State.HEARING and has_voted(at, appeal)
    for verb in offered(at.actor, appeal, [clock for clock in file.clocks if is_open(clock)], at.rules):
        too_early = file.hearing is None or at.now < file.hearing.starts_at
        if (verb.action == "vote" and voted) or (verb.action == "open_hearing" and too_early):
            continue
        yield verb


def _primary(clock: Deadline, verbs: Sequence[Verb]) -> Verb | None:
    by_action = {verb.action: verb for verb in verbs}
    if clock.term in CONSIDERATION:
        found = by_action.get("vote") or by_action.get("decide") or by_action.get("open_hearing")
        if found is not None:
            return found
    return next((verb for verb in verbs if clock.term in verb.terms), None)


def _next_step(at: Desk, file: CaseFile, clock: Deadline, primary: Verb | None, words: Mapping[str, Step]) -> NextStep:
    step = words.get(clock.term)
    due = due_of(clock, rules=at.rules, now=at.now, style=DueStyle.FULL)
    name = step.todo if step is not None else clock.title
    clauses = clause_names(clock.clauses, at.rules.sources)
    text = [capital(due.left_text), capital(rule_text(explanation_of(clock))), clauses]
    return NextStep(
        title=_("%(what)s до %(when)s", what=name, when=formatting.deadline(clock.due_at, zone=at.rules.zone)),
        text=". ".join(part.removesuffix(".") for part in text if part) + ".",
        actions=()
        if primary is None
        else (Link(label=primary.title, url=act_url(at.rules.slug, file.appeal.id, primary.action), primary=True),),
        holder="" if primary is not None else _holder(at, file, clock),
    )


def _holder(at: Desk, file: CaseFile, clock: Deadline) -> str:
    """Say who has the next step, or what it waits for, where this person has no button for it."""
    if not any(clock.term in verb.terms for verb in VERBS.values()):
        return _("Сообщение отправляет система. Если оно не ушло, проверьте телефон и почту апеллянта.")
    who = labels.role_name(clock.owed_by, at.rules.bodies)
    if clock.term in CONSIDERATION and file.appeal.state is not State.HEARING:
        if file.hearing is None:
            return _("Сначала нужно назначить время рассмотрения. Решение принимает %(who)s.", who=who)
        when = formatting.moment(file.hearing.starts_at, zone=at.rules.zone)
        return _("Рассмотрение назначено на %(when)s.", when=when)
    return _("Это делает %(who)s.", who=who)


def closing(at: Desk, appeal: Appeal) -> Alert | None:
    """Say how a closed case ended; None for an open one."""
    if appeal.state is not State.CLOSED or appeal.outcome is None or appeal.closed_at is None:
        return None
    return Alert(
        title=_("Дело закрыто: %(outcome)s", outcome=labels.OUTCOMES[appeal.outcome].text.lower()),
        text=_("Закрыто %(when)s.", when=formatting.moment(appeal.closed_at, zone=at.rules.zone)),
        live=False,
    )


def standing(at: Desk, appeal: Appeal) -> Alert | None:
    """Say why and since when a case stands still; None for one that goes on."""
    suspension = current(at.session, appeal.id) if appeal.state is State.SUSPENDED else None
    if suspension is None:
        return None
    act = Act(number=suspension.act_number, day=suspension.act_date)
    return Alert(
        title=_("Дело приостановлено: %(cause)s", cause=CAUSES[suspension.reason].label),
        text=_(
            "С %(when)s, документ %(act)s. Сроки стоят: их дни не считаются, пока дело не возобновят.",
            when=formatting.moment(suspension.began_at, zone=at.rules.zone),
            act=act.text,
        ),
        tone=Tone.WARN,
        live=False,
    )


# --- Course -----------------------------------------------------------------------------------------------------------


def course(at: Desk, file: CaseFile, words: Mapping[str, Step]) -> tuple[TimelineStep, ...]:
    """Return the steps of a case in the order of the process: done with their time, the present one, those ahead."""
    appeal = file.appeal
    clocks = _clocks_of_round(file)
    owed = open_obligations(list(clocks.values()))
    here = owed[0].term if owed else None
    found = [_done(at, _("Подана"), file.appeal.filed_at)]
    for term in _terms(at, file, clocks):
        clock = clocks.get(term)
        step = words[term]
        if clock is not None and clock.met_at is not None:
            found.append(_done(at, step.done, clock.met_at))
        elif term.endswith(".registration") and clock is None and appeal.registered_at is not None:
            found.append(_done(at, step.done, appeal.registered_at))
        elif appeal.state is not State.CLOSED:
            when = ""
            if clock is not None and is_open(clock):
                when = _("до %(when)s", when=formatting.deadline(clock.due_at, zone=at.rules.zone, year=False))
            state = StepState.HERE if term == here else StepState.AHEAD
            found.append(TimelineStep(name=step.todo, state=state, when=when))
    if appeal.state is State.CLOSED and "case.close" not in {t for t, clock in clocks.items() if clock.met_at}:
        name = labels.OUTCOMES[appeal.outcome].text if appeal.outcome is not None else words["case.close"].done
        found.append(_done(at, name, appeal.closed_at or at.now))
    return tuple(found)


def _done(at: Desk, name: str, when: datetime) -> TimelineStep:
    return TimelineStep(name=name, state=StepState.DONE, when=formatting.moment(when, zone=at.rules.zone, year=False))


def _clocks_of_round(file: CaseFile) -> dict[str, Deadline]:
    """The clock of each term in the case's present round: the open one, else the one that was met last."""
    found: dict[str, Deadline] = {}
    own = [clock for clock in file.clocks if clock.round == file.appeal.round]
    for clock in sorted(own, key=lambda clock: (is_open(clock), clock.met_at is not None, clock.starts_at)):
        found[clock.term] = clock
    return found


def _terms(at: Desk, file: CaseFile, clocks: Mapping[str, Deadline]) -> Iterator[str]:
    appeal, kind = file.appeal, str(file.appeal.kind)
    score = appeal.kind is AppealKind.SCORE
    yield from dict.fromkeys(step.term for step in channel_of(at, appeal).forwarding)
    yield from (term for term in (CHECK,) if term in clocks)
    yield f"{kind}.registration"
    yield from (term for term in ("withdrawal.forwarding", "withdrawal.entry") if term in clocks)
    if score:
        yield from ("kit.request", "kit.receipt")
        if at.rules.needs_expert(file.exam.subject_code):
            yield from ("expert.assignment", "expert.conclusion")
    yield from ("hearing.schedule", "hearing.announcement", appeal.consideration_term, "decision.notice")
    yield from ("protocol.handover", entry_term(appeal))
    if score:
        yield "recalculation.dispatch"
    if appeal.outcome in CHANGING:
        yield "recalculation.federal"
    if appeal.outcome in (*CHANGING, Outcome.SATISFIED, Outcome.REFERRED):
        yield "approval"
    yield "case.close"

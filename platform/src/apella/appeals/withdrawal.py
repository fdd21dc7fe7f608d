"""Taking an appeal back: while its window is open and before the consideration of this case begins (A12, E17).

The appointed time alone ends nothing: opening the hearing does (`end_window`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.mandates import require_power
from apella.appeals.model import Appeal, Applicant
from apella.appeals.repository import case_or_refusal
from apella.appeals.route import WITHDRAWAL, channel_of, comes_to, next_hand, withdrawal_holder
from apella.appeals.states import Action, IllegalTransition, Outcome, State
from apella.deadlines import service as deadlines
from apella.errors import Conflict, Malformed, RuleViolation
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.regions.codes import PowerCode
from apella.regions.values.filing import ForwardingStep

SELF = (Role.PARTICIPANT, Role.PARENT, Role.PROXY)
BEGUN = (State.HEARING, State.DECIDED, State.IN_EXCHANGE)
"""States in which the commission has begun to consider the case, or has done so."""


def withdraw(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Appeal:
    """Close a case at its appellant's wish.

    The appellant withdraws in the cabinet while the window is open, and where the region has a form for that, the
    application is made of it in the background; the secretary enters a paper withdrawal that a door
    accepted while it was, however late the entry is (reading C3). Raises RuleViolation after the window, and with a
    code of its own (`withdrawal.begun`) once the consideration has begun.
    """
    appeal, role = _take(desk, case_id, action="withdraw", version=version)
    if role in SELF:
        if role is Role.PROXY:
            require_power(desk.actor, PowerCode.WITHDRAW, exam_of(desk, appeal), rules=desk.rules)
        elif str(role) not in desk.rules.withdrawal.applicants:
            raise RuleViolation("По правилам региона вы апелляцию не отзываете.", code="withdrawal.applicant")
        _require_door(desk, appeal, Role.PARTICIPANT)
        _use_window(desk, appeal)
        met = desk.meet_term(appeal.id, window_term(appeal))
    elif appeal.withdrawal_accepted_at is None:
        raise Conflict(
            "Сначала заявление об отзыве принимают там, где по правилам региона его подают.",
            code="withdrawal.not_accepted",
        )
    else:
        met = desk.meet_term(appeal.id, "withdrawal.entry")
    lifecycle.end(
        desk, appeal, Action.WITHDRAW, Outcome.WITHDRAWN, role=role, due_at=None if met is None else met.due_at
    )
    form = desk.rules.withdrawal.form
    if role in SELF and form is not None:
        enqueue(
            desk.session,
            season_id=appeal.season_id,
            job="documents.make",
            args={"case": str(appeal.id), "form": form, "occasion": "1"},
            dedup_key=f"documents.make:{appeal.id}:{form}:1",
        )
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "appeal_withdrawn", "occasion": "1"},
        dedup_key=f"notices.tell:{appeal.id}:appeal_withdrawn:1",
    )
    return appeal


def accept_withdrawal(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    application_date: date | None = None,
    application_by: Applicant | None = None,
) -> Appeal:
    """Take in a paper withdrawal at a door: the case may not be heard from this moment on (reading C3).

    The application's date and signer are recorded. Raises Malformed for those that cannot be, and, in a region that
    takes withdrawals in by a written application alone, where one of them is missing; RuleViolation as `withdraw`.

    Where the region has withdrawals go the way of the appeal, each hand owes its step; elsewhere, and at the
    commission's own door, the secretary owes the entry.
    """
    appeal, role = _take(desk, case_id, action="accept_withdrawal", version=version)
    _require_door(desk, appeal, role)
    _use_window(desk, appeal)
    _require_application(desk, appeal, application_date, application_by)
    appeal.withdrawal_accepted_at = desk.now
    appeal.withdrawal_application_date = application_date
    appeal.withdrawal_application_by = application_by
    desk.meet_term(appeal.id, window_term(appeal))
    after: dict[str, object] = {"at": desk.now.isoformat()}
    if application_date is not None:
        after |= {"application": application_date.isoformat(), "by": application_by}
    lifecycle.note(desk, appeal, tag="appeal:withdrawal:accepted", role=role, after=after)
    first = next((step for step in channel_of(desk, appeal).forwarding if step.role == role), None)
    _wait_for(desk, appeal, first if desk.rules.withdrawal.forwarded else None)
    return appeal


def forward_withdrawal(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Appeal:
    """Hand a withdrawal on to the next hand, the last one to the commission. Raises Conflict for another's step."""
    appeal, role = lifecycle.take(desk, case_id, action="forward_withdrawal", version=version)
    step = withdrawal_holder(desk, appeal)
    if step is None or step.role not in desk.actor.roles:
        raise Conflict("Этот отзыв сейчас не у вас.", code="withdrawal.role")
    desk.meet_term(appeal.id, WITHDRAWAL)
    desk.session.flush()
    lifecycle.note(desk, appeal, tag="appeal:withdrawal:forwarded", role=role, after={"by": str(step.role)})
    following = next_hand(desk, appeal, step)
    if following is not None:
        comes_to(desk, appeal, following)
    _wait_for(desk, appeal, following)
    return appeal


def recount_window(desk: Desk, appeal: Appeal, *, hearing_at: datetime) -> None:
    """Count anew until when the appeal may be taken back, now that its hearing has a time."""
    _recount_window(desk, appeal, {"hearing_day": hearing_at})


def end_window(desk: Desk, appeal: Appeal, *, hearing_at: datetime) -> None:
    """End the right to take the appeal back now, because its consideration begins."""
    _recount_window(desk, appeal, {"hearing_day": hearing_at, "hearing_opened": desk.now})
    deadlines.cancel(desk.session, case_id=appeal.id, term_id=window_term(appeal), at=desk.now)


def window_term(appeal: Appeal) -> str:
    """The id of the term within which the appeal may be taken back."""
    return f"{appeal.kind}.withdrawal"


def _recount_window(desk: Desk, appeal: Appeal, events: Mapping[str, deadlines.Event]) -> None:
    deadlines.recount(
        desk.session,
        rules=desk.rules,
        actor=desk.actor,
        at=desk.now,
        case_id=appeal.id,
        term_id=window_term(appeal),
        events={"filed": appeal.filed_at, **events},
    )


def _take(desk: Desk, case_id: uuid.UUID, *, action: str, version: int | None) -> tuple[Appeal, Role]:
    """Take the case; where its hearing was opened first, say that, not just that the case has changed."""
    try:
        return lifecycle.take(desk, case_id, action=action, version=version)
    except (lifecycle.StaleVersion, IllegalTransition) as refusal:
        appeal = case_or_refusal(desk.session, desk.actor, case_id)
        if appeal.state not in BEGUN:
            raise
        raise RuleViolation(
            "Комиссия уже начала рассматривать эту апелляцию: отозвать её нельзя.",
            code="withdrawal.begun",
            clauses=desk.rules.terms[window_term(appeal)].grounds,
        ) from refusal


def _wait_for(desk: Desk, appeal: Appeal, step: ForwardingStep | None) -> None:
    """Say who has the withdrawal now: a hand on its way, or the secretary."""
    events = {"withdrawal_accepted": desk.now}
    if step is None:
        desk.start_term(appeal.id, appeal.round, "withdrawal.entry", events)
    else:
        desk.start_term(appeal.id, appeal.round, WITHDRAWAL, events, owed_by=Role(step.role))


def _require_door(desk: Desk, appeal: Appeal, role: Role) -> None:
    if not desk.rules.takes_withdrawal(kind=appeal.kind, role=role):
        raise RuleViolation("Отозвать апелляцию таким способом в регионе нельзя.", code="withdrawal.door")


def _require_application(desk: Desk, appeal: Appeal, day: date | None, signer: Applicant | None) -> None:
    """Refuse a withdrawal without its written application, where the region wants one, or with an impossible one."""
    rules = desk.rules.withdrawal
    if day is None and signer is None and not rules.written:
        return
    missing = {}
    if day is None:
        missing["application_date"] = "Укажите дату письменного заявления об отзыве"
    if signer is None:
        missing["application_by"] = "Отметьте, кто подписал заявление"
    if missing:
        raise Malformed(
            "Отзыв принимают по письменному заявлению: получите его и перенесите сюда дату и кто подписал.",
            code="withdrawal.no_application",
            fields=missing,
        )
    zone = desk.rules.zone
    if day is not None and not appeal.filed_at.astimezone(zone).date() <= day <= desk.now.astimezone(zone).date():
        raise Malformed(
            "Проверьте дату заявления об отзыве.",
            code="withdrawal.application_date",
            fields={"application_date": "Это день от подачи апелляции до сегодняшнего: спишите его с заявления"},
        )
    if signer is not None and signer not in rules.applicants:
        raise Malformed(
            "По правилам региона этот человек апелляцию не отзывает.",
            code="withdrawal.application_by",
            fields={"application_by": "Выберите из предложенных, кто подписал заявление"},
        )


def _use_window(desk: Desk, appeal: Appeal) -> None:
    """Refuse a withdrawal that was accepted already or comes after its window."""
    if appeal.withdrawal_accepted_at is not None:
        raise Conflict("Заявление об отзыве уже принято.", code="withdrawal.accepted")
    window = next(
        (clock for clock in deadlines.open_terms(desk.session, case_id=appeal.id) if clock.term == window_term(appeal)),
        None,
    )
    if window is None or desk.now >= window.limit_at:
        raise RuleViolation(
            "Срок отзыва истёк: апелляция будет рассмотрена.",
            code="withdrawal.too_late",
            clauses=tuple(window.clauses) if window is not None else (),
        )

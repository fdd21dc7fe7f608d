"""Giving a case its time and place, and beginning its hearing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from apella.appeals import lifecycle
from apella.appeals.application import check_proxy
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of, facts_of
from apella.appeals.filing_window import filing_events, published_for
from apella.appeals.model import Appeal, HearingMode, ProxyIssuer
from apella.appeals.repository import case_or_refusal
from apella.appeals.states import Action, AppealKind, Attendance, IllegalTransition, Outcome
from apella.appeals.suspension import stood_still_at
from apella.appeals.withdrawal import end_window, recount_window
from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation
from apella.errors import Conflict, Malformed, RuleViolation
from apella.experts.model import AssignmentState
from apella.experts.service import live_assignment
from apella.hearings.attending import Attendant, attendant, record_attendant, require_confirming
from apella.hearings.model import Hearing, HearingState
from apella.hearings.reminders import drop_reminder, renew_reminder
from apella.hearings.sessions import lock_queue, members_of, minutes_left, session_at
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.materials.model import KitState
from apella.materials.service import kit_of

WHOLE_MINUTE = timedelta(minutes=1)
FURTHEST = timedelta(days=366)
"""How far ahead a hearing may be planned: a later date is a slip of the pen."""


def hearing_of(desk: Desk, appeal: Appeal) -> Hearing | None:
    """The hearing that stands for the case's present round, if one was set."""
    return desk.session.scalars(
        select(Hearing).where(
            Hearing.case_id == appeal.id, Hearing.round == appeal.round, Hearing.state != HearingState.REPLACED
        )
    ).one_or_none()


def schedule(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    starts_at: datetime,
    site_code: str | None = None,
    reason: str | None = None,
) -> Hearing:
    """Give a case its time. `starts_at` is when the first part begins (the consultation, where there is one).

    Where the region's sessions stand for all, it is when a session begins, and the case takes the next place in its
    queue; with a live queue it is a time like any other, the order of arrival being the queue's own matter (D8).

    The time must lie after now, within the term of consideration, and leave the appellant the working day of notice
    that federal:98.6 asks for; a `reason` lets the secretary break the latter two knowingly, and stays on record.
    """
    appeal, role = lifecycle.take(desk, case_id, action="schedule", version=version)
    hearing = _plan(desk, appeal, starts_at, site_code, reason)
    met = desk.meet_term(appeal.id, "hearing.schedule")
    lifecycle.move(desk, appeal, Action.SCHEDULE, role=role, reason=reason, due_at=None if met is None else met.due_at)
    _announce(desk, appeal, hearing, event="hearing_scheduled")
    return hearing


def reschedule(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    starts_at: datetime,
    reason: str,
    site_code: str | None = None,
) -> Hearing:
    """Give a case another time; the earlier one stays on record and the appellant is told of the new one."""
    appeal, role = lifecycle.take(desk, case_id, action="reschedule", version=version)
    if not reason.strip():
        raise Malformed(
            "Укажите причину переноса.", code="reschedule.reason", fields={"reason": "Напишите, почему время меняется"}
        )
    earlier = hearing_of(desk, appeal)
    if earlier is not None:
        earlier.state = HearingState.REPLACED
        desk.session.flush()
    hearing = _plan(desk, appeal, starts_at, site_code, reason)
    lifecycle.move(desk, appeal, Action.RESCHEDULE, role=role, reason=reason)
    _announce(desk, appeal, hearing, event="hearing_moved")
    return hearing


def open_hearing(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    came: frozenset[str],
    identity_checked: bool,
    materials_confirmed: bool | None = None,
    proxy_issuer: ProxyIssuer | None = None,
    representation_id: uuid.UUID | None = None,
) -> Hearing:
    """Begin the hearing and write down who came (`participant`, `parent`, `proxy`).

    `representation_id` is the recorded parent or proxy who stands for the appellant there; with it, one of that kind
    came. `proxy_issuer` is who gave the power of attorney of a representative who is not recorded, by default whom the
    application names; where the region asks for it, one of them must.

    From here on the appeal cannot be taken back: not its appointed time, this deed is what ends that right (A12).

    Raises Conflict while something that the law wants before it is missing: the kit, the expert's conclusion
    (federal:101.8), the appointed time; or when the appeal was taken back, or a withdrawal accepted. Who is there must
    have been identified (federal:100.10), and confirms the materials in a score appeal (federal:101.7). A recorded
    representative must be in force and about this exam, and confirms the materials only by a power of attorney that
    gives it (see `attending`).
    """
    appeal, role = _take_to_hear(desk, case_id, version)
    hearing = hearing_of(desk, appeal)
    if hearing is None:
        raise Conflict("Время рассмотрения не назначено.", code="hearing.no_time")
    _require_ready(desk, appeal, hearing)
    representative = None if representation_id is None else attendant(desk, appeal, representation_id)
    if representative is not None:
        came |= {representative.kind}
    if not came:
        _require_waited(desk, appeal, hearing)
    if came and not identity_checked:
        raise Malformed(
            "Сначала проверьте документы пришедших.",
            code="hearing.identity",
            fields={"identity_checked": "Отметьте, что личность проверена"},
        )
    if came and appeal.kind is AppealKind.SCORE and materials_confirmed is None:
        raise Malformed(
            "Апеллянт подтверждает, что ему показали его работу.",
            code="hearing.materials",
            fields={"materials_confirmed": "Отметьте, подтвердил ли апеллянт материалы"},
        )
    if materials_confirmed:
        require_confirming(desk.rules, came, representative)
    issuer = _issuer(desk, appeal, proxy_issuer, representative, comes="proxy" in came)
    attendance = attendance_of(wanted=appeal.hearing_mode, came=came)
    lifecycle.move(desk, appeal, Action.OPEN_HEARING, role=role)
    appeal.attendance = attendance
    hearing.state = HearingState.OPEN
    hearing.opened_at = desk.now
    hearing.attendance = attendance
    hearing.proxy_issuer = issuer
    hearing.representation_id = representation_id
    hearing.identity_checked = identity_checked
    hearing.materials_confirmed = materials_confirmed
    if representative is not None:
        record_attendant(desk, appeal, representative, role=role)
    drop_reminder(desk, appeal)
    end_window(desk, appeal, hearing_at=hearing.starts_at)
    return hearing


def _take_to_hear(desk: Desk, case_id: uuid.UUID, version: int | None) -> tuple[Appeal, Role]:
    """Take the case; where its withdrawal was first, say that, not just that the case has changed."""
    try:
        return lifecycle.take(desk, case_id, action="open_hearing", version=version)
    except (lifecycle.StaleVersion, IllegalTransition) as refusal:
        if case_or_refusal(desk.session, desk.actor, case_id).outcome is Outcome.WITHDRAWN:
            raise Conflict("Апелляцию отозвали: рассматривать её нельзя.", code="hearing.withdrawn") from refusal
        raise


def attendance_of(*, wanted: HearingMode, came: frozenset[str]) -> Attendance:
    """Say how the appellant's side took part (glossary: attendance)."""
    if "participant" in came:
        return Attendance.PRESENT
    if came:
        return Attendance.REPRESENTED
    return Attendance.ABSENT_BY_CHOICE if wanted is HearingMode.IN_ABSENCE else Attendance.NO_SHOW


def _issuer(
    desk: Desk, appeal: Appeal, named: ProxyIssuer | None, representative: Attendant | None, *, comes: bool
) -> ProxyIssuer | None:
    """Who gave the power of attorney: as it is recorded, else as it is named now or in the application."""
    recorded = None if representative is None else representative.issuer
    if recorded is None:
        issuer = named or (appeal.proxy_issuer if comes else None)
        check_proxy(desk.rules.presence.proxy, issuer, comes=comes)
        return issuer
    if named not in (None, recorded):
        raise Malformed(
            "Проверьте сведения о доверенности.",
            code="presence.proxy_issuer",
            fields={"proxy_issuer": "В записанной доверенности указан другой: уберите ответ, он уже известен"},
        )
    return recorded


def _plan(desk: Desk, appeal: Appeal, starts_at: datetime, site_code: str | None, reason: str | None) -> Hearing:
    if appeal.withdrawal_accepted_at is not None:
        raise Conflict("По делу принят отзыв: внесите его в журнал.", code="hearing.withdrawn")
    if starts_at <= desk.now:
        raise Malformed("Назначьте время в будущем.", code="hearing.past", fields={"starts_at": "Это время уже прошло"})
    if starts_at > desk.now + FURTHEST:
        raise Malformed(
            "Назначьте время в пределах года.", code="hearing.too_far", fields={"starts_at": "Это время слишком далеко"}
        )
    starts_at = starts_at.replace(second=0, microsecond=0)
    facts = facts_of(desk, appeal)
    parts = desk.rules.hearing_parts(facts)
    choice = desk.rules.choose_site(facts)
    chosen = choice.site_code or (site_code if choice.by_hand else None)
    if choice.by_hand and (chosen is None or desk.rules.sites.get(chosen) is None):
        raise Malformed("Выберите пункт рассмотрения.", code="hearing.site", fields={"site_code": choice.reason})
    site = None if chosen is None else desk.rules.sites.get(chosen)
    begins = starts_at + timedelta(minutes=sum(part.minutes for part in parts[:-1]))
    _require_lawful(desk, appeal, begins, reason)
    length = sum(part.minutes for part in parts)
    hearing = Hearing(
        season_id=appeal.season_id,
        case_id=appeal.id,
        round=appeal.round,
        state=HearingState.PLANNED,
        mode=appeal.hearing_mode,
        site_code=chosen,
        place=desk.rules.hearing.video_system if site is None else ", ".join(filter(None, (site.name, site.address))),
        consultation_at=starts_at if len(parts) > 1 else None,
        starts_at=begins,
        ends_at=begins + timedelta(minutes=parts[-1].minutes),
        queue_number=_place_in_session(desk, appeal, starts_at, minutes=length, reason=reason),
    )
    desk.session.add(hearing)
    desk.session.flush()
    recount_window(desk, appeal, hearing_at=hearing.starts_at)
    return hearing


def _place_in_session(
    desk: Desk, appeal: Appeal, starts_at: datetime, *, minutes: int, reason: str | None
) -> int | None:
    """The place in the queue of the session that begins then; None where each case has a time of its own.

    Raises RuleViolation for an hour at which no session begins and for a session without room, unless the secretary
    says why: then it is an extraordinary time, or a longer session.
    """
    plan, knowingly = desk.rules.hearing.plan, bool((reason or "").strip())
    if plan.strategy != "session":
        return None
    session = session_at(plan, starts_at, desk.rules.zone)
    if session is None:
        if knowingly:
            return None
        raise RuleViolation(
            "В это время заседание не начинается. Выберите одно из заседаний или укажите причину.",
            code="hearing.no_session",
            clauses=plan.clauses,
        )
    lock_queue(desk, session)
    members = members_of(desk, session, but=appeal.id)
    if minutes_left(session, members) < minutes and not knowingly:
        raise RuleViolation(
            "На этом заседании больше нет времени. Выберите другое или укажите причину.",
            code="hearing.session_full",
            clauses=plan.clauses,
        )
    return max((one.queue_number or 0 for one in members), default=0) + 1


def _require_lawful(desk: Desk, appeal: Appeal, begins: datetime, reason: str | None) -> None:
    """Refuse a time that breaks a term, unless the secretary says why it must be."""
    limit = next(
        (
            clock
            for clock in deadlines.open_terms(desk.session, case_id=appeal.id)
            if clock.term == appeal.consideration_term
        ),
        None,
    )
    told = announcement(desk, appeal, begins)
    if (reason or "").strip():
        return
    if limit is not None and begins >= limit.due_at:
        raise RuleViolation(
            "Это время позже срока рассмотрения. Выберите более раннее или укажите причину.",
            code="hearing.after_limit",
            clauses=tuple(limit.clauses),
        )
    if told.is_over(desk.now):
        raise RuleViolation(
            "До рассмотрения не остаётся рабочего дня на уведомление. Выберите время позже или укажите причину.",
            code="hearing.notice_too_short",
            clauses=told.clauses,
        )


def announcement(desk: Desk, appeal: Appeal, hearing_at: datetime) -> Explanation:
    """Count until when the appellant must be told of a hearing at that time."""
    exam = exam_of(desk, appeal)
    return deadlines.explain(
        desk.rules,
        "hearing.announcement",
        {**filing_events(appeal.kind, exam, rechecked_on=appeal.rechecked_on), "hearing_day": hearing_at},
        published=published_for(desk, appeal.kind, exam, rechecked_on=appeal.rechecked_on),
    )


def _announce(desk: Desk, appeal: Appeal, hearing: Hearing, *, event: str) -> None:
    """Tell the appellant the time and the place: an announcement without a place is none (federal:98.6)."""
    if not hearing.place.strip():
        raise RuleViolation(
            "Сообщить о рассмотрении без места нельзя: укажите название и адрес пункта в таблице пунктов региона.",
            code="hearing.no_place",
            clauses=("federal:98.6", "federal:98.7"),
        )
    desk.meet_term(appeal.id, "hearing.announcement")
    desk.session.flush()
    counted = announcement(desk, appeal, hearing.starts_at)
    desk.start_term(appeal.id, appeal.round, "hearing.announcement", counted.given, counted=counted)
    renew_reminder(desk, appeal, hearing)
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": event, "occasion": str(hearing.id)},
        dedup_key=f"notices.tell:{appeal.id}:{event}:{hearing.id}",
    )


def _require_waited(desk: Desk, appeal: Appeal, hearing: Hearing) -> None:
    """Refuse to begin without somebody who wanted to come before the region's minutes of waiting are over (C13, C14).

    They run from the hearing's own time, not from the consultation's; the last minute of them is waited to its end.
    """
    if appeal.hearing_mode is HearingMode.IN_ABSENCE:
        return
    waiting = deadlines.explain(desk.rules, "hearing.no_show", {"hearing_time": hearing.starts_at})
    if waiting.due is not None and desk.now < waiting.due + WHOLE_MINUTE:
        raise RuleViolation(
            f"Апеллянт собирался участвовать: его ждут до {waiting.due.astimezone(desk.rules.zone):%H:%M} "
            "включительно, и только потом рассматривают апелляцию без него.",
            code="hearing.waiting",
            clauses=waiting.clauses,
        )


def _require_ready(desk: Desk, appeal: Appeal, hearing: Hearing) -> None:
    if appeal.withdrawal_accepted_at is not None:
        raise Conflict("По делу принят отзыв: рассматривать его нельзя.", code="hearing.withdrawn")
    if appeal.filed_late and appeal.admitted_late_reason is None:
        raise Conflict(
            "Апелляция подана поздно: её допускает председатель или отклоняет секретарь.", code="hearing.late"
        )
    if desk.now < hearing.starts_at:
        raise Conflict("Назначенное время ещё не наступило.", code="hearing.too_early")
    if stood_still_at(desk.session, appeal.id, hearing.starts_at):
        raise Conflict(
            "В назначенное время дело было приостановлено: назначьте новое время.", code="hearing.stood_still"
        )
    if appeal.kind is not AppealKind.SCORE:
        return
    kit = kit_of(desk, appeal)
    if kit is None or kit.state is not KitState.RECEIVED:
        raise Conflict("Апелляционный комплект ещё не получен.", code="hearing.no_kit")
    if desk.rules.needs_expert(exam_of(desk, appeal).subject_code):
        assignment = live_assignment(desk, appeal)
        if assignment is None or assignment.state is not AssignmentState.CONCLUDED:
            raise Conflict("Заключения эксперта ещё нет.", code="hearing.no_conclusion")

"""A case that stands still: by whose act it stops, who looks at it meanwhile, how it goes on, comes back or ends.

The exam commission orders an inquiry; the federal centre asks for papers or stops its recalculation; a satisfied
procedure appeal makes the disputed result void (readings A41, E6). Terms stand still with the case, and one stays
open: the day on which a named role looks at it next (architecture rule 9).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, Suspension
from apella.appeals.states import Action, AppealKind, Outcome, State, SuspensionReason, target_of
from apella.deadlines import service as deadlines
from apella.deadlines.explain import day_of
from apella.errors import Conflict, Forbidden, Malformed, RuleViolation
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.registry.model import Work

REVIEW = "suspension.review"
ANSWER = "federal_request.answer"
UNDECIDED = frozenset({Outcome.WITHDRAWN, Outcome.INADMISSIBLE, Outcome.MOOT})
"""Outcomes without a decision: nothing of it could be looked into."""

MAY_STAND_STILL = (State.REGISTERED, State.SCHEDULED, State.HEARING, State.DECIDED, State.IN_EXCHANGE)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A reason in words: after «Дело приостановлено:» and, for the trace of a term, after «срок приостановлен:».

    `looks` is the role that looks at the case next; `by` are those whose act it is.
    """

    label: str
    looks: Role
    by: frozenset[Role]


CAUSES: Mapping[SuspensionReason, Cause] = {
    SuspensionReason.INVESTIGATION: Cause(
        label="служебное расследование",
        looks=Role.EXAM_COMMISSION_CHAIR,
        by=frozenset({Role.EXAM_COMMISSION_CHAIR}),
    ),
    SuspensionReason.FEDERAL_CENTRE: Cause(
        label="запрос или указание федерального центра",
        looks=Role.DATA_CENTRE_OPERATOR,
        by=frozenset({Role.EXAM_COMMISSION_CHAIR, Role.DATA_CENTRE_OPERATOR}),
    ),
    SuspensionReason.ANNULMENT: Cause(
        label="результат экзамена аннулирован",
        looks=Role.CHAIR,
        by=frozenset({Role.EXAM_COMMISSION_CHAIR}),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """The paper by which somebody acts: an order, a protocol, a letter."""

    number: str
    day: date

    @property
    def text(self) -> str:
        """«№ 12 от 20.06.2026»."""
        return f"№ {self.number} от {self.day:%d.%m.%Y}"


# --- Stopping ---------------------------------------------------------------------------------------------------------


def suspend(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    reason: SuspensionReason,
    act: Act,
    documents_requested: bool = False,
) -> Suspension:
    """Let a case and its running terms stand still, by an act.

    `documents_requested`: the federal centre waits for papers of the case, and the commission's term to give them
    begins now. Raises Forbidden for a reason that is another's, RuleViolation where the reason does not fit the case,
    Conflict when the same participant has another open appeal in the place of a closed one.
    """
    appeal, role = lifecycle.take(desk, case_id, action="suspend", version=version)
    if role not in CAUSES[reason].by:
        raise Forbidden("Приостановить дело по этой причине может другой участник процесса.", code="suspension.reason")
    if reason is SuspensionReason.ANNULMENT and not is_void(desk, appeal):
        raise RuleViolation("Результат экзамена по этому делу не аннулирован.", code="suspension.not_annulled")
    if documents_requested and reason is not SuspensionReason.FEDERAL_CENTRE:
        raise Malformed(
            "Документы запрашивает федеральный центр: выберите эту причину.",
            code="suspension.documents",
            fields={"documents_requested": "Уберите отметку или выберите причину «федеральный центр»"},
        )
    if appeal.state is State.CLOSED:
        _require_decided(desk, appeal)
    return _stop(desk, appeal, reason, _checked(desk, act), role=role, documents_requested=documents_requested)


def suspend_annulled(desk: Desk, *, work_id: uuid.UUID, act: Act, role: Role) -> None:
    """Let the open score appeals on a work stand still because its result was annulled (reading E6).

    They end as moot by the commission's act; those on their way to the commission stop when it receives them.
    """
    pending = desk.session.scalars(
        select(Appeal)
        .where(Appeal.work_id == work_id, Appeal.kind == AppealKind.SCORE, Appeal.state.in_(MAY_STAND_STILL))
        .order_by(Appeal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for appeal in pending:
        _stop(desk, appeal, SuspensionReason.ANNULMENT, act, role=role)


def stop_if_void(desk: Desk, appeal: Appeal) -> None:
    """Let a score appeal stand still that the commission has just received on a result annulled meanwhile (E6)."""
    if not is_void(desk, appeal):
        return
    work = desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id))
    if work.annulled_act_number is None or work.annulled_act_date is None:
        raise RuntimeError("a result was annulled by no act")
    act = Act(number=work.annulled_act_number, day=work.annulled_act_date)
    _stop(desk, appeal, SuspensionReason.ANNULMENT, act, role=None)


def _stop(
    desk: Desk,
    appeal: Appeal,
    reason: SuspensionReason,
    act: Act,
    *,
    role: Role | None,
    documents_requested: bool = False,
) -> Suspension:
    suspension = Suspension(
        case_id=appeal.id,
        round=appeal.round,
        reason=reason,
        from_state=appeal.state,
        act_number=act.number,
        act_date=act.day,
        documents_requested=documents_requested,
        began_at=desk.now,
        began_by=desk.actor.person_id,
    )
    desk.session.add(suspension)
    appeal.returns_to = appeal.state
    appeal.suspended_for = reason
    appeal.closed_at = None
    lifecycle.move(desk, appeal, Action.SUSPEND, role=role, reason=str(reason), act=act.text)
    # What was begun in this very work is a row already, so that it stands still with the rest.
    desk.session.flush()
    deadlines.suspend_all(
        desk.session, rules=desk.rules, case_id=appeal.id, at=desk.now, cause=f"{CAUSES[reason].label}, {act.text}"
    )
    _look_next(desk, appeal, reason)
    if documents_requested:
        desk.start_term(appeal.id, appeal.round, ANSWER, {"federal_request_received": desk.now})
    _tell(desk, appeal, suspension, "appeal_suspended")
    return suspension


def _require_decided(desk: Desk, appeal: Appeal) -> None:
    if appeal.outcome is None or appeal.outcome in UNDECIDED:
        raise RuleViolation(
            "Это дело закрыто без решения комиссии: приостанавливать нечего.", code="suspension.no_decision"
        )
    same = and_(Appeal.person_id == appeal.person_id, Appeal.exam_id == appeal.exam_id, Appeal.kind == appeal.kind)
    if desk.session.scalar(select(exists().where(same, Appeal.id != appeal.id, Appeal.state != State.CLOSED))):
        raise Conflict(
            "У участника есть другая открытая апелляция на этот экзамен: сначала закончите её.",
            code="suspension.other_open",
        )


# --- Meanwhile --------------------------------------------------------------------------------------------------------


def answer_request(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Suspension:
    """Note that the commission gave the data centre the papers that the federal centre asked for."""
    appeal, role = lifecycle.take(desk, case_id, action="answer_request", version=version)
    suspension = _open_suspension(desk, appeal)
    if not suspension.documents_requested or suspension.answered_at is not None:
        raise Conflict("Запроса документов по делу нет, или на него уже ответили.", code="suspension.no_request")
    suspension.answered_at = desk.now
    desk.meet_term(appeal.id, ANSWER)
    lifecycle.note(desk, appeal, tag="appeal:federal_request:answered", role=role, after={"round": appeal.round})
    return suspension


def review(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Suspension:
    """Note that a suspended case was looked at and has to wait on, and set the next day to look at it."""
    appeal, role = lifecycle.take(desk, case_id, action="review_suspension", version=version)
    suspension = _open_suspension(desk, appeal)
    if role not in _lookers(suspension.reason):
        raise Forbidden("За этим приостановленным делом следит другой участник процесса.", code="suspension.review")
    desk.meet_term(appeal.id, REVIEW)
    desk.session.flush()
    _look_next(desk, appeal, suspension.reason)
    lifecycle.note(desk, appeal, tag="appeal:suspension:reviewed", role=role, after={"reason": str(suspension.reason)})
    return suspension


def _look_next(desk: Desk, appeal: Appeal, reason: SuspensionReason) -> None:
    desk.start_term(appeal.id, appeal.round, REVIEW, {"suspended": desk.now}, owed_by=CAUSES[reason].looks)


def _lookers(reason: SuspensionReason) -> frozenset[Role]:
    looks = CAUSES[reason].looks
    return frozenset({looks, Role.DEPUTY_CHAIR}) if looks is Role.CHAIR else frozenset({looks})


# --- Going on, coming back, ending ------------------------------------------------------------------------------------


def resume(desk: Desk, *, case_id: uuid.UUID, version: int | None, act: Act, outside_told: bool = False) -> Appeal:
    """Let a case go on where it stood; the days of the pause do not count in its terms.

    `outside_told`: who reported the matter was told what the inquiry found, without which its case stays where it is.
    """
    appeal, role = lifecycle.take(desk, case_id, action="resume", version=version)
    suspension = _open_suspension(desk, appeal)
    if role not in CAUSES[suspension.reason].by:
        raise Forbidden("Возобновить это дело может другой участник процесса.", code="suspension.reason")
    if suspension.reason is SuspensionReason.ANNULMENT and is_void(desk, appeal):
        raise RuleViolation(
            "Результат экзамена аннулирован: рассматривать дальше нечего, дело прекращает председатель комиссии.",
            code="resume.annulled",
        )
    _require_finished(suspension, outside_told=outside_told)
    _close_suspension(desk, suspension, _checked(desk, act), outside_told=outside_told)
    desk.meet_term(appeal.id, REVIEW)
    desk.session.flush()
    reason, back = suspension.reason, target_of(appeal.kind, appeal.state, Action.RESUME, appeal.returns_to)
    if back is State.CLOSED:
        appeal.closed_at = desk.now
    lifecycle.move(desk, appeal, Action.RESUME, role=role, reason=str(reason), act=act.text)
    appeal.returns_to = appeal.suspended_for = None
    deadlines.resume_all(desk.session, rules=desk.rules, actor=desk.actor, case_id=appeal.id, at=desk.now)
    _tell(desk, appeal, suspension, "appeal_resumed")
    return appeal


def reopen(desk: Desk, *, case_id: uuid.UUID, version: int | None, act: Act, outside_told: bool = False) -> Appeal:
    """Bring a decided case back to the commission for a new round; the earlier decision stays beside the new one.

    The law's four working days are not renewed: an advice term says by when to decide (reading A41). Raises
    RuleViolation for a case without a decision, whose own term of consideration runs on.
    """
    appeal, role = lifecycle.take(desk, case_id, action="reopen", version=version)
    suspension = _open_suspension(desk, appeal)
    if suspension.reason is SuspensionReason.ANNULMENT:
        raise RuleViolation("Результат экзамена аннулирован: пересматривать нечего.", code="reopen.annulled")
    if appeal.outcome is None:
        raise RuleViolation(
            "Решения по делу ещё не было: возобновите его, и срок рассмотрения пойдёт дальше.",
            code="reopen.no_decision",
        )
    _require_finished(suspension, outside_told=outside_told)
    _close_suspension(desk, suspension, _checked(desk, act), outside_told=outside_told)
    desk.meet_term(appeal.id, REVIEW)
    desk.session.flush()
    deadlines.cancel_all(desk.session, case_id=appeal.id, at=desk.now)
    appeal.round += 1
    appeal.reopened_at = desk.now
    appeal.outcome = appeal.attendance = appeal.expert_person_id = appeal.close_reason = None
    lifecycle.move(desk, appeal, Action.REOPEN, role=role, reason=str(suspension.reason), act=act.text)
    appeal.returns_to = appeal.suspended_for = None
    events = {"registered": desk.now, "reopened": desk.now}
    terms = [appeal.consideration_term, "hearing.schedule"]
    for term in (*terms, "kit.request") if appeal.kind is AppealKind.SCORE else terms:
        desk.start_term(appeal.id, appeal.round, term, events)
    _tell(desk, appeal, suspension, "appeal_reopened")
    return appeal


def declare_moot(desk: Desk, *, case_id: uuid.UUID, version: int | None, act: Act) -> Appeal:
    """Close a score appeal whose result was annulled, by the commission's act (reading E6)."""
    appeal, role = lifecycle.take(desk, case_id, action="declare_moot", version=version)
    if not is_void(desk, appeal):
        raise RuleViolation(
            "Результат экзамена не аннулирован: апелляцию нужно рассмотреть.", code="declare_moot.not_annulled"
        )
    checked = _checked(desk, act)
    suspension = current(desk.session, appeal.id)
    if suspension is not None:
        _close_suspension(desk, suspension, checked, outside_told=False)
        desk.meet_term(appeal.id, REVIEW)
        desk.session.flush()
    lifecycle.end(desk, appeal, Action.DECLARE_MOOT, Outcome.MOOT, role=role, act=act.text)
    appeal.returns_to = appeal.suspended_for = None
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "appeal_moot", "occasion": str(appeal.round)},
        dedup_key=f"notices.tell:{appeal.id}:appeal_moot:{appeal.round}",
    )
    return appeal


def _require_finished(suspension: Suspension, *, outside_told: bool) -> None:
    """Refuse to go on while what the case stood still for is not over."""
    if suspension.documents_requested and suspension.answered_at is None:
        raise Conflict(
            "Комиссия ещё не передала документы, которые запросил федеральный центр.", code="suspension.unanswered"
        )
    if suspension.reason is SuspensionReason.INVESTIGATION and not outside_told:
        raise Malformed(
            "Сначала сообщите о результатах расследования тем, кто передал сведения.",
            code="suspension.not_told",
            fields={"outside_told": "Отметьте, что Рособрнадзор и федеральный центр знают результаты"},
        )


def _close_suspension(desk: Desk, suspension: Suspension, act: Act, *, outside_told: bool) -> None:
    suspension.ended_at = desk.now
    suspension.ended_by = desk.actor.person_id
    suspension.end_act_number = act.number
    suspension.end_act_date = act.day
    suspension.outside_told = outside_told


# --- Reading ----------------------------------------------------------------------------------------------------------


def current(session: Session, case_id: uuid.UUID) -> Suspension | None:
    """The suspension that lasts, if the case stands still."""
    return session.scalars(
        select(Suspension).where(Suspension.case_id == case_id, Suspension.ended_at.is_(None))
    ).one_or_none()


def stood_still_at(session: Session, case_id: uuid.UUID, moment: datetime) -> bool:
    """Whether the case stood still at a moment (case time): what was planned for it did not take place."""
    then = and_(Suspension.began_at <= moment, or_(Suspension.ended_at.is_(None), Suspension.ended_at > moment))
    return bool(session.scalar(select(exists().where(Suspension.case_id == case_id, then))))


def is_void(desk: Desk, appeal: Appeal) -> bool:
    """Whether a score appeal disputes a result that was annulled (federal:99.11)."""
    if appeal.kind is not AppealKind.SCORE or appeal.work_id is None:
        return False
    return desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id)).annulled_at is not None


def _open_suspension(desk: Desk, appeal: Appeal) -> Suspension:
    found = current(desk.session, appeal.id)
    if found is None:
        raise RuntimeError("a suspended case has no suspension")
    return found


def _checked(desk: Desk, act: Act) -> Act:
    """Refuse an act without a number or from the future. Raises Malformed."""
    fields = {}
    if not act.number.strip():
        fields["basis_number"] = "Укажите номер документа"
    if act.day > day_of(desk.now, desk.rules.zone):
        fields["basis_date"] = "Эта дата ещё не наступила"
    if fields:
        raise Malformed("Проверьте документ, на основании которого вы действуете.", code="basis.fields", fields=fields)
    return act


def _tell(desk: Desk, appeal: Appeal, suspension: Suspension, event: str) -> None:
    desk.session.flush()
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": event, "occasion": str(suspension.id)},
        dedup_key=f"notices.tell:{appeal.id}:{event}:{suspension.id}",
    )

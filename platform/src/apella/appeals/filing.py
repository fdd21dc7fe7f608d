"""Filing an appeal, at every door: the participant's cabinet, the school's desk, the queue clerk, the exam point."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Insert, select
from sqlalchemy import func as sql
from sqlalchemy.exc import IntegrityError

from apella.appeals import lifecycle
from apella.appeals.application import Presence, check_application, check_proxy, check_site, hearing_mode
from apella.appeals.arrival import filing_moment
from apella.appeals.desk import Desk
from apella.appeals.filing_window import filing_window, recheck_of
from apella.appeals.mandates import require_power
from apella.appeals.model import Appeal, NumberSeries
from apella.appeals.numbers import next_numbers
from apella.appeals.receipt import enter, start_check, start_terms
from apella.appeals.repository import own_work
from apella.appeals.states import AppealKind, State
from apella.audit.trail import Attempt, record
from apella.db.ids import new_id
from apella.deadlines.explain import Explanation
from apella.errors import Conflict, Forbidden, NotFound, RuleViolation
from apella.identity.erased import refuse_erased
from apella.identity.model import Category, Person
from apella.identity.permissions import require
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.regions.book import record_rules
from apella.regions.codes import PowerCode
from apella.regions.values.filing import Channel
from apella.registry.model import Exam, Organisation, Work
from apella.tenancy.model import Commission, SeasonDecision

AT_A_DESK = (Role.SCHOOL_OPERATOR, Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK)
"""Operators of an organisation: they file for its own people only (federal:100.4, federal:100.5)."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """What is filed. `channel` is a door of the tenant; `disputed` names scoring positions such as «C3».

    `filed_at` and `outside_number` are given at the doors where an appeal has arrived before it is entered
    (`apella.appeals.arrival`). `remote_site` is the code of the site that the applicant would come to. `phone` and
    `email` are where the applicant wants to be told; empty means those on record. `statement` says, for a procedure
    appeal, what was done wrong.
    """

    kind: AppealKind
    channel: str
    work_id: uuid.UUID
    presence: Presence
    hearing_mode: str | None = None
    forms_confirmed: bool | None = None
    disputed: tuple[str, ...] = ()
    statement: str | None = None
    phone: str | None = None
    email: str | None = None
    filed_at: datetime | None = None
    outside_number: str | None = None
    remote_site: str | None = None


class FilingRefused(RuleViolation):
    """The rule refuses this filing at a self-service door; `explanation` counts the window for the applicant."""

    code = "filing.refused"

    def __init__(self, message: str, *, code: str, explanation: Explanation, clauses: tuple[str, ...]) -> None:
        super().__init__(message, code=code, clauses=clauses)
        self.explanation = explanation


class AlreadyFiled(Conflict):
    """There is an open appeal of this kind on this exam."""

    code = "filing.already_filed"


def channel_for(desk: Desk, application: Application, person: Person, decisions: frozenset[str]) -> Channel:
    """The tenant's door for this appeal; raises RuleViolation where there is none for this kind or category.

    `decisions` are those of the exam commission for the season.
    """
    channel = desk.rules.channel(
        kind=application.kind, category=person.category or Category.STUDENT, code=application.channel
    )
    if channel is None:
        raise RuleViolation(
            "Через этот канал такую апелляцию не принимают. Посмотрите, где её можно подать, на странице подачи.",
            code="filing.channel",
            channel=application.channel,
        )
    if channel.decision is not None and channel.decision not in decisions:
        raise RuleViolation(
            "Электронная подача в этом сезоне не открыта: нет решения экзаменационной комиссии.",
            code="filing.no_decision",
            clauses=("federal:100.7",),
        )
    return channel


def decisions_of(desk: Desk) -> frozenset[str]:
    """The codes of the exam commission's decisions recorded for the season (federal:100.7)."""
    query = select(SeasonDecision.code).where(SeasonDecision.season_id == desk.actor.season_id)
    return frozenset(desk.session.scalars(query))


def file_appeal(desk: Desk, application: Application) -> Appeal:
    """File an appeal: a case with its number, its clocks and its history, or a refusal that leaves nothing behind.

    At a self-service door a filing outside the window is refused (FilingRefused, kept in the audit); at a staff door
    a late paper is taken and marked `filed_late`, for the secretary to refuse or the chair to admit. Late is what comes
    after the later of the regional and the federal limit; between them it is in time and marked
    `filed_after_regional_limit`.
    Raises NotFound, Forbidden, Malformed with the fields, RuleViolation, AlreadyFiled, PersonErased.
    """
    require(desk.actor, "file")
    desk.turn_to_season()
    found = own_work(desk.session, desk.actor, application.work_id)
    if found is None:
        raise NotFound("Такой экзаменационной работы нет, или она не ваша.", code="filing.work")
    work, exam, result = found
    require_power(desk.actor, PowerCode.FILE, exam, rules=desk.rules)
    desk.hold(exam)
    rechecked_on = None if result is None else result.rechecked_on
    person = desk.session.get_one(Person, (work.tenant_id, work.person_id))
    refuse_erased(person)
    commission_id, decisions = _commission(desk)
    channel = channel_for(desk, application, person, decisions)
    role = _operator(desk, channel, person, work)
    check_application(application, channel, desk.rules.subjects[exam.subject_code])
    presence = application.presence
    check_proxy(desk.rules.presence.proxy, presence.proxy_issuer, comes=presence.proxy)
    check_site(application, desk.rules.sites)
    filed_at = filing_moment(
        channel, arrived_at=application.filed_at, outside_number=application.outside_number, now=desk.now
    )
    if application.kind is AppealKind.SCORE and work.annulled_at is not None:
        raise RuleViolation("Результат этого экзамена аннулирован, оспорить его баллы нельзя.", code="filing.annulled")
    window = filing_window(desk, application.kind, exam, channel=channel, rechecked_on=rechecked_on, at=filed_at)
    late = _late(desk, application, channel, exam, window, filed_at)
    if application.kind is AppealKind.SCORE and result is None:
        raise RuleViolation(
            "По этой работе результата ещё нет, оспаривать нечего. Срок подачи считается от объявления результатов.",
            code="filing.no_result",
        )
    between = not late and window.is_over(filed_at)

    appeal = Appeal(
        id=new_id(),
        season_id=desk.actor.season_id,
        commission_id=commission_id,
        person_id=person.id,
        exam_id=exam.id,
        work_id=work.id,
        rechecked_on=recheck_of(window, exam, rechecked_on),
        rule_version=desk.rules.version,
        kind=application.kind,
        category=person.category or Category.STUDENT,
        channel=str(channel.code),
        state=State(channel.start_state),
        filed_by=desk.actor.person_id,
        filer_role=Role.PARTICIPANT if not channel.self_service else role,
        filed_at=filed_at,
        outside_number=application.outside_number,
        filed_late=late,
        filed_after_regional_limit=between,
        attends_participant=application.presence.participant,
        attends_parent=application.presence.parent,
        attends_proxy=application.presence.proxy,
        proxy_issuer=application.presence.proxy_issuer,
        hearing_mode=hearing_mode(
            application,
            desk.rules.hearing.modes_for(kind=application.kind, subject_code=exam.subject_code, decisions=decisions),
        ),
        wished_site_code=application.remote_site,
        forms_confirmed=application.forms_confirmed,
        disputed=list(application.disputed),
        statement=application.statement,
        receipt_number="",
    )
    _fill_staff_side(desk, appeal, channel)
    sealing = desk.vault.of_new_case(appeal.id)
    if application.phone:
        appeal.contact_phone_cipher = sealing.seal("appeal.contact_phone", appeal.id, application.phone)
    if application.email:
        appeal.contact_email_cipher = sealing.seal("appeal.contact_email", appeal.id, application.email)
    _number(desk, appeal, channel, exam, case_key=sealing.key)
    record_rules(desk.session, desk.rules)
    try:
        lifecycle.begin(desk, appeal, role=role, due_at=window.due)
    except IntegrityError as error:
        raise _translated(error) from error
    _start_clocks(desk, appeal, channel, window)
    if between:
        _record_between(desk, appeal, role, window)
    if channel.dated:
        _record_arrival(desk, appeal, role)
    for job, key in (("documents.make", channel.form), ("notices.tell", "appeal_filed")):
        enqueue(
            desk.session,
            season_id=appeal.season_id,
            job=job,
            args={"case": str(appeal.id), "form" if job == "documents.make" else "event": key, "occasion": "1"},
            dedup_key=f"{job}:{appeal.id}:{key}:1",
        )
    return appeal


def _operator(desk: Desk, channel: Channel, person: Person, work: Work) -> Role:
    """The role in which this actor stands at this door; raises Forbidden when it is somebody else's door."""
    wanted = _own_side(desk, channel) if channel.self_service else Role(channel.operator)
    if wanted is None or wanted not in desk.actor.roles:
        raise Forbidden("Этот канал подачи вам недоступен.", code="filing.operator", channel=str(channel.code))
    if channel.self_service and person.id != desk.actor.own_id:
        raise NotFound("Такой экзаменационной работы нет, или она не ваша.", code="filing.work")
    if wanted in AT_A_DESK and person.organisation_id != desk.actor.organisation_id:
        raise NotFound("Такого участника в вашей организации нет.", code="filing.work")
    if wanted is Role.EXAM_COMMISSION_MEMBER:
        point = desk.session.get_one(Organisation, (work.tenant_id, work.exam_point_id))
        if point.code != desk.actor.exam_point_code:
            raise NotFound("Такого участника в вашем пункте проведения экзамена нет.", code="filing.work")
    return wanted


def _own_side(desk: Desk, channel: Channel) -> Role | None:
    """As whom somebody of the appellant's side stands at their own door; a proxy is there by a power to file."""
    for role in (Role.PARTICIPANT, Role.PARENT):
        if role in desk.actor.roles and str(role) in channel.applicants:
            return role
    return Role.PROXY if desk.actor.is_proxy else None


def _late(
    desk: Desk, application: Application, channel: Channel, exam: Exam, window: Explanation, filed_at: datetime
) -> bool:
    """Whether the window had closed at `filed_at`; raises FilingRefused where the rule refuses at once."""
    if window.final_due is None or (window.first_opens is not None and filed_at < window.first_opens):
        raise _refusal(
            desk,
            exam,
            window,
            code="filing.too_early",
            message="Подать апелляцию можно после официального объявления результатов этого экзамена."
            if application.kind is AppealKind.SCORE
            else "Апелляцию о нарушении порядка подают в день экзамена, не покидая пункта проведения.",
        )
    late = filed_at >= window.final_due
    if late and channel.self_service:
        raise _refusal(
            desk,
            exam,
            window,
            code="filing.too_late",
            message=f"Срок подачи истёк. {window.summary()}",
        )
    return late


def _refusal(desk: Desk, exam: Exam, window: Explanation, *, code: str, message: str) -> FilingRefused:
    error = FilingRefused(message, code=code, explanation=window, clauses=window.clauses)
    error.attempt = Attempt(
        actor=desk.actor,
        tag="appeal:filing:refused",
        subject_type="exam",
        subject_id=exam.id,
        case_at=desk.now,
        code=code,
    )
    return error


def _fill_staff_side(desk: Desk, appeal: Appeal, channel: Channel) -> None:
    if channel.self_service:
        return
    # The application is the participant's own even when staff types it in; who took it in stands beside it.
    appeal.filed_by = appeal.person_id
    appeal.accepted_at = desk.now
    appeal.accepted_by = desk.actor.person_id
    appeal.accepted_organisation_id = desk.actor.organisation_id


def _record_arrival(desk: Desk, appeal: Appeal, role: Role) -> None:
    """Keep both times in the audit: when the appeal arrived, and when somebody entered it."""
    record(
        desk.session,
        actor=desk.actor,
        tag="appeal:arrival:entered",
        subject_type="appeal",
        subject_id=appeal.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        after={"channel": appeal.channel, "arrived": appeal.filed_at.isoformat(), "entered": desk.now.isoformat()},
    )


def _record_between(desk: Desk, appeal: Appeal, role: Role, window: Explanation) -> None:
    """Keep in the audit that the region's own limit had passed, and the Procedure's had not."""
    record(
        desk.session,
        actor=desk.actor,
        tag="appeal:filing:after_regional_limit",
        subject_type="appeal",
        subject_id=appeal.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        after={
            "filed_after_regional_limit": True,
            "due": None if window.due is None else window.due.isoformat(),
            "federal_due": None if window.federal_due is None else window.federal_due.isoformat(),
        },
    )


def _number(desk: Desk, appeal: Appeal, channel: Channel, exam: Exam, *, case_key: Insert | None) -> None:
    """Take the receipt's number and, at a door that receives for the commission, the journal's.

    The case's key is written by the same statement.
    """
    series = (NumberSeries.RECEIPT,) if channel.forwarding else (NumberSeries.RECEIPT, NumberSeries(str(appeal.kind)))
    receipt, *line = next_numbers(desk.session, appeal.season_id, *series, beside=case_key)
    appeal.receipt_number = desk.rules.receipt_number(subject_code=exam.subject_code, number=receipt)
    for number in line:
        enter(desk, appeal, exam, at=appeal.filed_at, number=number)


def _start_clocks(desk: Desk, appeal: Appeal, channel: Channel, window: Explanation) -> None:
    kind = str(appeal.kind)
    # What was filed in time keeps its term, however late it is entered.
    replace(desk, now=appeal.filed_at).start_term(
        appeal.id, appeal.round, f"{kind}.filing", window.given, met=True, counted=window
    )
    if desk.rules.withdrawal.allowed:
        desk.start_term(appeal.id, appeal.round, f"{kind}.withdrawal", {"filed": appeal.filed_at})
    if channel.forwarding:
        step = channel.forwarding[0]
        desk.start_term(appeal.id, appeal.round, step.term, {"accepted": desk.now}, owed_by=Role(step.role))
        start_check(desk, appeal, window.given, by=Role(step.role))
    else:
        start_terms(desk, appeal, received_at=appeal.filed_at)


def _commission(desk: Desk) -> tuple[uuid.UUID, frozenset[str]]:
    """The season's commission, and the codes of the exam commission's decisions: one statement."""
    codes = select(sql.array_agg(SeasonDecision.code)).where(SeasonDecision.season_id == desk.actor.season_id)
    query = select(Commission.id, codes.scalar_subquery()).where(Commission.season_id == desk.actor.season_id)
    commission_id, decided = desk.session.execute(query.order_by(Commission.code).limit(1)).one()
    return commission_id, frozenset(decided or ())


def _translated(error: IntegrityError) -> Conflict:
    if "uq_appeal_one_open" in str(error.orig):
        return AlreadyFiled("По этому экзамену уже есть открытая апелляция: посмотрите её в списке.")
    if "uq_appeal_outside_number" in str(error.orig):
        return AlreadyFiled(
            "Заявление с этим номером внешнего портала уже внесено: найдите его в журнале.",
            code="filing.outside_number",
        )
    raise error

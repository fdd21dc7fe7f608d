"""What a power of attorney opens: which exams' cases, and which deed or view by which of its powers (reading D11)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, extract, false, or_, select, true

from apella.appeals.model import Appeal
from apella.errors import Forbidden
from apella.identity.actor import Actor
from apella.regions.codes import PowerCode
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Channel
from apella.registry.model import Exam

DEEDS = {
    PowerCode.MATERIALS: "знакомиться с материалами апелляции",
    PowerCode.CONFIRM_OWNERSHIP: "подтверждать, чьи это материалы",
    PowerCode.EXPLANATION: "получать разъяснения эксперта",
    PowerCode.READ_DECISION: "знакомиться с решением комиссии",
    PowerCode.RECEIVE_NOTICE: "получать уведомление о решении",
    PowerCode.SIGN_PAPERS: "подписывать документы комиссии",
    PowerCode.FILE: "подавать апелляцию",
    PowerCode.WITHDRAW: "отзывать апелляцию",
}


def within_mandate(actor: Actor) -> ColumnElement[bool]:
    """The condition that a joined exam is one that the actor's powers of attorney are about; others need none."""
    if not actor.is_proxy:
        return true()
    scopes = [
        and_(
            true() if mandate.subject_code is None else Exam.subject_code == mandate.subject_code,
            true() if mandate.year is None else extract("year", Exam.exam_date) == mandate.year,
        )
        for mandate in actor.mandates
    ]
    return or_(*scopes) if scopes else false()


def own_cases_of(actor: Actor) -> ColumnElement[bool]:
    """The condition that a case is the own one of a participant, or of whom the actor represents."""
    own = Appeal.person_id == actor.own_id
    if not actor.is_proxy:
        return own
    exams = select(Exam.id).where(Exam.season_id == actor.season_id, within_mandate(actor))
    return and_(own, Appeal.exam_id.in_(exams))


def has_power(actor: Actor, power: PowerCode, exam: Exam) -> bool:
    """Whether the actor may do what this power is about with this exam; who is no proxy needs no power."""
    return actor.has_power(power, subject_code=exam.subject_code, year=exam.exam_date.year)


def require_power(actor: Actor, power: PowerCode, exam: Exam, *, rules: RegionRules) -> None:
    """Refuse a proxy what the power of attorney does not give. Raises Forbidden (`representation.power`)."""
    if not has_power(actor, power, exam):
        raise Forbidden(
            f"Доверенность не даёт вам права {DEEDS[power]}. Это делает сам участник или его родитель.",
            code="representation.power",
            power=power,
            clauses=rules.presence.proxy.clauses,
        )


def may_file_through(actor: Actor, channel: Channel, *, subject_code: str, year: int) -> bool:
    """Whether somebody of the appellant's side may file through this door about this exam (A34, D11)."""
    if actor.is_proxy:
        return actor.has_power(PowerCode.FILE, subject_code=subject_code, year=year)
    return any(str(role) in channel.applicants for role in actor.roles)


def may_take_back(actor: Actor, exam: Exam, *, rules: RegionRules) -> bool:
    """Whether somebody of the appellant's side may take an appeal about this exam back at all."""
    if actor.is_proxy:
        return has_power(actor, PowerCode.WITHDRAW, exam)
    return any(str(role) in rules.withdrawal.applicants for role in actor.roles)


def power_over_document(rules: RegionRules, form: str) -> PowerCode:
    """The power that opens a document of this form: the notice, what the decision brings about, or the rest."""
    protocol = rules.forms.protocol
    if form == protocol.notice:
        return PowerCode.RECEIVE_NOTICE
    decided = {
        protocol.score, protocol.procedure, protocol.annex_b, protocol.annex_c, protocol.annex_d,
        *protocol.kege_annexes, *protocol.kege_satisfied,
    }  # fmt: skip
    return PowerCode.READ_DECISION if form in decided else PowerCode.MATERIALS

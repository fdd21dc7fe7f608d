"""The values that a notice's text may name (`apella.regions.values.papers.NOTICE_FIELDS`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.journal import REFUSAL_GROUNDS
from apella.appeals.model import Appeal
from apella.appeals.states import Outcome
from apella.calendar.wording import short_date
from apella.commissions.service import decision_of
from apella.deadlines import service as deadlines
from apella.deadlines.terms import Hardness
from apella.hearings.service import hearing_of
from apella.registry.model import Result
from apella.registry.repository import result_in_force

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.REJECTED: "отклонена, баллы сохранены",
    Outcome.SATISFIED_UP: "удовлетворена, балл повышен",
    Outcome.SATISFIED_DOWN: "удовлетворена, балл понижен",
    Outcome.SATISFIED_UNCHANGED: "удовлетворена, сумма баллов не изменилась",
    Outcome.SATISFIED: "удовлетворена",
    Outcome.REFERRED: "удовлетворена, сведения переданы в экзаменационную комиссию",
    Outcome.WITHDRAWN: "отозвана",
    Outcome.INADMISSIBLE: "не подлежит рассмотрению",
    Outcome.MOOT: "потеряла предмет",
}
"""Outcomes as a sentence about the appeal ends."""


def values_for(desk: Desk, appeal: Appeal, wanted: Collection[str], *, event: str) -> dict[str, str]:
    """Give the named values; those that the case does not have yet are «–»."""
    makers: Mapping[str, Callable[[], str]] = {
        "receipt": lambda: appeal.receipt_number,
        "number": lambda: appeal.journal_number or appeal.receipt_number,
        "subject": lambda: desk.rules.subjects[exam_of(desk, appeal).subject_code].name,
        "exam_date": lambda: short_date(exam_of(desk, appeal).exam_date),
        "commission": lambda: desk.rules.bodies.commission.full.nominative,
        "data_centre": lambda: desk.rules.bodies.data_centre.short,
        "exam_commission": lambda: desk.rules.bodies.exam_commission.short,
        "portal": lambda: desk.rules.tenant.links.portal or "личный кабинет",
        "phone": lambda: desk.rules.tenant.contacts.phone,
        "time_caption": lambda: desk.rules.tenant.time_caption,
        "day": lambda: short_date(_moment(desk, appeal, event).astimezone(desk.rules.zone)),
        "hour": lambda: _hour(desk, _moment(desk, appeal, event)),
        "consultation_hour": lambda: _hour(desk, _consultation(desk, appeal)),
        "place": lambda: _place(desk, appeal),
        "outcome": lambda: "–" if appeal.outcome is None else OUTCOMES[appeal.outcome],
        "score_before": lambda: _score(desk, appeal, before=True),
        "score_after": lambda: _score(desk, appeal, before=False),
        "reason": lambda: _reason(appeal),
        "due": lambda: _due(desk, appeal, event),
    }
    return {name: makers[name]() for name in wanted}


def _moment(desk: Desk, appeal: Appeal, event: str) -> datetime:
    """The time that the notice is about: the filing's or the hearing's."""
    hearing = None if event == "appeal_filed" else hearing_of(desk, appeal)
    return appeal.filed_at if hearing is None else hearing.starts_at


def _consultation(desk: Desk, appeal: Appeal) -> datetime | None:
    hearing = hearing_of(desk, appeal)
    return None if hearing is None else hearing.consultation_at


def _place(desk: Desk, appeal: Appeal) -> str:
    hearing = hearing_of(desk, appeal)
    return "–" if hearing is None else hearing.place


def _hour(desk: Desk, moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment.astimezone(desk.rules.zone):%H:%M}"


def _score(desk: Desk, appeal: Appeal, *, before: bool) -> str:
    decision = decision_of(desk, appeal)
    if decision is None:
        return "–"
    if before and decision.result_id is not None:
        return str(desk.session.get_one(Result, (appeal.tenant_id, decision.result_id)).test_score)
    result = result_in_force(desk.session, appeal.work_id)
    return "–" if result is None else str(result.test_score)


def _reason(appeal: Appeal) -> str:
    ground = REFUSAL_GROUNDS.get(appeal.close_reason or "")
    return "–" if ground is None else ground.label


def _due(desk: Desk, appeal: Appeal, event: str) -> str:
    """The last day of what the notice is about, or of the earliest open obligation where that is not open.

    The expert is told of the conclusion, everybody else of the consideration.
    """
    meant = "expert.conclusion" if event == "expert_assigned" else f"{appeal.kind}.consideration"
    clocks = [
        clock for clock in deadlines.open_terms(desk.session, case_id=appeal.id) if clock.hardness != Hardness.REFUSE
    ]
    wanted = [clock for clock in clocks if clock.term == meant] or clocks
    if not wanted:
        return "–"
    return short_date((wanted[0].due_at - timedelta(seconds=1)).astimezone(desk.rules.zone))

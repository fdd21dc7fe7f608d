"""What a region's hooks may know of a case."""

from __future__ import annotations

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind
from apella.deadlines.given import Published
from apella.identity.model import Person
from apella.regions.published import published_end
from apella.regions.values.cases import CaseFacts
from apella.registry.model import Exam, Organisation, Work


def exam_of(desk: Desk, appeal: Appeal) -> Exam:
    """The exam that the case is about."""
    return desk.session.get_one(Exam, (appeal.tenant_id, appeal.exam_id))


def published_end_of(desk: Desk, appeal: Appeal, term_id: str) -> Published | None:
    """The last day that the график names for a term of this case; it is about score appeals on first results alone."""
    if appeal.kind is not AppealKind.SCORE or appeal.rechecked_on is not None or not desk.rules.schedule.exam:
        return None
    exam = exam_of(desk, appeal)
    return published_end(desk.rules, term_id, exam_date=exam.exam_date, subject_code=exam.subject_code, wave=exam.wave)


def facts_of(desk: Desk, appeal: Appeal, *, expert_is_subject_chair: bool = False) -> CaseFacts:
    """Gather the facts; the territory is that of the participant's organisation, else of the exam point."""
    person = desk.session.get_one(Person, (appeal.tenant_id, appeal.person_id))
    organisation_id = person.organisation_id
    if organisation_id is None and appeal.work_id is not None:
        organisation_id = desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id)).exam_point_id
    territory = None
    if organisation_id is not None:
        territory = desk.session.get_one(Organisation, (appeal.tenant_id, organisation_id)).territory
    return CaseFacts(
        kind=str(appeal.kind),
        subject_code=exam_of(desk, appeal).subject_code,
        category=str(appeal.category),
        mode=str(appeal.hearing_mode),
        territory=territory,
        wished_site=appeal.wished_site_code,
        expert_is_subject_chair=expert_is_subject_chair,
    )

"""Taking an expert for a case, and the expert's conclusion (federal:101.8, 101.9)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy import func as sql

from apella.appeals import lifecycle
from apella.appeals.conflicts import people_out_of
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind, State
from apella.deadlines import service as deadlines
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.experts.eligibility import Candidate, obstacles
from apella.experts.model import Assignment, AssignmentState, Conclusion, ConclusionLine, Expert
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.jobs.queue import enqueue
from apella.registry.model import Mark, TaskType, WorkCheck
from apella.registry.repository import marks_in_force

CONFLICT = "у эксперта конфликт интересов по этому делу"
"""What speaks against an expert whom a conflict of interest keeps out of the case."""

BEFORE_THE_HEARING = (State.REGISTERED, State.SCHEDULED)
"""States in which another expert can still be taken."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An expert of the case's subject with what speaks against taking this one, and the cases already held."""

    expert: Expert
    person: Person
    obstacles: tuple[str, ...]
    load: int


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The expert's mark for one position that should change, or an argument why it should not."""

    task_type: TaskType
    position: int
    proposed: int
    criterion: str | None
    argument: str


def choices(desk: Desk, appeal: Appeal) -> Sequence[Choice]:
    """Every expert of the subject, those who may take the case first, the least loaded before the others."""
    exam = exam_of(desk, appeal)
    load = (
        select(Assignment.expert_id, sql.count().label("held"))
        .where(Assignment.state == AssignmentState.ASSIGNED)
        .group_by(Assignment.expert_id)
        .subquery()
    )
    rows = desk.session.execute(
        select(Expert, Person, sql.coalesce(load.c.held, 0))
        .join(Person, and_(Person.tenant_id == Expert.tenant_id, Person.id == Expert.person_id))
        .join(load, load.c.expert_id == Expert.id, isouter=True)
        .where(Expert.season_id == appeal.season_id, Expert.subject_code == exam.subject_code)
        .order_by(sql.coalesce(load.c.held, 0), Person.sort_key)
    ).all()
    checked_by = _checked_by(desk, appeal)
    out = people_out_of(desk.session, appeal.id)
    found = [
        Choice(
            expert=expert,
            person=person,
            obstacles=(
                *((CONFLICT,) if person.id in out else ()),
                *_obstacles(desk, expert, exam.subject_code, exam.exam_date.year, checked_by),
            ),
            load=held,
        )
        for expert, person, held in rows
    ]
    return sorted(found, key=lambda choice: bool(choice.obstacles))


def assign_expert(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, expert_id: uuid.UUID, named_by_subject_chair: bool
) -> Assignment:
    """Take an expert for a case.

    Raises RuleViolation for one who may not see it, Conflict when one is at work, Malformed where the region wants the
    subject commission's chair to have named or confirmed the expert and that is not said (reading A14).
    """
    appeal, role = lifecycle.take(desk, case_id, action="assign_expert", version=version)
    exam = exam_of(desk, appeal)
    if appeal.kind is not AppealKind.SCORE or not desk.rules.needs_expert(exam.subject_code):
        raise RuleViolation("По этому делу эксперта не привлекают.", code="expert.not_needed")
    expert = desk.session.get(Expert, (appeal.tenant_id, expert_id))
    if expert is None or expert.season_id != appeal.season_id:
        raise NotFound("Такого эксперта в реестре нет.", code="expert.not_found")
    if expert.person_id in people_out_of(desk.session, appeal.id):
        raise RuleViolation(
            f"Этого эксперта привлечь нельзя: {CONFLICT}. Выберите другого.",
            code="conflict.excluded",
            clauses=desk.rules.commission.conflict.clauses,
        )
    against = _obstacles(desk, expert, exam.subject_code, exam.exam_date.year, _checked_by(desk, appeal))
    if against:
        raise RuleViolation(
            f"Этого эксперта привлечь нельзя: {'; '.join(against)}. Выберите другого.",
            code="expert.not_eligible",
            clauses=("federal:98.2", "federal:101.9"),
        )
    if live_assignment(desk, appeal) is not None:
        raise Conflict("Эксперт по делу уже назначен.", code="expert.assigned")
    if desk.rules.expert.proposed_by is Role.SUBJECT_CHAIR and not named_by_subject_chair:
        raise Malformed(
            "Эксперта предлагает или согласует председатель предметной комиссии.",
            code="expert.not_named",
            fields={"named_by_subject_chair": "Отметьте, что председатель предметной комиссии предложил эксперта"},
        )
    assignment = Assignment(
        case_id=appeal.id,
        round=appeal.round,
        expert_id=expert.id,
        state=AssignmentState.ASSIGNED,
        assigned_at=desk.now,
        assigned_by=desk.actor.person_id,
        named_by_subject_chair=named_by_subject_chair,
    )
    desk.session.add(assignment)
    desk.session.flush()
    appeal.expert_person_id = expert.person_id
    desk.meet_term(appeal.id, "expert.assignment")
    desk.start_term(appeal.id, appeal.round, "expert.conclusion", {"expert_assigned": desk.now})
    lifecycle.note(desk, appeal, tag="appeal:expert:assigned", role=role, after={"expert": expert.code})
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "expert_assigned", "occasion": str(assignment.id)},
        dedup_key=f"notices.tell:{appeal.id}:expert_assigned:{assignment.id}",
    )
    return assignment


def conclude(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, summary: str, proposals: Sequence[Proposal]
) -> Conclusion:
    """Write the conclusion: a summary, and for each disputed position a mark with its argument.

    Raises Malformed naming each wrong line; Forbidden for anybody but the assigned expert.
    """
    appeal, role = lifecycle.take(desk, case_id, action="conclude", version=version)
    assignment = live_assignment(desk, appeal)
    if assignment is None:
        raise Conflict("По делу нет назначенного эксперта.", code="conclusion.no_expert")
    expert = desk.session.get_one(Expert, (appeal.tenant_id, assignment.expert_id))
    if expert.person_id != desk.actor.person_id:
        raise Forbidden("Заключение пишет назначенный эксперт.", code="conclusion.not_yours")
    if assignment.state is AssignmentState.CONCLUDED:
        raise Conflict("Заключение по делу уже есть.", code="conclusion.done")
    marks = {(mark.task_type, mark.position): mark for mark in marks_in_force(desk.session, appeal.work_id)}
    _check_conclusion(summary, proposals, marks)
    conclusion = Conclusion(
        case_id=appeal.id, assignment_id=assignment.id, version=1, summary=summary, made_at=desk.now
    )
    desk.session.add(conclusion)
    desk.session.flush()
    for proposal in proposals:
        mark = marks[proposal.task_type, proposal.position]
        desk.session.add(
            ConclusionLine(
                conclusion_id=conclusion.id,
                task_type=proposal.task_type,
                position=proposal.position,
                was=mark.mark,
                proposed=proposal.proposed,
                criterion=proposal.criterion or mark.criterion,
                argument=proposal.argument,
            )
        )
    assignment.state = AssignmentState.CONCLUDED
    assignment.concluded_at = desk.now
    desk.meet_term(appeal.id, "expert.conclusion")
    lifecycle.note(
        desk,
        appeal,
        tag="appeal:expert:concluded",
        role=role,
        after={"changes": {f"{line.task_type}{line.position}": line.proposed for line in proposals}},
    )
    return conclusion


def make_room(desk: Desk, appeal: Appeal, *, person_id: uuid.UUID) -> None:
    """Take the case from its expert where that is this person, and let the secretary owe it another one.

    Nothing happens once the hearing has begun: what the commission was shown stays in the file, and the chair sees who
    has a conflict of interest.
    """
    standing = appeal.returns_to if appeal.state is State.SUSPENDED else appeal.state
    assignment = live_assignment(desk, appeal)
    if assignment is None or appeal.expert_person_id != person_id or standing not in BEFORE_THE_HEARING:
        return
    expert = desk.session.get_one(Expert, (appeal.tenant_id, assignment.expert_id))
    assignment.state = AssignmentState.CANCELLED
    appeal.expert_person_id = None
    desk.session.flush()
    deadlines.cancel(desk.session, case_id=appeal.id, term_id="expert.conclusion", at=desk.now)
    # Counted from now, as from a registration: the first choice has had its own two days.
    clock = desk.start_term(appeal.id, appeal.round, "expert.assignment", {"registered": desk.now})
    if appeal.state is State.SUSPENDED:
        deadlines.let_stand_still(clock, rules=desk.rules, at=desk.now, cause="дело приостановлено")
    lifecycle.note(desk, appeal, tag="appeal:expert:cancelled", role=None, after={"expert": expert.code})


def live_assignment(desk: Desk, appeal: Appeal) -> Assignment | None:
    """The assignment of the case's present round."""
    return desk.session.scalars(
        select(Assignment).where(
            Assignment.case_id == appeal.id,
            Assignment.round == appeal.round,
            Assignment.state != AssignmentState.CANCELLED,
        )
    ).one_or_none()


def _checked_by(desk: Desk, appeal: Appeal) -> frozenset[str]:
    return frozenset(desk.session.scalars(select(WorkCheck.expert_code).where(WorkCheck.work_id == appeal.work_id)))


def _obstacles(
    desk: Desk, expert: Expert, subject_code: str, exam_year: int, checked_by: frozenset[str]
) -> tuple[str, ...]:
    return obstacles(
        Candidate(
            code=expert.code,
            subject_code=expert.subject_code,
            status=str(expert.status),
            status_year=expert.status_year,
            checked_first_second=expert.checked_first_second,
            checked_third=expert.checked_third,
            subject_chair=expert.subject_chair,
        ),
        subject_code=subject_code,
        exam_year=exam_year,
        checked_by=checked_by,
        rules=desk.rules.expert,
    )


def _check_conclusion(summary: str, proposals: Sequence[Proposal], marks: dict[tuple[TaskType, int], Mark]) -> None:
    fields: dict[str, str] = {}
    if not summary.strip():
        fields["summary"] = "Напишите вывод заключения"
    judged: set[tuple[TaskType, int]] = set()
    for proposal in proposals:
        name = f"proposals.{proposal.task_type}{proposal.position}"
        position = (proposal.task_type, proposal.position)
        mark = marks.get(position)
        if position in judged:
            fields[name] = "Эта позиция указана дважды"
        elif mark is None or proposal.task_type not in (TaskType.C, TaskType.D):
            fields[name] = "Эксперт оценивает только развёрнутые и устные ответы этой работы"
        elif not 0 <= proposal.proposed <= mark.max_mark:
            fields[name] = f"Балл за эту позицию – от 0 до {mark.max_mark}"
        elif not proposal.argument.strip():
            fields[name] = "Напишите обоснование по критерию"
        judged.add(position)
    if fields:
        raise Malformed("Заключение заполнено не полностью.", code="conclusion.fields", fields=fields)

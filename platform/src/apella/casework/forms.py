"""What the forms of a hearing are filled with: positions with their marks, the panel that votes, the materials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind
from apella.commissions.model import Decision, DecisionLine, Vote
from apella.commissions.service import VOTING_ROLES, decision_of, out_of_the_vote, votes_of
from apella.experts.model import Assignment, AssignmentState, Conclusion, ConclusionLine, Expert
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.registry.model import Mark, Result, ResultSource, TaskType, WorkFile
from apella.registry.repository import marks_in_force, result_in_force


@dataclass(frozen=True, kw_only=True)
class PositionView:
    """A scoring position: the mark that was judged, the expert's line and the commission's."""

    mark: Mark
    proposed: ConclusionLine | None
    decided: DecisionLine | None
    disputed: bool

    @property
    def code(self) -> str:
        """Its name in forms and errors, such as «C3»."""
        return f"{self.mark.task_type}{self.mark.position}"

    @property
    def extended(self) -> bool:
        """Whether an expert scores it."""
        return self.mark.task_type in (TaskType.C, TaskType.D)


@dataclass(frozen=True, kw_only=True)
class ScoresView:
    """The scores of a case's work. `judged` is the result that the commission looks at, `recalculated` what followed.

    `expert` is who was taken, `conclusion` what was written, `decision` what was decided; None = not yet.
    """

    positions: Sequence[PositionView]
    judged: Result | None
    recalculated: Result | None
    expert: tuple[Expert, Person] | None
    conclusion: Conclusion | None
    decision: Decision | None


@dataclass(frozen=True, kw_only=True)
class PanelMember:
    """Somebody who votes, the office and, once cast, the ballot."""

    person: Person
    role: Role
    vote: Vote | None


def scores_of(desk: Desk, appeal: Appeal) -> ScoresView:
    """Read the positions of a case with everything that was said of them. Empty for a procedure appeal."""
    if appeal.kind is AppealKind.PROCEDURE or appeal.work_id is None:
        decision = decision_of(desk, appeal)
        return ScoresView(positions=(), judged=None, recalculated=None, expert=None, conclusion=None, decision=decision)
    decision = decision_of(desk, appeal)
    newest = result_in_force(desk.session, appeal.work_id)
    judged = newest
    if decision is not None and decision.result_id is not None and newest is not None:
        judged = desk.session.get_one(Result, (appeal.tenant_id, decision.result_id))
        marks = desk.session.scalars(
            select(Mark).where(Mark.result_id == judged.id).order_by(Mark.task_type, Mark.position)
        ).all()
    else:
        marks = marks_in_force(desk.session, appeal.work_id)
    expert = _expert(desk, appeal)
    conclusion, proposals = _conclusion(desk, appeal)
    decided = _decided(desk, decision)
    return ScoresView(
        positions=[
            PositionView(
                mark=mark,
                proposed=proposals.get((mark.task_type, mark.position)),
                decided=decided.get((mark.task_type, mark.position)),
                disputed=f"{mark.task_type}{mark.position}" in appeal.disputed,
            )
            for mark in marks
        ],
        judged=judged,
        recalculated=newest
        if newest is not None and newest is not judged and newest.source is ResultSource.RECALCULATION
        else None,
        expert=expert,
        conclusion=conclusion,
        decision=decision,
    )


def panel_of(desk: Desk, appeal: Appeal) -> Sequence[PanelMember]:
    """Those who may vote on a case, the chair first, with their ballots; nobody with a conflict of interest in it."""
    rows = desk.session.execute(
        select(Person, Membership.role)
        .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
        .where(
            Membership.season_id == desk.actor.season_id,
            Membership.role.in_(VOTING_ROLES),
            Membership.revoked_at.is_(None),
            Membership.person_id.not_in(out_of_the_vote(desk, appeal)),
        )
        .order_by(Person.sort_key, Person.id)
    )
    ballots = {vote.person_id: vote for vote in votes_of(desk, appeal)}
    seats: dict[object, PanelMember] = {}
    for person, role in sorted(rows, key=lambda row: VOTING_ROLES.index(row[1])):
        seats.setdefault(person.id, PanelMember(person=person, role=role, vote=ballots.get(person.id)))
    return list(seats.values())


def materials_of(desk: Desk, appeal: Appeal) -> Sequence[WorkFile]:
    """The files that the registry has of the case's work, in the order of the forms."""
    return desk.session.scalars(
        select(WorkFile).where(WorkFile.work_id == appeal.work_id).order_by(WorkFile.kind, WorkFile.page)
    ).all()


def _expert(desk: Desk, appeal: Appeal) -> tuple[Expert, Person] | None:
    row = desk.session.execute(
        select(Expert, Person)
        .join(Assignment, and_(Assignment.tenant_id == Expert.tenant_id, Assignment.expert_id == Expert.id))
        .join(Person, and_(Person.tenant_id == Expert.tenant_id, Person.id == Expert.person_id))
        .where(
            Assignment.case_id == appeal.id,
            Assignment.round == appeal.round,
            Assignment.state != AssignmentState.CANCELLED,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


Key = tuple[TaskType, int]


def _conclusion(desk: Desk, appeal: Appeal) -> tuple[Conclusion | None, Mapping[Key, ConclusionLine]]:
    rows = desk.session.execute(
        select(Conclusion, ConclusionLine)
        .join(Assignment, and_(Assignment.tenant_id == Conclusion.tenant_id, Assignment.id == Conclusion.assignment_id))
        .join(
            ConclusionLine,
            and_(ConclusionLine.tenant_id == Conclusion.tenant_id, ConclusionLine.conclusion_id == Conclusion.id),
            isouter=True,
        )
        .where(
            Conclusion.case_id == appeal.id,
            Assignment.round == appeal.round,
            Assignment.state != AssignmentState.CANCELLED,
        )
        .order_by(Conclusion.version.desc())
    ).all()
    if not rows:
        return None, {}
    newest: Conclusion = rows[0][0]
    lines = [line for conclusion, line in rows if conclusion is newest and line is not None]
    return newest, {(line.task_type, line.position): line for line in lines}


def _decided(desk: Desk, decision: Decision | None) -> Mapping[Key, DecisionLine]:
    if decision is None:
        return {}
    lines = desk.session.scalars(select(DecisionLine).where(DecisionLine.decision_id == decision.id))
    return {(line.task_type, line.position): line for line in lines}

"""What the forms of a hearing are filled with: positions with their marks, the panel that votes, a lawful time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.facts import facts_of
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind
from apella.commissions.model import Decision, DecisionLine, Vote
from apella.commissions.service import VOTING_ROLES, decision_of, votes_of
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.experts.model import Assignment, AssignmentState, Conclusion, ConclusionLine, Expert
from apella.hearings.model import Hearing, HearingState
from apella.hearings.service import announcement
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.regions.values.cases import SiteChoice
from apella.registry.model import Mark, Result, ResultSource, TaskType, WorkFile
from apella.registry.repository import marks_in_force, result_in_force

DAYS_AHEAD = 30


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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a time for the hearing must keep. `suggested` is the earliest lawful start, None where there is none."""

    suggested: datetime | None
    limit: Deadline | None
    minutes: int
    consultation_minutes: int
    site: SiteChoice


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
    """Those who may vote on a case, the chair first, with their ballots."""
    rows = desk.session.execute(
        select(Person, Membership.role)
        .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
        .where(
            Membership.season_id == desk.actor.season_id,
            Membership.role.in_(VOTING_ROLES),
            Membership.revoked_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id)
    )
    ballots = {vote.person_id: vote for vote in votes_of(desk, appeal)}
    seats: dict[object, PanelMember] = {}
    for person, role in sorted(rows, key=lambda row: VOTING_ROLES.index(row[1])):
        seats.setdefault(person.id, PanelMember(person=person, role=role, vote=ballots.get(person.id)))
    return list(seats.values())


def plan_of(desk: Desk, appeal: Appeal) -> Plan:
    """Work out what a time must keep, and the earliest that does."""
    facts = facts_of(desk, appeal)
    parts = desk.rules.hearing_parts(facts)
    limit = next(
        (
            clock
            for clock in deadlines.open_terms(desk.session, case_id=appeal.id)
            if clock.term == f"{appeal.kind}.consideration"
        ),
        None,
    )
    consultation = sum(part.minutes for part in parts[:-1])
    minutes = consultation + parts[-1].minutes
    return Plan(
        suggested=_earliest(desk, appeal, timedelta(minutes=consultation), timedelta(minutes=minutes)),
        limit=limit,
        minutes=minutes,
        consultation_minutes=consultation,
        site=desk.rules.choose_site(facts),
    )


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


def _earliest(desk: Desk, appeal: Appeal, consultation: timedelta, length: timedelta) -> datetime | None:
    """Find the first start in office hours that leaves time to tell the appellant and meets no other hearing."""
    office, zone = desk.rules.tenant.office_hours, desk.rules.zone
    today = desk.now.astimezone(zone).date()
    for ahead in range(1, DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if day.isoweekday() not in office.weekdays or not desk.rules.calendar.is_working(day, 5):
            continue
        start = datetime.combine(day, office.opens, tzinfo=zone)
        closes = datetime.combine(day, office.closes, tzinfo=zone)
        if announcement(desk, appeal, start + consultation).is_over(desk.now):
            continue
        for begins, ends in _taken(desk, appeal, start, closes):
            if begins < start + length and start < ends:
                start = ends.astimezone(zone)
        if start + length <= closes:
            return start
    return None


def _taken(desk: Desk, appeal: Appeal, opens: datetime, closes: datetime) -> Sequence[tuple[datetime, datetime]]:
    """The hearings of other cases between two instants, consultations included, in order."""
    rows = desk.session.scalars(
        select(Hearing)
        .where(
            Hearing.season_id == appeal.season_id,
            Hearing.case_id != appeal.id,
            Hearing.state.in_((HearingState.PLANNED, HearingState.OPEN)),
            Hearing.starts_at < closes,
            Hearing.ends_at > opens,
        )
        .order_by(Hearing.starts_at)
    )
    return [(row.consultation_at or row.starts_at, row.ends_at) for row in rows]

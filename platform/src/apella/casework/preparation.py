"""What a case has towards its hearing in its present round, read in one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.experts.model import Assignment, AssignmentState
from apella.hearings.model import Hearing, HearingState
from apella.materials.model import Kit


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """The hearing that stands, the kit and the live assignment of an expert; None for what is not there."""

    hearing: Hearing | None
    kit: Kit | None
    assignment: Assignment | None


def preparation_of(desk: Desk, appeal: Appeal) -> Preparation:
    """Read all three: a round has at most one of each."""
    of_round = [
        and_(table.tenant_id == Appeal.tenant_id, table.case_id == Appeal.id, table.round == Appeal.round)
        for table in (Hearing, Kit, Assignment)
    ]
    query = (
        select(Hearing, Kit, Assignment)
        .select_from(Appeal)
        .outerjoin(Hearing, and_(of_round[0], Hearing.state != HearingState.REPLACED))
        .outerjoin(Kit, of_round[1])
        .outerjoin(Assignment, and_(of_round[2], Assignment.state != AssignmentState.CANCELLED))
        .where(Appeal.id == appeal.id)
    )
    hearing, kit, assignment = desk.session.execute(query).one()
    return Preparation(hearing=hearing, kit=kit, assignment=assignment)

"""Selects of the cabinet. All are about one participant's rows: one's own, or the principal's of a representative."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from apella.appeals.mandates import has_power, own_cases_of
from apella.appeals.model import Appeal
from apella.commissions.model import Decision, DecisionLine
from apella.deadlines.model import OWED, Deadline
from apella.documents.model import Document
from apella.exchange.model import Approval, Packet, PacketState
from apella.experts.model import Assignment, AssignmentState, Conclusion, ConclusionLine
from apella.hearings.model import Hearing, HearingState
from apella.identity.actor import Actor
from apella.notices.model import Notice, NoticeChannel, NoticeState
from apella.regions.codes import PowerCode
from apella.registry.model import Exam, Work
from apella.storage.model import StoredFile


def own_cases(session: Session, actor: Actor) -> Sequence[tuple[Appeal, Exam]]:
    """The participant's cases of the season with their exams, the newest first."""
    rows = session.execute(
        select(Appeal, Exam)
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .where(own_cases_of(actor), Appeal.season_id == actor.season_id)
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
    )
    return [(appeal, exam) for appeal, exam in rows]


def own_case(session: Session, actor: Actor, case_id: uuid.UUID) -> tuple[Appeal, Exam] | None:
    """One of the participant's cases; None for anybody else's."""
    row = session.execute(
        select(Appeal, Exam)
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .where(Appeal.id == case_id, own_cases_of(actor), Appeal.season_id == actor.season_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def exam_point_of(session: Session, work_id: uuid.UUID) -> uuid.UUID | None:
    """Where a work was written."""
    return session.scalars(select(Work.exam_point_id).where(Work.id == work_id)).one_or_none()


def standing_hearings(session: Session, case_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Hearing]:
    """The hearing of each case's present round, where one was set."""
    rows = session.scalars(
        select(Hearing)
        .join(
            Appeal,
            and_(Appeal.tenant_id == Hearing.tenant_id, Appeal.id == Hearing.case_id, Appeal.round == Hearing.round),
        )
        .where(Hearing.case_id.in_(case_ids), Hearing.state != HearingState.REPLACED)
    )
    return {hearing.case_id: hearing for hearing in rows}


def open_clocks(session: Session, case_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Deadline]]:
    """The open clocks of each case by their term."""
    rows = session.scalars(
        select(Deadline).where(
            Deadline.case_id.in_(case_ids),
            Deadline.met_at.is_(None),
            Deadline.state.in_(OWED),
        )
    )
    found: defaultdict[uuid.UUID, dict[str, Deadline]] = defaultdict(dict)
    for clock in rows:
        found[clock.case_id][clock.term] = clock
    return found


def unapproved_results(session: Session, result_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of the results that were recalculated after an appeal and wait for the exam commission's approval."""
    query = select(Packet.result_id).where(Packet.result_id.in_(result_ids), Packet.state != PacketState.APPROVED)
    return frozenset(found for found in session.scalars(query) if found is not None)


def cabinet_notices(session: Session, actor: Actor) -> Sequence[tuple[Notice, Appeal]]:
    """What the participant was told in the cabinet, the newest first, with the case that it is about."""
    rows = session.execute(
        select(Notice, Appeal, Exam)
        .join(Appeal, and_(Appeal.tenant_id == Notice.tenant_id, Appeal.id == Notice.case_id))
        .join(Exam, and_(Exam.tenant_id == Appeal.tenant_id, Exam.id == Appeal.exam_id))
        .where(
            Notice.person_id == actor.own_id,
            Notice.channel == NoticeChannel.CABINET,
            Notice.state == NoticeState.SENT,
            own_cases_of(actor),
            Appeal.season_id == actor.season_id,
        )
        .order_by(Notice.planned_at.desc(), Notice.id.desc())
    )
    return [(notice, appeal) for notice, appeal, exam in rows if has_power(actor, PowerCode.RECEIVE_NOTICE, exam)]


def expert_looked_at(session: Session, appeal: Appeal) -> datetime | None:
    """When the expert of the case's present round concluded; None until then."""
    return session.scalars(
        select(Assignment.concluded_at).where(
            Assignment.case_id == appeal.id,
            Assignment.round == appeal.round,
            Assignment.state == AssignmentState.CONCLUDED,
        )
    ).one_or_none()


def conclusion_of(session: Session, appeal: Appeal) -> tuple[Conclusion, Sequence[ConclusionLine]] | None:
    """The newest conclusion of the case's present round with its lines in the order of the forms."""
    conclusion = session.scalars(
        select(Conclusion)
        .join(Assignment, and_(Assignment.tenant_id == Conclusion.tenant_id, Assignment.id == Conclusion.assignment_id))
        .where(
            Conclusion.case_id == appeal.id,
            Assignment.round == appeal.round,
            Assignment.state != AssignmentState.CANCELLED,
        )
        .order_by(Conclusion.version.desc())
        .limit(1)
    ).one_or_none()
    if conclusion is None:
        return None
    lines = session.scalars(
        select(ConclusionLine)
        .where(ConclusionLine.conclusion_id == conclusion.id)
        .order_by(ConclusionLine.task_type, ConclusionLine.position)
    ).all()
    return conclusion, lines


def lines_of(session: Session, decision: Decision) -> Sequence[DecisionLine]:
    """What a decision changes, in the order of the forms."""
    return session.scalars(
        select(DecisionLine)
        .where(DecisionLine.decision_id == decision.id)
        .order_by(DecisionLine.task_type, DecisionLine.position)
    ).all()


def approved_at(session: Session, appeal: Appeal) -> datetime | None:
    """When the exam commission approved what the case's present round led to."""
    return session.scalars(
        select(Approval.approved_at).where(Approval.case_id == appeal.id, Approval.round == appeal.round)
    ).one_or_none()


def papers_of(session: Session, appeal: Appeal) -> Sequence[tuple[Document, StoredFile | None]]:
    """The documents of a case; one without a file is still being made."""
    rows = session.execute(
        select(Document, StoredFile)
        .join(
            StoredFile,
            and_(StoredFile.tenant_id == Document.tenant_id, StoredFile.id == Document.file_id),
            isouter=True,
        )
        .where(Document.case_id == appeal.id)
        .order_by(Document.wanted_at, Document.form, Document.version)
    )
    return [(document, file) for document, file in rows]

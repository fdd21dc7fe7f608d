"""Voting on a case and deciding it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy import func as sql

from apella.appeals import lifecycle
from apella.appeals.conflicts import ConflictOfInterest
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of, published_end_of
from apella.appeals.model import Appeal
from apella.appeals.states import Action, AppealKind
from apella.commissions.model import Ballot, Decision, DecisionLine, Vote
from apella.commissions.outcome import Change, outcome_of
from apella.commissions.statements import require_statement
from apella.commissions.voting import count
from apella.errors import Conflict, Malformed
from apella.hearings.model import HearingState
from apella.hearings.service import hearing_of
from apella.identity.model import Membership
from apella.identity.roles import Role
from apella.identity.substitution import performer
from apella.jobs.queue import enqueue
from apella.registry.model import TaskType
from apella.registry.repository import marks_in_force, result_in_force

VOTING_ROLES = (Role.CHAIR, Role.DEPUTY_CHAIR, Role.MEMBER)


def cast_vote(
    desk: Desk,
    *,
    case_id: uuid.UUID,
    version: int | None,
    ballot: Ballot,
    reason: str | None = None,
    site_code: str | None = None,
) -> Vote:
    """Cast one's open vote, once, from the site where one sits: by default the commission's main one (reading D7).

    A recusal says why. Raises Conflict for a second ballot, Malformed for a site that the tenant does not have, and
    RuleViolation for a member whose statement of interests the tenant's rules wait for.
    """
    appeal, role = lifecycle.take(desk, case_id, action="vote", version=version)
    require_statement(desk)
    if ballot is Ballot.RECUSED and not (reason or "").strip():
        raise Malformed("Укажите причину самоотвода.", code="vote.reason", fields={"reason": "Напишите причину"})
    site = desk.rules.sites.main if site_code is None else desk.rules.sites.get(site_code)
    if site is None:
        raise Malformed("Такой площадки нет.", code="vote.site", fields={"site_code": "Выберите площадку из списка"})
    if desk.actor.person_id is None:
        raise RuntimeError("the system does not vote")
    given = desk.session.scalars(
        select(Vote).where(
            Vote.case_id == appeal.id, Vote.round == appeal.round, Vote.person_id == desk.actor.person_id
        )
    ).one_or_none()
    if given is not None:
        raise Conflict("Вы уже проголосовали по этому делу.", code="vote.cast")
    vote = Vote(
        case_id=appeal.id,
        round=appeal.round,
        person_id=desk.actor.person_id,
        ballot=ballot,
        reason=reason,
        site_code=site.code,
        cast_at=desk.now,
    )
    desk.session.add(vote)
    lifecycle.note(desk, appeal, tag="appeal:vote:cast", role=role, after={"ballot": ballot})
    return vote


def votes_of(desk: Desk, appeal: Appeal) -> Sequence[Vote]:
    """The ballots that count in the case's present round, in the order in which they were cast.

    The ballot of somebody whom a conflict of interest put out of the case stays on record and counts no more.
    """
    return desk.session.scalars(
        select(Vote)
        .where(
            Vote.case_id == appeal.id, Vote.round == appeal.round, Vote.person_id.not_in(out_of_the_vote(desk, appeal))
        )
        .order_by(Vote.cast_at, Vote.id)
    ).all()


def out_of_the_vote(desk: Desk, appeal: Appeal) -> Select[uuid.UUID]:
    """Who has a conflict of interest in the case: now, or once its present round is decided, at that time."""
    decided = (
        select(Decision.decided_at)
        .where(Decision.case_id == appeal.id, Decision.round == appeal.round)
        .order_by(Decision.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    at = sql.coalesce(decided, desk.now)
    return select(ConflictOfInterest.person_id).where(
        ConflictOfInterest.case_id == appeal.id,
        ConflictOfInterest.declared_at <= at,
        or_(ConflictOfInterest.lifted_at.is_(None), ConflictOfInterest.lifted_at > at),
    )


def decide(
    desk: Desk, *, case_id: uuid.UUID, version: int | None, reason: str, changes: Sequence[Change] = ()
) -> Decision:
    """Close the vote and decide: the ballots say whether, `changes` say what.

    Raises RuleViolation without a quorum or in an unbroken tie, Malformed where the changes do not fit the vote or
    the marks. Starts the hand-over of the protocol (federal:102.4) and the notice of the decision.
    """
    appeal, role = lifecycle.take(desk, case_id, action="decide", version=version)
    require_statement(desk)
    if not reason.strip():
        raise Malformed(
            "Напишите основание решения.", code="decision.reason", fields={"reason": "Напишите основание решения"}
        )
    if desk.actor.person_id is None:
        raise RuntimeError("the system does not decide")
    votes = votes_of(desk, appeal)
    counted = count(
        {str(vote.person_id): vote.ballot for vote in votes},
        chair=str(presiding(desk)),
        members=_members(desk, appeal),
        rules=desk.rules.commission.votes,
    )
    _check_changes(desk, appeal, changes)
    outcome = outcome_of(
        appeal.kind,
        satisfied=counted.satisfied,
        kege=desk.rules.subjects[exam_of(desk, appeal).subject_code].kege,
        changes=changes,
    )
    result = result_in_force(desk.session, appeal.work_id) if appeal.kind is AppealKind.SCORE else None
    decision = Decision(
        case_id=appeal.id,
        round=appeal.round,
        outcome=outcome,
        reason=reason,
        votes_for=counted.votes_for,
        votes_against=counted.votes_against,
        casting_vote=counted.casting_vote,
        result_id=None if result is None else result.id,
        primary_before=None if result is None else result.primary_score,
        primary_after=None
        if result is None
        else result.primary_score + sum(change.becomes - change.was for change in changes),
        decided_at=desk.now,
        chaired_by=desk.actor.person_id,
    )
    desk.session.add(decision)
    desk.session.flush()
    for change in changes:
        desk.session.add(
            DecisionLine(
                decision_id=decision.id,
                task_type=change.task_type,
                position=change.position,
                was=change.was,
                becomes=change.becomes,
                error_kind=change.error_kind,
                criterion=change.criterion,
                reason=change.reason,
            )
        )
    appeal.outcome = outcome
    hearing = hearing_of(desk, appeal)
    if hearing is not None:
        hearing.state = HearingState.HELD
        hearing.held_at = desk.now
    met = desk.meet_term(appeal.id, appeal.consideration_term)
    lifecycle.move(desk, appeal, Action.DECIDE, role=role, due_at=None if met is None else met.due_at)
    desk.meet_term(appeal.id, "hearing.announcement")
    published = published_end_of(desk, appeal, "protocol.handover")
    desk.start_term(appeal.id, appeal.round, "protocol.handover", {"decided": desk.now}, published=published)
    desk.start_term(appeal.id, appeal.round, "decision.notice", {"decided": desk.now})
    _ask_for_papers(desk, appeal, {str(change.task_type) for change in changes})
    return decision


def presiding(desk: Desk) -> uuid.UUID | None:
    """Whose vote decides in a tie: the chair's, or of whoever performs the chair's duties by an order; None for nobody.

    A deputy who merely closes the vote does not get the chair's vote by that.
    """
    if Role.CHAIR in desk.actor.roles:
        return desk.actor.person_id
    return performer(desk.session, season_id=desk.actor.season_id, role=Role.CHAIR, at=desk.now, zone=desk.rules.zone)


def decision_of(desk: Desk, appeal: Appeal) -> Decision | None:
    """The decision of the case's present round."""
    return desk.session.scalars(
        select(Decision)
        .where(Decision.case_id == appeal.id, Decision.round == appeal.round)
        .order_by(Decision.version.desc())
        .limit(1)
    ).one_or_none()


def _members(desk: Desk, appeal: Appeal) -> int:
    """How many members may vote on the case: the quorum is a share of them, without who has a conflict of interest."""
    query = select(sql.count(Membership.person_id.distinct())).where(
        Membership.season_id == desk.actor.season_id,
        Membership.role.in_(VOTING_ROLES),
        Membership.revoked_at.is_(None),
        Membership.person_id.not_in(out_of_the_vote(desk, appeal)),
    )
    return desk.session.scalars(query).one()


def _check_changes(desk: Desk, appeal: Appeal, changes: Sequence[Change]) -> None:
    if appeal.kind is AppealKind.PROCEDURE:
        if changes:
            raise Malformed(
                "В деле о нарушении порядка баллы не меняют.",
                code="decision.changes",
                fields={"changes": "Уберите изменения баллов"},
            )
        return
    marks = {(mark.task_type, mark.position): mark for mark in marks_in_force(desk.session, appeal.work_id)}
    fields: dict[str, str] = {}
    decided: set[tuple[TaskType, int]] = set()
    for change in changes:
        name = f"changes.{change.task_type}{change.position}"
        position = (change.task_type, change.position)
        mark = marks.get(position)
        if position in decided:
            fields[name] = "Эта позиция указана дважды"
        elif mark is None:
            fields[name] = "Такой позиции в работе нет"
        elif change.was != mark.mark:
            fields[name] = f"Выставлен балл {mark.mark}: обновите страницу"
        elif not 0 <= change.becomes <= mark.max_mark:
            fields[name] = f"Балл за эту позицию – от 0 до {mark.max_mark}"
        elif not change.reason.strip():
            fields[name] = "Напишите обоснование изменения"
        elif change.task_type in (TaskType.A, TaskType.B) and change.error_kind != "technical":
            fields[name] = "Краткий ответ меняют только из-за технической ошибки (п. 97 Порядка)"
        decided.add(position)
    if fields:
        raise Malformed("Проверьте изменения баллов.", code="decision.changes", fields=fields)


def _ask_for_papers(desk: Desk, appeal: Appeal, changed: set[str]) -> None:
    forms = desk.rules.forms.for_decision(
        kind=appeal.kind,
        outcome=str(appeal.outcome),
        changed=changed,
        kege=desk.rules.subjects[exam_of(desk, appeal).subject_code].kege,
    )
    for form in forms:
        enqueue(
            desk.session,
            season_id=appeal.season_id,
            job="documents.make",
            args={"case": str(appeal.id), "form": form, "occasion": str(appeal.round)},
            dedup_key=f"documents.make:{appeal.id}:{form}:{appeal.round}",
        )
    enqueue(
        desk.session,
        season_id=appeal.season_id,
        job="notices.tell",
        args={"case": str(appeal.id), "event": "decision_made", "occasion": str(appeal.round)},
        dedup_key=f"notices.tell:{appeal.id}:decision_made:{appeal.round}",
    )

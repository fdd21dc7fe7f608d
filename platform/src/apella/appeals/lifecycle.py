"""Moving a case: the one way in which its state changes."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, AppealTransition
from apella.appeals.repository import case_or_refusal
from apella.appeals.states import Action, IllegalTransition, Outcome, State, target_of
from apella.audit.trail import record
from apella.db.unit_of_work import before_commit
from apella.deadlines import service as deadlines
from apella.errors import Conflict
from apella.identity.permissions import may_ever, require, role_for
from apella.identity.roles import Role


class StaleVersion(Conflict):
    """Somebody changed the case since this page was opened; answers 409."""

    code = "appeal.stale_version"


class OrphanCase(Conflict):
    """The work would leave an open case that nobody owes anything: a fault of ours, refused at commit."""

    code = "appeal.orphan"


def take(desk: Desk, case_id: uuid.UUID, *, action: str, version: int | None) -> tuple[Appeal, Role]:
    """Lock a case for a verb and say by which role it may be done; the desk turns to the case's own rules.

    `version` is what the actor saw (None for jobs, and for deeds that change nothing of the case itself). Raises
    NotFound for a case that this actor may not see, Excluded for somebody with a conflict of interest in it, Forbidden
    for a deed of other roles, StaleVersion when the case has changed meanwhile, IllegalTransition when the actor's
    roles may do it in another state only.
    """
    appeal = case_or_refusal(desk.session, desk.actor, case_id, lock=True)
    desk.turn_to(appeal)
    if not may_ever(desk.actor, action):
        require(desk.actor, action)
    if version is not None and version != appeal.version:
        raise StaleVersion(
            "Дело изменилось, пока вы его смотрели. Обновите страницу и повторите действие.", version=appeal.version
        )
    role = role_for(desk.actor, action, str(appeal.state))
    if role is None:
        raise IllegalTransition(appeal.state, action)
    return appeal, role


def move(
    desk: Desk,
    appeal: Appeal,
    action: Action,
    *,
    role: Role | None,
    reason: str | None = None,
    act: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Take a case to the state that the table says, with its row of history and its audit event.

    `due_at` is the limit that this move had to keep. Raises IllegalTransition.
    """
    before = appeal.state
    appeal.state = target_of(appeal.kind, before, action, appeal.returns_to)
    touch(desk, appeal)
    last = desk.session.scalar(select(sql.max(AppealTransition.seq)).where(AppealTransition.case_id == appeal.id))
    seq = (last or 0) + 1
    _write_transition(desk, appeal, action, seq=seq, before=before, role=role, reason=reason, act=act, due_at=due_at)


def begin(desk: Desk, appeal: Appeal, *, role: Role, due_at: datetime | None) -> None:
    """Write the first row of a new case's history."""
    desk.session.add(appeal)
    desk.session.flush()
    watch(desk.session, appeal.id)
    _write_transition(desk, appeal, Action.FILE, seq=1, before=None, role=role, reason=None, act=None, due_at=due_at)


def note(
    desk: Desk, appeal: Appeal, *, tag: str, role: Role | None, after: dict[str, object], reason: str | None = None
) -> None:
    """Record a deed on a case that does not change its state (a kit asked for, a vote cast)."""
    touch(desk, appeal)
    record(
        desk.session,
        actor=desk.actor,
        tag=tag,
        subject_type="appeal",
        subject_id=appeal.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        after=after,
        reason=reason,
    )


def end(
    desk: Desk,
    appeal: Appeal,
    action: Action,
    outcome: Outcome,
    *,
    role: Role | None,
    reason: str | None = None,
    act: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Move a case to `closed` with its outcome, and end its clocks. Raises IllegalTransition."""
    appeal.outcome = outcome
    appeal.close_reason = reason
    appeal.closed_at = desk.now
    move(desk, appeal, action, role=role, reason=reason, act=act, due_at=due_at)
    deadlines.cancel_all(desk.session, case_id=appeal.id, at=desk.now)


def touch(desk: Desk, appeal: Appeal) -> None:
    """Count a change of the case, and see at commit that somebody still owes it something."""
    appeal.version += 1
    watch(desk.session, appeal.id)


def watch(session: Session, case_id: uuid.UUID) -> None:
    """At commit, refuse to leave this case open with nobody owing it anything (architecture rule 9)."""
    before_commit(session, f"appeal.orphan:{case_id}", lambda ending: _refuse_orphan(ending, case_id))


def _refuse_orphan(session: Session, case_id: uuid.UUID) -> None:
    state, owed = session.execute(select(Appeal.state, deadlines.owed(case_id)).where(Appeal.id == case_id)).one()
    if state is not State.CLOSED and not owed:
        raise OrphanCase(
            "Действие не сохранено: у дела не осталось бы следующего шага. Сообщите администратору.",
            case_id=str(case_id),
        )


def _write_transition(
    desk: Desk,
    appeal: Appeal,
    action: Action,
    *,
    seq: int,
    before: State | None,
    role: Role | None,
    reason: str | None,
    act: str | None,
    due_at: datetime | None,
) -> None:
    desk.session.add(
        AppealTransition(
            case_id=appeal.id,
            seq=seq,
            action=action,
            from_state=before,
            to_state=appeal.state,
            actor_id=desk.actor.person_id,
            actor_login=desk.actor.recorded_as,
            role=role,
            reason=reason,
            act=act,
            due_at=due_at,
            case_at=desk.now,
        )
    )
    record(
        desk.session,
        actor=desk.actor,
        tag=f"appeal:state:{action}",
        subject_type="appeal",
        subject_id=appeal.id,
        case_id=appeal.id,
        case_at=desk.now,
        role=role,
        before={"state": before},
        after={"state": appeal.state, "round": appeal.round, "version": appeal.version},
        # What people write may name people: the chain keeps only that a reason was given.
        reason=None if reason is None else "given",
    )

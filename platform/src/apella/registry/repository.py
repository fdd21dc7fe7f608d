"""Reading the registry."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.registry.model import Mark, Result


def result_in_force(session: Session, work_id: uuid.UUID | None) -> Result | None:
    """The newest version of a work's result; None before results came."""
    return session.scalars(
        select(Result).where(Result.work_id == work_id).order_by(Result.version.desc()).limit(1)
    ).one_or_none()


def marks_in_force(session: Session, work_id: uuid.UUID | None) -> Sequence[Mark]:
    """The marks of the newest version, in the order of the forms."""
    newest = (
        select(Result.id).where(Result.work_id == work_id).order_by(Result.version.desc()).limit(1).scalar_subquery()
    )
    return session.scalars(select(Mark).where(Mark.result_id == newest).order_by(Mark.task_type, Mark.position)).all()

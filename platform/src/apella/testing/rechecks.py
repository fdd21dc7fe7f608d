"""Results of re-checks, as an import would enter them."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from apella.registry.model import Mark, Result, ResultSource
from apella.registry.repository import marks_in_force, result_in_force
from apella.testing.play import Play


def recheck(play: Play, number: int, on: date, *, more: int = 0) -> None:
    """Give a participant's work the result of a re-check announced that day, with `more` points in its first mark."""

    def enter(session: Session) -> None:
        work_id = play.world.works[number]
        before, marks = result_in_force(session, work_id), marks_in_force(session, work_id)
        if before is None:
            raise LookupError("a work without a result is not checked again")
        result = Result(
            work_id=work_id,
            version=before.version + 1,
            primary_score=before.primary_score + more,
            test_score=before.test_score + more,
            source=ResultSource.IMPORT,
            rechecked_on=on,
        )
        session.add(result)
        session.flush()
        for place, mark in enumerate(marks):
            session.add(
                Mark(
                    result_id=result.id,
                    task_type=mark.task_type,
                    position=mark.position,
                    task=mark.task,
                    criterion=mark.criterion,
                    answer=mark.answer,
                    mark=mark.mark + (more if place == 0 else 0),
                    max_mark=mark.max_mark,
                )
            )

    play.read(enter)

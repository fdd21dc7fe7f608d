"""Versions of results, their marks, and who checked the works: rows are only ever added."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.registry.importing_bulk import BATCH, insert_rows
from apella.registry.importing_delivery import Delivery, mark_print
from apella.registry.model import Mark, Result, ResultSource, Work, WorkCheck

ResultPrint = tuple[int, int, date | None, int]
"""What makes two versions equal: the scores, the day on which a re-check was announced, the print of the marks.

The same marks after a re-check are a new result: it may be appealed anew (federal:100.3).
"""


@dataclass(frozen=True, kw_only=True)
class WrittenResults:
    """How many results were first ones and how many marks they all have; the works whose result changed."""

    added: int
    marks: int
    changed: frozenset[uuid.UUID]


class _Version(NamedTuple):
    """A version to be written."""

    id: uuid.UUID
    number: int
    rechecked_on: date | None


@dataclass
class _Versions:
    """The versions of a work that a delivered result is compared with; the newest one's number and re-check."""

    newest: int = 0
    rechecked_on: date | None = None
    prints: dict[uuid.UUID, ResultPrint] = field(default_factory=dict)


def write_results(
    session: Session, *, delivery: Delivery, season_id: uuid.UUID, works: Mapping[str, uuid.UUID], batch_id: uuid.UUID
) -> WrittenResults:
    """Write a version for each result that is new.

    It is not when it equals the version in force, or what was imported last: a table that does not know yet of a
    recalculation after an appeal must not undo it.
    """
    known = _known(session, season_id)
    versions: dict[str, _Version] = {}
    for code, result in delivery.results.items():
        before, row = known.get(works[code], _Versions()), result.row
        rechecked_on = row.rechecked_on or before.rechecked_on
        if (row.primary_score, row.test_score, rechecked_on, result.print) not in before.prints.values():
            versions[code] = _Version(new_id(), before.newest + 1, rechecked_on)
    insert_rows(session, Result, _result_rows(delivery, versions, works, batch_id))
    marks = insert_rows(session, Mark, _mark_rows(delivery, versions)) if versions else 0
    changed = frozenset(works[code] for code, version in versions.items() if version.number > 1)
    return WrittenResults(added=len(versions) - len(changed), marks=marks, changed=changed)


def write_checks(session: Session, *, delivery: Delivery, season_id: uuid.UUID, works: Mapping[str, uuid.UUID]) -> int:
    """Write who checked which work, as far as it is not known yet; returns how many."""
    query = (
        select(Work.code, WorkCheck.expert_code, WorkCheck.stage)
        .join(WorkCheck, and_(WorkCheck.tenant_id == Work.tenant_id, WorkCheck.work_id == Work.id))
        .where(Work.season_id == season_id)
    )
    known = {tuple(row) for row in session.execute(query)}
    return insert_rows(
        session,
        WorkCheck,
        (
            {"id": new_id(), "work_id": works[row.work_code], "expert_code": row.expert_code, "stage": row.stage}
            for row in sorted(delivery.checks - known)
        ),
    )


def _known(session: Session, season_id: uuid.UUID) -> dict[uuid.UUID, _Versions]:
    of_season = and_(Work.tenant_id == Result.tenant_id, Work.id == Result.work_id)
    rows = session.execute(
        select(
            Result.id,
            Result.work_id,
            Result.version,
            Result.source,
            Result.primary_score,
            Result.test_score,
            Result.rechecked_on,
        )
        .join(Work, of_season)
        .where(Work.season_id == season_id)
        .order_by(Result.work_id, Result.version)
    ).all()
    known: dict[uuid.UUID, _Versions] = {}
    last: dict[tuple[uuid.UUID, bool], Any] = {}
    for row in rows:
        versions = known.setdefault(row.work_id, _Versions())
        versions.newest, versions.rechecked_on = row.version, row.rechecked_on
        last[row.work_id, False] = row
        if row.source is ResultSource.IMPORT:
            last[row.work_id, True] = row
    prints = dict.fromkeys((row.id for row in last.values()), 0)
    if prints:
        marks = session.execute(
            select(
                Mark.result_id,
                Mark.task_type,
                Mark.position,
                Mark.task,
                Mark.criterion,
                Mark.answer,
                Mark.mark,
                Mark.max_mark,
            )
            .join(Result, and_(Result.tenant_id == Mark.tenant_id, Result.id == Mark.result_id))
            .join(Work, of_season)
            .where(Work.season_id == season_id)
            .execution_options(yield_per=BATCH)
        )
        for result_id, *values in marks:
            if result_id in prints:
                prints[result_id] += mark_print(*values)
    for (work_id, _), row in last.items():
        known[work_id].prints[row.id] = (row.primary_score, row.test_score, row.rechecked_on, prints[row.id])
    return known


def _result_rows(
    delivery: Delivery,
    versions: Mapping[str, _Version],
    works: Mapping[str, uuid.UUID],
    batch_id: uuid.UUID,
) -> Iterator[dict[str, Any]]:
    for code, version in versions.items():
        row = delivery.results[code].row
        yield {
            "id": version.id,
            "work_id": works[code],
            "version": version.number,
            "primary_score": row.primary_score,
            "test_score": row.test_score,
            "source": ResultSource.IMPORT,
            "rechecked_on": version.rechecked_on,
            "batch_id": batch_id,
        }


def _mark_rows(delivery: Delivery, versions: Mapping[str, _Version]) -> Iterator[dict[str, Any]]:
    for row in delivery.marks():
        if row.work_code in versions:
            yield {
                "id": new_id(),
                "result_id": versions[row.work_code].id,
                "task_type": row.task_type,
                "position": row.position,
                "task": row.task,
                "criterion": row.criterion,
                "answer": row.answer,
                "mark": row.mark,
                "max_mark": row.max_mark,
            }

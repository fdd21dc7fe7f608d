"""The scores of a case by position: given, proposed, decided, and in sum."""

from __future__ import annotations

from collections.abc import Sequence

from apella.appeals.desk import Desk
from apella.casework.forms import PositionView, ScoresView
from apella.casework.pages import labels
from apella.commissions.model import ErrorKind
from apella.exchange.service import CHANGING
from apella.regions.values.exams import Subject
from apella.registry.model import Mark, TaskType
from apella.web.components import ScoreRow, ScoreTable
from apella.web.i18n import gettext as _

HIGHEST_TEST_SCORE = 100


def position_name(mark: Mark) -> str:
    """Return «Задание 27, К1», or «Бланк № 1, задание 12» for a short answer."""
    name = _("Задание %(task)s", task=mark.task)
    if mark.task_type in (TaskType.A, TaskType.B):
        name = _("Бланк № 1, задание %(task)s", task=mark.task)
    return f"{name}, {mark.criterion}" if mark.criterion else name


def score_table(at: Desk, subject_code: str, scores: ScoresView) -> ScoreTable | None:
    """Return the table: extended and oral answers, and those short ones that anybody speaks of. None without marks."""
    if scores.judged is None or not scores.positions:
        return None
    shown = [
        position
        for position in scores.positions
        if position.extended or position.disputed or position.decided is not None
    ]
    subject = at.rules.subjects[subject_code]
    return ScoreTable(
        caption=_("Баллы: выставлено, предложено, решено"),
        rows=tuple(_row(position, scores) for position in shown),
        totals=_totals(at, subject, scores),
    )


def _row(position: PositionView, scores: ScoresView) -> ScoreRow:
    given = position.mark.mark
    proposed = None
    if position.proposed is not None:
        proposed = position.proposed.proposed
    elif scores.conclusion is not None and position.extended:
        proposed = given
    decided = None
    if scores.decision is not None:
        decided = given if position.decided is None else position.decided.becomes
    latest = decided if decided is not None else proposed
    return ScoreRow(
        position=position_name(position.mark),
        maximum=position.mark.max_mark,
        given=given,
        proposed=proposed,
        decided=decided,
        change=None if latest is None else latest - given,
        why=_why(position),
    )


def _why(position: PositionView) -> str:
    said = []
    if position.disputed and position.decided is None:
        said.append(_("Апеллянт не согласен."))
    if position.decided is not None:
        if position.decided.error_kind is ErrorKind.TECHNICAL:
            said.append(f"{labels.ERROR_KINDS[ErrorKind.TECHNICAL].capitalize()}.")
        said.append(position.decided.reason)
    elif position.proposed is not None:
        said.append(position.proposed.argument)
    return " ".join(said)


def _totals(at: Desk, subject: Subject, scores: ScoresView) -> tuple[ScoreRow, ...]:
    judged, decision = scores.judged, scores.decision
    if judged is None:
        return ()
    proposed = None if scores.conclusion is None else judged.primary_score + _proposed_change(scores.positions)
    decided = None if decision is None else decision.primary_after
    latest = decided if decided is not None else proposed
    test, why = _test_score(at, scores)
    return (
        ScoreRow(
            position=_("Первичный балл"),
            maximum=subject.max_primary,
            given=judged.primary_score,
            proposed=proposed,
            decided=decided,
            change=None if latest is None else latest - judged.primary_score,
        ),
        ScoreRow(
            position=_("Тестовый балл"),
            maximum=HIGHEST_TEST_SCORE,
            given=judged.test_score,
            decided=test,
            change=None if test is None else test - judged.test_score,
            why=why,
        ),
    )


def _proposed_change(positions: Sequence[PositionView]) -> int:
    return sum(
        position.proposed.proposed - position.mark.mark for position in positions if position.proposed is not None
    )


def _test_score(at: Desk, scores: ScoresView) -> tuple[int | None, str]:
    """The test score that stands after the decision; nobody but the federal centre knows it before it recalculates."""
    federal = at.rules.bodies.federal_centre.short
    if scores.decision is None or scores.judged is None:
        return None, ""
    if scores.decision.outcome not in CHANGING:
        return scores.judged.test_score, _("балл не меняется")
    if scores.recalculated is None:
        return None, _("предварительно: балл установит %(body)s", body=federal)
    return scores.recalculated.test_score, _("установил %(body)s", body=federal)

"""When an appeal on an exam may be filed: after the results were announced, and again after those of a re-check."""

from __future__ import annotations

from datetime import date, datetime

from apella.appeals.desk import Desk
from apella.appeals.states import AppealKind
from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation, day_of
from apella.deadlines.given import Published
from apella.regions.doors import door_limit, published_filing
from apella.regions.values.filing import Channel
from apella.registry.model import Exam


def filing_window(
    desk: Desk,
    kind: AppealKind,
    exam: Exam,
    *,
    channel: Channel | None = None,
    has_result: bool = True,
    rechecked_on: date | None = None,
    at: datetime | None = None,
) -> Explanation:
    """Say when an appeal on this exam may be filed (federal:100.1; federal:99.1), `channel` until which hour (E1).

    A work without a result of its own has nothing to dispute yet: its window has no date. The result of a re-check
    gives a window of its own from its day (`rechecked_on`) on, so that one that has closed opens again (federal:100.3).
    `at` is the moment that is asked about, where that is not now: when an appeal came in that is entered later.
    """
    events = filing_events(kind, exam) if has_result or kind is AppealKind.PROCEDURE else {}
    window = deadlines.explain(desk.rules, f"{kind}.filing", events, published=published_for(desk, kind, exam))
    if events and kind is AppealKind.SCORE and rechecked_on is not None:
        window = _with_recheck(desk, window, rechecked_on, on=day_of(at or desk.now, desk.rules.zone))
    return window if channel is None else door_limit(desk.rules, channel, window)


def recheck_of(window: Explanation, exam: Exam, rechecked_on: date | None) -> date | None:
    """Give the day of the re-check if it is what a window counts from; None where the exam's own announcement is."""
    return rechecked_on if rechecked_on != exam.announced_on and window.started == rechecked_on else None


def filing_events(kind: AppealKind, exam: Exam, *, rechecked_on: date | None = None) -> dict[str, deadlines.Event]:
    """What the window of this kind of appeal counts from; empty until the results are announced."""
    if kind is AppealKind.PROCEDURE:
        return {"exam_day": exam.exam_date}
    announced_on = rechecked_on or exam.announced_on
    return {} if announced_on is None else {"results_announced": announced_on}


def published_for(desk: Desk, kind: AppealKind, exam: Exam, *, rechecked_on: date | None = None) -> Published | None:
    """The dates that the published график names for appeals on this exam; it knows nothing of re-checks."""
    if kind is AppealKind.PROCEDURE or rechecked_on is not None:
        return None
    return published_filing(desk.rules, exam_date=exam.exam_date, subject_code=exam.subject_code, wave=exam.wave)


def _with_recheck(desk: Desk, first: Explanation, rechecked_on: date, *, on: date) -> Explanation:
    """Of the window after the announcement and the one after a re-check, the one that ends later."""
    if rechecked_on > on:
        return first
    again = deadlines.explain(desk.rules, "score.filing", {"results_announced": rechecked_on})
    if first.final_due is None or again.final_due is None:
        return first
    return again if again.final_due > first.final_due else first

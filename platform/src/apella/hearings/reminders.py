"""Reminding an appellant of a hearing: on the days that the term `hearing.reminder` counts back to (reading C27)."""

from __future__ import annotations

from datetime import date

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, HearingMode
from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation
from apella.hearings.model import Hearing

TERM = "hearing.reminder"
EVENT = "hearing_reminder"


def renew_reminder(desk: Desk, appeal: Appeal, hearing: Hearing) -> None:
    """Let a case be reminded of this hearing and no longer of an earlier one.

    Only where the region's table of notices has a row for it, and not of a hearing that nobody means to come to.
    """
    drop_reminder(desk, appeal)
    if desk.rules.notice(EVENT, kind=appeal.kind) is None or appeal.hearing_mode is HearingMode.IN_ABSENCE:
        return
    events = {"hearing_day": hearing.starts_at}
    count = deadlines.explain(desk.rules, TERM, events)
    if not count.is_over(desk.now):
        desk.session.flush()
        desk.start_term(appeal.id, appeal.round, TERM, events)


def drop_reminder(desk: Desk, appeal: Appeal) -> None:
    """Remind of nothing any more."""
    deadlines.cancel(desk.session, case_id=appeal.id, term_id=TERM, at=desk.now)


def reminder_days(count: Explanation) -> tuple[date, ...]:
    """The days of the reminders, in order: the last one of each part of the term; one day only once."""
    ends = (part.last_moment for part in count.parts or (count,))
    return tuple(sorted({end.date() for end in ends if end is not None}))

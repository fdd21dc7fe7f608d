"""What another calendar does to the filing windows of exams: nobody's clocks yet, but dates that people were told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, column, select, table
from sqlalchemy.orm import Session

from apella.calendar.store import window_key
from apella.calendar.working import CalendarRangeError, WorkCalendar
from apella.deadlines import engine
from apella.deadlines.given import Published
from apella.deadlines.recount import CountingRules, RulesFor
from apella.tenancy.model import Season

# The rows of an exam, of a work on it and of its result by the columns that a window needs: the registry lies above
# this room.
EXAMS = table(
    "exam",
    column("tenant_id"),
    column("id"),
    column("season_id"),
    column("subject_code"),
    column("exam_date"),
    column("wave"),
    column("announced_on"),
)
WORKS = table("work", column("tenant_id"), column("id"), column("exam_id"))
RESULTS = table("result", column("tenant_id"), column("work_id"), column("rechecked_on"))

_RECHECK_DAYS = (
    select(EXAMS.c.tenant_id, EXAMS.c.season_id, EXAMS.c.subject_code, RESULTS.c.rechecked_on)
    .join(WORKS, and_(WORKS.c.tenant_id == RESULTS.c.tenant_id, WORKS.c.id == RESULTS.c.work_id))
    .join(EXAMS, and_(EXAMS.c.tenant_id == WORKS.c.tenant_id, EXAMS.c.id == WORKS.c.exam_id))
    .where(RESULTS.c.rechecked_on.is_not(None))
    .distinct()
    .subquery("recheck")
)
_RECHECKS = (
    select(Season, _RECHECK_DAYS.c.subject_code, _RECHECK_DAYS.c.rechecked_on)
    .join(
        _RECHECK_DAYS,
        and_(_RECHECK_DAYS.c.tenant_id == Season.tenant_id, _RECHECK_DAYS.c.season_id == Season.id),
    )
    .order_by(Season.created_at, _RECHECK_DAYS.c.rechecked_on, _RECHECK_DAYS.c.subject_code)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMove:
    """The filing window of every exam of a season that was announced (or, for procedure, held) on one day.

    Results of re-checks that were announced on a day have such a window too, each for the participant whose work it is.
    `before` and `after` are its ends for a participant (exclusive, UTC). `key` names it when it is to be opened again.
    """

    key: str
    season_id: uuid.UUID
    season: str
    term: str
    title: str
    started: dt.date
    subjects: tuple[str, ...]
    before: dt.datetime
    after: dt.datetime
    now: dt.datetime

    @property
    def expired(self) -> bool:
        """Whether it has closed, and would be open again."""
        return self.before <= self.now < self.after


@dataclass(frozen=True, slots=True)
class _Window:
    """What a window is counted from; exams that share it have one window."""

    season: Season
    term: str
    event: str
    started: dt.date
    published: Published | None

    def end(self, rules: CountingRules, calendar: WorkCalendar) -> dt.datetime:
        """The first instant at which a participant is too late: the later of the regional and the federal end."""
        ends = (
            engine.due(
                terms[self.term],
                events={self.event: self.started},
                calendar=calendar,
                zone=rules.zone,
                terms=rules.terms,
                published=published,
            )
            for terms, published in ((rules.terms, self.published), (rules.federal_terms, None))
        )
        return max(end for end in ends if end is not None)


def windows(
    session: Session,
    *,
    old: WorkCalendar,
    new: WorkCalendar,
    rules_for: RulesFor,
    machine_now: dt.datetime,
) -> Iterator[WindowMove]:
    """Give the filing windows of exams whose end moves and that are not over in both calendars."""
    for window, subjects in _windows(session, rules_for).items():
        rules = rules_for(window.season.rule_version)
        now = machine_now + window.season.clock_offset
        try:
            before, after = window.end(rules, old.for_term(window.term, window.started)), window.end(rules, new)
        except CalendarRangeError:
            continue  # an exam of a year that no calendar is loaded for: its window has no end to move
        if before != after and now < max(before, after):
            yield WindowMove(
                key=window_key(window.term, window.started),
                season_id=window.season.id,
                season=window.season.title,
                term=window.term,
                title=rules.terms[window.term].title,
                started=window.started,
                subjects=tuple(subjects),
                before=before,
                after=after,
                now=now,
            )


def _windows(session: Session, rules_for: RulesFor) -> Mapping[_Window, Sequence[str]]:
    rows = session.execute(
        select(Season, EXAMS.c.subject_code, EXAMS.c.exam_date, EXAMS.c.wave, EXAMS.c.announced_on)
        .join(EXAMS, and_(EXAMS.c.tenant_id == Season.tenant_id, EXAMS.c.season_id == Season.id))
        .order_by(Season.created_at, EXAMS.c.exam_date, EXAMS.c.subject_code)
    )
    found: dict[_Window, list[str]] = {}
    for season, subject, exam_date, wave, announced_on in rows:
        found.setdefault(_Window(season, "procedure.filing", "exam_day", exam_date, None), []).append(subject)
        if announced_on is not None:
            published = rules_for(season.rule_version).published_filing(
                exam_date=exam_date, subject_code=subject, wave=wave
            )
            window = _Window(season, "score.filing", "results_announced", announced_on, published)
            found.setdefault(window, []).append(subject)
    # The график knows nothing of re-checks (federal:100.3): their windows are counted.
    for season, subject, rechecked_on in session.execute(_RECHECKS):
        subjects = found.setdefault(_Window(season, "score.filing", "results_announced", rechecked_on, None), [])
        if subject not in subjects:
            subjects.append(subject)
    return found

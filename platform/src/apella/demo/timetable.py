"""The days of a demo season: the real timetable of the rules, moved as a whole when lessons need another date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from apella.errors import ConfigurationError
from apella.regions.rules import RegionRules
from apella.regions.values.exams import ExamDay
from apella.registry.tables import ExamRow

OBLIGATORY = "01"
"""The subject that everybody takes: the season starts on the day of its results."""

MAIN_WAVE = 2
# Filing, hearings, recalculation and approval after the last results end well within these days.
_AFTER_THE_LAST_RESULTS = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """The exam days after the move; on the morning of `start` the season's clock begins."""

    shift: timedelta
    start: date
    days: tuple[ExamDay, ...]

    @property
    def rows(self) -> tuple[ExamRow, ...]:
        """Each subject on each of its days, as the table has them."""
        return tuple(
            ExamRow(subject_code=code, exam_date=day.date, wave=day.wave, announced_on=day.results_on)
            for day in self.days
            for code in day.subjects
        )

    def day_of(self, subject_code: str, *, reserve: bool = False, turn: int = 0) -> ExamDay | None:
        """A main-wave day of the subject, the `turn`-th of several; None where there is none."""
        days = [
            day
            for day in self.days
            if day.wave == MAIN_WAVE and day.reserve is reserve and subject_code in day.subjects
        ]
        return days[turn % len(days)] if days else None


def timetable_of(rules: RegionRules, *, results_on: date | None = None) -> Timetable:
    """The timetable, moved so that the results of the obligatory subject are announced on `results_on`.

    Of the main wave's results days, that one gives everybody a result and has exams still before it.
    Raises CalendarRangeError when a day that the season needs lies outside the loaded calendars.
    """
    start = min(
        (
            day.results_on
            for day in rules.exams
            if day.wave == MAIN_WAVE and not day.reserve and OBLIGATORY in day.subjects
        ),
        default=None,
    )
    if start is None or all(day.date < start for day in rules.exams):
        raise ConfigurationError(
            f"{rules.slug}/{rules.year}/exams.toml: нет дня результатов по предмету {OBLIGATORY}, в который или после "
            "которого ещё идут экзамены; учебный сезон начать не с чего.",
            code="demo.timetable",
        )
    # The calendar itself refuses a day that it does not know.
    rules.calendar.day(results_on or start, 5)
    shift = (results_on or start) - start
    days = tuple(
        day.model_copy(update={"date": day.date + shift, "results_on": day.results_on + shift}) for day in rules.exams
    )
    rules.calendar.day(min(day.date for day in days), 5)
    rules.calendar.day(max(day.results_on for day in days) + _AFTER_THE_LAST_RESULTS, 5)
    return Timetable(shift=shift, start=start + shift, days=days)

"""The published график of score appeals: dates and hours that an act names for exams (<year>/schedule.toml)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from apella.regions.codes import ChannelCode
from apella.regions.values.base import Sourced, SubjectCode, Value

Hour = Annotated[
    str,
    Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", description='час "ЧЧ:ММ" от "00:00" до "24:00"'),
]


class IntakeDay(Value):
    """A day on which appeals are taken in, with its hours in the tenant's zone; 24:00 is the end of the day."""

    date: dt.date
    opens: Hour
    closes: Hour

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens должно быть раньше closes")
        return self


class PublishedExam(Sourced):
    """What the график says of one exam: of some subjects of a day, or of a whole wave of that day.

    `results_on` is the official day of results that its dates were counted from. `clerk_closes` are the hours until
    which a door works on the last day, by the door's code, where that is later than the intake's own. The last three
    dates are «не позднее» of the federal график: processing in the region, by the federal centre, approval; which terms
    end with them says `apella.regions.published.COLUMNS`.
    """

    date: dt.date
    subjects: tuple[SubjectCode, ...] = ()
    wave: Literal[1, 2, 3] | None = None
    results_on: dt.date
    intake: Annotated[tuple[IntakeDay, ...], Field(min_length=1)]
    clerk_closes: Annotated[Mapping[ChannelCode, Hour], AfterValidator(MappingProxyType)] = Field(
        default_factory=lambda: MappingProxyType({})
    )
    regional_until: dt.date | None = None
    federal_until: dt.date | None = None
    approval_until: dt.date | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if bool(self.subjects) == (self.wave is not None):
            raise ValueError("назовите либо предметы в subjects, либо волну в wave")
        days = [day.date for day in self.intake]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("intake: дни приёма идут по порядку и не повторяются")
        ends = (self.date, self.results_on, days[0]), (days[-1], self.regional_until), self._after_the_region
        for dates in ends:
            known = [date for date in dates if date is not None]
            if known != sorted(known):
                raise ValueError(
                    "даты идут по порядку: экзамен, результаты, приём, обработка в регионе и на федеральном уровне, "
                    "утверждение"
                )
        early = [code for code, hour in self.clerk_closes.items() if hour < self.intake[-1].closes]
        if early:
            raise ValueError(f"clerk_closes: {early[0]} закрывается раньше, чем кончается приём последнего дня")
        return self

    @property
    def _after_the_region(self) -> tuple[dt.date | None, ...]:
        return self.regional_until, self.federal_until, self.approval_until

    def is_about(self, *, exam_date: dt.date, subject_code: str, wave: int) -> bool:
        """Whether the row names this exam."""
        return self.date == exam_date and (subject_code in self.subjects or wave == self.wave)

    def last_hour(self, channel: str | None) -> str:
        """The hour at which a door closes on the last day; None asks for the intake's own."""
        return next((hour for code, hour in self.clerk_closes.items() if code == channel), self.intake[-1].closes)


class Schedule(Value):
    """<year>/schedule.toml; without the file every date is counted by the terms."""

    exam: tuple[PublishedExam, ...] = ()

    def of(self, *, exam_date: dt.date, subject_code: str, wave: int) -> PublishedExam | None:
        """What was published about an exam; a row that names the subject goes before one of the whole wave."""
        rows = [row for row in self.exam if row.is_about(exam_date=exam_date, subject_code=subject_code, wave=wave)]
        return min(rows, key=lambda row: row.wave is not None, default=None)
